import { expect, test } from 'vitest';
import { rng } from '../../../test/builders/snapshot.ts';
import type { Call, Connection } from '../../cluster/connection.ts';
import { type DrainNote, EMPTY_JOURNAL, type Journal, type JournalEntry } from '../../journal/entry.ts';
import { journalData, readJournal } from '../../journal/text.ts';
import { drainRecordOn } from '../../rotation/marks.ts';
import { takeNotes } from './notes.ts';
import type { Round } from './round.ts';

const AT = Date.UTC(2026, 10, 24, 3);

function marked() {
  const [pod] = rng()
    .drained('b85tm', { id: 'op-1', by: 'U0STRANGER', report: { channel: 'C0EVIL0000' } })
    .about('b85tm').targets;
  const record = pod && drainRecordOn(pod);
  if (pod === undefined || record === undefined) throw new Error('no drained pod');
  return { pod, record };
}

const { pod } = marked();
const POD = { name: pod.name, uid: pod.uid };
const DRAIN_OF: JournalEntry = {
  v: 2,
  id: 'op-1',
  request: { command: 'drain', service: 'rng', dryRun: false, force: false, forSeconds: 600 },
  subject: { kind: 'pods', pods: [POD] },
  role: 'operator',
  by: 'U0ADA00000',
  at: AT,
  report: { channel: 'C0OPS00000', ts: '1.2' },
  holder: 'h',
  heldUntil: 0,
};
const NOTE: DrainNote = {
  pod: POD,
  id: 'op-1',
  by: 'U0ADA00000',
  at: AT,
  until: AT + 600_000,
  report: { channel: 'C0OPS00000', ts: '1.2' },
};

/** Takes the note of the drained pod, listed before the journal was as it is now. */
async function taken(journal: Partial<Journal>): Promise<readonly DrainNote[]> {
  let kept = {
    metadata: { name: 'pitlane-rng', resourceVersion: '1' },
    data: journalData({ ...EMPTY_JOURNAL, ...journal }),
  };
  const send = async ({ verb, body }: Call) => {
    if (verb === 'update') kept = body as typeof kept;
    return { body: kept, warnings: [] };
  };
  const round = {
    connection: { send } as unknown as Connection,
    service: { namespace: 'ns', service: 'rng', policy: { drain: { forSeconds: 3_600 } } },
    house: { now: () => AT + 10 },
    options: { deadline: AT + 1_000 },
  };
  const notes = await takeNotes(round as unknown as Round, [marked()]);
  const isOfPod = ({ pod: { uid } }: DrainNote) => uid === POD.uid;
  expect(readJournal(kept.data).journal.drains.filter(isOfPod)).toEqual(notes);
  return notes;
}

test("takes who, where and until when from the journal's own operation", async () => {
  expect(await taken({ operations: [DRAIN_OF] })).toEqual([NOTE]);
  const { forSeconds: _, ...request } = DRAIN_OF.request;
  expect(await taken({ operations: [{ ...DRAIN_OF, request }] })).toEqual([{ ...NOTE, until: AT + 3_600_000 }]);
});

test.each<[string, Partial<Journal>]>([
  ['an empty journal', {}],
  ['an operation of another id', { operations: [{ ...DRAIN_OF, id: 'op-2' }] }],
  [
    'an operation on another pod of that name',
    { operations: [{ ...DRAIN_OF, subject: { kind: 'pods', pods: [{ ...POD, uid: 'another' }] } }] },
  ],
  [
    'an operation that is no drain',
    { operations: [{ ...DRAIN_OF, request: { command: 'finish', service: 'rng', dryRun: false, force: false } }] },
  ],
])('a mark with %s is unproven, and names no place', async (_, journal) => {
  const [note] = await taken(journal);
  expect(note).toMatchObject({ id: 'op-1', isUnproven: true });
  expect([note?.report, note?.until]).toEqual([undefined, undefined]);
});

test('does not start new reminders of a drain that another tick has reminded of', async () => {
  const reminded = { ...NOTE, reminder: { until: 5, count: 1, at: 9 } };
  expect(await taken({ drains: [reminded] })).toEqual([reminded]);
});

test('counts a pod that was drained again as another drain', async () => {
  const before = { ...NOTE, id: 'op-0' };
  expect(await taken({ drains: [before], operations: [DRAIN_OF] })).toEqual([NOTE]);
});

test('marks that the journal does not know do not fill it', async () => {
  const unproven = Array.from({ length: 20 }, (_, index) => ({
    ...NOTE,
    pod: { name: `forged-${index}`, uid: `u-${index}` },
    isUnproven: true as const,
  }));
  expect(await taken({ drains: unproven.slice(1) })).toHaveLength(1);
  expect(await taken({ drains: unproven })).toEqual([]);
  expect(await taken({ drains: unproven, operations: [DRAIN_OF] })).toEqual([NOTE]);
});

test('a mark that the journal does not know replaces no note', async () => {
  const known = { ...NOTE, id: 'op-0' };
  expect(await taken({ drains: [known] })).toEqual([known]);
});
