import { expect, test } from 'vitest';
import type { Request } from '../pitlane/command/request.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { exitCode } from './exit-code.ts';
import { DRAIN, ended, entry, OPERATION } from './fixtures.ts';

const { request } = OPERATION;
const cancel: Request = { command: 'cancel', service: 'rng' };

test.each<[string, Outcome, Request, number]>([
  [
    'a completed drain',
    { kind: 'done', operation: OPERATION, plan: DRAIN, proof: [], tookMs: [], notes: [] },
    request,
    0,
  ],
  ['a drain that completed earlier', { kind: 'repeated', entry: ended(1) }, request, 0],
  ['a drain that failed earlier', { kind: 'repeated', entry: ended(1, 'failed') }, request, 1],
  ['a drain that was superseded', { kind: 'repeated', entry: ended(1, 'superseded') }, request, 1],
  ['a drain that was refused earlier', { kind: 'repeated', entry: ended(1, 'refused') }, request, 3],
  ['a drain in progress', { kind: 'running', entry: entry(1) }, request, 1],
  ['a cancelled drain', { kind: 'cancelled', entry: ended(1, 'cancelled'), undo: [] }, request, 1],
  ['a cancel', { kind: 'cancelled', entry: ended(1, 'cancelled'), undo: [] }, cancel, 0],
  ['a denied request', { kind: 'denied', request, needed: 'operator', message: 'No.' }, request, 3],
  [
    'the history',
    { kind: 'history', service: 'rng', at: 0, changes: [], last: 20 },
    { command: 'history', service: 'rng', last: 20 },
    0,
  ],
  [
    'a list of operations',
    { kind: 'operations', service: 'rng', at: 0, underWay: [], ended: [] },
    { command: 'operations', service: 'rng' },
    0,
  ],
])('%s has its exit code', (_, outcome, asked, want) => {
  expect(exitCode(outcome, asked)).toBe(want);
});
