import { changeJournal } from '../../cluster/journal.ts';
import type { DrainNote, Journal } from '../../journal/entry.ts';
import { isOver, isSameNote, originOf, underWay } from '../../journal/journal.ts';
import { operationNamed } from '../../operations/table.ts';
import type { DisabledRecord, DrainRecord } from '../../rotation/marks.ts';
import { podsIn } from '../../rotation/plan.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { personOf } from '../../text/words.ts';
import { HOLD_MS } from './held-notes.ts';
import type { Round } from './round.ts';

/** Marks without an operation that a service is reminded of: more would fill the journal. */
const MOST_UNPROVEN = 20;

/** A pod with Pitlane's marks. */
export interface Marked<R = DrainRecord> {
  readonly pod: Pod;
  readonly record: R;
}

/**
 * The note of a marked pod. The mark says only which operation it was: who is told and where, and since when and until when
 * at least, is from the journal's own entry of that operation. Without one, `isUnproven`.
 */
function noteOf(
  journal: Journal,
  { pod, record }: Marked<DrainRecord | DisabledRecord>,
  drainSeconds: number,
): DrainNote {
  const isDrain = 'labels' in record;
  const note = {
    pod: { name: pod.name, uid: pod.uid },
    id: record.id,
    by: record.by,
    at: Date.parse(record.at),
    ...(!isDrain && { kind: 'disabled' as const, until: endOf(record) }),
  };
  const origin = originOf(journal, note);
  if (origin === undefined) return { ...note, isUnproven: true };
  const { at, request } = origin;
  const forSeconds = request.forSeconds ?? (isDrain ? drainSeconds : undefined);
  return {
    ...note,
    ...personOf(origin),
    at,
    ...('report' in origin && { report: origin.report }),
    ...(forSeconds !== undefined && { until: at + forSeconds * 1000 }),
  };
}

/** The end of the time; undefined: it has none. */
export function endOf({ until }: Pick<DrainRecord, 'until'>): number | undefined {
  return until === undefined ? undefined : Date.parse(until);
}

/** The note is of this very drain. The pod may have been restored by hand and drained again. */
export function isOf({ pod: { uid }, id }: DrainNote, { pod, record }: Marked): boolean {
  return pod.uid === uid && record.id === id;
}

/**
 * Adds notes of marked pods that were just listed, and returns those of the journal, unless another tick has, or Pitlane has restored or
 * deleted the pod since. A mark without an operation does not replace the note of one.
 */
export async function takeNotes(
  round: Round,
  marked: readonly Marked<DrainRecord | DisabledRecord>[],
): Promise<readonly DrainNote[]> {
  if (marked.length === 0) return [];
  let taken: readonly DrainNote[] = [];
  await change(round, (journal) => {
    const notes = marked.map((each) => noteOf(journal, each, round.service.policy.drain.forSeconds));
    const isKnown = (note: DrainNote) =>
      journal.drains.some((own) => isSameNote(own, note) && (note.isUnproven || own.id === note.id));
    const unknown = notes.filter((note) => !isKnown(note) && !isOver(journal, note));
    const left = MOST_UNPROVEN - journal.drains.filter(({ isUnproven }) => isUnproven).length;
    const [proven, unproven] = [unknown.filter((note) => !note.isUnproven), unknown.filter((note) => note.isUnproven)];
    const news = [...proven, ...unproven.slice(0, Math.max(0, left))];
    const others = journal.drains.filter((note) => !news.some((other) => isSameNote(note, other)));
    const drains = [...others, ...news];
    taken = drains.filter((note) => notes.some((other) => isSameNote(note, other)));
    return news.length === 0 ? undefined : { ...journal, drains };
  });
  return taken;
}

/** The journal's own operation has left this mark. Nothing is done by itself for another one. */
export function isProven({ id, isUnproven }: DrainNote, { record }: Marked<DrainRecord | DisabledRecord>): boolean {
  return isUnproven === undefined && id === record.id;
}

/** Holds the note for this tick. False: another tick holds it, or an operation has changed it or works on the pod. */
export async function hold(round: Round, note: DrainNote): Promise<boolean> {
  let isOurs = false;
  await change(round, (journal) => {
    const now = round.house.now();
    const current = journal.drains.find((own) => isSameNote(own, note));
    const isBusy = underWay(journal).some(({ subject }) => podsIn(subject).some(({ uid }) => uid === note.pod.uid));
    const isSame = current?.id === note.id && current.reminder?.at === note.reminder?.at;
    isOurs = isSame && !isBusy && (current.heldUntil ?? 0) <= now;
    return isOurs ? edited(journal, note, (own) => ({ ...own, heldUntil: now + HOLD_MS })) : undefined;
  });
  return isOurs;
}

/** Ends the hold, with changes. */
export function release(round: Round, note: DrainNote, more: Partial<DrainNote>): Promise<void> {
  return edit(round, note, (own) => ({ ...own, ...more, heldUntil: 0 }));
}

/** The pod has got more time. */
export function postpone(round: Round, note: DrainNote, until: number): Promise<void> {
  return edit(round, note, ({ reminder: _, ...own }) => ({ ...own, until }));
}

/** The reason to close the record is gone. */
export function reopen(round: Round, note: DrainNote): Promise<void> {
  return edit(round, note, ({ closed: _, ...open }) => open);
}

/** The reminder shows its answer. A pod that got more time is looked after anew. */
export function answered(round: Round, note: DrainNote): Promise<void> {
  const isLonger = note.answered !== undefined && operationNamed(note.answered.command).lookAfter === 'prolongs';
  return edit(round, note, ({ answered: _, reminder: __, heldUntil: ___, ...anew }) => (isLonger ? anew : undefined));
}

export function forget(round: Round, note: DrainNote): Promise<void> {
  return edit(round, note, () => undefined);
}

/** Changes the pod's note, or removes it. */
type Edit = (own: DrainNote) => DrainNote | undefined;

function edit(round: Round, note: DrainNote, how: Edit): Promise<void> {
  return change(round, (journal) => edited(journal, note, how));
}

function edited(journal: Journal, note: DrainNote, how: Edit): Journal {
  return { ...journal, drains: journal.drains.flatMap((own) => (isSameNote(own, note) ? (how(own) ?? []) : own)) };
}

async function change(
  { connection, service, patience }: Round,
  how: (journal: Journal) => Journal | undefined,
): Promise<void> {
  await changeJournal(connection, service, how, patience);
}
