import type { Context } from 'aws-lambda';
import { type WorkOptions, work } from '../pitlane/chat/conversation/work.ts';
import { readSignedJob } from '../pitlane/chat/signed-job.ts';
import type { SigningSecrets } from '../pitlane/chat/signing-secrets.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { loggingColdStart } from './cold-start.ts';
import { openHouse } from './house.ts';
import { type Log, logJson, logOf } from './log.ts';
import { slackClient } from './slack-client.ts';
import { slackSecrets } from './slack-secrets.ts';

export interface WorkerDoor extends Omit<WorkOptions, 'log'> {
  readonly log: Log;
  /** With which the Slack function signs its jobs. */
  readonly signingSecrets: SigningSecrets;
}

type WorkerHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/**
 * Carries out the jobs that the Slack function hands over, and no others. Rejects only if the signing secret can't be read:
 * the function `failed` then tells the person.
 */
export function workerHandler(door: WorkerDoor): WorkerHandler {
  return async (event, context) => {
    const log = logOf('worker', door.log);
    const read = await readSignedJob(event, door.signingSecrets, door.now());
    if (read.kind === 'refused') return log('error', { event: 'noJob', why: read.why });
    await work(read.job, door.now() + context.getRemainingTimeInMillis(), { ...door, log });
  };
}

const secrets = slackSecrets({
  onStale: (error) => logJson('warn', { door: 'worker', event: 'secretNotRenewed', error }),
});
const slack = slackClient(secrets);
const SECRET_MS = 5_000;

export const handler: WorkerHandler = loggingColdStart(
  'worker',
  workerHandler({
    house: () => openHouse('worker'),
    slack,
    people: peopleIn({ slack, now: Date.now }),
    log: logJson,
    signingSecrets: (refused) => secrets.signingSecrets(Date.now() + SECRET_MS, refused),
    now: Date.now,
  }),
);
