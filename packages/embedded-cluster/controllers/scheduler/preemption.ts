import type { KubeObject } from '../../api/api.ts';
import { isEmptySelector, type LabelSelector, matchesSelector } from '../../api/label-selector.ts';
import { conditionOf, isTerminating, type Pod } from '../../api/pod.ts';
import { timeOf } from '../../api/time.ts';
import type { Environment } from '../common/controller.ts';
import { writeDisruption } from '../common/status.ts';
import type { Rejection } from './filters.ts';

interface Candidate {
  node: KubeObject;
  /** The most important first. */
  victims: readonly Pod[];
  /** Victims that a budget protects. */
  violations: number;
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** Why the pod may not end others now (defaultpreemption, PodEligibleToPreemptOthers). */
export function whyNotEligible(pod: Pod, podsOn: (node: string) => readonly Pod[]): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = pod.status.nominatedNodeName;
  const isMakingRoom = (other: Pod) =>
    priorityOf(other) < priorityOf(pod) &&
    isTerminating(other) &&
    conditionOf(other, 'DisruptionTarget')?.reason === 'PreemptionByScheduler';
  if (!nominated || !podsOn(nominated).some(isMakingRoom)) return undefined;
  return 'not eligible due to a terminating pod on the nominated node.';
}

/**
 * The pods of lower priority that must go from the node (defaultpreemption, SelectVictimsOnNode): all go, and come back as
 * far as there is room, first those that a budget protects, then the most important. A list of reasons: it does not help.
 * `rejectionWith`: the rejection of the pod once only these pods stand on the node; undefined: it fits.
 */
export function candidateOn(
  node: KubeObject,
  pod: Pod,
  there: readonly Pod[],
  budgets: readonly KubeObject[],
  rejectionWith: (pods: readonly Pod[]) => Rejection | undefined,
): Candidate | readonly string[] {
  const lower = there.filter((other) => priorityOf(other) < priorityOf(pod)).sort(byImportance);
  if (lower.length === 0) return ['No preemption victims found for incoming pod'];
  let left = there.filter((other) => !lower.includes(other));
  const rejection = rejectionWith(left);
  if (rejection !== undefined) return rejection.reasons;
  const isProtected = protectedBy(budgets, lower);
  const victims: Pod[] = [];
  for (const other of [...lower.filter(isProtected), ...lower.filter((each) => !isProtected(each))]) {
    if (rejectionWith([...left, other]) === undefined) left = [...left, other];
    else victims.push(other);
  }
  return { node, victims: victims.sort(byImportance), violations: victims.filter(isProtected).length };
}

/** A budget whose disruptions are used up by the pods before it (filterPodsWithPDBViolation). */
function protectedBy(budgets: readonly KubeObject[], pods: readonly Pod[]): (pod: Pod) => boolean {
  const left = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const found = new Set<Pod>();
  for (const pod of pods) {
    for (const budget of budgets) {
      const selector: LabelSelector | undefined = budget.spec.selector;
      const isMatch = !isEmptySelector(selector) && matchesSelector(selector, pod.metadata.labels);
      if (budget.metadata.namespace !== pod.metadata.namespace || !isMatch) continue;
      left.set(budget, (left.get(budget) ?? 0) - 1);
      if ((left.get(budget) ?? 0) < 0) found.add(pod);
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
export function bestCandidate(candidates: readonly Candidate[], chance: number): Candidate | undefined {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(priorityOf));
  const scores: readonly ((candidate: Candidate) => number)[] = [
    ({ violations }) => -violations,
    (candidate) => -highest(candidate),
    ({ victims }) => -victims.reduce((sum, victim) => sum + priorityOf(victim) + 2 ** 31, 0),
    ({ victims }) => -victims.length,
    (candidate) => Math.min(...candidate.victims.filter((pod) => priorityOf(pod) === highest(candidate)).map(startOf)),
  ];
  let best = candidates;
  for (const score of scores) {
    const most = Math.max(...best.map(score));
    best = best.filter((candidate) => score(candidate) === most);
  }
  return best[Math.floor(chance * best.length)];
}

/** Ends a pod to make room for another (preemption/executor.go, PreemptPod). */
export function preempt({ api, events }: Environment, victim: Pod, pod: Pod, node: string): void {
  if (isTerminating(victim)) return;
  const why = 'default-scheduler: preempting to accommodate a higher priority pod';
  writeDisruption(api, victim, 'PreemptionByScheduler', why);
  const message = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
  events.recordAction(victim, 'Normal', 'Preempted', 'Preempting', message);
  api.delete('pods', victim.metadata.namespace, victim.metadata.name, { uid: victim.metadata.uid });
}
