import { nearestWord } from '../text/nearest.ts';
import { alternatives } from '../text/words.ts';
import type { Finding } from './faults.ts';

/** Rules that need two places of the file at once. They look at the file as written, so that one mistake hides no other. */
export function crossFindings(file: unknown): readonly Finding[] {
  const { clusters, services } = isMapping(file) ? file : {};
  return [...clusterFindings(clusters), ...serviceFindings(services, clusters)];
}

const KINDS = ['eks', 'kubeconfig', 'secret'];

function clusterFindings(clusters: unknown): readonly Finding[] {
  if (!isMapping(clusters)) return [];
  return Object.entries(clusters).flatMap(([key, cluster]) => {
    if (!isMapping(cluster)) return [];
    const kinds = KINDS.filter((kind) => Object.hasOwn(cluster, kind));
    // Where other keys stand, those are reported.
    if (kinds.length === 1 || (kinds.length === 0 && Object.keys(cluster).length > 0)) return [];
    const has = kinds.length === 0 ? 'does not say how to reach it' : `has ${alternatives(kinds, 'and')}`;
    return [{ path: ['clusters', key], message: `${has}, expected one of ${alternatives(KINDS)}`, isKey: true }];
  });
}

function serviceFindings(services: unknown, clusters: unknown): readonly Finding[] {
  if (!isMapping(services)) return [];
  const known = isMapping(clusters) ? Object.keys(clusters) : [];
  const findings = Object.entries(services).flatMap(([key, service]): readonly Finding[] => {
    if (!isMapping(service)) return [];
    const path = ['services', key, 'cluster'];
    const { cluster } = service;
    if (cluster === undefined && known.length > 1)
      return [{ path, message: `is missing, expected ${alternatives(known)}`, isKey: true }];
    if (typeof cluster !== 'string' || cluster === '' || known.includes(cluster)) return [];
    const expected = nearestWord(cluster, known) ?? alternatives(known);
    return [
      { path, message: `names no cluster of the file (${cluster}), expected ${expected || 'one'}`, isKey: false },
    ];
  });
  if (Object.keys(services).length > 0) return findings;
  return [{ path: ['services'], message: 'has no service, expected at least one', isKey: true }];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
