import type { Context } from 'aws-lambda';
import { type WorkOptions, work } from '../pitlane/chat/conversation/work.ts';
import type { Job } from '../pitlane/chat/job.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { openHouse } from './house.ts';
import { type Log, logJson } from './log.ts';
import { slackFromEnvironment } from './slack-environment.ts';

export interface WorkerDoor extends Omit<WorkOptions, 'log'> {
  readonly log: Log;
}

type WorkerHandler = (job: Job, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void>;

/** Carries out what the Slack function hands over. Never rejects. */
export function workerHandler(door: WorkerDoor): WorkerHandler {
  return async (job, context) => {
    if (typeof job?.asker?.userId !== 'string') {
      door.log('error', { door: 'worker', event: 'noJob', why: 'the event is no job of the Slack function' });
      return;
    }
    const end = door.now() + context.getRemainingTimeInMillis();
    await work(job, end, { ...door, log: (level, line) => door.log(level, { door: 'worker', ...line }) });
  };
}

export const handler: WorkerHandler = workerHandler({
  house: openHouse,
  slack: slackFromEnvironment,
  people: peopleIn({ slack: slackFromEnvironment, now: Date.now }),
  log: logJson,
  now: Date.now,
});
