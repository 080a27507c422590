import { expect, test } from 'vitest';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { DRAIN, ended, entry, NOW, OPERATION, operations, PLAN, pod, progress } from '../test/builders/outcomes.ts';
import { answerOf, type RunbookAnswer } from './runbook-answer.ts';

const NAME = pod(1).name;
const FAILURE = 'The cluster refused the patch (403).';

test.each<[string, Outcome, Partial<RunbookAnswer>]>([
  [
    'what the role does not cover',
    { kind: 'denied', request: DRAIN, needed: 'admin', message: 'drain with --force is for admins.' },
    { ok: false, message: 'drain with --force is for admins.' },
  ],
  [
    'a step that is under way',
    { kind: 'running', entry: entry(1) },
    { ok: false, message: `drain ${NAME} is under way already, and was not begun a second time.` },
  ],
  [
    'a step that was done before',
    { kind: 'repeated', entry: ended(1) },
    {
      ok: true,
      message: `drain ${NAME}: asked before, and done. It was not carried out again. It is done and proven.`,
    },
  ],
  [
    'a step that had failed before',
    { kind: 'repeated', entry: ended(1, 'failed', FAILURE) },
    {
      ok: false,
      message: `drain ${NAME}: asked before, and failed. It was not carried out again. ${FAILURE}`,
    },
  ],
  [
    'a step that somebody has cancelled',
    { kind: 'cancelled', entry: ended(1, 'cancelled', 'The label app is off.'), undo: PLAN.undo },
    { ok: false, message: `drain ${NAME} was cancelled. The label app is off.`, undo: PLAN.undo },
  ],
  ['what is under way', operations(1, 2), { ok: true, message: 'rng: 1 under way, 2 ended in the last 24 hours.' }],
  [
    'what pitlane goes on with by itself',
    { kind: 'unfinished', operation: OPERATION, plan: PLAN, proof: progress(true, true, false), goesOn: true },
    {
      ok: false,
      message:
        'Everything is written, but 1 of 3 milestones were not seen in time. Pitlane goes on by itself within two minutes.',
    },
  ],
])('%s', (_, outcome, want) => {
  expect(answerOf(outcome, 'drain')).toMatchObject({ outcome: outcome.kind, ...want });
});

test('to cancel is done once the operation is, or will be, ended where it stands', () => {
  expect(answerOf({ kind: 'cancelled', entry: entry(1), undo: [] }, 'cancel')).toMatchObject({
    ok: true,
    message: `drain ${NAME} is being cancelled.`,
  });
});

test('an operation of the journal is data, without what only pitlane needs', () => {
  const { entry: known, operation } = answerOf({ kind: 'repeated', entry: ended(1) }, 'drain');
  const { id, pod: about, request, by } = entry(1);
  expect(operation).toEqual({ id, pod: about });
  expect(known).toEqual({
    id,
    request,
    pod: about,
    by,
    at: new Date(NOW - 120_000).toISOString(),
    heldUntil: null,
    hasWritten: true,
    cancel: null,
    ended: { kind: 'done', at: new Date(NOW - 60_000).toISOString(), message: 'It is done and proven.' },
  });
});
