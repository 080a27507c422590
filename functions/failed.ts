import type { Context } from 'aws-lambda';
import { type Failure, type TellFailedOptions, tellFailed } from '../pitlane/chat/conversation/tell-failed.ts';
import { readSignedJob } from '../pitlane/chat/signed-job.ts';
import type { SigningSecrets } from '../pitlane/chat/signing-secrets.ts';
import { LAST_CALL_MS, type SlackApi } from '../pitlane/chat/slack/api.ts';
import { isObject } from '../pitlane/text/shape.ts';
import { loggingColdStart } from './cold-start.ts';
import { openHouse } from './house.ts';
import { type Log, logJson, logOf } from './log.ts';
import { slackClient } from './slack-client.ts';
import { slackSecrets } from './slack-secrets.ts';

export interface FailedDoor extends Pick<TellFailedOptions, 'house'> {
  readonly log: Log;
  readonly slack: (deadline: number) => SlackApi;
  readonly signingSecrets: (deadline: number) => SigningSecrets;
  readonly now: () => number;
}

type FailedHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/** A job is older by the time that it waited, that its worker had, and that Lambda takes to deliver its record. */
const TOLERANCE_MS = 60 * 60_000;

/**
 * The on-failure destination of the worker: takes Lambda's records of jobs that expired or whose worker died ("Capturing
 * records of Lambda asynchronous invocations"). Rejects if the person can't be told, so that Lambda tries again.
 */
export function failedHandler(door: FailedDoor): FailedHandler {
  return async (event, context) => {
    const log = logOf('failed', door.log);
    const end = door.now() + context.getRemainingTimeInMillis();
    const record = readRecord(event);
    if (record === undefined) return log('error', { event: 'noRecord' });
    const read = await readSignedJob(record.payload, door.signingSecrets(end), door.now(), TOLERANCE_MS);
    if (read.kind === 'refused') return log('error', { event: 'noJob', why: read.why });
    await tellFailed(read.job, record.failure, { house: door.house, slack: door.slack(end - LAST_CALL_MS), log, end });
  };
}

function readRecord(event: unknown): { readonly failure: Failure; readonly payload: unknown } | undefined {
  if (!isObject(event) || !isObject(event.requestContext)) return undefined;
  const failure = event.requestContext.condition === 'EventAgeExceeded' ? 'expired' : 'stopped';
  return { failure, payload: event.requestPayload };
}

const secrets = slackSecrets({
  onStale: (error) => logJson('warn', { door: 'failed', event: 'secretNotRenewed', error }),
});

export const handler: FailedHandler = loggingColdStart(
  'failed',
  failedHandler({
    house: () => openHouse('failed'),
    slack: slackClient(secrets),
    log: logJson,
    signingSecrets: (deadline) => (refused) => secrets.signingSecrets(deadline, refused),
    now: Date.now,
  }),
);
