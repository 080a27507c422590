import { list } from '../text/words.ts';
import { matches, selectorOfLabelSelector } from './selector.ts';
import type { Headroom, Pod, PodDetail, Toleration } from './snapshot.ts';

/** Where a pod like the given one would find room. */
export interface Room {
  /** Names of the nodes that it fits on. */
  readonly fits: readonly string[];
  /** How many nodes were looked at. */
  readonly of: number;
  /** For the nodes that it does not fit on, why: `2 too little cpu`. */
  readonly why: readonly string[];
  /** Names of the ResourceQuotas that leave too little. */
  readonly quotas: readonly string[];
}

type NodeRoom = Headroom['nodes'][number];

/**
 * Where a replacement of the pod would fit: on each node, or on the one that a DaemonSet means it for. Its own affinity
 * and spread constraints are not weighed (`PodDetail.hasPlacementRules` tells that there are some), other pods' are.
 *
 * @param onNode a DaemonSet's pod: only there, and a cordon does not keep it away
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

/** The headroom once a pod like the given one has found its place: on the node that has most CPU to spare, and in every quota. */
export function withPlaced(pod: Pod & { readonly detail: PodDetail }, headroom: Headroom, onNode?: string): Headroom {
  const { requests, containers } = pod.detail;
  const { fits } = roomFor(pod, headroom, onNode);
  const [place] = headroom.nodes
    .filter(({ name }) => fits.includes(name))
    .sort((a, b) => b.free.cpuMillis - a.free.cpuMillis || (a.name < b.name ? -1 : 1));
  if (place === undefined) return headroom;
  const taken = {
    ...place,
    free: {
      cpuMillis: place.free.cpuMillis - requests.cpuMillis,
      memory: place.free.memory - requests.memory,
      pods: place.free.pods - 1,
    },
    hostPorts: [...place.hostPorts, ...containers.flatMap(({ hostPorts }) => hostPorts)],
  };
  return {
    nodes: headroom.nodes.map((node) => (node === place ? taken : node)),
    quotas: headroom.quotas.map(({ name, left }) => ({
      name,
      left: {
        ...(left.pods !== undefined && { pods: left.pods - 1 }),
        ...(left.cpuMillis !== undefined && { cpuMillis: left.cpuMillis - requests.cpuMillis }),
        ...(left.memory !== undefined && { memory: left.memory - requests.memory }),
      },
    })),
  };
}

function obstacleOn(
  node: NodeRoom,
  { labels, detail: pod }: Pod & { readonly detail: PodDetail },
  isDaemon: boolean,
): string | undefined {
  if (!node.isReady) return 'not ready';
  if (node.isUnschedulable && !isDaemon) return 'cordoned';
  if (!Object.entries(pod.nodeSelector).every(([key, value]) => node.labels[key] === value)) return 'not selected';
  const taint = node.taints.find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !(isDaemon && key === 'node.kubernetes.io/unschedulable') &&
      !pod.tolerations.some((toleration) => tolerates(toleration, key, value ?? '', effect)),
  );
  if (taint) return `tainted ${taint.key}`;
  if (node.free.pods < 1) return 'full of pods';
  if (node.free.cpuMillis < pod.requests.cpuMillis) return 'too little cpu';
  if (node.free.memory < pod.requests.memory) return 'too little memory';
  const port = pod.containers.flatMap(({ hostPorts }) => hostPorts).find((wanted) => node.hostPorts.includes(wanted));
  if (port !== undefined) return `host port ${port} in use`;
  const isShunned = node.shuns?.some((selector) => matches(selectorOfLabelSelector(selector), labels));
  return isShunned ? "kept clear by a pod's anti-affinity" : undefined;
}

/** component-helpers, corev1 ToleratesTaint. */
function tolerates(toleration: Toleration, key: string, value: string, effect: string): boolean {
  if (toleration.effect !== undefined && toleration.effect !== effect) return false;
  if (toleration.key !== undefined && toleration.key !== key) return false;
  return toleration.operator === 'Exists' || (toleration.key !== undefined && (toleration.value ?? '') === value);
}

/** `2 of 3 nodes have room for it`, `no node has room for it (2 too little cpu and 1 cordoned)`. */
export function saysRoom(room: Room, onNode?: string): string {
  if (onNode !== undefined)
    return room.fits.length > 0
      ? `node ${onNode} has room for it`
      : `node ${onNode} has no room for it (${list(room.why.map((why) => why.replace(/^1 /, ''))) || 'it was not seen'})`;
  if (room.of === 0) return 'no node was seen';
  if (room.fits.length > 0)
    return `${room.fits.length} of ${room.of} nodes ${room.fits.length === 1 ? 'has' : 'have'} room for it`;
  return `none of ${room.of} nodes has room for it (${list(room.why)})`;
}
