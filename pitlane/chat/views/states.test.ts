import { expect, test } from 'vitest';
import { everyOutcome } from '../../../test/builders/every-outcome.ts';
import { ended, entry, PLAN } from '../../../test/builders/outcomes.ts';
import type { Outcome } from '../../operate/outcome.ts';
import { type MessageState, stateOfMessage } from '../blocks/state.ts';
import { startReport } from './change-report.ts';
import { askedView, progressView } from './change-view.ts';
import { outcomeView } from './views.ts';

const SETTING = { address: '/rng' };
const outcomes = everyOutcome(3);
const { left: _, ...written } = outcomes.unfinished;

const OUTCOMES: readonly (readonly [MessageState, Outcome])[] = [
  ['listed', outcomes.listed],
  ['drainedList', outcomes.drainedList],
  ['inspected', outcomes.inspected],
  ['logged', outcomes.logged],
  ['logged', { kind: 'logged', logs: [], notes: [] }],
  ['evidence', outcomes.evidence],
  ['operations', outcomes.operations],
  ['history', outcomes.history],
  ['helped', outcomes.helped],
  ['denied', outcomes.denied],
  ['notUnderstood', outcomes.notUnderstood],
  ['choice', outcomes.choice],
  ['refusal', outcomes.refusal],
  ['proposal', outcomes.proposal],
  ['proposal', { ...outcomes.proposal, why: 'changed' }],
  ['dryRun', { ...outcomes.proposal, why: 'dryRun' }],
  ['alreadyRunning', outcomes.running],
  ['repeated', outcomes.repeated],
  ['cancelling', { ...outcomes.cancelled, entry: entry(1) }],
  ['cancelled', outcomes.cancelled],
  ['superseded', { ...outcomes.cancelled, entry: ended(1, 'superseded') }],
  ['done', outcomes.done],
  ['unfinished', written],
  ['partlyDone', outcomes.unfinished],
  ['goesOn', { ...written, goesOn: true }],
  ['goesOn', { ...outcomes.unfinished, goesOn: true }],
  ['failed', outcomes.failed],
  ['nothingChanged', { ...outcomes.failed, stands: [] }],
];

test.each(OUTCOMES)('carries the state %s', (state, outcome) => {
  expect(stateOfMessage(outcomeView(outcome, SETTING))).toBe(state);
});

test('carries asked, then running', () => {
  const report = startReport(PLAN);
  const views = [askedView(report, SETTING), progressView(report, SETTING)];
  expect(views.map(stateOfMessage)).toEqual(['asked', 'running']);
});

test.each([
  ['no blocks', {}],
  ['a block of another app', { blocks: [{ block_id: 'x' }] }],
  ['a state of another version', { blocks: [{ block_id: 'pitlane.state:unheardOf' }] }],
])('reads no state from a message with %s', (_name, message) => {
  expect(stateOfMessage(message)).toBeUndefined();
});
