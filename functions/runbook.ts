import type { Context } from 'aws-lambda';
import { referenceOf } from '../pitlane/chat/job.ts';
import { ConfigUnusable } from '../pitlane/config/config.ts';
import { runbookRole } from '../pitlane/config/grants.ts';
import { limitSize } from '../pitlane/evidence/compose.ts';
import type { Asker } from '../pitlane/operate/pitlane.ts';
import { type FunctionHouse, openHouse } from './house.ts';
import { type Log, logJson } from './log.ts';
import { answerOf, type RunbookAnswer } from './runbook-answer.ts';
import { type RunbookInput, readInput } from './runbook-input.ts';
import { run } from './runbook-run.ts';

export interface RunbookDoor {
  readonly house: () => FunctionHouse;
  readonly log: Log;
  readonly now: () => number;
}

/** Of the time that Lambda has left: to answer. */
const ANSWER_MS = 5_000;

/** Of the evidence beside another answer. Step Functions passes 256 KiB from state to state, and JSON is longer than its text. */
const MOST_BYTES_OF_FILES = 128 * 1024;

type RunbookContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** Answers a direct invocation with data. Never throws: a runbook branches on `ok` and `outcome`. */
export function runbookHandler(door: RunbookDoor): (event: unknown, context: RunbookContext) => Promise<RunbookAnswer> {
  return async (event, context) => {
    const startedAt = door.now();
    const read = readInput(event);
    if (read.kind === 'invalid') return { ok: false, outcome: 'invalidInput', message: read.faults.join(' ') };
    const { input } = read;
    // Another door's id can't be taken: the operation of a Slack command is known by its trigger id.
    const requestId = `runbook ${('requestId' in input ? input.requestId : undefined) ?? context.awsRequestId}`;
    const reference = referenceOf(requestId);
    const { command, service, by } = input;
    const line = { door: 'runbook', operation: reference, command, service, by } as const;
    try {
      const deadline = startedAt + context.getRemainingTimeInMillis() - ANSWER_MS;
      const { pitlane, access } = door.house();
      const asker: Asker = { by: `${by} (runbook)`, role: runbookRole(access), requestId, payload: payloadOf(input) };
      const { outcome, evidence } = await run(input, asker, pitlane, deadline);
      door.log('info', { ...line, event: 'answered', outcome: outcome.kind, tookMs: door.now() - startedAt });
      // No thread in Slack may be waiting for it: the caller gets what was known of the pod.
      return {
        ...answerOf(outcome, command),
        ...(evidence !== undefined && { files: limitSize(MOST_BYTES_OF_FILES, evidence.files) }),
      };
    } catch (error) {
      door.log('error', { ...line, event: 'failed', error });
      const message =
        error instanceof ConfigUnusable
          ? `Pitlane's configuration can't be used, so nothing was done. ${error.message}`
          : 'Pitlane broke off with an error of its own; list the service to see how things stand.';
      return { ok: false, outcome: 'error', message, reference };
    }
  };
}

/** What makes two inputs the same request: to be sure of it, or to say so by another name, makes no other of it. */
function payloadOf(input: RunbookInput): string {
  const { by: _, ...meant } = input;
  return JSON.stringify({ ...meant, confirm: undefined });
}

export const handler = runbookHandler({
  house: openHouse,
  log: logJson,
  now: Date.now,
});
