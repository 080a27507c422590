import { expect, test } from 'vitest';
import { EMPTY_JOURNAL } from './entry.ts';
import { isGateNote, isJournalEntry, isNote } from './items.ts';
import { journalData, readJournal } from './text.ts';

const POD = { name: 'rng-x', uid: 'u-1' };
const REQUEST = { command: 'restore', service: 'rng', dryRun: false, force: false } as const;
const ENTRY = {
  v: 2,
  id: '0123456789',
  request: REQUEST,
  subject: { kind: 'pods', pods: [POD] },
  role: 'operator',
  by: 'U0ADA00000',
  at: 1,
  holder: 'h',
  heldUntil: 0,
} as const;
const NOTE = { pod: POD, id: '0123456789', by: 'U0ADA00000', at: 1 };
const REPORT = { channel: 'C0OPS00000', ts: '1.2', thread: '1.1' };
const ENDED = { kind: 'done', at: 2, message: 'It is done.' } as const;
const WHOLE_ENTRY = {
  ...ENTRY,
  digest: 'd',
  byName: 'ada',
  report: REPORT,
  confirmed: 'f1',
  accepted: ['NotReady'],
  written: ['restore u-1'],
  evidence: ['u-1'],
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

const WHOLE_GATE = {
  label: 'enabled=yes',
  via: 'admission',
  newPods: 'in',
  id: '0123456789',
  by: 'U0ADA00000',
  at: 1,
  report: REPORT,
  told: [{ code: 'GateRuleGone', at: 3 }],
  stragglers: { ticks: 2, at: 4 },
  heldUntil: 5,
} as const;

test('reads what Pitlane writes', () => {
  const journal = {
    ...EMPTY_JOURNAL,
    operations: [ENTRY, WHOLE_ENTRY],
    drains: [NOTE, WHOLE_NOTE],
    gates: [WHOLE_GATE],
  };
  expect(readJournal(journalData(journal))).toEqual({ journal, troubles: [] });
  expect(readJournal(undefined)).toEqual({ journal: EMPTY_JOURNAL, troubles: [] });
});

test.each(['see me', 'null', '[]', '{"v":1}', '{"v":3,"pods":{}}'])(
  'keeps the text %s under another key, and reads nothing from it',
  (text) => {
    for (const key of ['operations', 'drains', 'gates']) {
      const { journal, troubles } = readJournal({ [key]: text });
      expect({ ...journal, foreign: { ...journal.foreign, texts: {} } }).toEqual(EMPTY_JOURNAL);
      expect(troubles).toHaveLength(1);
      const data = journalData(journal);
      expect(Object.entries(data).filter(([, kept]) => kept === text)).toEqual([
        [expect.stringMatching(new RegExp(`^${key}\\.kept-[0-9a-f]+$`)), text],
      ]);
      expect(readJournal(data)).toMatchObject({ troubles: [] });
    }
  },
);

const WRONG_PODS = [
  undefined,
  'rng-x',
  { name: '../secrets/x', uid: 'u' },
  { name: 'rng-x' },
  { name: 'rng-x', uid: '' },
];

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
    { ...REQUEST, pod: 'rng-x' },
    { ...REQUEST, sudo: true },
  ],
  subject: [
    undefined,
    'rng-x',
    { kind: 'pods', pods: [] },
    { kind: 'pods', pods: Array.from({ length: 101 }, () => POD) },
    { kind: 'pods', pods: POD },
    { kind: 'pods', pods: [POD], by: 7 },
    { kind: 'nodes', pods: [POD] },
    { kind: 'service' },
    { kind: 'service', service: { kind: 'Pod', name: 'rng', uid: 'u' } },
    { kind: 'service', service: { kind: 'Service', name: '../x', uid: 'u' } },
    ...WRONG_PODS.map((pod) => ({ kind: 'pods', pods: [POD, pod] })),
  ],
  role: [undefined, 'root', 'none'],
  v: [3, '2', null],
  by: ['', undefined, 'x'.repeat(254), { toString: 'U0ADA00000' }],
  at: ['now', undefined, null, 1e16],
  report: ['C0OPS00000', null, { ts: '1.2' }, { channel: 'C0OPS00000', thread: 1.2 }],
  cancel: [true, { by: '', at: 1 }, { by: 'x', at: 1, instead: 'a b' }],
  ended: [true, { ...ENDED, kind: 'gone' }, { ...ENDED, kind: 'constructor' }, { ...ENDED, message: undefined }],
  heldUntil: ['later', null],
  written: [true, [1]],
  evidence: [1, 'u-1'],
  accepted: [{}, [null]],
  digest: [1],
  confirmed: [true],
  holder: [undefined, 1],
};
const WRONG_IN_NOTES: Readonly<Record<string, unknown>> = {
  id: WRONG.id,
  pod: WRONG_PODS,
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
const WRONG_IN_GATES: Readonly<Record<string, unknown>> = {
  label: [undefined, 'enabled', '=yes', 'enabled=not a value', 'a/b/c=yes', 7],
  via: [undefined, 'kubectl'],
  newPods: [undefined, 'maybe'],
  id: WRONG.id,
  by: WRONG.by,
  at: WRONG.at,
  report: WRONG.report,
  told: ['GateRuleGone', ['GateRuleGone'], [{ code: 'GateRuleGone' }]],
  stragglers: [3, { ticks: 0, at: 1 }, { ticks: 1 }],
  heldUntil: WRONG.heldUntil,
};
const each = (wrong: Readonly<Record<string, unknown>>) =>
  Object.entries(wrong).flatMap(([field, values]) => (values as unknown[]).map((value) => [field, value] as const));

test.each(each(WRONG))('does not accept an operation with the %s %j', (field, value) => {
  expect(isJournalEntry({ ...WHOLE_ENTRY, [field]: value })).toBe(false);
});

test.each(each(WRONG_IN_GATES))('does not accept a gate with the %s %j', (field, value) => {
  expect(isGateNote({ ...WHOLE_GATE, [field]: value })).toBe(false);
});

test.each(each(WRONG_IN_NOTES))('does not accept a note with the %s %j', (field, value) => {
  expect(isNote({ ...WHOLE_NOTE, [field]: value })).toBe(false);
});
