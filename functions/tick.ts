import { type FunctionHouse, house } from './house.ts';
import { logJson } from './log.ts';
import { slackFromEnvironment } from './slack-environment.ts';
import { tickHandler } from './tick-door.ts';

/** Opened once for each Lambda instance. */
let opened: FunctionHouse | undefined;

export const handler = tickHandler({
  house() {
    opened ??= house();
    return opened;
  },
  slack: slackFromEnvironment,
  log: logJson,
  now: Date.now,
});
