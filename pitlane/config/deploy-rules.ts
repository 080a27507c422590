import { isObject } from '../text/shape.ts';
import { type Finding, invalid, notOneOf } from './faults.ts';
import { hasFunctionUrls, partitionOf } from './partition.ts';

/** Checks of the section `deploy` that involve several fields, of the file as written. */
export function deployFindings(deploy: unknown, clusters: unknown): readonly Finding[] {
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
