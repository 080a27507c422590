import { suggestion } from '../text/nearest.ts';
import { isObject } from '../text/shape.ts';
import { alternatives } from '../text/words.ts';
import { deployFindings } from './deploy-rules.ts';
import { type Finding, missing, notOneOf } from './faults.ts';
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
