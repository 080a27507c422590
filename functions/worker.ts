import { peopleIn } from '../pitlane/chat/people.ts';
import { type FunctionHouse, house } from './house.ts';
import { logJson } from './log.ts';
import { slackFromEnvironment } from './slack-environment.ts';
import { workerHandler } from './worker-door.ts';

/** Opened once for each Lambda instance. */
let opened: FunctionHouse | undefined;

export const handler = workerHandler({
  house() {
    opened ??= house();
    return opened;
  },
  slack: slackFromEnvironment,
  people: peopleIn({ slack: slackFromEnvironment, now: Date.now }),
  log: logJson,
  now: Date.now,
});
