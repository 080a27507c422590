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
  writesOf,
} from '../rotation/plan.ts';
import { refusal } from '../rotation/safety.ts';
import type { PodRef, Snapshot, TargetPod } from '../rotation/snapshot.ts';
import { count, list } from '../text/words.ts';

/** How an operation on pods is planned: by the plan of one pod, and what that plan leaves behind for the next one. */
export interface PodPlanner<R extends ChangeRequest = ChangeRequest> {
  /** What is left to do for the pod, which is the only one of the operation given. */
  plan(snapshot: Snapshot, operation: Operation<R>, pod: TargetPod): Plan | Refusal;
  /** For a pod that no longer exists. Absent: a refusal. */
  planGone?(operation: Operation<R>): Plan;
  /** What controllers do in answer to the plan's writes, once its proof holds. `snapshot`: right after the writes. */
  settled(snapshot: Snapshot, plan: Plan, pod: TargetPod): Snapshot;
  /** Most pods that are changed side by side, in one turn. */
  readonly sideBySide: number;
}

interface Planned {
  readonly pod: PodRef;
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
  if (only !== undefined && others.length === 0) return planOne(snapshot, operation, planner, only);
  const { turns, refused } = turnsOf(snapshot, operation, planner, pods);
  if (turns.length === 0) {
    const checks = refused.flatMap(findingsOf);
    return { kind: 'refusal', operation, checks, isForceable: refused.every(({ isForceable }) => isForceable) };
  }
  return together(operation, turns, refused);
}

function planOne<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
  ref: PodRef,
): Plan | Refusal {
  const alone: Operation<R> = { ...operation, subject: { kind: 'pods', pods: [ref] } };
  const pod = snapshot.targets.find(({ uid }) => uid === ref.uid);
  if (pod !== undefined) return planner.plan(snapshot, alone, pod);
  if (planner.planGone !== undefined) return planner.planGone(alone);
  const isReplaced = snapshot.pods.some(({ name }) => name === ref.name);
  const message = isReplaced ? `${ref.name} was deleted; another pod has its name now.` : `${ref.name} is gone.`;
  return { kind: 'refusal', operation: alone, checks: [refusal('PodGone', message, 'list')], isForceable: false };
}

function turnsOf<R extends ChangeRequest>(
  snapshot: Snapshot,
  operation: Operation<R>,
  planner: PodPlanner<R>,
  pods: readonly PodRef[],
): { readonly turns: readonly (readonly Planned[])[]; readonly refused: readonly Refusal[] } {
  const turns: Planned[][] = [];
  const refused: Refusal[] = [];
  /** With the writes of this turn, and nothing yet in their place. */
  let now = snapshot;
  /** With the proof of this turn. */
  let settled = snapshot;
  for (const pod of pods) {
    const turn = turns.at(-1);
    let planned = planOne(now, operation, planner, pod);
    const isFull = turn !== undefined && turn.length >= planner.sideBySide;
    if (turn !== undefined && (isFull || planned.kind === 'refusal')) {
      const next = planOne(settled, operation, planner, pod);
      if (next.kind === 'plan') {
        turns.push([]);
        now = settled;
      }
      planned = next;
    }
    if (planned.kind === 'refusal') {
      refused.push(planned);
      continue;
    }
    const plan = planned;
    if (turns.length === 0) turns.push([]);
    turns.at(-1)?.push({ pod, plan });
    now = foresee(now, plan);
    const target = snapshot.targets.find(({ uid }) => uid === pod.uid);
    settled = target === undefined ? settled : planner.settled(foresee(settled, plan), plan, target);
  }
  return { turns, refused };
}

function together(operation: Operation, turns: readonly (readonly Planned[])[], refused: readonly Refusal[]): Plan {
  const all = turns.flat();
  const plans = all.map(({ plan }) => plan);
  const checks = [
    ...refused.flatMap(findingsOf).map((found) => (found.level === 'refusal' ? leftOut(found) : found)),
    ...plans.flatMap(findingsOf),
  ];
  const effects = [...saysTurns(turns), ...sharedEffects(all)];
  const proof = shared(plans.flatMap((plan) => plan.phases.at(-1)?.until ?? []));
  const phases = turns.flatMap(phasesOf);
  return {
    kind: 'plan',
    operation,
    checks,
    effects,
    phases: phases.map((phase, index) => (index === phases.length - 1 ? { ...phase, until: proof } : phase)),
    hasBegun: plans.some(({ hasBegun }) => hasBegun),
    undo: plans.length <= MOST_UNDONE ? plans.flatMap(({ undo }) => undo) : [],
    fingerprint: fingerprintOf(
      checks,
      plans.map(({ fingerprint }) => fingerprint),
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

function phasesOf(turn: readonly Planned[]): readonly Phase[] {
  const longest = Math.max(...turn.map(({ plan }) => plan.phases.length));
  return Array.from({ length: longest }, (_, index): Phase => {
    const phases = turn.flatMap(({ plan }) => plan.phases[index] ?? []);
    return {
      title: list(phases.map(({ title }) => title)),
      writes: phases.flatMap(({ writes }) => writes),
      until: shared(phases.flatMap(({ until }) => until)),
      lease: phases.some(({ lease }) => lease === 'service') ? 'service' : 'none',
      ...(phases.some(({ mayOutliveProcess }) => mayOutliveProcess) && { mayOutliveProcess: true }),
    };
  });
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
  for (const { pod, plan } of all) {
    for (const effect of plan.effects) {
      const text = effect.replaceAll(pod.name, POD);
      byText.set(text, [...(byText.get(text) ?? []), pod.name]);
    }
  }
  return [...byText].map(([text, names]) => {
    const who =
      names.length === all.length ? 'each pod' : names.length === 1 ? (names[0] ?? '') : `each of ${list(names)}`;
    return text.replaceAll(POD, who).replace(/^each/, 'Each');
  });
}

const POD = '\u0000';
