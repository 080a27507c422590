import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { requestsOf } from '../../api/pod-requests.ts';
import { matchesNodeAffinity, nodesNamedBy, taintsOf, tolerates, untoleratedTaint } from '../common/node.ts';
import { allocatableOf, hostPortsOf, isPortTaken, type NodeUsage } from './node-usage.ts';

/** The reasons why a pod cannot run on a node, in the words of the scheduler's plugins. */
export interface Rejection {
  reasons: string[];
  /** True when deleting other pods of the node could help. */
  isResolvable: boolean;
}

type Filter = (pod: Pod, node: KubeObject, usage: NodeUsage) => Rejection | undefined;

function unresolvable(...reasons: string[]): Rejection {
  return { reasons, isResolvable: false };
}

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** The filter plugins in their default order; the first rejection of a node is reported. */
const filters: readonly Filter[] = [
  function nodeUnschedulable({ spec }, node) {
    if (node.spec?.unschedulable !== true) return undefined;
    const isTolerated = (spec.tolerations ?? []).some((each) => tolerates(each, unschedulableTaint));
    return isTolerated ? undefined : unresolvable('node(s) were unschedulable');
  },

  function taintToleration({ spec }, node) {
    const taint = untoleratedTaint(taintsOf(node), spec.tolerations, ['NoSchedule', 'NoExecute']);
    return taint === undefined ? undefined : unresolvable('node(s) had untolerated taint(s)');
  },

  function nodeAffinity({ spec }, node) {
    if (matchesNodeAffinity(spec, node)) return undefined;
    return unresolvable("node(s) didn't match Pod's node affinity/selector");
  },

  function nodePorts(pod, _node, { hostPorts }) {
    if (!hostPortsOf(pod).some((wanted) => isPortTaken(wanted, hostPorts))) return undefined;
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], isResolvable: true };
  },

  function nodeResourcesFit(pod, node, { requests, podCount }) {
    const allocatable = allocatableOf(node);
    const reasons: string[] = [];
    let isResolvable = true;
    if (podCount + 1 > (allocatable.pods ?? 0)) reasons.push('Too many pods');
    for (const [name, wanted] of Object.entries(requestsOf(pod))) {
      const total = allocatable[name] ?? 0;
      // Tolerates rounding errors: 0.1 + 0.2 > 0.3.
      if (wanted === 0 || wanted + (requests[name] ?? 0) <= total * (1 + 1e-9)) continue;
      reasons.push(`Insufficient ${name}`);
      if (wanted > total) isResolvable = false;
    }
    return reasons.length === 0 ? undefined : { reasons, isResolvable };
  },
];

/** Undefined when the pod fits. */
export function rejectionOf(pod: Pod, node: KubeObject, usage: NodeUsage): Rejection | undefined {
  const named = nodesNamedBy(pod.spec);
  if (named !== undefined && !named.has(node.metadata.name)) {
    return unresolvable("node(s) didn't satisfy plugin(s) [NodeAffinity]");
  }
  for (const filter of filters) {
    const rejection = filter(pod, node, usage);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
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
  return [...counts]
    .map(([reason, each]) => `${each.length} ${reason}`)
    .sort()
    .join(', ');
}
