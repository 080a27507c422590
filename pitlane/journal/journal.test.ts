import { expect, test } from 'vitest';
import { type DrainNote, EMPTY_JOURNAL, type EndKind, type JournalEntry } from './entry.ts';
import { entryData } from './entry-data.ts';
import { begin, ended } from './journal.ts';
import { journalData, readJournal } from './text.ts';
import { askedFor } from './words.ts';

const HOUR_MS = 3_600_000;
/** A ConfigMap holds no more (core/validation, MaxSecretSize). */
const MIB = 1024 * 1024;

function entry(number: number, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    v: 2,
    id: `id-${number}`,
    request: { command: 'drain', service: 'rng', dryRun: false, force: false },
    subject: { kind: 'pods', pods: [{ name: `rng-${number}`, uid: `u-${number}` }] },
    role: 'operator',
    by: 'U0ADA00000',
    at: 1,
    holder: 'h',
    heldUntil: 0,
    ...more,
  };
}

function over(number: number, message: string): JournalEntry {
  return entry(number, { ended: { kind: 'failed', at: 1 + number, message } });
}

test('ended operations never fill the ConfigMap: the oldest is removed first', () => {
  const message = 'зачем '.repeat(300);
  const operations = Array.from({ length: 999 }, (_, number) => over(number, message));
  const journal = begin({ ...EMPTY_JOURNAL, operations }, entry(1_000), HOUR_MS);
  const [oldest] = journal.operations;
  expect(Buffer.byteLength(Object.values(journalData(journal)).join(''))).toBeLessThan(MIB * 0.75);
  expect(journal.operations.at(-1)?.id).toBe('id-1000');
  expect(journal.operations.at(-2)?.id).toBe('id-998');
  expect(oldest?.id).toBe(`id-${1_000 - journal.operations.length}`);
});

test('keeps a thousand short entries', () => {
  const operations = Array.from({ length: 1_200 }, (_, number) => over(number, 'It failed.'));
  const journal = begin({ ...EMPTY_JOURNAL, operations }, entry(2_000), HOUR_MS);
  expect(journal.operations).toHaveLength(1_001);
});

test('keeps open operations, however many have ended', () => {
  const operations = [entry(1), over(2, 'x'.repeat(MIB))];
  const end = { kind: 'done', at: HOUR_MS, message: 'It is done.' } as const;
  const journal = ended({ ...EMPTY_JOURNAL, operations: [...operations, entry(3)] }, 'id-3', end, { isTold: false });
  expect(journal.operations.map(({ id }) => id)).toEqual(['id-3', 'id-1']);
});

test.each([
  ['restore', 'superseded'],
  ['finish', 'superseded'],
  ['extend', undefined],
  ['drain', undefined],
] as const)('to %s a pod ends a drain that was left on it: %s', (command, end) => {
  const left = entry(1);
  const request = { ...left.request, command };
  const newer = { ...entry(2), subject: left.subject, request };
  const journal = begin({ ...EMPTY_JOURNAL, operations: [left] }, newer, HOUR_MS);
  expect(journal.operations.find(({ id }) => id === left.id)?.ended?.kind).toBe(end);
});

const POD = { name: 'rng-1', uid: 'u-1' };

/** An operation on one pod that has ended, and the kinds of the notes that are left. */
function notesAfter(
  command: string,
  notes: readonly DrainNote[],
  { kind = 'done', more = {}, written = false }: { kind?: EndKind; more?: object; written?: boolean } = {},
) {
  const request = { ...entry(1).request, command, ...more };
  const one = entry(1, { request, ...(written && { written: [`${command} ${POD.uid}`] }) });
  const end = { kind, at: HOUR_MS, message: 'It ended.' };
  const journal = ended({ ...EMPTY_JOURNAL, operations: [one], drains: notes }, one.id, end, { isTold: true });
  expect(new Set(readJournal(journalData(journal)).journal.drains)).toEqual(new Set(journal.drains));
  return journal.drains.map((note) => [note.kind ?? 'drained', note.until]);
}

const DRAINED: DrainNote = { pod: POD, id: 'id-0', by: 'U0ADA00000', at: 1 };
const DISABLED: DrainNote = { ...DRAINED, kind: 'disabled', until: 9 };
const FOR = { more: { forSeconds: 60 } };

test.each<[string, readonly unknown[], readonly unknown[]]>([
  ['disable for a time begins', notesAfter('disable', [], FOR), [['disabled', 60_001]]],
  ['disable without a time needs no note', notesAfter('disable', []), []],
  ['disable without a time ends an earlier one', notesAfter('disable', [DISABLED]), []],
  [
    'disable that is not proven begins too',
    notesAfter('disable', [], { kind: 'failed', written: true, ...FOR }),
    [['disabled', 60_001]],
  ],
  ['disable that has written nothing does not', notesAfter('disable', [], { kind: 'failed', ...FOR }), []],
  ['enable ends it', notesAfter('enable', [DISABLED]), []],
  [
    'drain leaves it',
    notesAfter('drain', [DISABLED]),
    [
      ['disabled', 9],
      ['drained', undefined],
    ],
  ],
  ['restore leaves it', notesAfter('restore', [DISABLED, DRAINED]), [['disabled', 9]]],
  ['extend keeps it', notesAfter('extend', [DISABLED]), [['disabled', 9]]],
])('a note of a disabled pod: %s', (_, notes, want) => {
  expect(notes).toEqual(want);
});

test('notes of disabled pods have a key of their own, so that an earlier version keeps them', () => {
  const data = journalData({ ...EMPTY_JOURNAL, drains: [DRAINED, DISABLED] });
  expect([data.drains, data.disabled].map((text) => JSON.parse(text ?? '').items)).toEqual([[DRAINED], [DISABLED]]);
});

test('keeps the values of variables only as long as a process may need them', () => {
  const service = { kind: 'Service', name: 'rng', uid: 'u-rng' };
  const started = entry(1, {
    request: { ...entry(1).request, command: 'canary start', env: ['TOKEN=hunter2=='], count: 1, out: false } as never,
    subject: { kind: 'service', service },
    written: ['create rng-canary-bcdfg'],
  });
  const open = begin(EMPTY_JOURNAL, started, 1);
  expect(JSON.stringify(open)).toContain('hunter2');
  expect(JSON.stringify(entryData(started))).not.toContain('hunter2');
  expect(askedFor(started)).toContain('TOKEN=<redacted>');

  const end = { kind: 'done', at: 2, message: 'It is done.' } as const;
  const over = ended(open, started.id, end, { isTold: true });
  expect(over.operations[0]?.request).toMatchObject({ env: ['TOKEN=<redacted>'] });
  const later = begin(over, entry(2, { at: 25 * HOUR_MS }), 25 * HOUR_MS);
  expect(later.operations.map(({ id }) => id)).toEqual(['id-2']);
  expect(later.history.map(({ id }) => id)).toEqual(['id-1']);
  for (const journal of [over, later]) {
    expect(JSON.stringify(journal)).not.toContain('hunter2');
    expect(readJournal(journalData(journal)).journal.foreign.history).toEqual([]);
  }

  // An earlier version has kept them.
  const old = { ...later, history: later.history.map((change) => ({ ...change, request: started.request })) };
  expect(JSON.stringify(begin(old, entry(3), 25 * HOUR_MS))).not.toContain('hunter2');
});
