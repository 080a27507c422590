import { onlyOf } from '../text/words.ts';
import { type Check, type Plan, type Progress, podsChanged, podsIn, type Refusal, writesOf } from './plan.ts';
import type { PodRef } from './snapshot.ts';

/** `planned`: nothing is written yet. `notBegun`: the time was over before its turn. */
export type PodState = 'planned' | 'notBegun' | 'waiting' | 'done' | 'leftOut' | 'refused';

/** One pod of a change, and how far it is. */
export interface PodRow {
  readonly name: string;
  readonly uid: string;
  /** Counted from 1. Absent: it is left out, or was changed before. */
  readonly turn?: number;
  readonly state: PodState;
  /** Codes of its warnings, or of the reasons why it is left out or refused. */
  readonly findings: readonly string[];
  /** The first required milestone that is not met, as it was seen last. */
  readonly seen?: string;
  /** From the first write until all milestones of the pod were met. */
  readonly tookMs?: number;
}

/** How far a plan was carried out. */
export interface Result {
  readonly proof: readonly Progress[];
  /** From the first write to each milestone, in the order of `proof`. */
  readonly tookMs?: readonly (number | undefined)[] | undefined;
  /** Titles of the writes that are missing. */
  readonly left?: readonly string[] | undefined;
}

/** A row for each pod of the plan: by turn, and those that are left out at the end. */
export function podRows(plan: Plan, result?: Result): readonly PodRow[] {
  const turns = turnsOf(plan);
  const rows = podsIn(plan.operation.subject).map((pod): PodRow => {
    const checks = plan.checks.filter((check) => isAbout(check, pod) && check.level !== 'ok');
    const isLeftOut = checks.some(({ level }) => level === 'leftOut');
    const progress = result ? resultOf(pod, plan, result) : { state: 'planned' as const };
    return {
      ...pod,
      turn: isLeftOut ? undefined : turns.get(pod.uid),
      ...(isLeftOut ? { state: 'leftOut' } : progress),
      findings: checks.filter(({ level }) => !isLeftOut || level === 'leftOut').map(({ code }) => code),
    };
  });
  return rows.sort((a, b) => placeOf(a) - placeOf(b));
}

/** The names of the pods with missing writes, to repeat an unfinished request for. `left`: titles of these writes. */
export function podsToContinue(plan: Plan, left: readonly string[]): readonly string[] {
  const open = new Set(writesOf(plan).flatMap(({ title, target }) => (left.includes(title) ? target.uid : [])));
  const pods = podsChanged(plan);
  const rest = pods.filter(({ uid }) => open.has(uid));
  return (rest.length > 0 ? rest : pods).map(({ name }) => name);
}

/** A row for each pod that is refused. */
export function refusedRows({ operation, checks }: Refusal): readonly PodRow[] {
  return podsIn(operation.subject).map(({ name, uid }) => ({
    name,
    uid,
    state: 'refused',
    findings: checks.filter((check) => check.level === 'refusal' && isAbout(check, { name })).map(({ code }) => code),
  }));
}

/** A finding names its pod only where the operation is about several. */
function isAbout({ pod }: Check, { name }: Pick<PodRef, 'name'>): boolean {
  return pod === undefined || pod === name;
}

function placeOf({ turn = 0, state }: PodRow): number {
  return state === 'leftOut' ? Number.POSITIVE_INFINITY : turn;
}

/** The turn of each pod, by its uid: the phases that begin with a pod are counted. */
export function turnsOf({ phases }: Pick<Plan, 'phases'>): ReadonlyMap<string, number> {
  const turns = new Map<string, number>();
  let turn = 0;
  for (const { writes } of phases) {
    const begun = writes.filter(({ target }) => !turns.has(target.uid));
    if (begun.length > 0) turn += 1;
    for (const { target } of begun) turns.set(target.uid, turn);
  }
  return turns;
}

/** The only pod that a milestone is about; undefined: it is about several together. */
export function podOf({ milestone: { condition } }: Pick<Progress, 'milestone'>): PodRef | undefined {
  if ('pod' in condition) return condition.pod;
  return 'pods' in condition ? onlyOf(condition.pods) : undefined;
}

function resultOf(
  { uid }: PodRef,
  plan: Plan,
  { proof, tookMs = [], left = [] }: Result,
): Pick<PodRow, 'state' | 'seen' | 'tookMs'> {
  const timed = proof.map((progress, index) => ({ ...progress, took: tookMs[index] }));
  const own = timed.filter((progress) => podOf(progress)?.uid === uid);
  const writes = writesOf(plan).filter(({ target }) => target.uid === uid);
  const isMissing = writes.length > 0 && writes.every(({ title }) => left.includes(title));
  if (isMissing && !own.some(({ isMet }) => isMet)) return { state: 'notBegun' };
  const open = own.find(({ isMet, milestone }) => !isMet && milestone.isRequired);
  if (open !== undefined) return { state: 'waiting', seen: open.seen };
  const took = own.flatMap((each) => each.took ?? []);
  return { state: 'done', tookMs: took.length > 0 ? Math.max(...took) : undefined };
}
