import type { Context } from 'aws-lambda';
import { type WorkOptions, work } from '../pitlane/chat/conversation/work.ts';
import type { Job } from '../pitlane/chat/job.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { slackFromEnvironment } from './environment.ts';
import { openHouse } from './house.ts';
import { type Log, logJson, logOf } from './log.ts';

export interface WorkerDoor extends Omit<WorkOptions, 'log'> {
  readonly log: Log;
}

type WorkerHandler = (job: Job, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/** Carries out the jobs that the Slack function hands over. Never rejects. */
export function workerHandler(door: WorkerDoor): WorkerHandler {
  return async (job, context) => {
    const log = logOf('worker', door.log);
    if (typeof job?.asker?.userId !== 'string') {
      log('error', { event: 'noJob', why: 'the event is not a job from the Slack function' });
      return;
    }
    await work(job, door.now() + context.getRemainingTimeInMillis(), { ...door, log });
  };
}

export const handler: WorkerHandler = workerHandler({
  house: openHouse,
  slack: slackFromEnvironment,
  people: peopleIn({ slack: slackFromEnvironment, now: Date.now }),
  log: logJson,
  now: Date.now,
});
