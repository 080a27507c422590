import type { KeptJournal } from '../cluster/journal.ts';
import { knowsDrain } from '../journal/journal.ts';
import { DRAINED_FROM, drainRecordOn } from '../rotation/marks.ts';
import type { Snapshot } from '../rotation/snapshot.ts';

/** Compares the marks on the pods with the journal, if all of it was read. */
export function withUnknownDrains(snapshot: Snapshot, kept: KeptJournal | undefined): Snapshot {
  if (kept === undefined || kept.troubles.length > 0) return snapshot;
  const unknown = [...snapshot.pods, ...snapshot.targets].filter((pod) => {
    const record = drainRecordOn(pod);
    const isMarked = record !== undefined || pod.labels[DRAINED_FROM] !== undefined;
    return isMarked && !(record !== undefined && knowsDrain(kept.journal, pod, record.id));
  });
  return unknown.length === 0 ? snapshot : { ...snapshot, unknownDrains: unknown.map(({ uid }) => uid) };
}
