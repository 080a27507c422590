import { expect, test } from 'vitest';
import { EMPTY_JOURNAL, type JournalEntry } from './entry.ts';
import { begin, ended } from './journal.ts';
import { journalData } from './text.ts';

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
