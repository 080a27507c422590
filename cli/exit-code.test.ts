import { expect, test } from 'vitest';
import type { Request } from '../pitlane/command/request.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { exitCode } from './exit-code.ts';
import { DRAIN, ended, entry, OPERATION } from './fixtures.ts';

const { request } = OPERATION;
const cancel: Request = { command: 'cancel', service: 'rng' };

test.each<[string, Outcome, Request, number]>([
  [
    'a drain that is done',
    { kind: 'done', operation: OPERATION, plan: DRAIN, proof: [], tookMs: [], notes: [] },
    request,
    0,
  ],
  ['one that was done before', { kind: 'repeated', entry: ended(1) }, request, 0],
  ['one that had failed before', { kind: 'repeated', entry: ended(1, 'failed') }, request, 1],
  ['one that had been overtaken', { kind: 'repeated', entry: ended(1, 'superseded') }, request, 1],
  ['one that had been refused', { kind: 'repeated', entry: ended(1, 'refused') }, request, 3],
  ['one that is under way', { kind: 'running', entry: entry(1) }, request, 1],
  ['one that somebody has cancelled', { kind: 'cancelled', entry: ended(1, 'cancelled'), undo: [] }, request, 1],
  ['a cancel that was', { kind: 'cancelled', entry: ended(1, 'cancelled'), undo: [] }, cancel, 0],
  ['what the role does not cover', { kind: 'denied', request, needed: 'operator', message: 'No.' }, request, 3],
  [
    'a list of operations',
    { kind: 'operations', service: 'rng', at: 0, underWay: [], ended: [] },
    { command: 'operations', service: 'rng' },
    0,
  ],
])('%s', (_, outcome, asked, want) => {
  expect(exitCode(outcome, asked)).toBe(want);
});
