import { type Effect, effect } from '../rotation/effect.ts';
import { fingerprintOf } from '../rotation/make-plan.ts';
import {
  type Check,
  type Milestone,
  type Operation,
  type Phase,
  type Plan,
  type Refusal,
  replacementTitle,
  subjectText,
  writesOf,
} from '../rotation/plan.ts';
import { sharedTemplates } from '../rotation/shared-text.ts';
import type { PodRef, TargetPod } from '../rotation/snapshot.ts';
import { count, list } from '../text/words.ts';

/** A pod of the operation, and the plan that is about it alone. */
export interface Planned {
  readonly pod: PodRef;
  /** Absent: it no longer exists. */
  readonly target?: TargetPod;
  readonly plan: Plan;
}

/** One plan of all turns, without the refused pods. */
export function mergePlans(
  operation: Operation,
  turns: readonly (readonly Planned[])[],
  refused: readonly Refusal[],
): Plan {
  const all = turns.flat();
  const plans = all.map(({ plan }) => plan);
  const checks = [
    ...refused
      .flatMap(findingsOf)
      .map((check): Check => (check.level === 'refusal' ? { ...check, level: 'leftOut' } : check)),
    ...plans.flatMap(findingsOf),
    // Its marks are taken back, and the others continue.
    ...plans.flatMap(({ operation: { subject }, failure = [] }) =>
      failure.map((check): Check => ({ ...check, level: 'leftOut', pod: subjectText(subject) })),
    ),
  ];
  // Marks go last of all: until then a restored pod keeps its deletion cost, so that it is no surplus of a later turn.
  const phases = [
    ...turns.flatMap((turn) => phasesOf(operation, turn, 'namespace')),
    ...phasesOf(operation, all, 'none'),
  ];
  const proof = shared(all.flatMap((planned) => milestonesIn(planned, planned.plan.phases.at(-1))));
  return {
    kind: 'plan',
    operation,
    checks,
    effects: [...turnsText(turns), ...sharedEffects(all)],
    phases: phases.map((phase, index) => (index === phases.length - 1 ? { ...phase, until: proof } : phase)),
    hasBegun: plans.some(({ hasBegun }) => hasBegun),
    ...(plans.some(({ next }) => next !== undefined) && { next: plans.flatMap(({ next = [] }) => next) }),
    undo: plans.length <= MOST_UNDONE ? plans.flatMap(({ undo }) => undo) : [],
    fingerprint: fingerprintOf(
      checks,
      turns.map((turn) => turn.map(({ plan }) => plan.fingerprint).join()),
      plans.flatMap(writesOf),
    ),
  };
}

/** For more pods the kubectl lines are too long to read, and the opposite command does the same. */
const MOST_UNDONE = 3;

export function findingsOf({ operation, checks }: Plan | Refusal): readonly Check[] {
  return checks.map((found) => ({ ...found, pod: subjectText(operation.subject) }));
}

/** The phases with that lease, side by side: the first of each pod, then the second of each pod that has one. */
function phasesOf(operation: Operation, turn: readonly Planned[], lease: Phase['lease']): readonly Phase[] {
  const own = turn.map((planned) => ({ planned, phases: planned.plan.phases.filter((each) => each.lease === lease) }));
  const longest = Math.max(...own.map(({ phases }) => phases.length));
  return Array.from({ length: longest }, (_, index): Phase => {
    const inPhase = own.flatMap(({ planned, phases }) =>
      phases.slice(index, index + 1).map((phase) => ({ planned, phase })),
    );
    const phases = inPhase.map(({ phase }) => phase);
    const pods = { kind: 'pods' as const, pods: inPhase.map(({ planned }) => planned.pod) };
    return {
      title: phases.length === 1 ? (phases[0]?.title ?? '') : `${operation.request.command} ${subjectText(pods)}`,
      writes: phases.flatMap(({ writes }) => writes),
      until: shared(inPhase.flatMap(({ planned, phase }) => milestonesIn(planned, phase))),
      lease,
      ...(phases.some(({ mayOutliveProcess }) => mayOutliveProcess) && { mayOutliveProcess: true }),
    };
  });
}

/** The milestones of one of several pods, with its name. */
function milestonesIn({ pod }: Planned, phase: Phase | undefined): readonly Milestone[] {
  return (phase?.until ?? []).map((milestone) =>
    milestone.title.includes(pod.name)
      ? milestone
      : { ...milestone, title: `${pod.name}: ${lowerFirst(milestone.title)}` },
  );
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Milestones of the same key are one: replacements of one owner are counted together. */
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
      title: replacementTitle(condition.kind, unique.length),
      isRequired: same.every(({ isRequired }) => isRequired),
    };
  });
}

function turnsText(turns: readonly (readonly Planned[])[]): readonly Effect[] {
  if (turns.length < 2) return [];
  const names = turns.map((turn) => list(turn.map(({ pod }) => pod.name)));
  const shown = names.length > MOST_TURNS ? [...names.slice(0, MOST_TURNS - 1), '…'] : names;
  const text = `In ${count(turns.length, 'turn')}, each after the one before is proven: ${shown.join('; ')}.`;
  return [effect('InTurns', text, { turns: turns.length })];
}

const MOST_TURNS = 5;

/** Merges sentences that differ only by the pod's name. */
export function sharedEffects(all: readonly Planned[]): readonly Effect[] {
  const found = all.flatMap(({ pod, plan }) => plan.effects.map((each) => ({ each, pod: pod.name })));
  return [...Map.groupBy(found, ({ each: { message } }) => message)].flatMap(([text, same]) => {
    const about = same.map(({ pod }) => ({ text, pod }));
    return sharedTemplates(about, all.length).map((message) => ({ code: '', ...same[0]?.each, message }));
  });
}
