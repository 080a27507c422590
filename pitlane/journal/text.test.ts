import { describe, expect, test } from 'vitest';
import { EMPTY_JOURNAL, type JournalEntry } from './entry.ts';
import { begin, changed, dropped, ended, lookUp, underWay } from './journal.ts';
import { journalData, readJournal } from './text.ts';

const POD = { name: 'rng-x', uid: 'u-1' };
const ENTRY: JournalEntry = {
  v: 2,
  id: 'id-1',
  request: { command: 'restore', service: 'rng', dryRun: false, force: false },
  subject: { kind: 'pods', pods: [POD] },
  role: 'operator',
  by: 'U0ADA00000',
  at: 1,
  holder: 'h',
  heldUntil: 0,
};

function text(...items: readonly unknown[]): string {
  return JSON.stringify({ v: 2, items });
}

describe('items that this version does not understand', () => {
  const NEWER = [
    { v: 3, id: 'id-1', subject: { kind: 'nodes', 'b key': [1.5, null, { ü: '\u2028' }] }, a: 1 },
    { ...ENTRY, v: 3, heldUntil: 9e15 },
    { id: 'id-0', request: ENTRY.request, pod: POD, by: 'U0ADA00000', at: 1, holder: 'h', heldUntil: 7 },
    'see me',
    null,
  ];

  test.each(['operations', 'drains'] as const)('of %s are kept byte for byte when other items change', (key) => {
    let { journal } = readJournal({ [key]: text(...NEWER) });
    const steps = [
      () => begin(journal, ENTRY, 10),
      () => changed(journal, 'id-1', { heldUntil: 20 }),
      () => ended(journal, 'id-1', { kind: 'done', at: 30, message: 'Done.' }, { isTold: true }),
      () => begin(journal, { ...ENTRY, id: 'id-2', at: 40 }, 40),
      () => dropped(journal, 'id-2'),
    ];
    for (const step of steps) {
      journal = readJournal(journalData(step())).journal;
      const data = journalData(journal)[key] ?? '';
      for (const item of NEWER) expect(data).toContain(JSON.stringify(item));
    }
    expect(journal.foreign[key]).toEqual(NEWER);
  });

  test('lock nothing: no operation is in progress, no id is taken, none is superseded', () => {
    const { journal, troubles } = readJournal({ operations: text(...NEWER) });
    expect(troubles).toHaveLength(1);
    expect(underWay(journal)).toEqual([]);
    expect(lookUp(journal, 'id-1', { isResumed: false }, 10)).toEqual({ kind: 'new' });
    expect(begin(journal, ENTRY, 10).operations).toEqual([ENTRY]);
  });

  test('do not hide those beside them', () => {
    expect(readJournal({ operations: text(NEWER[0], ENTRY, null) }).journal.operations).toEqual([ENTRY]);
  });
});

test('two texts that can not be read are kept side by side', () => {
  const first = journalData(readJournal({ operations: 'one' }).journal);
  const second = journalData(readJournal({ operations: 'two' }).journal);
  const kept = { ...first, ...second };
  expect(Object.values(kept)).toEqual(expect.arrayContaining(['one', 'two']));
  expect(readJournal(kept)).toEqual({ journal: EMPTY_JOURNAL, troubles: [] });
});
