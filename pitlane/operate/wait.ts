import { type Besides, follow } from '../cluster/follow.ts';
import type { Observation } from '../cluster/observe.ts';
import type { Patience } from '../cluster/retry.ts';
import { readyUids } from '../rotation/membership.ts';
import { type Milestone, type Phase, type Plan, type Progress, proofOf } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit, podsOf } from './attempt.ts';
import type { ChangeOutcome } from './outcome.ts';
import { subjectLeft } from './plan-left.ts';
import { failed, unfinished } from './report.ts';
import { noteContainers } from './silence.ts';
import { readTroubles } from './troubles.ts';

/** The result of an observation and the writes after it, or of a wait. */
export type Round =
  | { readonly kind: 'ended'; readonly outcome: ChangeOutcome }
  /** The cluster differs from what was observed: observe again, a few times at most. */
  | { readonly kind: 'changed'; readonly why: string }
  /** Some pods dropped out of the wait: observe again, and continue with the others. */
  | { readonly kind: 'lookAgain' }
  | Wait;

/** Nothing more can be written before the phase's milestones are reached. */
interface Wait {
  readonly kind: 'wait';
  readonly phase: Phase;
  readonly isLast: boolean;
  readonly observation: Observation;
  /** The observation is older than the last write, so it does not show the effects. */
  readonly isStale: boolean;
  /** Of the plan. */
  readonly failure?: Plan['failure'];
}

type Waited = { readonly kind: 'seen'; readonly observation: Observation } | Exclude<Round, Wait>;

/** Waits until the phase's milestones are reached, or the attempt ends otherwise. */
export async function waitFor(attempt: Attempt, wait: Wait): Promise<Waited> {
  const { plan, writes, patience } = attempt;
  noteContainers(attempt, wait.observation.snapshot);
  if (plan === undefined) return { kind: 'seen', observation: wait.observation };
  expectProof(attempt, proofOf(plan), wait);
  const since = writes.lastAt ?? wait.observation.snapshot.at;
  const { progress, lost, observation } = await prove(attempt, plan, wait, since);
  const isMet = isMetAsRequired(progress);
  if (isMet && lost.length === 0) return { kind: 'seen', observation };
  const overdue = progress.filter(
    (each) => !isMet && each.milestone.isRequired && !each.isMet && expiryOf(each.milestone, since) <= patience.now(),
  );
  if (mayContinueWithout(attempt, [...lost, ...overdue])) return { kind: 'lookAgain' };
  const [gone] = lost;
  if (gone !== undefined)
    return { kind: 'ended', outcome: failed(attempt, gone.because ?? 'PodGone', `${gone.seen}.`) };
  attempt.isOverdue = overdue.length > 0;
  return { kind: 'ended', outcome: unfinished(attempt, plan) };
}

interface Proof {
  /** Without the lost milestones. */
  readonly progress: readonly Progress[];
  readonly lost: readonly Progress[];
  /** The latest one. */
  readonly observation: Observation;
}

/**
 * Watches the cluster until the milestones are reached or the time is over, or one can't be reached any more. With
 * several pods, one that is gone does not end the wait for the others, nor for its replacement, which the next turn needs.
 */
async function prove(
  attempt: Attempt,
  plan: Plan,
  { phase, observation, isStale }: Wait,
  since: number,
): Promise<Proof> {
  const { connection, lists, patience } = attempt;
  const limit = limitOf(patience);
  const lost: Progress[] = [];
  let milestones = phase.until;
  let progress = progressOf(milestones, observation.snapshot);
  let last = observation;
  let isBehind = isStale;
  limit.set(nextExpiry(progress, since));
  const subject = subjectLeft(attempt) ?? plan.operation.subject;
  try {
    const followed = follow(
      // Its watches continue the open lists. Its reads must not be answered by them.
      { ...connection, open: lists.through(connection).open },
      observation,
      subject,
      { ...patience, signal: limit.signal },
      besidesOf(phase, since),
    );
    for await (const seen of followed) {
      if (isBehind) {
        isBehind = false;
        continue;
      }
      last = seen;
      lookAtProof(attempt, proofOf(plan), seen.snapshot);
      progress = progressOf(milestones, seen.snapshot);
      const gone = progress.filter(({ milestone, isLost }) => milestone.isRequired && isLost);
      if (gone.length > 0) {
        lost.push(...gone);
        if (podsOf(attempt).length < 2 || gone.some(isToTakeBack)) break;
        progress = progress.filter((each) => !gone.includes(each));
        milestones = progress.map(({ milestone }) => milestone);
      }
      if (isSettled(progress, since, patience.now())) break;
      limit.set(nextExpiry(progress, since));
    }
  } finally {
    limit.clear();
  }
  return { progress, lost, observation: last };
}

/** What the milestones wait for besides the subject. */
function besidesOf({ until }: Phase, since: number): Besides {
  const kinds = new Set(until.map(({ condition }) => condition.kind));
  const troubles: Besides['troubles'] = (connection, snapshot) => readTroubles(connection, until, snapshot, since);
  return {
    rollouts: kinds.has('rolledOut'),
    gate: kinds.has('ruleInForce') || kinds.has('ruleGone'),
    // The end of a grace period is no change of the pod.
    clock:
      kinds.has('bothHeld') ||
      kinds.has('outLongEnough') ||
      until.some(({ condition }) => condition.kind === 'gone' && condition.isHeld === true),
    ...(kinds.has('replacementCreated') && { troubles }),
  };
}

/** Every required milestone is reached; each other one is reached, lost or overdue. */
function isSettled(progress: readonly Progress[], since: number, now: number): boolean {
  return (
    isMetAsRequired(progress) &&
    progress.every(({ milestone, isMet, isLost }) => isMet || isLost || expiryOf(milestone, since) <= now)
  );
}

export function isMetAsRequired(progress: readonly Progress[]): boolean {
  return progress.every(({ milestone, isMet }) => isMet || !milestone.isRequired);
}

/** The time after which waiting makes no sense: the first required milestone is overdue, or the last optional one. */
function nextExpiry(progress: readonly Progress[], since: number): number {
  const open = progress.filter(({ isMet }) => !isMet).map(({ milestone }) => milestone);
  const required = open.filter(({ isRequired }) => isRequired).map((milestone) => expiryOf(milestone, since));
  return required.length > 0
    ? Math.min(...required)
    : Math.max(since, ...open.map((milestone) => expiryOf(milestone, since)));
}

function expiryOf({ withinSeconds }: Milestone, since: number): number {
  return since + withinSeconds * 1000;
}

/** A signal at a time that may be moved, or with the patience's own signal. */
function limitOf({ now, signal }: Patience) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
    set(at: number) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), Math.max(0, at - now()));
    },
    clear() {
      clearTimeout(timer);
    },
  };
}

/**
 * Another observation leaves out the pods that are gone or were restored by hand, and continues with the others, or takes
 * back what was written; for a service it also finds the pods that came meanwhile. Each milestone causes that once: if the
 * observation changes nothing, the attempt ends.
 */
function mayContinueWithout(attempt: Attempt, progress: readonly Progress[]): boolean {
  const { dropped } = attempt.proof;
  const takesBack = progress.some((each) => each.milestone.takesBack || isToTakeBack(each));
  const news = progress.map(({ milestone }) => milestone.key).filter((key) => !dropped.has(key));
  for (const key of news) dropped.add(key);
  return news.length > 0 && (takesBack || podsOf(attempt).length > 1 || attempt.subject?.kind === 'service');
}

/** The pod is back in the service, so the marks have to go. */
function isToTakeBack({ because }: Progress): boolean {
  return because === 'LabelPutBack';
}

/** The expected milestones, before the first progress is reported. */
function expectProof({ proof }: Attempt, milestones: readonly Milestone[], { observation, isStale }: Wait): void {
  proof.progress = progressOf(milestones, observation.snapshot).map((progress) =>
    isStale && !progress.isMet
      ? { ...progress, seen: `${progress.milestone.title}: nothing was seen since the write` }
      : progress,
  );
}

/** A gap lasts from the first snapshot without a ready endpoint to the next one with some. */
function measureGap(gap: Attempt['proof']['gap'], { at, service, endpoints }: Snapshot): void {
  const isDown = Object.keys(service.selector ?? {}).length > 0 && readyUids(endpoints).size === 0;
  if (isDown) gap.since ??= at;
  else if (gap.since !== undefined) {
    gap.ms += at - gap.since;
    gap.since = undefined;
  }
}

/** Notes which milestones are reached, and reports each change once. */
function lookAtProof(attempt: Attempt, milestones: readonly Milestone[], snapshot: Snapshot): void {
  const { proof, house } = attempt;
  measureGap(proof.gap, snapshot);
  proof.progress = progressOf(milestones, snapshot);
  for (const { milestone, isMet } of proof.progress) {
    if (!isMet) proof.metAt.delete(milestone.key);
    else if (!proof.metAt.has(milestone.key)) proof.metAt.set(milestone.key, house.now());
  }
  const telling = JSON.stringify(proof.progress.map(({ isMet, seen }) => [isMet, seen]));
  if (telling === proof.told) return;
  proof.told = telling;
  emit(attempt, { kind: 'progress', proof: proof.progress });
}
