import type { KubeObject } from '../../api/api.ts';
import { isEmptySelector, matchesSelector } from '../../api/label-selector.ts';
import { conditionOf, isTerminating, type Pod } from '../../api/pod.ts';
import { timeOf } from '../../api/time.ts';
import type { Environment } from '../common/controller.ts';
import { writeDisruption, writeStatus } from '../common/status.ts';
import { countReasons, type Rejection, unschedulableMessage } from './filters.ts';
import { oneOf } from './scores.ts';

interface Candidate {
  node: KubeObject;
  /** The most important first. */
  victims: readonly Pod[];
  /** Victims that a budget protects. */
  violations: number;
}

/** The nodes as the scheduler sees them. */
interface Nodes {
  podsOn(node: string): readonly Pod[];
  /** The pods for which room is made. */
  nominated: ReadonlyMap<string, Pod>;
  /** The rejection of the pod once only these pods stand on the node; undefined: it fits. */
  rejectionWith(node: KubeObject, pods: readonly Pod[]): Rejection | undefined;
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** Ends pods of lower priority, or tells why that does not help (preemption.go, Evaluator.Preempt). */
export function makeRoom(
  { api, informers, events }: Environment,
  pod: Pod,
  rejected: readonly (Rejection & { node: KubeObject })[],
  { podsOn, nominated, rejectionWith }: Nodes,
): { unhelpful?: string; nominatedNodeName?: string } {
  const { nominatedNodeName } = pod.status;
  const isLess = (other: Pod) => priorityOf(other) < priorityOf(pod);
  if (pod.spec.preemptionPolicy === 'Never')
    return { unhelpful: 'not eligible due to preemptionPolicy=Never.', nominatedNodeName };
  if (nominatedNodeName && podsOn(nominatedNodeName).some((other) => isLess(other) && isPreempted(other)))
    return { unhelpful: 'not eligible due to a terminating pod on the nominated node.', nominatedNodeName };
  const tried = rejected.map(({ node, isResolvable }) =>
    isResolvable ? candidateOn(node) : ['Preemption is not helpful for scheduling'],
  );
  const candidates = tried.filter((each) => 'victims' in each);
  const best = bestCandidate(candidates, pod);
  if (best === undefined) {
    const reasons = tried.flatMap((each) => ('victims' in each ? [] : each));
    return { unhelpful: unschedulableMessage(rejected.length, countReasons(reasons)) };
  }
  const { name } = best.node.metadata;
  for (const other of nominated.values())
    if (other.status.nominatedNodeName === name && isLess(other))
      writeStatus(api, 'pods', other, { ...other.status, nominatedNodeName: undefined });
  for (const victim of best.victims) if (!isTerminating(victim)) end(victim, name);
  return { nominatedNodeName: name };

  /**
   * The pods of lower priority that must go from the node (SelectVictimsOnNode): all go, and come back as far as there is
   * room, first those that a budget protects, then the most important. A list of reasons: it does not help.
   */
  function candidateOn(node: KubeObject): Candidate | string[] {
    const there = podsOn(node.metadata.name);
    const lower = there.filter(isLess).sort(byImportance);
    if (lower.length === 0) return ['No preemption victims found for incoming pod'];
    let left = there.filter((other) => !lower.includes(other));
    const rejection = rejectionWith(node, left);
    if (rejection !== undefined) return rejection.reasons;
    const isProtected = protectedBy(Array.from(informers.all('poddisruptionbudgets')), lower);
    const victims: Pod[] = [];
    for (const other of [...lower.filter(isProtected), ...lower.filter((each) => !isProtected(each))]) {
      if (rejectionWith(node, [...left, other]) === undefined) left = [...left, other];
      else victims.push(other);
    }
    return { node, victims: victims.sort(byImportance), violations: victims.filter(isProtected).length };
  }

  /** preemption/executor.go, PreemptPod */
  function end(victim: Pod, node: string): void {
    const { namespace, name, uid } = victim.metadata;
    const why = 'default-scheduler: preempting to accommodate a higher priority pod';
    writeDisruption(api, victim, 'PreemptionByScheduler', why);
    const message = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
    events.recordAction(victim, 'Normal', 'Preempted', 'Preempting', message);
    api.delete('pods', namespace, name, { uid });
  }
}

/** It ends to make room for another pod. */
function isPreempted(pod: Pod): boolean {
  return isTerminating(pod) && conditionOf(pod, 'DisruptionTarget')?.reason === 'PreemptionByScheduler';
}

/** A budget whose disruptions are used up by the pods before it (filterPodsWithPDBViolation). */
function protectedBy(budgets: readonly KubeObject[], pods: readonly Pod[]): (pod: Pod) => boolean {
  const used = new Map<KubeObject, number>();
  const found = new Set<Pod>();
  for (const pod of pods) {
    for (const budget of budgets) {
      const { spec, status, metadata } = budget;
      const isMatch = !isEmptySelector(spec.selector) && matchesSelector(spec.selector, pod.metadata.labels);
      if (metadata.namespace !== pod.metadata.namespace || !isMatch) continue;
      const count = (used.get(budget) ?? 0) + 1;
      used.set(budget, count);
      if (count > (status?.disruptionsAllowed ?? 0)) found.add(pod);
    }
  }
  return (pod) => found.has(pod);
}

function startOf({ status }: Pod): number {
  return status.startTime === undefined ? Number.MAX_SAFE_INTEGER : timeOf(status.startTime);
}

/** Higher priority, then longer running (scheduler/util, MoreImportantPod). */
function byImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);
}

/** By the rules of pickOneNodeForPreemption, at random among equals. */
function bestCandidate(candidates: readonly Candidate[], pod: Pod): Candidate | undefined {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(priorityOf));
  const scores: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => -violations,
    (candidate) => -highest(candidate),
    ({ victims }) => -victims.reduce((sum, victim) => sum + priorityOf(victim) + 2 ** 31, 0),
    ({ victims }) => -victims.length,
    (candidate) =>
      Math.min(...candidate.victims.filter((each) => priorityOf(each) === highest(candidate)).map(startOf)),
  ];
  let best = candidates;
  for (const score of scores) {
    const most = Math.max(...best.map(score));
    best = best.filter((candidate) => score(candidate) === most);
  }
  return oneOf(best, pod);
}
