import { expect, test } from 'vitest';
import { isEntry, isNote } from './items.ts';
import { journalData, readJournal } from './text.ts';

const POD = { name: 'rng-x', uid: 'u-1' };
const REQUEST = { command: 'restore', service: 'rng', pod: 'rng-x', dryRun: false, force: false } as const;
const ENTRY = { id: '0123456789', request: REQUEST, pod: POD, by: 'U0ADA00000', at: 1, holder: 'h', heldUntil: 0 };
const NOTE = { pod: POD, id: '0123456789', by: 'U0ADA00000', at: 1 };
const REPORT = { channel: 'C0OPS00000', ts: '1.2', thread: '1.1' };
const ENDED = { kind: 'done', at: 2, message: 'It is done.' } as const;
const WHOLE_ENTRY = {
  ...ENTRY,
  digest: 'd',
  report: REPORT,
  confirmed: 'any',
  hasWritten: true,
  hasEvidence: true,
  cancel: { by: 'U0BOB00000', at: 2, instead: '9876543210' },
  ended: ENDED,
} as const;
const WHOLE_NOTE = {
  ...NOTE,
  report: REPORT,
  reminder: { until: 3, count: 1, at: 4, message: { channel: 'D0ADA00000', ts: '1.3' } },
  answered: { command: 'extend', by: 'bot (runbook)' },
  heldUntil: 5,
  closed: 'It is gone.',
} as const;

test('what pitlane writes it reads', () => {
  const journal = { operations: [ENTRY, WHOLE_ENTRY], drains: [NOTE, WHOLE_NOTE] };
  expect(readJournal(journalData(journal))).toEqual({ kind: 'journal', journal });
  expect(readJournal(undefined)).toEqual({ kind: 'journal', journal: { operations: [], drains: [] } });
});

test.each([
  ['see me', 'is not what pitlane writes there'],
  ['null', 'is not what pitlane writes there'],
  ['[]', 'is not what pitlane writes there'],
  ['{"v":1}', 'is not what pitlane writes there'],
  ['{"v":"1","items":[]}', 'is not what pitlane writes there'],
  ['{"v":2,"items":[]}', 'is of version 2'],
  ['{"v":2,"pods":{}}', 'is of version 2'],
  ['{"v":1,"items":[null]}', 'has an item (number 1 of 1) that pitlane does not write so'],
])('%s is unreadable', (text, why) => {
  expect(readJournal({ operations: text })).toEqual({ kind: 'unreadable', key: 'operations', why });
  expect(readJournal({ drains: text })).toEqual({ kind: 'unreadable', key: 'drains', why });
});

const WRONG: Readonly<Record<string, unknown>> = {
  id: ['', 'a b', 'x'.repeat(65), 7, undefined],
  request: [
    undefined,
    'drain',
    { ...REQUEST, command: 'logs' },
    { ...REQUEST, command: 'constructor' },
    { ...REQUEST, command: 'extend', forSeconds: 31_536_000 },
    { ...REQUEST, command: 'extend', forSeconds: -60 },
    { ...REQUEST, command: 'drain', because: 'x'.repeat(501) },
    { ...REQUEST, service: 7 },
    { ...REQUEST, dryRun: 'no' },
    { ...REQUEST, force: undefined },
  ],
  pod: [undefined, 'rng-x', { name: '../secrets/x', uid: 'u' }, { name: 'rng-x' }, { name: 'rng-x', uid: '' }],
  by: ['', undefined, 'x'.repeat(254), { toString: 'U0ADA00000' }],
  at: ['now', undefined, null, 1e16],
  report: ['C0OPS00000', null, { ts: '1.2' }, { channel: 'C0OPS00000', thread: 1.2 }],
  cancel: [true, { by: '', at: 1 }, { by: 'x', at: 1, instead: 'a b' }],
  ended: [true, { ...ENDED, kind: 'gone' }, { ...ENDED, kind: 'constructor' }, { ...ENDED, message: undefined }],
  heldUntil: ['later', null],
  hasWritten: [false, 'yes'],
  hasEvidence: [1],
  digest: [1],
  confirmed: [true],
  holder: [undefined, 1],
};
const WRONG_IN_NOTES: Readonly<Record<string, unknown>> = {
  id: WRONG.id,
  pod: WRONG.pod,
  by: WRONG.by,
  at: WRONG.at,
  report: WRONG.report,
  heldUntil: WRONG.heldUntil,
  closed: [true],
  reminder: [
    true,
    { until: null, count: 1, at: 1 },
    { until: 1, count: 0, at: 1 },
    { until: 1, count: 1.5, at: 1 },
    { until: 1, count: 1, at: 1, message: { channel: 'C0OPS00000' } },
  ],
  answered: ['restore', { command: 'logs', by: 'x' }, { command: 'restore', by: '' }],
};
const each = (wrong: Readonly<Record<string, unknown>>) =>
  Object.entries(wrong).flatMap(([field, values]) => (values as unknown[]).map((value) => [field, value] as const));

test.each(each(WRONG))('an operation with the %s %j is none', (field, value) => {
  expect(isEntry({ ...WHOLE_ENTRY, [field]: value })).toBe(false);
});

test.each(each(WRONG_IN_NOTES))('a note with the %s %j is none', (field, value) => {
  expect(isNote({ ...WHOLE_NOTE, [field]: value })).toBe(false);
});
