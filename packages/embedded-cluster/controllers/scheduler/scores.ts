import type { V1Taint } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { controllerOf } from '../common/informers.ts';
import { preferenceFor, taintsOf, untoleratedTaint } from '../common/node.ts';
import { allocatableOf, assumedRequestsOf, type NodeUsage } from './node-usage.ts';

export interface Candidate {
  node: KubeObject;
  usage: NodeUsage;
}

interface Scorer {
  weight: number;
  /** One number for each candidate; more is better. */
  scores(pod: Pod, candidates: readonly Candidate[]): number[];
  /** The plugin rescales the scores to 0 (worst node) to 100 (best node). */
  isRelative: boolean;
}

const zoneLabel = 'topology.kubernetes.io/zone';

/** The score plugins that matter here, with their default weights (apis/config/v1/default_plugins.go). */
const scorers: readonly Scorer[] = [
  { weight: 3, isRelative: true, scores: taintToleration },
  { weight: 2, isRelative: true, scores: nodeAffinity },
  { weight: 2, isRelative: true, scores: podTopologySpread },
  { weight: 1, isRelative: false, scores: leastAllocated },
  { weight: 1, isRelative: false, scores: balancedAllocation },
];

/** Prefers nodes with few untolerated PreferNoSchedule taints. */
function taintToleration({ spec }: Pod, candidates: readonly Candidate[]): number[] {
  const isUnwelcome = (taint: V1Taint) =>
    untoleratedTaint([taint], spec.tolerations, ['PreferNoSchedule']) !== undefined;
  return candidates.map(({ node }) => -taintsOf(node).filter(isUnwelcome).length);
}

function nodeAffinity({ spec }: Pod, candidates: readonly Candidate[]): number[] {
  return candidates.map(({ node }) => preferenceFor(spec, node));
}

/** Prefers nodes and zones with few pods of the same owner, as the default constraints do. */
function podTopologySpread(pod: Pod, candidates: readonly Candidate[]): number[] {
  const owner = controllerOf(pod)?.uid ?? '';
  const zoneOf = ({ node }: Candidate) => node.metadata.labels?.[zoneLabel];
  const countOf = ({ usage }: Candidate) => usage.podsByController.get(owner) ?? 0;
  const perZone = new Map<string | undefined, { pods: number; nodes: number }>();
  for (const candidate of candidates) {
    const { pods, nodes } = perZone.get(zoneOf(candidate)) ?? { pods: 0, nodes: 0 };
    perZone.set(zoneOf(candidate), { pods: pods + countOf(candidate), nodes: nodes + 1 });
  }
  return candidates.map((candidate) => {
    const zone = zoneOf(candidate);
    const { pods, nodes } = perZone.get(zone) ?? { pods: 0, nodes: 1 };
    return -countOf(candidate) - (zone === undefined ? 0 : pods / nodes);
  });
}

/** Prefers nodes with much free cpu and memory. */
function leastAllocated(pod: Pod, candidates: readonly Candidate[]): number[] {
  return candidates.map(({ node, usage }) => {
    const { cpu, memory } = freeShares(pod, node, usage);
    return (100 * (cpu + memory)) / 2;
  });
}

/** Prefers nodes with similar shares of free cpu and memory. */
function balancedAllocation(pod: Pod, candidates: readonly Candidate[]): number[] {
  return candidates.map(({ node, usage }) => {
    const { cpu, memory } = freeShares(pod, node, usage);
    return 100 * (1 - Math.abs(cpu - memory) / 2);
  });
}

function freeShares(pod: Pod, node: KubeObject, { assumed }: NodeUsage): { cpu: number; memory: number } {
  const allocatable = allocatableOf(node);
  const wanted = assumedRequestsOf(pod);
  const share = (name: 'cpu' | 'memory') =>
    Math.max(0, 1 - (assumed[name] + wanted[name]) / (allocatable[name] || Number.POSITIVE_INFINITY));
  return { cpu: share('cpu'), memory: share('memory') };
}

/** The best node, at random among equals (schedule_one.go, selectHost). */
export function bestOf(pod: Pod, candidates: readonly Candidate[], chance: number): KubeObject | undefined {
  const totals = candidates.map(() => 0);
  for (const { weight, scores, isRelative } of scorers) {
    const raw = scores(pod, candidates);
    const [lowest, highest] = [Math.min(...raw), Math.max(...raw)];
    raw.forEach((value, index) => {
      const range = highest - lowest;
      const scaled = !isRelative ? value : range === 0 ? 0 : (100 * (value - lowest)) / range;
      totals[index] = (totals[index] ?? 0) + weight * Math.floor(scaled);
    });
  }
  const best = Math.max(...totals);
  const winners = candidates.filter((_, index) => totals[index] === best);
  return winners[Math.floor(chance * winners.length)]?.node;
}
