import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { requestsOf } from '../../api/pod-requests.ts';
import { matchesNodeAffinity, nodesNamedBy, taintsOf, untoleratedTaint } from '../common/node.ts';
import { allocatableOf, hostPortsOf, isPortTaken, type NodeUsage } from './node-usage.ts';

/** The reasons why a pod cannot run on a node, in the words of the scheduler's plugins. */
export interface Rejection {
  reasons: string[];
  /** True when deleting other pods of the node could help. */
  isResolvable: boolean;
}

export type Check = (node: KubeObject) => Rejection | undefined;

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

interface Filter {
  reason: string;
  /** Default: false. */
  isResolvable?: boolean;
  rejects(pod: Pod, node: KubeObject, usage: NodeUsage): boolean;
}

/** The filter plugins in their default order, before NodeResourcesFit; the first rejection of a node is reported. */
const filters: readonly Filter[] = [
  {
    reason: "node(s) didn't satisfy plugin(s) [NodeAffinity]",
    rejects: ({ spec }, { metadata: { name } }) => nodesNamedBy(spec)?.has(name) === false,
  },
  {
    reason: 'node(s) were unschedulable',
    rejects: ({ spec: { tolerations } }, node) =>
      node.spec?.unschedulable === true &&
      untoleratedTaint([unschedulableTaint], tolerations, ['NoSchedule']) !== undefined,
  },
  {
    reason: 'node(s) had untolerated taint(s)',
    rejects: ({ spec: { tolerations } }, node) =>
      untoleratedTaint(taintsOf(node), tolerations, ['NoSchedule', 'NoExecute']) !== undefined,
  },
  {
    reason: "node(s) didn't match Pod's node affinity/selector",
    rejects: ({ spec }, node) => !matchesNodeAffinity(spec, node),
  },
  {
    reason: "node(s) didn't have free ports for the requested pod ports",
    isResolvable: true,
    rejects: (pod, _node, { hostPorts }) => hostPortsOf(pod).some((wanted) => isPortTaken(wanted, hostPorts)),
  },
];

/** Undefined when the pod fits. */
export function rejectionOf(pod: Pod, node: KubeObject, usage: NodeUsage): Rejection | undefined {
  const failed = filters.find(({ rejects }) => rejects(pod, node, usage));
  if (failed !== undefined) return { reasons: [failed.reason], isResolvable: failed.isResolvable === true };
  const allocatable = allocatableOf(node);
  const totalOf = (name: string) => allocatable[name] ?? 0;
  // Tolerates rounding errors: 0.1 + 0.2 > 0.3.
  const lacking = Object.entries(requestsOf(pod)).filter(
    ([name, wanted]) => wanted !== 0 && wanted + (usage.requests[name] ?? 0) > totalOf(name) * (1 + 1e-9),
  );
  const reasons = lacking.map(([name]) => `Insufficient ${name}`);
  if (usage.podCount + 1 > totalOf('pods')) reasons.unshift('Too many pods');
  const isResolvable = lacking.every(([name, wanted]) => wanted <= totalOf(name));
  return reasons.length === 0 ? undefined : { reasons, isResolvable };
}

/**
 * `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.` (framework/types.go, FitError.Error).
 *
 * @param why the reasons of all nodes, or one that holds whatever the node
 * @param unhelpful why preemption does not help, in the same way; absent: it does
 */
export function unschedulableMessage(count: number, why: Why, unhelpful?: Why): string {
  if (count === 0) return 'no nodes available to schedule pods';
  const nodes = `0/${count} nodes are available:`;
  const message = `${nodes} ${typeof why === 'string' ? why : countReasons(why)}.`;
  if (unhelpful === undefined) return message;
  const preemption = typeof unhelpful === 'string' ? unhelpful : `${nodes} ${countReasons(unhelpful)}.`;
  return `${message} no new claims to deallocate, preemption: ${preemption}`;
}

export type Why = string | readonly string[];

function countReasons(reasons: readonly string[]): string {
  const counts = Map.groupBy(reasons, (reason) => reason);
  const counted = Array.from(counts, ([reason, each]) => `${each.length} ${reason}`);
  return counted.sort().join(', ');
}
