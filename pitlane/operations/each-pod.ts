import type { ChangeRequest } from '../command/request.ts';
import { fingerprintOf } from '../rotation/fingerprint.ts';
import { foresee } from '../rotation/foresee.ts';
import {
  type Check,
  type Milestone,
  type Operation,
  type Phase,
  type Plan,
  podsIn,
  type Refusal,
  subjectText,
  THE_POD,
  writesOf,
} from '../rotation/plan.ts';
import { refusal } from '../rotation/safety.ts';
import type { PodRef, Snapshot, TargetPod } from '../rotation/snapshot.ts';
import { count, list } from '../text/words.ts';

/** How an operation on pods is planned: by the plan of one pod, and what that plan leaves behind for the next one. */
export interface PodPlanner<R extends ChangeRequest = ChangeRequest> {
  /** What is left to do for the pod, which is the only one of the operation given. Its effects call the pod THE_POD. */
  plan(snapshot: Snapshot, operation: Operation<R>, pod: TargetPod): Plan | Refusal;
  /** For a pod that no longer exists. Absent: a refusal. */
  planGone?(operation: Operation<R>): Plan;
  /** The cluster right after the plan's writes, for the next pod of the same turn. Absent: what `foresee` says. */
  foresee?(snapshot: Snapshot, planned: Planned): Snapshot;
  /** What controllers have done once the proof of a turn holds. `snapshot`: right after the turn's writes. */
  settle?(snapshot: Snapshot, turn: readonly Planned[]): Snapshot;
  /** Most pods that are changed side by side, in one turn. */
  readonly sideBySide: number;
}

/** A pod of the operation, and the plan that is about it alone. */
export interface Planned {
  readonly pod: PodRef;
  /** Absent: it no longer exists. */
  readonly target?: TargetPod;
  readonly plan: Plan;
}

/**
 * What is left to do for all pods of the operation. Several are changed in turns: a turn holds as many as the checks allow
 * at a time, and the next one begins when the proof of the one before holds. A pod that is refused is left out, and the
 * others go ahead; where all are refused, so is the operation.
 *
 * Four pods, of which three must stay in rotation, drained in the order a, b: two turns of one pod each.
 */
export function planEach<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
): Plan | Refusal {
  const pods = podsIn(operation.subject);
  const [only, ...others] = pods;
  if (only === undefined)
    return refusalWith(operation, [refusal('NoPods', `${operation.request.command} is about no pod.`, 'list')]);
  if (others.length === 0) {
    const planned = planOne(snapshot, operation, planner, only);
    return 'plan' in planned ? { ...planned.plan, effects: sharedEffects([planned]) } : planned;
  }
  const { turns, refused } = turnsOf(snapshot, operation, planner, pods);
  if (turns.length > 0) return together(operation, turns, refused);
  return {
    ...refusalWith(operation, refused.flatMap(findingsOf)),
    isForceable: refused.every((each) => each.isForceable),
  };
}

function refusalWith(operation: Operation, checks: readonly Check[]): Refusal {
  return { kind: 'refusal', operation, checks, isForceable: false };
}

function planOne<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
  pod: PodRef,
): Planned | Refusal {
  const alone: Operation<R> = { ...operation, subject: { kind: 'pods', pods: [pod] } };
  const target = snapshot.targets.find(({ uid }) => uid === pod.uid);
  if (target === undefined) {
    if (planner.planGone !== undefined) return { pod, plan: planner.planGone(alone) };
    const isReplaced = snapshot.pods.some(({ name }) => name === pod.name);
    const message = isReplaced ? `${pod.name} was deleted; another pod has its name now.` : `${pod.name} is gone.`;
    return refusalWith(alone, [refusal('PodGone', message, 'list')]);
  }
  const plan = planner.plan(snapshot, alone, target);
  return plan.kind === 'plan' ? { pod, target, plan } : plan;
}

/** Always the first pod that can go, so that a plan made between two turns continues the one before. */
function turnsOf<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
  pods: readonly PodRef[],
): { readonly turns: readonly (readonly Planned[])[]; readonly refused: readonly Refusal[] } {
  const refused = new Map<PodRef, Refusal>();
  let turns: readonly (readonly Planned[])[] = [];
  /** With the writes of the last turn, and nothing yet in their place. */
  let now = snapshot;
  let waiting = begunFirst(snapshot, operation, planner, pods);
  for (let hasMoved = true; hasMoved; ) {
    hasMoved = false;
    const turn = turns.at(-1) ?? [];
    let settled: Snapshot | undefined;
    for (const pod of waiting) {
      let planned = planOne(now, operation, planner, pod);
      const joins = turn.length === 0 || (!mustWait(planned) && turn.length < planner.sideBySide);
      if (!joins) {
        settled ??= planner.settle?.(now, turn) ?? now;
        planned = planOne(settled, operation, planner, pod);
      }
      if ('checks' in planned) {
        refused.set(pod, planned);
        continue;
      }
      turns = joins ? [...turns.slice(0, -1), [...turn, planned]] : [...turns, [planned]];
      const before = joins ? now : (settled ?? now);
      now = planner.foresee?.(before, planned) ?? foresee(before, planned.plan);
      refused.delete(pod);
      waiting = waiting.filter((each) => each !== pod);
      hasMoved = true;
      break;
    }
    // Only what --force can override may change with the pods before.
    waiting = waiting.filter((pod) => refused.get(pod)?.isForceable !== false);
  }
  return { turns, refused: pods.flatMap((pod) => refused.get(pod) ?? []) };
}

/** What only --force allows waits its turn too: one pod less at a time. */
function mustWait(planned: Planned | Refusal): boolean {
  return 'checks' in planned || planned.plan.checks.some(({ level }) => level === 'overridden');
}

/** A pod that the operation has changed already may be what the next one waits for. */
function begunFirst<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
  pods: readonly PodRef[],
): readonly PodRef[] {
  const begun = pods.filter((pod) => {
    const planned = planOne(snapshot, operation, planner, pod);
    return 'plan' in planned && planned.plan.hasBegun;
  });
  return [...begun, ...pods.filter((pod) => !begun.includes(pod))];
}

function together(operation: Operation, turns: readonly (readonly Planned[])[], refused: readonly Refusal[]): Plan {
  const all = turns.flat();
  const plans = all.map(({ plan }) => plan);
  const checks = [
    ...refused.flatMap(findingsOf).map((found) => (found.level === 'refusal' ? leftOut(found) : found)),
    ...plans.flatMap(findingsOf),
  ];
  const phases = turns.flatMap((turn) => phasesOf(operation, turn));
  const proof = shared(all.flatMap((planned) => milestonesIn(planned, planned.plan.phases.at(-1))));
  return {
    kind: 'plan',
    operation,
    checks,
    effects: [...saysTurns(turns), ...sharedEffects(all)],
    phases: phases.map((phase, index) => (index === phases.length - 1 ? { ...phase, until: proof } : phase)),
    hasBegun: plans.some(({ hasBegun }) => hasBegun),
    undo: plans.length <= MOST_UNDONE ? plans.flatMap(({ undo }) => undo) : [],
    fingerprint: fingerprintOf(
      checks,
      turns.map((turn) => turn.map(({ plan }) => plan.fingerprint).join()),
      plans.flatMap(writesOf),
    ),
  };
}

/** For more pods the lines are too long to be read, and the opposite command does the same. */
const MOST_UNDONE = 3;

function leftOut(found: Check): Check {
  return { ...found, level: 'leftOut' };
}

/** Each finding with the pod that it is about. */
function findingsOf({ operation, checks }: Plan | Refusal): readonly Check[] {
  return checks.map((found) => ({ ...found, pod: subjectText(operation.subject) }));
}

function phasesOf(operation: Operation, turn: readonly Planned[]): readonly Phase[] {
  const longest = Math.max(...turn.map(({ plan }) => plan.phases.length));
  return Array.from({ length: longest }, (_, index): Phase => {
    const inPhase = turn.filter(({ plan }) => index < plan.phases.length);
    const phases = inPhase.flatMap(({ plan }) => plan.phases[index] ?? []);
    const pods = { kind: 'pods' as const, pods: inPhase.map(({ pod }) => pod) };
    return {
      title: phases.length === 1 ? (phases[0]?.title ?? '') : `${operation.request.command} ${subjectText(pods)}`,
      writes: phases.flatMap(({ writes }) => writes),
      until: shared(inPhase.flatMap((planned) => milestonesIn(planned, planned.plan.phases[index]))),
      lease: phases.some(({ lease }) => lease === 'service') ? 'service' : 'none',
      ...(phases.some(({ mayOutliveProcess }) => mayOutliveProcess) && { mayOutliveProcess: true }),
    };
  });
}

/** With the name of the pod, among those of others. */
function milestonesIn({ pod }: Planned, phase: Phase | undefined): readonly Milestone[] {
  return (phase?.until ?? []).map((milestone) =>
    milestone.title.includes(pod.name) ? milestone : { ...milestone, title: `${pod.name}: ${milestone.title}` },
  );
}

/** Milestones of the same key are one: the replacements of several pods of an owner are counted together. */
function shared(milestones: readonly Milestone[]): readonly Milestone[] {
  const byKey = Map.groupBy(milestones, ({ key }) => key);
  return [...byKey.values()].flatMap((same) => {
    const [first, ...others] = same;
    if (first === undefined || others.length === 0) return first ?? [];
    const { condition } = first;
    if (!('pods' in condition)) return first;
    const pods = same.flatMap((each) => ('pods' in each.condition ? each.condition.pods : []));
    const unique = [...new Map(pods.map((pod) => [pod.uid, pod])).values()];
    return {
      ...first,
      condition: { ...condition, pods: unique },
      title: TITLES[condition.kind](unique.length),
      isRequired: same.every(({ isRequired }) => isRequired),
    };
  });
}

const TITLES = {
  replacementCreated: (number: number) => `${number} replacements are created`,
  replacementReady: (number: number) => `${number} replacements are in rotation`,
} as const;

function saysTurns(turns: readonly (readonly Planned[])[]): readonly string[] {
  if (turns.length < 2) return [];
  const names = turns.map((turn) => list(turn.map(({ pod }) => pod.name)));
  const shown = names.length > MOST_TURNS ? [...names.slice(0, MOST_TURNS - 1), '…'] : names;
  return [`In ${count(turns.length, 'turn')}, each after the one before is proven: ${shown.join('; ')}.`];
}

const MOST_TURNS = 5;

/** Sentences that differ only by the pod's name are one sentence about all of them. */
function sharedEffects(all: readonly Planned[]): readonly string[] {
  const byText = new Map<string, string[]>();
  for (const { pod, plan } of all)
    for (const effect of plan.effects) byText.set(effect, [...(byText.get(effect) ?? []), pod.name]);
  return [...byText].map(([effect, names]) => {
    const some = names.length === 1 ? (names[0] ?? '') : `each of ${list(names)}`;
    const who = all.length > 1 && names.length === all.length ? 'each pod' : some;
    return effect.replaceAll(THE_POD, who).replace(/^each/, 'Each');
  });
}
