import { expect, test } from 'vitest';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import {
  DRAIN,
  ended,
  entry,
  history,
  NOW,
  OPERATION,
  operations,
  PLAN,
  POD,
  progress,
  silence,
} from '../test/builders/outcomes.ts';
import { drainOfSet } from '../test/builders/sets.ts';
import { answerOf, type RunbookAnswer } from './runbook-answer.ts';

const SET = drainOfSet(30, { leftOut: 4 });
const FAILURE = 'The cluster refused the patch (403).';

const ANSWERS: readonly (readonly [string, Outcome, Partial<RunbookAnswer>])[] = [
  [
    'a request that the role does not cover',
    { kind: 'denied', request: DRAIN, needed: 'admin', message: 'drain with --force is for admins.' },
    { ok: false },
  ],
  ['a step that is in progress', { kind: 'running', entry: entry(1) }, { ok: false }],
  ['a step that was done before', { kind: 'repeated', entry: ended(1) }, { ok: true }],
  ['a step that has failed before', { kind: 'repeated', entry: ended(1, 'failed', FAILURE) }, { ok: false }],
  [
    'a step that was cancelled',
    { kind: 'cancelled', entry: ended(1, 'cancelled', 'The label app is off.'), undo: PLAN.undo },
    { ok: false, undo: PLAN.undo },
  ],
  ['operations', operations(1, 2), { ok: true }],
  ['history', { ...history(), last: 2 }, { ok: true }],
  [
    'a change that Pitlane continues',
    { kind: 'unfinished', operation: OPERATION, plan: PLAN, proof: progress(true, true, false), goesOn: true },
    { ok: false },
  ],
  ['a dry run', { kind: 'proposal', plan: PLAN, why: 'dryRun' }, { ok: true }],
  ['a plan with warnings', { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' }, { ok: false }],
  ['a plan that has changed', { kind: 'proposal', plan: PLAN, why: 'changed' }, { ok: false }],
  [
    'a change that is done',
    { kind: 'done', operation: OPERATION, plan: PLAN, proof: progress(true, true, true), tookMs: [], notes: [] },
    { ok: true },
  ],
  ['a change that is done for some of several pods', SET.done, { ok: true }],
  ['a refusal for several pods', SET.refusal, { ok: false }],
];

test.each(ANSWERS)('answers %s', (_, outcome, want) => {
  expect(answerOf(outcome, 'drain')).toMatchObject({ outcome: outcome.kind, ...want });
});

test('answers with the messages of the golden file', async () => {
  const messages = ANSWERS.map(([name, outcome]) => `${name}\n  ${answerOf(outcome, 'drain').message}\n`);
  await expect(messages.join('')).toMatchFileSnapshot('golden/runbook-answers.golden.txt');
});

test('has the silence of the logs as data', () => {
  const silent = [silence(42_000), silence(400, true)];
  const change = { operation: OPERATION, plan: PLAN, proof: progress(true), silence: silent };
  expect(answerOf({ kind: 'done', ...change, tookMs: [], notes: [] }, 'drain').silence).toEqual(silent);
  expect(answerOf({ kind: 'unfinished', ...change }, 'drain').silence).toEqual(silent);
});

test('cancel is ok once the operation is, or will be, cancelled', () => {
  expect(answerOf({ kind: 'cancelled', entry: entry(1), undo: [] }, 'cancel')).toMatchObject({ ok: true });
});

test('shows an operation of the journal without internal fields', () => {
  const { entry: known, operation } = answerOf({ kind: 'repeated', entry: ended(1) }, 'drain');
  const { id, request, by, role } = entry(1);
  expect(operation).toEqual({ id, pod: POD, pods: [POD] });
  expect(known).toEqual({
    id,
    request,
    pods: [POD],
    leftOut: [],
    pod: POD,
    role,
    by,
    byName: null,
    at: new Date(NOW - 120_000).toISOString(),
    heldUntil: null,
    hasWritten: true,
    cancel: null,
    ended: { kind: 'done', at: new Date(NOW - 60_000).toISOString(), message: 'It is done and proven.' },
  });
});
