import type { Context } from 'aws-lambda';
import { ConfigUnusable } from '../pitlane/config/config.ts';
import { runbookRole } from '../pitlane/config/grants.ts';
import { limitSize } from '../pitlane/evidence/compose.ts';
import type { Evidence } from '../pitlane/evidence/evidence.ts';
import type { Asker } from '../pitlane/operate/asker.ts';
import { operationId } from '../pitlane/operate/house.ts';
import type { Pitlane } from '../pitlane/operate/use-case.ts';
import { onlyOf } from '../pitlane/text/words.ts';
import { loggingColdStart } from './cold-start.ts';
import { type FunctionHouse, openHouse } from './house.ts';
import { type Log, logJson, logOf } from './log.ts';
import { answerOf, type RunbookAnswer } from './runbook-answer.ts';
import { type ReadInput, type RunbookInput, readInput } from './runbook-input.ts';
import { run } from './runbook-run.ts';
import { answerSteps } from './runbook-steps.ts';

export interface RunbookDoor {
  readonly house: () => FunctionHouse;
  readonly log: Log;
  readonly now: () => number;
}

/** Reserved for the answer. */
const ANSWER_MS = 5_000;

/** Step Functions passes at most 256 KiB between states, and JSON is longer than its text. */
const MOST_BYTES_OF_FILES = 128 * 1024;

type RunbookContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** Answers a direct invocation with data. Never throws, since a runbook branches on `ok` and `outcome`. */
export function runbookHandler(door: RunbookDoor): (event: unknown, context: RunbookContext) => Promise<RunbookAnswer> {
  return async (event, context) => {
    const log = logOf('runbook', door.log);
    const startedAt = door.now();
    const read = readInput(event);
    if (read.kind === 'invalid') return { ok: false, outcome: 'invalidInput', message: read.faults.join(' ') };
    const { by, ...asked } = read.kind === 'steps' ? read.list : read.input;
    // The prefix keeps a runbook from using the id of a Slack request.
    const requestId = `runbook ${asked.requestId ?? context.awsRequestId}`;
    const reference = operationId(requestId);
    const line = { operation: reference, by, ...namesIn(read) };
    try {
      const deadline = startedAt + context.getRemainingTimeInMillis() - ANSWER_MS;
      const { pitlane, access } = door.house();
      const asker: Asker = { by: `${by} (runbook)`, role: runbookRole(access), requestId, payload: payloadOf(asked) };
      const { answer, evidence } =
        read.kind === 'steps'
          ? await answerSteps(read.list, asker, pitlane, { deadline, now: door.now })
          : await answerOne(read.input, asker, pitlane, deadline);
      log('info', { ...line, event: 'answered', outcome: answer.outcome, tookMs: door.now() - startedAt });
      // The service may have no channel in Slack, so the caller gets the evidence.
      return {
        ...answer,
        ...(evidence.length > 0 && { files: limitSize(MOST_BYTES_OF_FILES, filesOf(evidence)) }),
      };
    } catch (error) {
      log('error', { ...line, event: 'failed', error });
      const message =
        error instanceof ConfigUnusable
          ? `Pitlane's configuration is invalid, so nothing was changed. ${error.message}`
          : 'Pitlane hit an internal error. List the service to check its state.';
      return { ok: false, outcome: 'error', message, reference };
    }
  };
}

/** With several pods, each has a folder. */
function filesOf(evidence: readonly Evidence[]): Evidence['files'] {
  const inFolders = ({ pod, files }: Evidence) => files.map((file) => ({ ...file, name: `${pod.name}/${file.name}` }));
  return onlyOf(evidence)?.files ?? evidence.flatMap(inFolders);
}

/** Tells requests under one id apart. `confirm` and `by` may differ for the same request. */
function payloadOf(asked: object): string {
  return JSON.stringify({ ...asked, confirm: undefined });
}

/** For the log. */
function namesIn(read: Exclude<ReadInput, { kind: 'invalid' }>): {
  readonly command: string;
  readonly service: string;
} {
  const inputs = read.kind === 'steps' ? read.list.steps.map(({ input }) => input) : [read.input];
  const services = [...new Set(inputs.map(({ service }) => service))];
  return { command: inputs.map(({ command }) => command).join(', '), service: services.join(', ') };
}

async function answerOne(input: RunbookInput, asker: Asker, pitlane: Pitlane, deadline: number) {
  const { outcome, evidence } = await run(input, asker, pitlane, deadline);
  return { answer: answerOf(outcome, input.command), evidence };
}

export const handler = loggingColdStart(
  'runbook',
  runbookHandler({
    house: () => openHouse('runbook'),
    log: logJson,
    now: Date.now,
  }),
);
