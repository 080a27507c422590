import { count, list } from '../text/words.ts';
import { obstacleOn, onePod, type Wanted, without, withPod } from './node-fit.ts';
import { hostPortsOf, requestsOf } from './pod-needs.ts';
import { type Preemption, preemptionsOn } from './preemption.ts';
import { needsOfReplacement } from './replacement-needs.ts';
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
