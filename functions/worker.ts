import type { Context } from 'aws-lambda';
import { type WorkOptions, work } from '../pitlane/chat/conversation/work.ts';
import { type ReadJob, readSignedJob } from '../pitlane/chat/signed-job.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { required, slackFromEnvironment } from './environment.ts';
import { openHouse } from './house.ts';
import { type Log, logJson, logOf } from './log.ts';

export interface WorkerDoor extends Omit<WorkOptions, 'log'> {
  readonly log: Log;
  /** With which the Slack function signs its jobs. */
  readonly signingSecret: () => string;
}

type WorkerHandler = (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/** Carries out the jobs that the Slack function hands over, and no others. Never rejects. */
export function workerHandler(door: WorkerDoor): WorkerHandler {
  return async (event, context) => {
    const log = logOf('worker', door.log);
    const read = readJob(event, door);
    if (read.kind === 'refused') return log('error', { event: 'noJob', why: read.why });
    await work(read.job, door.now() + context.getRemainingTimeInMillis(), { ...door, log });
  };
}

function readJob(event: unknown, { signingSecret, now }: WorkerDoor): ReadJob {
  try {
    return readSignedJob(event, signingSecret(), now());
  } catch (error) {
    return { kind: 'refused', why: error instanceof Error ? error.message : String(error) };
  }
}

export const handler: WorkerHandler = workerHandler({
  house: openHouse,
  slack: slackFromEnvironment,
  people: peopleIn({ slack: slackFromEnvironment, now: Date.now }),
  log: logJson,
  signingSecret: () => required('SLACK_SIGNING_SECRET'),
  now: Date.now,
});
