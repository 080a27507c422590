import { SocketModeReceiver } from '@slack/bolt';
import { answersTo } from '../pitlane/chat/conversation/acknowledge.ts';
import { type WorkOptions, work } from '../pitlane/chat/conversation/work.ts';
import type { Job } from '../pitlane/chat/job.ts';
import { within } from '../pitlane/operate/within.ts';
import { startClock } from './clock.ts';
import { listen, quiet } from './listen.ts';
import { type Log, logOf } from './log.ts';
import { tickHandler } from './tick.ts';

/** As on Lambda (serverless.yml). */
const WORKER_MS = 300_000;
const TICK_MS = 120_000;
const MINUTE_MS = 60_000;
/** Between two connections the client has none to close, and never says that it has closed it. */
const DISCONNECT_MS = 2_000;

export interface SocketDoorOptions extends Omit<WorkOptions, 'log'> {
  /** Of the app, not of the bot: `xapp-…`. */
  readonly appToken: string;
  /** Ends with `/`. */
  readonly apiUrl: string;
  readonly log: Log;
  /** Milliseconds between two ticks. */
  readonly tickMs?: number;
  /** After each tick. */
  readonly onTick?: () => void;
  readonly onConnection?: (isConnected: boolean) => void;
}

export interface SocketDoor {
  /**
   * Takes no more requests, and waits for those in progress as long as `patienceMs`. Resolves to the requests that are left,
   * as text: the next tick of any Pitlane for these services continues them.
   */
  stop(patienceMs: number): Promise<readonly string[]>;
}

/**
 * The conversation of the functions `slack` and `worker`, and the tick, in one process: Slack delivers by Socket Mode, so
 * that no address is public. Resolves once it is connected. Rejects if Slack refuses the token.
 */
export async function openSocketDoor(options: SocketDoorOptions): Promise<SocketDoor> {
  const { appToken, apiUrl, log, now, tickMs = MINUTE_MS, onTick, onConnection } = options;
  const inProgress = new Map<Promise<void>, string>();
  const handOver = async (job: Job) => {
    const working = work(job, now() + WORKER_MS, { ...options, log: logOf('worker', log) }).finally(() =>
      inProgress.delete(working),
    );
    inProgress.set(working, textOf(job));
  };
  const receiver = new SocketModeReceiver({
    appToken,
    logger: quiet(logOf('slack', log)),
    installerOptions: { clientOptions: { slackApiUrl: apiUrl } },
  });
  receiver.client.on('connected', () => onConnection?.(true));
  receiver.client.on('close', () => onConnection?.(false));
  listen(receiver, answersTo({ handOver, log: logOf('slack', log), now }), quiet(logOf('slack', log)));
  const tick = tickHandler(options);
  // The tick needs no connection, so it does not wait for one.
  const clock = startClock(async () => {
    await tick({}, { getRemainingTimeInMillis: () => TICK_MS });
    onTick?.();
  }, tickMs);
  try {
    await receiver.start();
  } catch (error) {
    await clock.stop();
    throw error;
  }
  return {
    async stop(patienceMs) {
      await within(DISCONNECT_MS, receiver.client.disconnect());
      await within(patienceMs, Promise.all([clock.stop(), untilEmpty(inProgress)]));
      return [...inProgress.values()];
    },
  };
}

async function untilEmpty(inProgress: ReadonlyMap<Promise<void>, string>): Promise<void> {
  while (inProgress.size > 0) await Promise.all(inProgress.keys());
}

/** `rng drain`: enough to find it in `operations`. */
function textOf(job: Job): string {
  return 'request' in job ? `${job.request.service ?? ''} ${job.request.command}`.trim() : job.kind;
}
