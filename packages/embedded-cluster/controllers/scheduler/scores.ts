import type { V1Taint } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { controllerOf } from '../common/informers.ts';
import { matchesTerm, taintsOf, untoleratedTaint } from '../common/node.ts';
import { allocatableOf, assumedRequestsOf, type NodeUsage } from './node-usage.ts';

export interface Candidate {
  node: KubeObject;
  usage: NodeUsage;
}

interface Scorer {
  weight: number;
  /** The plugin rescales the scores to 0 (worst node) to 100 (best node). */
  isRelative?: boolean;
  scoreFor(pod: Pod, candidates: readonly Candidate[]): Score;
}

/** More is better. */
type Score = (candidate: Candidate) => number;

const zoneLabel = 'topology.kubernetes.io/zone';

/** The score plugins that matter here, with their default weights (apis/config/v1/default_plugins.go). */
const scorers: readonly Scorer[] = [
  { weight: 3, isRelative: true, scoreFor: taintToleration },
  { weight: 2, isRelative: true, scoreFor: nodeAffinity },
  { weight: 2, isRelative: true, scoreFor: podTopologySpread },
  // LeastAllocated prefers nodes with much free cpu and memory, BalancedAllocation those with similar shares of both.
  { weight: 1, scoreFor: (pod) => freeShares(pod, (cpu, memory) => (cpu + memory) / 2) },
  { weight: 1, scoreFor: (pod) => freeShares(pod, (cpu, memory) => 1 - Math.abs(cpu - memory) / 2) },
];

/** Prefers nodes with few untolerated PreferNoSchedule taints. */
function taintToleration({ spec }: Pod): Score {
  const isUnwelcome = (taint: V1Taint) =>
    untoleratedTaint([taint], spec.tolerations, ['PreferNoSchedule']) !== undefined;
  return ({ node }) => -taintsOf(node).filter(isUnwelcome).length;
}

/** The sum of the weights of the matching preferred terms. */
function nodeAffinity({ spec }: Pod): Score {
  const preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return ({ node }) =>
    preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
}

/** Prefers nodes and zones with few pods of the same owner, as the default constraints do. */
function podTopologySpread(pod: Pod, candidates: readonly Candidate[]): Score {
  const owner = controllerOf(pod)?.uid;
  const countOf = ({ usage }: Candidate) => (owner && usage.podsByController.get(owner)?.length) || 0;
  const zoneOf = ({ node }: Candidate) => node.metadata.labels?.[zoneLabel];
  const zones = Map.groupBy(candidates, zoneOf);
  zones.delete(undefined);
  const podsPerNode = new Map(
    Array.from(zones, ([zone, each]) => [zone, each.reduce((sum, one) => sum + countOf(one), 0) / each.length]),
  );
  return (candidate) => -countOf(candidate) - (podsPerNode.get(zoneOf(candidate)) ?? 0);
}

function freeShares(pod: Pod, score: (cpu: number, memory: number) => number): Score {
  const wanted = assumedRequestsOf(pod);
  return ({ node, usage: { assumed } }) => {
    const allocatable = allocatableOf(node);
    const share = (name: 'cpu' | 'memory') =>
      Math.max(0, 1 - ((assumed[name] ?? 0) + (wanted[name] ?? 0)) / (allocatable[name] || Number.POSITIVE_INFINITY));
    return 100 * score(share('cpu'), share('memory'));
  };
}

/** The best node, at random among equals (schedule_one.go, selectHost). */
export function bestOf(pod: Pod, candidates: readonly Candidate[]): KubeObject | undefined {
  const totals = candidates.map(() => 0);
  for (const { weight, scoreFor, isRelative } of scorers) {
    const raw = candidates.map(scoreFor(pod, candidates));
    const lowest = Math.min(...raw);
    const range = Math.max(...raw) - lowest;
    raw.forEach((value, index) => {
      const scaled = isRelative ? (100 * (value - lowest)) / (range || 1) : value;
      totals[index] = (totals[index] ?? 0) + weight * Math.floor(scaled);
    });
  }
  const best = Math.max(...totals);
  const winners = candidates.filter((_, index) => totals[index] === best);
  return oneOf(winners, pod)?.node;
}

/** Chosen at random, by the pod's uid, so that it does not depend on other pods; undefined: there is none. */
export function oneOf<T>(equals: readonly T[], { metadata }: Pod): T | undefined {
  const chance = Number.parseInt(metadata.uid.slice(0, 8), 16) / 2 ** 32;
  return equals[Math.floor(chance * equals.length)];
}
