import { type DoorName, type Log, logJson } from './log.ts';

type Handler<E, C, R> = (event: E, context: C) => Promise<R>;

/** Logs, with the first event that a process gets, how long Node took to start and to load the function. */
export function loggingColdStart<E, C, R>(
  door: DoorName,
  handler: Handler<E, C, R>,
  log: Log = logJson,
  loadedMs: number = performance.now(),
): Handler<E, C, R> {
  let isFirst = true;
  return (event, context) => {
    if (isFirst) log('info', { door, event: 'coldStart', coldStartMs: Math.round(loadedMs) });
    isFirst = false;
    return handler(event, context);
  };
}
