import { changeJournal } from '../../cluster/journal.ts';
import type { DrainNote, Journal } from '../../journal/entry.ts';
import { isOver, underWay } from '../../journal/journal.ts';
import { operationNamed } from '../../operations/table.ts';
import type { DrainRecord } from '../../rotation/marks.ts';
import { podsIn } from '../../rotation/plan.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { patienceOf } from '../house.ts';
import type { Round } from './round.ts';

/** A tick that dies lets the next one go on after that: no tick lives longer (serverless.yml, timeout). */
const HOLD_MS = 120_000;

/** A pod with pitlane's marks on it. */
export interface Marked {
  readonly pod: Pod;
  readonly record: DrainRecord;
}

export function noteOf({ pod, record }: Marked): DrainNote {
  const at = Date.parse(record.at);
  return {
    pod: { name: pod.name, uid: pod.uid },
    id: record.id,
    by: record.by,
    at: Number.isNaN(at) ? pod.createdAt : at,
    ...(record.report === undefined ? {} : { report: record.report }),
  };
}

/** Whether it is of this very drain: the marks may have been taken off by hand, and the pod drained again. */
export function isOf({ pod: { uid }, id }: DrainNote, { pod, record }: Marked): boolean {
  return pod.uid === uid && record.id === id;
}

/**
 * From now on they are looked after. What was seen of a pod may be a moment old: one that pitlane has put back since is
 * not to be missed in the next minute.
 */
export async function takeNotes(round: Round, notes: readonly DrainNote[]): Promise<void> {
  if (notes.length === 0) return;
  await change(round, (journal) => {
    const isKnown = ({ pod, id }: DrainNote) =>
      journal.drains.some((note) => note.pod.uid === pod.uid && note.id === id);
    // Another tick may have taken it since, and told of it.
    const news = notes.filter((note) => !isKnown(note) && !isOver(journal, note.pod, note.at));
    const others = journal.drains.filter(({ pod }) => !news.some((note) => note.pod.uid === pod.uid));
    return news.length === 0 ? undefined : { ...journal, drains: [...others, ...news] };
  });
}

/** For this tick alone: another one that overlaps, or a process that has ended the drain meanwhile, is seen by the journal. */
export async function hold(round: Round, note: DrainNote): Promise<boolean> {
  let isOurs = false;
  await change(round, (journal) => {
    const now = round.house.now();
    const current = journal.drains.find(({ pod }) => pod.uid === note.pod.uid);
    const isBusy = underWay(journal).some(({ subject }) => podsIn(subject).some(({ uid }) => uid === note.pod.uid));
    const isSame = current?.id === note.id && current.reminder?.at === note.reminder?.at;
    isOurs = isSame && !isBusy && (current.heldUntil ?? 0) <= now;
    return isOurs ? withNote(journal, note, { heldUntil: now + HOLD_MS }) : undefined;
  });
  return isOurs;
}

/** With what came of it, and free for the next tick. */
export function release(round: Round, note: DrainNote, more: Partial<DrainNote>): Promise<void> {
  return change(round, (journal) => withNote(journal, note, { ...more, heldUntil: 0 }));
}

/** What made pitlane close the record is no longer so. */
export function reopen(round: Round, note: DrainNote): Promise<void> {
  return change(round, (journal) => ({
    ...journal,
    drains: journal.drains.map((other) => {
      if (other.pod.uid !== note.pod.uid) return other;
      const { closed: _, ...open } = other;
      return open;
    }),
  }));
}

/** The reminder says what its answer was. A pod that is still drained is looked after anew. */
export function answered(round: Round, note: DrainNote): Promise<void> {
  const isDrained = note.answered !== undefined && operationNamed(note.answered.command).lookAfter === 'prolongs';
  return change(round, (journal) => ({
    ...journal,
    drains: journal.drains.flatMap((other) => {
      if (other.pod.uid !== note.pod.uid) return other;
      const { answered: _, reminder: __, heldUntil: ___, ...anew } = other;
      return isDrained ? anew : [];
    }),
  }));
}

export function forget(round: Round, { pod: { uid } }: DrainNote): Promise<void> {
  return change(round, (journal) => ({ ...journal, drains: journal.drains.filter(({ pod }) => pod.uid !== uid) }));
}

function withNote(journal: Journal, { pod: { uid } }: DrainNote, more: Partial<DrainNote>): Journal {
  return { ...journal, drains: journal.drains.map((note) => (note.pod.uid === uid ? { ...note, ...more } : note)) };
}

async function change(
  { connection, service, house, options }: Round,
  how: (journal: Journal) => Journal | undefined,
): Promise<void> {
  await changeJournal(connection, service, how, patienceOf(house, options.deadline));
}
