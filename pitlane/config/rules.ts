import { suggestion } from '../text/nearest.ts';
import { isObject } from '../text/shape.ts';
import { alternatives } from '../text/words.ts';
import { type Finding, invalid, missing, notOneOf } from './faults.ts';
import { hasFunctionUrls, partitionOf } from './partition.ts';
import { scheduleFindings } from './schedules.ts';

/** Checks that involve several fields. They read the file as written, so that one mistake does not hide another. */
export function crossFieldFindings(file: unknown): readonly Finding[] {
  const { clusters, services, deploy } = isObject(file) ? file : {};
  return [...clusterFindings(clusters), ...serviceFindings(services, clusters), ...deployFindings(deploy, clusters)];
}

const CLUSTER_KINDS = ['eks', 'kubeconfig', 'secret'];

function clusterFindings(clusters: unknown): readonly Finding[] {
  if (!isObject(clusters)) return [];
  return Object.entries(clusters).flatMap(([key, cluster]) => {
    if (!isObject(cluster)) return [];
    return [...eksAddressFindings(key, cluster.eks), ...notOneOf(['clusters', key], cluster, CLUSTER_KINDS)];
  });
}

/** An address without its certificate authority, or the other way round, would be silently replaced by what EKS says. */
function eksAddressFindings(key: string, eks: unknown): readonly Finding[] {
  if (!isObject(eks) || Object.hasOwn(eks, 'endpoint') === Object.hasOwn(eks, 'ca')) return [];
  const [absent, present] = Object.hasOwn(eks, 'ca') ? ['endpoint', 'ca'] : ['ca', 'endpoint'];
  return [missing(['clusters', key, 'eks', absent], `expected with ${present}, or neither`)];
}

function clusterOfService(key: string, cluster: unknown, known: readonly string[]): readonly Finding[] {
  const path = ['services', key, 'cluster'];
  if (cluster === undefined && known.length > 1) return [missing(path, `expected ${alternatives(known)}`)];
  if (typeof cluster !== 'string' || cluster === '' || known.includes(cluster)) return [];
  const message = (at: string) => `Unknown cluster "${cluster}" in ${at}. ${suggestion(cluster, known)}`;
  return [{ path, message, isKey: false }];
}

function serviceFindings(services: unknown, clusters: unknown): readonly Finding[] {
  if (!isObject(services)) return [];
  const known = isObject(clusters) ? Object.keys(clusters) : [];
  const findings = Object.entries(services).flatMap(([key, service]): readonly Finding[] => {
    if (!isObject(service)) return [];
    const { cluster, schedules } = service;
    return [...clusterOfService(key, cluster, known), ...scheduleFindings(['services', key, 'schedules'], schedules)];
  });
  if (Object.keys(services).length > 0) return findings;
  return [{ path: ['services'], message: () => 'services is empty: expected at least one service.', isKey: true }];
}

/** Checks of the section `deploy` that involve several fields, of the file as written. */
function deployFindings(deploy: unknown, clusters: unknown): readonly Finding[] {
  if (!isObject(deploy)) return [];
  return [
    ...(isObject(deploy.alarms) ? notOneOf(['deploy', 'alarms'], deploy.alarms, ['email', 'topic']) : []),
    ...doorFindings(deploy),
    ...fipsFindings(deploy),
    ...partitionFindings(deploy, clusters),
  ];
}

function doorFindings({ door, region }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (door !== 'url' || typeof region !== 'string' || hasFunctionUrls(region)) return [];
  return [invalid(['deploy', 'door'], `AWS has no function URLs in ${region}. Use api`)];
}

/** "FIPS endpoints by service" in the compliance pages of AWS: only in North America. */
function fipsFindings({ fips, region }: Readonly<Record<string, unknown>>): readonly Finding[] {
  if (fips !== 'true' || typeof region !== 'string' || /^(us|ca)-/.test(region)) return [];
  return [invalid(['deploy', 'fips'], `AWS has no FIPS endpoints in ${region}`)];
}

/** Credentials of one partition of AWS (China, GovCloud, the others) are unknown in another. */
function partitionFindings(deploy: Readonly<Record<string, unknown>>, clusters: unknown): readonly Finding[] {
  const { region } = deploy;
  if (typeof region !== 'string') return [];
  const partition = partitionOf(region);
  const outside = (path: readonly string[], what: string): Finding => ({
    path,
    message: (at) => `${at} is in another partition of AWS than ${region}: ${what}.`,
    isKey: false,
  });
  const ofClusters = Object.entries(isObject(clusters) ? clusters : {}).flatMap(
    ([key, cluster]): readonly Finding[] => {
      const eks = isObject(cluster) && isObject(cluster.eks) ? cluster.eks : {};
      const path = ['clusters', key, 'eks'];
      if (typeof eks.region === 'string' && partitionOf(eks.region) !== partition)
        return [outside([...path, 'region'], 'deploy a second Pitlane there')];
      if (isOtherPartition(eks.role, partition)) return [outside([...path, 'role'], `expected arn:${partition}:…`)];
      if (isObject(cluster) && isOtherPartition(cluster.secret, partition))
        return [outside(['clusters', key, 'secret'], `expected arn:${partition}:…`)];
      return [];
    },
  );
  const ofArns = ['secrets', 'kmsKey'].flatMap((key) =>
    isOtherPartition(deploy[key], partition) ? [outside(['deploy', key], `expected arn:${partition}:…`)] : [],
  );
  return [...ofClusters, ...ofArns];
}

function isOtherPartition(arn: unknown, partition: string): boolean {
  return typeof arn === 'string' && arn.startsWith('arn:') && !arn.startsWith(`arn:${partition}:`);
}
