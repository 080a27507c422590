import { type FunctionHouse, house } from './house.ts';
import { logJson } from './log.ts';
import { runbookHandler } from './runbook-door.ts';

/** Opened once for each Lambda instance. */
let opened: FunctionHouse | undefined;

export const handler = runbookHandler({
  house() {
    opened ??= house();
    return opened;
  },
  log: logJson,
  now: Date.now,
});
