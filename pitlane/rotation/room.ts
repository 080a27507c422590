import { alternatives, count, list } from '../text/words.ts';
import { matchesNode } from './node-selector.ts';
import { conflict, hostPortsOf, type PodNeeds, requestsOf } from './pod-needs.ts';
import { needsOfReplacement } from './replacement-needs.ts';
import { minus, plus, type Resources, shortage } from './resources.ts';
import { matches, selectorOfLabelSelector } from './selector.ts';
import type { Claim, Headroom, Labels, NodeRoom, PlacedPod, TargetPod, Toleration } from './snapshot.ts';
import { nodeOf, type Workload } from './workload.ts';

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

/** The nodes and quotas that have room for a pod. */
export interface Room {
  /** Names of the nodes that it fits on. */
  readonly fits: readonly string[];
  /** The number of nodes that were checked. */
  readonly of: number;
  /** Why it does not fit on the other nodes: `2 short of CPU`. */
  readonly why: readonly string[];
  /** Where it fits on no node: those where the scheduler may end pods of lower priority to make room. */
  readonly preemptions: readonly Preemption[];
  /** Names of the ResourceQuotas that leave too little. */
  readonly quotas: readonly string[];
  /** What else decides its place. */
  readonly notChecked: readonly string[];
}

export interface Preemption {
  readonly node: string;
  readonly victims: readonly PlacedPod[];
}

/** The pod that the workload starts once this one is drained. */
export function replacementOf(pod: TargetPod, workload: Workload | undefined): Wanted {
  const { owner, ref } = workload ?? {};
  const needs = needsOfReplacement(pod, owner?.needs);
  return {
    labels: owner?.templateLabels ?? pod.labels,
    needs,
    claims: needs.claims.map((name) => pod.detail.claims.find((claim) => claim.name === name) ?? { name }),
    unrequested: pod.detail.unrequested,
    onNode: ref?.kind === 'DaemonSet' ? nodeOf(pod) : undefined,
  };
}

/** Finds the nodes where the pod fits, with the rules of the scheduler that do not depend on its own affinity. */
export function roomFor(wanted: Wanted, headroom: Headroom): Room {
  const nodes = headroom.nodes.filter(({ name }) => wanted.onNode === undefined || name === wanted.onNode);
  const obstacles = nodes.map((node) => obstacleOn(node, wanted));
  const fits = nodes.filter((_, index) => obstacles[index] === undefined).map(({ name }) => name);
  const unfit = obstacles.filter((obstacle) => obstacle !== undefined);
  const counts = [...Map.groupBy(unfit, (obstacle) => obstacle)].sort(([a], [b]) => (a < b ? -1 : 1));
  const { unrequested = [] } = wanted;
  const requests = onePod(wanted);
  return {
    fits,
    of: nodes.length,
    why: counts.map(([obstacle, { length }]) => `${length} ${obstacle}`),
    preemptions: fits.length > 0 ? [] : nodes.flatMap((node) => preemptionOn(node, wanted) ?? []),
    quotas: headroom.quotas
      .filter(({ left }) =>
        Object.entries(left).some(([name, rest]) => rest < (requests[name] ?? 0) || unrequested.includes(name)),
      )
      .map(({ name }) => name),
    notChecked: [
      ...wanted.needs.notChecked,
      ...wanted.claims.filter(({ volume }) => volume === undefined).map(({ name }) => `its volume claim ${name}`),
    ],
  };
}

/** The headroom once such a pod is placed: on the node with the most free CPU, or where others make room; and in every quota. */
export function reserveRoom(wanted: Wanted, headroom: Headroom): Headroom {
  const { fits, preemptions } = roomFor(wanted, headroom);
  const [first] = preemptions;
  const cpuOf = ({ free }: NodeRoom): number => free.cpu ?? 0;
  const [place] = headroom.nodes
    .filter(({ name }) => fits.includes(name) || name === first?.node)
    .sort((a, b) => cpuOf(b) - cpuOf(a) || (a.name < b.name ? -1 : 1));
  if (place === undefined) return headroom;
  const placed: PlacedPod = {
    name: 'replacement',
    uid: `replacement-${place.pods.length}`,
    namespace: '',
    priority: wanted.needs.priority ?? 0,
    requests: requestsOf(wanted.needs),
    hostPorts: hostPortsOf(wanted.needs),
  };
  const after = withPod(without(place, first?.victims ?? []), placed);
  const taken = onePod(wanted);
  return {
    nodes: headroom.nodes.map((node) => (node === place ? after : node)),
    quotas: headroom.quotas.map(({ name, left }) => ({
      name,
      left: Object.fromEntries(
        Object.entries(left).map(([resource, rest]) => [resource, rest - (taken[resource] ?? 0)]),
      ),
    })),
  };
}

/** A node has a limit of pods, too. */
const POD: Resources = { pods: 1 };

function onePod({ needs }: Wanted): Resources {
  return plus(requestsOf(needs), POD);
}

function without(node: NodeRoom, pods: readonly PlacedPod[]): NodeRoom {
  const gone = new Set(pods.map(({ uid }) => uid));
  return {
    ...node,
    free: pods.reduce((free, { requests }) => plus(free, plus(requests, POD)), node.free),
    pods: node.pods.filter(({ uid }) => !gone.has(uid)),
    shuns: node.shuns?.filter(({ by }) => !gone.has(by)),
  };
}

function withPod(node: NodeRoom, pod: PlacedPod): NodeRoom {
  return { ...node, free: minus(node.free, plus(pod.requests, POD)), pods: [...node.pods, pod] };
}

/**
 * The pods that must go from the node so that the pod fits (defaultpreemption, SelectVictimsOnNode): all of lower priority
 * go, and then come back as far as there is room, the most important first. Budgets, which the scheduler spares where it
 * can, are not weighed.
 */
function preemptionOn(node: NodeRoom, wanted: Wanted): Preemption | undefined {
  const { priority, preempts } = wanted.needs;
  if (!preempts || priority === undefined) return undefined;
  const lower = node.pods.filter((pod) => pod.priority < priority).sort(mostImportantFirst);
  let left = without(node, lower);
  if (lower.length === 0 || obstacleOn(left, wanted) !== undefined) return undefined;
  const victims: PlacedPod[] = [];
  for (const pod of lower) {
    const back = withPod({ ...left, shuns: shunsWith(node, left, pod) }, pod);
    if (obstacleOn(back, wanted) === undefined) left = back;
    else victims.push(pod);
  }
  return { node: node.name, victims };
}

function shunsWith(before: NodeRoom, { shuns = [] }: NodeRoom, pod: PlacedPod): NodeRoom['shuns'] {
  return [...shuns, ...(before.shuns ?? []).filter(({ by }) => by === pod.uid)];
}

/** Higher priority, then longer running (scheduler/util, MoreImportantPod). */
function mostImportantFirst(a: PlacedPod, b: PlacedPod): number {
  const started = ({ startedAt }: PlacedPod): number => startedAt ?? Number.MAX_SAFE_INTEGER;
  return b.priority - a.priority || started(a) - started(b) || (a.uid < b.uid ? -1 : 1);
}

/** The first filter of the scheduler that refuses the node. */
function obstacleOn(node: NodeRoom, { labels, needs, claims, onNode }: Wanted): string | undefined {
  const isDaemon = onNode !== undefined;
  if (!node.isReady) return 'not ready';
  if (node.isUnschedulable && !isDaemon) return 'cordoned';
  if (!Object.entries(needs.nodeSelector).every(([key, value]) => node.labels[key] === value))
    return 'not matched by its nodeSelector';
  if (needs.nodeAffinity !== undefined && !matchesNode(needs.nodeAffinity, node))
    return 'not matched by its node affinity';
  const taint = node.taints.find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !(isDaemon && key === 'node.kubernetes.io/unschedulable') &&
      !needs.tolerations.some((toleration) => tolerates(toleration, key, value ?? '', effect)),
  );
  if (taint) return `tainted ${taint.key}`;
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

/** component-helpers, corev1 ToleratesTaint. */
function tolerates(toleration: Toleration, key: string, value: string, effect: string): boolean {
  if (toleration.effect !== undefined && toleration.effect !== effect) return false;
  if (toleration.key !== undefined && toleration.key !== key) return false;
  return toleration.operator === 'Exists' || (toleration.key !== undefined && (toleration.value ?? '') === value);
}

/** `2 of 3 nodes have room`, `none of 3 nodes has room (2 short of CPU and 1 cordoned)`. */
export function roomText({ fits, of, why, preemptions }: Room, onNode?: string): string {
  const unless = preemptions.length > 0 ? ' unless pods of lower priority go' : '';
  if (onNode !== undefined)
    return fits.length > 0
      ? `node ${onNode} has room`
      : `node ${onNode} has no room (${list(why.map((each) => each.replace(/^1 /, ''))) || 'not found'})${unless}`;
  if (of === 0) return 'no nodes were found';
  if (fits.length > 0) return `${fits.length} of ${count(of, 'node')} ${fits.length === 1 ? 'has' : 'have'} room`;
  return `none of ${count(of, 'node')} has room (${list(why)})${unless}`;
}

/** Names a pod that may be ended: `batch-x of Deployment batch`. Pods of other namespaces with theirs. */
export function victimText({ name, namespace, workload }: PlacedPod, home: string): string {
  const path = namespace === home ? name : `${namespace}/${name}`;
  return workload === undefined ? path : `${path} of ${workload}`;
}

/** `a on node-1 or b on node-2`. */
export function preemptionText(preemptions: readonly Preemption[], nameVictim: (pod: PlacedPod) => string): string {
  const places = preemptions.map(({ node, victims }) => `${list(victims.map(nameVictim))} on ${node}`);
  return places.length > MOST_PLACES
    ? `${places.slice(0, MOST_PLACES).join('; ')}; or on one of ${places.length - MOST_PLACES} more nodes`
    : alternatives(places);
}

const MOST_PLACES = 5;
