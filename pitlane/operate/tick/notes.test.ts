import { expect, test } from 'vitest';
import type { Call, Connection } from '../../cluster/connection.ts';
import { type DrainNote, EMPTY_JOURNAL, type Journal } from '../../journal/entry.ts';
import { journalData, readJournal } from '../../journal/text.ts';
import { takeNotes } from './notes.ts';
import type { Round } from './round.ts';

const NOTE: DrainNote = { pod: { name: 'rng-a', uid: 'u-a' }, id: 'op-1', by: 'U0ADA00000', at: 1 };

/** Takes the notes, seen in pods that were listed before the journal was as it is now. */
async function taken(journal: Journal, notes: readonly DrainNote[]): Promise<readonly DrainNote[]> {
  let kept = { metadata: { name: 'pitlane-rng', resourceVersion: '1' }, data: journalData(journal) };
  const send = async ({ verb, body }: Call) => {
    if (verb === 'update') kept = body as typeof kept;
    return { body: kept, warnings: [] };
  };
  const round = {
    connection: { send } as unknown as Connection,
    service: { namespace: 'ns', service: 'rng' },
    house: { now: () => 10 },
    options: { deadline: 1_000 },
  };
  await takeNotes(round as unknown as Round, notes);
  return readJournal(kept.data).journal.drains;
}

test('does not start new reminders of a drain that another tick has reminded of', async () => {
  const reminded = { ...NOTE, reminder: { until: 5, count: 1, at: 9 } };
  expect(await taken({ ...EMPTY_JOURNAL, drains: [reminded] }, [NOTE])).toEqual([reminded]);
});

test('counts a pod that was drained again as another drain', async () => {
  const again = { ...NOTE, id: 'op-2' };
  expect(await taken({ ...EMPTY_JOURNAL, drains: [NOTE] }, [again])).toEqual([again]);
});
