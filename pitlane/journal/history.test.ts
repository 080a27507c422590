import { describe, expect, test } from 'vitest';
import { MOST_CHANGES } from '../command/rules.ts';
import { EMPTY_JOURNAL, type Journal, type JournalEntry, type PastChange } from './entry.ts';
import { changesOf } from './history.ts';
import { isPastChange } from './items.ts';
import { begin, dropped, ended } from './journal.ts';
import { journalData, readJournal } from './text.ts';

const DAY_MS = 24 * 3_600_000;
const POD = { name: 'rng-x', uid: 'u-1' };
const OTHER = { name: 'rng-y', uid: 'u-2' };
const DONE = { kind: 'done', at: 10, message: 'Done.' } as const;
const UNDOES = { id: 'id-0', what: 'drain of rng-x', by: 'U0ADA00000', at: 1, except: 'rng-y' };

function entry(number: number, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    v: 2,
    id: `id-${number}`,
    request: { command: 'drain', service: 'rng', because: '5xx', dryRun: false, force: false },
    subject: { kind: 'pods', pods: [POD, OTHER] },
    role: 'operator',
    by: 'U0ADA00000',
    at: 1,
    holder: 'h',
    heldUntil: 0,
    written: ['drain u-1', 'drain u-2'],
    ...more,
  };
}

const CHANGE: PastChange = {
  v: 1,
  id: 'id-1',
  request: { command: 'restore', service: 'rng', dryRun: false, force: false, undoes: UNDOES },
  subject: { kind: 'pods', pods: [POD] },
  leftOut: [OTHER],
  role: 'operator',
  by: 'U0ADA00000',
  at: 1,
  ended: DONE,
};

function journalOf(operations: readonly JournalEntry[], history: readonly PastChange[] = []): Journal {
  return { ...EMPTY_JOURNAL, operations, history };
}

/** The journal a day later, written and read again. */
function aDayLater(journal: Journal): Journal {
  return readJournal(journalData(begin(journal, entry(9_999, { at: 2 * DAY_MS }), 2 * DAY_MS))).journal;
}

describe('the changes of the past', () => {
  test('are the operations that have ended, the newest first, also once their day is over', () => {
    const operations = [1, 3, 2].map((number) => entry(number, { ended: { ...DONE, at: number } }));
    const journal = journalOf(operations);
    const ids = ['id-3', 'id-2', 'id-1'];
    expect(changesOf(journal).map(({ id }) => id)).toEqual(ids);
    const later = aDayLater(journal);
    expect(later.operations.map(({ id }) => id)).toEqual(['id-9999']);
    expect(changesOf(later)).toEqual(changesOf(journal));
  });

  test.each<[string, Partial<JournalEntry>, number]>([
    ['in progress', {}, 0],
    ['refused', { written: undefined, ended: { ...DONE, kind: 'refused' } }, 0],
    ['failed without a write', { written: [], ended: { ...DONE, kind: 'failed' } }, 0],
    ['done, with nothing to write', { written: [], ended: DONE }, 0],
    ['done, by an earlier version that noted no writes', { written: undefined, ended: DONE }, 1],
    ['failed, and may have written', { written: undefined, ended: { ...DONE, kind: 'failed' } }, 1],
    ['failed after a write', { ended: { ...DONE, kind: 'failed' } }, 1],
    ['superseded after a write', { ended: { ...DONE, kind: 'superseded' } }, 1],
    ['cancelled after a write', { ended: { ...DONE, kind: 'cancelled' } }, 1],
  ])('with an operation that is %s', (_, more, count) => {
    const { written, ...rest } = { ...entry(1), ...more };
    const journal = journalOf([{ ...rest, ...(written !== undefined && { written }) }]);
    expect(changesOf(journal)).toHaveLength(count);
    expect(changesOf(aDayLater(journal))).toHaveLength(count);
  });

  test('name the pods that were changed, and those that were left out', () => {
    const done = changesOf(journalOf([entry(1, { leftOut: ['u-2'], ended: DONE })]));
    expect(done).toMatchObject([{ subject: { pods: [POD] }, leftOut: [OTHER] }]);
    const failed = changesOf(journalOf([entry(1, { written: ['drain u-2'], ended: { ...DONE, kind: 'failed' } })]));
    expect(failed).toMatchObject([{ subject: { pods: [OTHER] } }]);
    expect(failed[0]).not.toHaveProperty('leftOut');
  });

  test('do not have an operation twice that is tried again', () => {
    const failed = entry(1, { ended: { ...DONE, kind: 'failed' } });
    const history = changesOf(journalOf([failed]));
    expect(changesOf(journalOf([entry(1)], history))).toEqual([]);
    expect(changesOf(journalOf([entry(1, { ended: DONE })], history))).toMatchObject([{ ended: { kind: 'done' } }]);
  });

  test('are at most 50: the oldest are forgotten first', () => {
    const operations = Array.from({ length: 60 }, (_, number) => entry(number, { ended: { ...DONE, at: number } }));
    const later = aDayLater(journalOf(operations));
    expect(later.history).toHaveLength(MOST_CHANGES);
    expect(later.history[0]?.id).toBe('id-10');
  });

  test('never fill the ConfigMap: the oldest make room', () => {
    const pods = Array.from({ length: 100 }, (_, number) => ({
      name: `rng-${'x'.repeat(240)}${number}`,
      uid: `u-${number}`,
    }));
    const operations = Array.from({ length: 50 }, (_, number) =>
      entry(number, { subject: { kind: 'pods', pods }, ended: { ...DONE, at: number } }),
    );
    const later = aDayLater(journalOf(operations));
    expect(later.history.length).toBeGreaterThan(0);
    expect(later.history.at(-1)?.id).toBe('id-49');
    expect(Buffer.byteLength(journalData(later).history ?? '')).toBeLessThan(129 * 1024);
  });
});

describe('the text of the history', () => {
  test('is read as it was written', () => {
    const journal = { ...EMPTY_JOURNAL, history: [CHANGE] };
    expect(readJournal(journalData(journal))).toEqual({ journal, troubles: [] });
  });

  test('is empty in a journal of an earlier version, whose ended operations are changes all the same', () => {
    const operations = JSON.stringify({ v: 2, items: [entry(1, { ended: DONE })] });
    const { journal, troubles } = readJournal({ operations });
    expect({ history: journal.history, troubles }).toEqual({ history: [], troubles: [] });
    expect(changesOf(journal).map(({ id }) => id)).toEqual(['id-1']);
  });

  test('keeps byte for byte what another version wrote there', () => {
    const newer = [{ ...CHANGE, v: 2, more: { 'b key': [1.5, null] } }, 'see me', null];
    const text = JSON.stringify({ v: 2, items: [newer[0], CHANGE, newer[1], newer[2]] });
    let { journal } = readJournal({ history: text });
    expect(changesOf(journal)).toEqual([CHANGE]);
    const steps = [
      () => begin(journal, entry(2), 10),
      () => ended(journal, 'id-2', DONE, { isTold: true }),
      () => begin(journal, entry(3, { at: 2 * DAY_MS }), 2 * DAY_MS),
      () => dropped(journal, 'id-3'),
    ];
    for (const step of steps) {
      journal = readJournal(journalData(step())).journal;
      for (const item of newer) expect(journalData(journal).history).toContain(JSON.stringify(item));
    }
    expect(changesOf(journal).map(({ id }) => id)).toEqual(['id-2', 'id-1']);
  });

  test('keeps a text that holds no items under another key', () => {
    const { journal, troubles } = readJournal({ history: 'see me' });
    expect(journal.history).toEqual([]);
    expect(troubles).toHaveLength(1);
    expect(Object.values(journalData(journal))).toContain('see me');
    expect(readJournal({ history: 'see me', ...journalData(journal) }).troubles).toEqual([]);
  });

  const { undoes: _, ...request } = CHANGE.request;
  test.each<[string, unknown]>([
    ['v', 2],
    ['id', 'a b'],
    ['request', { ...request, command: 'logs' }],
    ['request', { ...request, command: 'undo' }],
    ['request', { ...request, operation: 'id-0' }],
    ['request', { ...request, undoes: true }],
    ['request', { ...request, undoes: { ...UNDOES, id: '../x' } }],
    ['request', { ...request, undoes: { ...UNDOES, what: '' } }],
    ['request', { ...request, undoes: { ...UNDOES, by: '' } }],
    ['request', { ...request, undoes: { ...UNDOES, at: 'now' } }],
    ['request', { ...request, undoes: { ...UNDOES, except: 7 } }],
    ['subject', { kind: 'pods', pods: [] }],
    ['subject', { kind: 'service', service: { kind: 'Service', name: 'rng', uid: 'u' } }],
    ['leftOut', [{ name: '../x', uid: 'u' }]],
    ['role', 'root'],
    ['by', ''],
    ['at', 'now'],
    ['ended', undefined],
    ['ended', { ...DONE, kind: 'gone' }],
  ])('does not accept a change with the %s %j', (field, value) => {
    expect(isPastChange({ ...CHANGE, [field]: value })).toBe(false);
  });

  test('does not accept a change that left out more pods than an operation has', () => {
    expect(isPastChange({ ...CHANGE, leftOut: Array.from({ length: 100 }, () => POD) })).toBe(true);
    expect(isPastChange({ ...CHANGE, leftOut: Array.from({ length: 101 }, () => POD) })).toBe(false);
  });
});
