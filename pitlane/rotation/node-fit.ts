import { hasLabels } from './labels.ts';
import { matchesNode } from './node-selector.ts';
import { conflict, hostPortsOf, type PodNeeds, requestsOf, type Toleration } from './pod-needs.ts';
import { minus, plus, type Resources, shortage } from './resources.ts';
import { matches, selectorOfLabelSelector } from './selector.ts';
import type { Claim, Labels, NodeRoom, PlacedPod } from './snapshot.ts';

/** A pod that the scheduler would have to place. */
export interface Wanted {
  readonly labels: Labels;
  readonly needs: PodNeeds;
  /** The claims of `needs`, as far as they were read. */
  readonly claims: readonly Claim[];
  /** As in `PodDetail`. */
  readonly unrequested?: readonly string[];
  /** For a DaemonSet's pod: only there, cordoned or not. */
  readonly onNode?: string;
}

/** The first filter of the scheduler that refuses the node. */
export function obstacleOn(node: NodeRoom, { labels, needs, claims, onNode }: Wanted): string | undefined {
  const isDaemon = onNode !== undefined;
  if (!node.isReady) return 'not ready';
  if (node.isUnschedulable && !isDaemon) return 'cordoned';
  // Also a cordoned node runs the pods of DaemonSets.
  const cordon = isDaemon ? [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' as const }] : [];
  const unfit = unfitBecause(node, { ...needs, tolerations: [...needs.tolerations, ...cordon] });
  if (unfit !== undefined) return unfit;
  const used = node.pods.flatMap(({ hostPorts }) => hostPorts);
  const taken = hostPortsOf(needs).find((port) => used.some((other) => conflict(port, other)));
  if (taken !== undefined) return `with host port ${taken.port} in use`;
  const short = shortage(node.free, plus(requestsOf(needs), POD));
  if (short !== undefined) return SHORT_OF[short] ?? `short of ${short}`;
  const volume = claims.map((claim) => volumeObstacle(node, claim)).find((obstacle) => obstacle !== undefined);
  if (volume !== undefined) return volume;
  const isShunned = node.shuns?.some(({ selector }) => matches(selectorOfLabelSelector(selector), labels));
  return isShunned ? 'blocked by anti-affinity' : undefined;
}

const SHORT_OF: Readonly<Record<string, string>> = { pods: 'at the pod limit', cpu: 'short of CPU' };

/** volumebinding/binder.go, checkBoundClaims and PreFilter. */
function volumeObstacle(node: NodeRoom, { name, volume, isLeaving }: Claim): string | undefined {
  if (isLeaving) return `blocked: volume claim ${name} is being deleted`;
  if (volume?.nodes === undefined || matchesNode(volume.nodes, node)) return undefined;
  return `out of reach of volume claim ${name}`;
}

/** Why the pod may not be on a node with these labels and taints. */
function unfitBecause(
  node: Pick<NodeRoom, 'name' | 'labels' | 'taints'>,
  { nodeSelector, nodeAffinity, tolerations }: Pick<PodNeeds, 'nodeSelector' | 'nodeAffinity' | 'tolerations'>,
): string | undefined {
  if (!hasLabels(node.labels, nodeSelector)) return 'not matched by its nodeSelector';
  if (nodeAffinity !== undefined && !matchesNode(nodeAffinity, node)) return 'not matched by its node affinity';
  const taint = node.taints.find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !tolerations.some((toleration) => tolerates(toleration, key, value ?? '', effect)),
  );
  return taint && `tainted ${taint.key}`;
}

/** component-helpers, corev1 ToleratesTaint. */
export function tolerates(toleration: Toleration, key: string, value: string, effect: string): boolean {
  if (toleration.effect !== undefined && toleration.effect !== effect) return false;
  if (toleration.key !== undefined && toleration.key !== key) return false;
  return toleration.operator === 'Exists' || (toleration.key !== undefined && (toleration.value ?? '') === value);
}

/** A node has a limit of pods, too. */
const POD: Resources = { pods: 1 };

export function onePod({ needs }: Pick<Wanted, 'needs'>): Resources {
  return plus(requestsOf(needs), POD);
}

export function without(node: NodeRoom, pods: readonly PlacedPod[]): NodeRoom {
  const gone = new Set(pods.map(({ uid }) => uid));
  return {
    ...node,
    free: pods.reduce((free, { requests }) => plus(free, plus(requests, POD)), node.free),
    pods: node.pods.filter(({ uid }) => !gone.has(uid)),
    shuns: node.shuns?.filter(({ by }) => !gone.has(by)),
  };
}

export function withPod(node: NodeRoom, pod: PlacedPod): NodeRoom {
  return { ...node, free: minus(node.free, plus(pod.requests, POD)), pods: [...node.pods, pod] };
}

const condition = (name: string, effect: string): Toleration => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
});

/** Every DaemonSet's pods get these (daemon/util, AddOrUpdateDaemonPodTolerations). */
const DAEMON: readonly Toleration[] = [
  condition('not-ready', 'NoExecute'),
  condition('unreachable', 'NoExecute'),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) => condition(name, 'NoSchedule')),
];
const HOST_NETWORK = [condition('network-unavailable', 'NoSchedule')];

/** What decides about the nodes of a DaemonSet with that pod template. */
export interface DaemonTemplate {
  readonly needs: PodNeeds;
  readonly hostNetwork?: boolean | undefined;
  /** The only node that the template allows. */
  readonly nodeName?: string | undefined;
}

/** The needs of a pod that a DaemonSet creates. */
export function daemonNeeds({ needs, hostNetwork }: DaemonTemplate): PodNeeds {
  return { ...needs, tolerations: [...needs.tolerations, ...DAEMON, ...(hostNetwork === true ? HOST_NETWORK : [])] };
}

/** Why a DaemonSet creates no pod on the node; undefined: it does (daemon_controller.go, NodeShouldRunDaemonPod). */
export function unwantedBecause(node: NodeRoom, template: DaemonTemplate): string | undefined {
  const { nodeName } = template;
  if (nodeName !== undefined && nodeName !== node.name) return `its template names node ${nodeName}`;
  return unfitBecause(node, daemonNeeds(template));
}
