import { changeJournal } from '../../cluster/journal.ts';
import type { DrainNote, Journal } from '../../journal/entry.ts';
import { isOver, isSameNote, underWay } from '../../journal/journal.ts';
import { operationNamed } from '../../operations/table.ts';
import type { DisabledRecord, DrainRecord } from '../../rotation/marks.ts';
import { podsIn } from '../../rotation/plan.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { patienceOf } from '../house.ts';
import type { Round } from './round.ts';

/** A tick lives no longer (serverless.yml, timeout). */
const HOLD_MS = 120_000;

/** A pod with Pitlane's marks. */
export interface Marked<R = DrainRecord> {
  readonly pod: Pod;
  readonly record: R;
}

export function noteOf({ pod, record }: Marked<DrainRecord | DisabledRecord>): DrainNote {
  return {
    pod: { name: pod.name, uid: pod.uid },
    id: record.id,
    by: record.by,
    at: Date.parse(record.at),
    ...(record.report === undefined ? {} : { report: record.report }),
  };
}

export function noteOfDisabled(marked: Marked<DisabledRecord>): DrainNote {
  return { ...noteOf(marked), kind: 'disabled', until: endOf(marked.record) };
}

/** The end of the time; undefined: it has none. */
export function endOf({ until }: Pick<DrainRecord, 'until'>): number | undefined {
  return until === undefined ? undefined : Date.parse(until);
}

/** The note is of this very drain. The pod may have been restored by hand and drained again. */
export function isOf({ pod: { uid }, id }: DrainNote, { pod, record }: Marked): boolean {
  return pod.uid === uid && record.id === id;
}

/** Adds notes of pods that were just listed, unless another tick has, or Pitlane has restored or deleted the pod since. */
export async function takeNotes(round: Round, notes: readonly DrainNote[]): Promise<void> {
  if (notes.length === 0) return;
  await change(round, (journal) => {
    const isKnown = (note: DrainNote) => journal.drains.some((own) => isSameNote(own, note) && own.id === note.id);
    const news = notes.filter((note) => !isKnown(note) && !isOver(journal, note));
    const others = journal.drains.filter((note) => !news.some((other) => isSameNote(note, other)));
    return news.length === 0 ? undefined : { ...journal, drains: [...others, ...news] };
  });
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
  { connection, service, house, options }: Round,
  how: (journal: Journal) => Journal | undefined,
): Promise<void> {
  await changeJournal(connection, service, how, patienceOf(house, options.deadline));
}
