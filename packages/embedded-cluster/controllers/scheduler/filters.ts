import type { V1NodeSelectorTerm, V1Taint } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { asPods, isTerminal, type Pod } from '../../api/pod.ts';
import { requestsOf } from '../../api/pod-requests.ts';
import type { Informers } from '../common/informers.ts';
import { matchesNodeAffinity, matchesTerm, nodesNamedBy, taintsOf, untoleratedTaint } from '../common/node.ts';
import { isBound } from '../volumes.ts';
import { allocatableOf, hostPortsOf, isPortTaken, type NodeUsage } from './node-usage.ts';

/** The reasons why a pod cannot run on a node, in the words of the scheduler's plugins. */
export interface Rejection {
  reasons: string[];
  /** True when deleting other pods of the node could help. */
  isResolvable: boolean;
}

export type Check = (node: KubeObject) => Rejection | undefined;

const cordoned = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const noFreePorts = "node(s) didn't have free ports for the requested pod ports";

/** By their reasons the filter plugins in their default order, before NodeResourcesFit. True: the node is rejected. */
const filters = Object.entries<(pod: Pod, node: KubeObject, usage: NodeUsage) => boolean>({
  "node(s) didn't satisfy plugin(s) [NodeAffinity]": ({ spec }, node) =>
    nodesNamedBy(spec)?.has(node.metadata.name) === false,
  'node(s) were unschedulable': ({ spec }, node) =>
    node.spec?.unschedulable === true && !toleratesAll(spec, [cordoned], ['NoSchedule']),
  'node(s) had untolerated taint(s)': ({ spec }, node) =>
    !toleratesAll(spec, taintsOf(node), ['NoSchedule', 'NoExecute']),
  "node(s) didn't match Pod's node affinity/selector": ({ spec }, node) => !matchesNodeAffinity(spec, node),
  [noFreePorts]: (pod, _node, { hostPorts }) => hostPortsOf(pod).some((wanted) => isPortTaken(wanted, hostPorts)),
});

function toleratesAll({ tolerations }: Pod['spec'], taints: readonly V1Taint[], effects: readonly string[]): boolean {
  return untoleratedTaint(taints, tolerations, effects) === undefined;
}

/** The first rejection of a node is reported; undefined when the pod fits. */
export function rejectionOf(pod: Pod, node: KubeObject, usage: NodeUsage): Rejection | undefined {
  const failed = filters.find(([, rejects]) => rejects(pod, node, usage));
  if (failed !== undefined) return { reasons: [failed[0]], isResolvable: failed[0] === noFreePorts };
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

function claimNamesOf({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** Why no node can run the pod (volumebinding, PreFilter). */
export function claimProblem(informers: Informers, pod: Pod): string | undefined {
  for (const name of claimNamesOf(pod)) {
    const claim = informers.get('persistentvolumeclaims', pod.metadata.namespace, name);
    const quoted = `persistentvolumeclaim ${JSON.stringify(name)}`;
    if (claim === undefined) return `${quoted} not found`;
    if (claim.metadata.deletionTimestamp) return `${quoted} is being deleted`;
    if (!isBound(claim)) return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

/** Volumes that only some nodes reach, and those that one pod may use alone. `isThere`: false for pods that go. */
export function volumeCheck(informers: Informers, pod: Pod, isThere: (other: Pod) => boolean): Check {
  const { namespace, uid } = pod.metadata;
  const claims = claimNamesOf(pod).flatMap((name) => informers.get('persistentvolumeclaims', namespace, name) ?? []);
  const alone = claims.filter(({ spec }) => spec.accessModes?.includes('ReadWriteOncePod'));
  const names = new Set(alone.map(({ metadata }) => metadata.name));
  const usesOne = (other: Pod) => claimNamesOf(other).some((name) => names.has(name));
  const isRunning = (other: Pod) => other.spec.nodeName && !isTerminal(other) && isThere(other);
  // Conflicts count in the whole cluster (volumerestrictions, satisfyReadWriteOncePod).
  const others = names.size > 0 ? asPods(informers.inNamespace('pods', namespace)) : [];
  const isTaken = others.some((other) => other.metadata.uid !== uid && isRunning(other) && usesOne(other));
  const required: V1NodeSelectorTerm[][] = claims.flatMap(({ spec }) => {
    const volume = informers.get('persistentvolumes', undefined, spec.volumeName);
    const terms = volume?.spec.nodeAffinity?.required?.nodeSelectorTerms;
    return terms === undefined ? [] : [terms];
  });
  const taken = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
  return (node) => {
    if (isTaken) return { reasons: [taken], isResolvable: true };
    if (required.every((terms) => terms.some((term) => matchesTerm(term, node)))) return undefined;
    return { reasons: ["node(s) didn't match PersistentVolume's node affinity"], isResolvable: false };
  };
}

/**
 * `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.` (FitError.Error), and why preemption does
 * not help, unless it does.
 */
export function unschedulableMessage(count: number, why: string, unhelpful?: string): string {
  if (count === 0) return 'no nodes available to schedule pods';
  const message = `0/${count} nodes are available: ${why}.`;
  return unhelpful === undefined ? message : `${message} no new claims to deallocate, preemption: ${unhelpful}`;
}

export function countReasons(reasons: readonly string[]): string {
  const counts = Map.groupBy(reasons, (reason) => reason);
  const counted = Array.from(counts, ([reason, each]) => `${each.length} ${reason}`);
  return counted.sort().join(', ');
}
