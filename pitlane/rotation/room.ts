import { count, list } from '../text/words.ts';
import { matches, selectorOfLabelSelector } from './selector.ts';
import type { Headroom, Pod, PodDetail, Toleration } from './snapshot.ts';

/** The nodes and quotas that have room for a pod. */
export interface Room {
  /** Names of the nodes that it fits on. */
  readonly fits: readonly string[];
  /** The number of nodes that were checked. */
  readonly of: number;
  /** Why it does not fit on the other nodes: `2 short of CPU`. */
  readonly why: readonly string[];
  /** Names of the ResourceQuotas that leave too little. */
  readonly quotas: readonly string[];
}

type NodeRoom = Headroom['nodes'][number];

/**
 * Finds the nodes where a replacement of the pod fits. Its own affinity and spread constraints are not checked
 * (`PodDetail.hasPlacementRules`); the anti-affinity of other pods is.
 *
 * @param onNode for a DaemonSet's pod: only there, cordoned or not
 */
export function roomFor(pod: Pod & { readonly detail: PodDetail }, headroom: Headroom, onNode?: string): Room {
  const nodes = headroom.nodes.filter(({ name }) => onNode === undefined || name === onNode);
  const obstacles = nodes.map((node) => ({
    name: node.name,
    obstacle: obstacleOn(node, pod, onNode !== undefined),
  }));
  const counts = new Map<string, number>();
  for (const { obstacle } of obstacles) if (obstacle) counts.set(obstacle, (counts.get(obstacle) ?? 0) + 1);
  const { requests, unrequested = [] } = pod.detail;
  return {
    fits: obstacles.filter(({ obstacle }) => obstacle === undefined).map(({ name }) => name),
    of: nodes.length,
    why: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([obstacle, number]) => `${number} ${obstacle}`),
    quotas: headroom.quotas
      .filter(
        ({ left }) =>
          (left.pods ?? Infinity) < 1 ||
          (['cpuMillis', 'memory'] as const).some((resource) => {
            const limit = left[resource];
            return limit !== undefined && (limit < requests[resource] || unrequested.includes(resource));
          }),
      )
      .map(({ name }) => name),
  };
}

/** The headroom once a pod like the given one is placed: on the node with the most free CPU, and in every quota. */
export function reserveRoom(pod: Pod & { readonly detail: PodDetail }, headroom: Headroom, onNode?: string): Headroom {
  const { requests, containers } = pod.detail;
  const { fits } = roomFor(pod, headroom, onNode);
  const [place] = headroom.nodes
    .filter(({ name }) => fits.includes(name))
    .sort((a, b) => b.free.cpuMillis - a.free.cpuMillis || (a.name < b.name ? -1 : 1));
  if (place === undefined) return headroom;
  const taken: Readonly<Record<string, number>> = { ...requests, pods: 1 };
  const less = <T extends object>(free: T): T => {
    const left = Object.entries<number | undefined>(free as Record<string, number | undefined>);
    return Object.fromEntries(left.map(([resource, rest]) => [resource, rest && rest - (taken[resource] ?? 0)])) as T;
  };
  const hostPorts = [...place.hostPorts, ...containers.flatMap((container) => container.hostPorts)];
  return {
    nodes: headroom.nodes.map((node) => (node === place ? { ...place, free: less(place.free), hostPorts } : node)),
    quotas: headroom.quotas.map(({ name, left }) => ({ name, left: less(left) })),
  };
}

function obstacleOn(
  node: NodeRoom,
  { labels, detail: pod }: Pod & { readonly detail: PodDetail },
  isDaemon: boolean,
): string | undefined {
  if (!node.isReady) return 'not ready';
  if (node.isUnschedulable && !isDaemon) return 'cordoned';
  if (!Object.entries(pod.nodeSelector).every(([key, value]) => node.labels[key] === value))
    return 'not matched by its nodeSelector';
  const taint = node.taints.find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !(isDaemon && key === 'node.kubernetes.io/unschedulable') &&
      !pod.tolerations.some((toleration) => tolerates(toleration, key, value ?? '', effect)),
  );
  if (taint) return `tainted ${taint.key}`;
  if (node.free.pods < 1) return 'at the pod limit';
  if (node.free.cpuMillis < pod.requests.cpuMillis) return 'short of CPU';
  if (node.free.memory < pod.requests.memory) return 'short of memory';
  const port = pod.containers.flatMap(({ hostPorts }) => hostPorts).find((wanted) => node.hostPorts.includes(wanted));
  if (port !== undefined) return `host port ${port} in use`;
  const isShunned = node.shuns?.some((selector) => matches(selectorOfLabelSelector(selector), labels));
  return isShunned ? 'blocked by anti-affinity' : undefined;
}

/** component-helpers, corev1 ToleratesTaint. */
function tolerates(toleration: Toleration, key: string, value: string, effect: string): boolean {
  if (toleration.effect !== undefined && toleration.effect !== effect) return false;
  if (toleration.key !== undefined && toleration.key !== key) return false;
  return toleration.operator === 'Exists' || (toleration.key !== undefined && (toleration.value ?? '') === value);
}

/** `2 of 3 nodes have room`, `none of 3 nodes has room (2 short of CPU and 1 cordoned)`. */
export function roomText(room: Room, onNode?: string): string {
  if (onNode !== undefined)
    return room.fits.length > 0
      ? `node ${onNode} has room`
      : `node ${onNode} has no room (${list(room.why.map((why) => why.replace(/^1 /, ''))) || 'not found'})`;
  if (room.of === 0) return 'no nodes were found';
  if (room.fits.length > 0)
    return `${room.fits.length} of ${count(room.of, 'node')} ${room.fits.length === 1 ? 'has' : 'have'} room`;
  return `none of ${count(room.of, 'node')} has room (${list(room.why)})`;
}
