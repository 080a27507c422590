import type { ChangeRequest } from '../command/request.ts';
import { foresee } from '../rotation/foresee.ts';
import { readyUids } from '../rotation/membership.ts';
import { type Operation, type Plan, podsIn, type Refusal, writesOf } from '../rotation/plan.ts';
import { refusal, refuse } from '../rotation/safety.ts';
import type { PodRef, Snapshot, TargetPod } from '../rotation/snapshot.ts';
import { trialFindings } from '../rotation/trial.ts';
import { findingsOf, mergePlans, type Planned, sharedEffects } from './merge-plans.ts';
import type { Planner } from './spec.ts';

/** Plans one pod at a time, and predicts the snapshot for the next one. */
interface PodPlanner<R extends ChangeRequest> {
  /** Plans the pod, the only one of the given operation. Its effects call the pod THE_POD. */
  plan(snapshot: Snapshot, operation: Operation<R>, pod: TargetPod): Plan | Refusal;
  /** The plan for a pod that no longer exists. Absent: a refusal. */
  planGone?(operation: Operation<R>): Plan;
  /** The snapshot right after the plan's writes, for the next pod of the same turn. Absent: `foreseeOne`. */
  afterWrites?(snapshot: Snapshot, planned: Planned): Snapshot;
  /** The snapshot once the proof of a turn holds. `snapshot`: right after the turn's writes. */
  afterProof?(snapshot: Snapshot, turn: readonly Planned[]): Snapshot;
  /** Most pods that are changed side by side, in one turn. Absent: all, because a turn would not let more pods change. */
  readonly sideBySide?: number;
}

/**
 * Plans all pods of an operation. Several are changed in turns: a turn has as many as the checks allow at a time, and the
 * next one begins once the proof of the turn before holds. A refused pod is left out; where all are refused, so is the
 * operation.
 *
 * Four pods, of which three must stay in rotation, drained in the order a, b: two turns of one pod each.
 */
export function planEach<R extends ChangeRequest>(planner: PodPlanner<R>): Planner<R> {
  return (snapshot, operation) => {
    const pods = podsIn(operation.subject);
    const planOne = (seen: Snapshot, pod: PodRef) => planPod(seen, operation, planner, pod);
    const [only, ...others] = pods;
    if (only === undefined)
      return refuse(operation, refusal('NoPods', `No pod to ${operation.request.command}.`, 'list'));
    if (others.length === 0) {
      const planned = planOne(snapshot, only);
      return 'plan' in planned ? { ...planned.plan, effects: sharedEffects([planned]) } : planned;
    }
    const { turns, refused } = turnsOf(snapshot, planner, pods, planOne);
    if (turns.length > 0) return mergePlans(operation, turns, refused);
    return {
      ...refuse(operation, ...refused.flatMap(findingsOf)),
      isForceable: refused.every((each) => each.isForceable),
    };
  };
}

type PlanOne = (snapshot: Snapshot, pod: PodRef) => Planned | Refusal;

/** Plans the pod as if it were the only one. An operation on one pod stays as it is, with the way it was selected. */
function planPod<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
  pod: PodRef,
): Planned | Refusal {
  const isOnly = podsIn(operation.subject).length === 1;
  const alone: Operation<R> = isOnly ? operation : { ...operation, subject: { kind: 'pods', pods: [pod] } };
  const target = snapshot.targets.find(({ uid }) => uid === pod.uid);
  if (target === undefined) {
    if (planner.planGone !== undefined) return { pod, plan: planner.planGone(alone) };
    const isReplaced = snapshot.pods.some(({ name }) => name === pod.name);
    const message = `${pod.name} ${isReplaced ? 'was deleted, and another pod has its name' : 'no longer exists'}.`;
    return refuse(alone, refusal('PodGone', message, 'list'));
  }
  const plan = planner.plan(snapshot, alone, target);
  if (plan.kind !== 'plan') return plan;
  const found = trialFindings(snapshot, writesOf(plan));
  return found.length === 0 ? { pod, target, plan } : refuse(alone, ...plan.checks, ...found);
}

/** Always takes the first possible pod, so that a plan made between two turns continues the one before. */
function turnsOf<R extends ChangeRequest>(
  snapshot: Snapshot,
  planner: PodPlanner<R>,
  pods: readonly PodRef[],
  planOne: PlanOne,
): { readonly turns: readonly (readonly Planned[])[]; readonly refused: readonly Refusal[] } {
  const refused = new Map<PodRef, Refusal>();
  const turns: Planned[][] = [];
  /** With the writes of the last turn, and nothing yet in their place. */
  let now = snapshot;
  const waiting = begunFirst(snapshot, pods, planOne);
  for (let pod = waiting.shift(); pod !== undefined; pod = waiting.shift()) {
    const turn = turns.at(-1);
    let planned = planOne(now, pod);
    const { sideBySide } = planner;
    if (turn !== undefined && sideBySide !== undefined && (mustWait(planned) || turn.length >= sideBySide)) {
      const proven = planner.afterProof?.(now, turn) ?? now;
      planned = planOne(proven, pod);
      if ('plan' in planned) {
        turns.push([]);
        now = proven;
      }
    }
    if ('checks' in planned) {
      refused.set(pod, planned);
      continue;
    }
    if (turns.length === 0) turns.push([]);
    turns.at(-1)?.push(planned);
    // The replacement of a pod without traffic adds one to the pods in rotation, so refused pods may go now.
    if (!readyUids(now.endpoints).has(pod.uid)) {
      const again = [...refused].filter(([, { isForceable }]) => isForceable).map(([each]) => each);
      waiting.unshift(...again);
      for (const each of again) refused.delete(each);
    }
    now = planner.afterWrites?.(now, planned) ?? foreseeOne(now, planned);
  }
  return { turns, refused: pods.flatMap((pod) => refused.get(pod) ?? []) };
}

/** Marks stay until all pods are done (`mergePlans`), and with them the deletion cost of restored pods. */
function foreseeOne(snapshot: Snapshot, { plan }: Planned): Snapshot {
  return foresee(snapshot, { phases: plan.phases.filter(({ lease }) => lease === 'namespace') });
}

/** Pods that only --force allows are changed one at a time too. */
function mustWait(planned: Planned | Refusal): boolean {
  return 'checks' in planned || planned.plan.checks.some(({ level }) => level === 'overridden');
}

/** The next pod may have to wait for one that the operation has changed already. */
function begunFirst(snapshot: Snapshot, pods: readonly PodRef[], planOne: PlanOne): PodRef[] {
  const begun = pods.filter((pod) => {
    const planned = planOne(snapshot, pod);
    return 'plan' in planned && planned.plan.hasBegun;
  });
  return [...begun, ...pods.filter((pod) => !begun.includes(pod))];
}
