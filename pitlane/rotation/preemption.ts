import { alternatives, list } from '../text/words.ts';
import { obstacleOn, type Wanted, without, withPod } from './node-fit.ts';
import type { NodeRoom, PlacedPod } from './snapshot.ts';

/** The pods that the scheduler may end on a node, so that another has room. */
export interface Preemption {
  readonly node: string;
  /** The most important first. */
  readonly victims: readonly PlacedPod[];
  /** Pods that may go in place of a victim: of the same priority, and started in the same second. */
  readonly alike: readonly PlacedPod[];
  /** How many of them a budget protects. */
  readonly violations: number;
}

type Allowed = Readonly<Record<string, number>>;

/** The nodes where ending pods of lower priority makes room, those that the scheduler prefers first. */
export function preemptionsOn(nodes: readonly NodeRoom[], wanted: Wanted, allowed: Allowed): readonly Preemption[] {
  return nodes
    .flatMap((node) => preemptionOn(node, wanted, allowed) ?? [])
    .sort((a, b) => costOf(a).reduce((order, cost, index) => order || cost - (costOf(b)[index] ?? 0), 0));
}

/** preemption.go, pickOneNodeForPreemption, without the last rule, which depends on seconds. */
function costOf({ victims, violations }: Preemption): readonly number[] {
  const priorities = victims.map(({ priority }) => priority);
  // So many that a node with fewer pods is better, also where priorities are negative.
  const sum = priorities.reduce((total, priority) => total + priority + 2 ** 31, 0);
  return [violations, Math.max(...priorities), sum, victims.length];
}

/**
 * The pods that must go from the node so that the pod fits (defaultpreemption, SelectVictimsOnNode): all of lower priority
 * go, and then come back as far as there is room, first those that a budget protects, then the most important.
 */
function preemptionOn(node: NodeRoom, wanted: Wanted, allowed: Allowed): Preemption | undefined {
  const { priority, preempts } = wanted.needs;
  if (!preempts || priority === undefined) return undefined;
  const lower = node.pods.filter((pod) => pod.priority < priority).sort(mostImportantFirst);
  let left = without(node, lower);
  if (lower.length === 0 || obstacleOn(left, wanted) !== undefined) return undefined;
  const guarded = protectedAmong(lower, allowed);
  const victims: PlacedPod[] = [];
  for (const pod of [...guarded, ...lower.filter((each) => !guarded.has(each))]) {
    const back = withPod({ ...left, shuns: shunsWith(node, left, pod) }, pod);
    if (obstacleOn(back, wanted) === undefined) left = back;
    else victims.push(pod);
  }
  const violations = victims.filter((pod) => guarded.has(pod)).length;
  const alike = lower.filter((pod) => !victims.includes(pod) && victims.some((victim) => isAlike(pod, victim)));
  return { node: node.name, victims: victims.sort(mostImportantFirst), alike, violations };
}

function isAlike(a: PlacedPod, b: PlacedPod): boolean {
  return a.priority === b.priority && a.startedAt === b.startedAt;
}

/** The pods for which a budget allows no disruption, once those before them are gone (filterPodsWithPDBViolation). */
function protectedAmong(pods: readonly PlacedPod[], allowed: Allowed): ReadonlySet<PlacedPod> {
  const left = new Map(Object.entries(allowed));
  const found = new Set<PlacedPod>();
  for (const pod of pods)
    for (const budget of pod.budgets ?? []) {
      left.set(budget, (left.get(budget) ?? 0) - 1);
      if ((left.get(budget) ?? 0) < 0) found.add(pod);
    }
  return found;
}

function shunsWith(before: NodeRoom, { shuns = [] }: NodeRoom, pod: PlacedPod): NodeRoom['shuns'] {
  return [...shuns, ...(before.shuns ?? []).filter(({ by }) => by === pod.uid)];
}

/** Higher priority, then longer running (scheduler/util, MoreImportantPod). */
function mostImportantFirst(a: PlacedPod, b: PlacedPod): number {
  const started = ({ startedAt }: PlacedPod): number => startedAt ?? Number.MAX_SAFE_INTEGER;
  return b.priority - a.priority || started(a) - started(b) || (a.uid < b.uid ? -1 : 1);
}

/** Names a pod that may be ended: `batch-x of Deployment batch`. Pods of other namespaces with theirs. */
export function victimText({ name, namespace, workload }: PlacedPod, home: string): string {
  const path = namespace === home ? name : `${namespace}/${name}`;
  return workload === undefined ? path : `${path} of ${workload}`;
}

/** `a on node-1 or b on node-2`. */
export function preemptionText(preemptions: readonly Preemption[], nameVictim: (pod: PlacedPod) => string): string {
  const places = preemptions.map(({ node, victims, alike }) => {
    const instead = alike.length === 0 ? '' : ` (or ${list(alike.map(nameVictim))}, as old)`;
    return `${list(victims.map(nameVictim))}${instead} on ${node}`;
  });
  return places.length > MOST_PLACES
    ? `${places.slice(0, MOST_PLACES).join('; ')}; or on one of ${places.length - MOST_PLACES} more nodes`
    : alternatives(places);
}

const MOST_PLACES = 5;
