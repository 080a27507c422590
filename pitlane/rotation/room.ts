import { count, list } from '../text/words.ts';
import { hasLabels } from './labels.ts';
import { obstacleOn, onePod, type Wanted, without, withPod } from './node-fit.ts';
import { hostPortsOf, type PodNeeds, requestsOf } from './pod-needs.ts';
import { type Preemption, preemptionsOn } from './preemption.ts';
import { isEqual, type Resources } from './resources.ts';
import { type Headroom, ifSeen, type NodeRoom, type PlacedPod, type TargetPod } from './snapshot.ts';
import { nodeOf, type Workload } from './workload.ts';

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
  const held = heldClaims(wanted, headroom);
  const blocked = held.length > 0 ? `blocked by volume claim ${list(held)}, which is in use` : undefined;
  const obstacles = nodes.map((node) => blocked ?? obstacleOn(node, wanted));
  const fits = nodes.filter((_, index) => obstacles[index] === undefined).map(({ name }) => name);
  const unfit = obstacles.filter((obstacle) => obstacle !== undefined);
  const counts = [...Map.groupBy(unfit, (obstacle) => obstacle)].sort(([a], [b]) => (a < b ? -1 : 1));
  const { unrequested = [] } = wanted;
  const requests = onePod(wanted);
  const quotas = headroom.quotas
    .filter(({ left }) =>
      Object.entries(left).some(([name, rest]) => rest < (requests[name] ?? 0) || unrequested.includes(name)),
    )
    .map(({ name }) => name);
  // A pod that is not admitted ends no others. Neither does one whose claim is in use, mostly by pods of its own workload.
  const isMoot = fits.length > 0 || quotas.length > 0 || held.length > 0;
  const preemptions = isMoot ? [] : preemptionsOn(nodes, wanted, ifSeen(headroom.budgets) ?? {});
  return {
    fits,
    of: nodes.length,
    why: counts.map(([obstacle, { length }]) => `${length} ${obstacle}`),
    preemptions,
    quotas,
    notChecked: [
      ...wanted.needs.notChecked,
      ...wanted.claims.filter(({ volume }) => volume === undefined).map(({ name }) => `its volume claim ${name}`),
      ...(preemptions.length > 0 && headroom.budgets.kind === 'notSeen' ? ['the budgets of other pods'] : []),
    ],
  };
}

/** The ReadWriteOncePod claims that another pod uses, on whatever node (volumerestrictions, satisfyReadWriteOncePod). */
export function heldClaims({ claims }: Wanted, { claimsInUse }: Headroom): readonly string[] {
  return claims
    .filter(({ name, accessModes }) => accessModes?.includes('ReadWriteOncePod') && claimsInUse.includes(name))
    .map(({ name }) => name);
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
    ...headroom,
    claimsInUse: [...headroom.claimsInUse, ...wanted.needs.claims],
    nodes: headroom.nodes.map((node) => (node === place ? after : node)),
    quotas: headroom.quotas.map(({ left, ...quota }) => ({
      ...quota,
      left: Object.fromEntries(
        Object.entries(left).map(([resource, rest]) => [resource, rest - (taken[resource] ?? 0)]),
      ),
    })),
  };
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

/**
 * What the pod's replacement needs. `made`: what the template of its owner asks for. A pod that was made from it is the
 * better model, because it also has what admission adds: injected sidecars, defaults of a LimitRange, a runtime's overhead.
 */
function needsOfReplacement(pod: TargetPod, made: PodNeeds | undefined): PodNeeds {
  const { needs } = pod.detail;
  if (made === undefined || isMadeFrom(pod, made)) return needs;
  const isSameClass = made.priorityClass === undefined || made.priorityClass === needs.priorityClass;
  const { priority, priorityClass, preempts, overhead } = needs;
  return {
    ...made,
    overhead,
    // Admission and the DaemonSet controller add these to every pod.
    tolerations: [
      ...made.tolerations,
      ...needs.tolerations.filter(({ key }) => key?.startsWith('node.kubernetes.io/')),
    ],
    ...(isSameClass
      ? { priority, priorityClass, preempts }
      : { notChecked: [...made.notChecked, `its priority class ${made.priorityClass}`] }),
  };
}

/** Marks of admission that changes the requests of a pod: the LimitRanger adds some, the vertical autoscaler any. */
const LIMIT_RANGER = 'kubernetes.io/limit-ranger';
const AUTOSCALED = 'vpaUpdates';

function isMadeFrom({ annotations, detail: { needs } }: TargetPod, made: PodNeeds): boolean {
  const includes = (all: Resources, some: Resources): boolean =>
    Object.entries(some).every(([name, amount]) => all[name] === amount);
  const areSame = (all: Resources, some: Resources): boolean =>
    AUTOSCALED in annotations || (LIMIT_RANGER in annotations ? includes(all, some) : isEqual(all, some));
  return (
    made.containers.every((wanted) => {
      const found = needs.containers.find(({ name }) => name === wanted.name);
      return (
        found !== undefined &&
        found.role === wanted.role &&
        areSame(found.requests, wanted.requests) &&
        JSON.stringify(found.hostPorts) === JSON.stringify(wanted.hostPorts)
      );
    }) &&
    includes(needs.podLevel, made.podLevel) &&
    made.tolerations.every((each) =>
      needs.tolerations.some((other) => JSON.stringify(other) === JSON.stringify(each)),
    ) &&
    hasLabels(needs.nodeSelector, made.nodeSelector) &&
    [...made.claims].sort().join() === [...needs.claims].sort().join() &&
    (made.priorityClass === undefined || made.priorityClass === needs.priorityClass)
  );
}
