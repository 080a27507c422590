import { setTimeout as wait } from 'node:timers/promises';
import { type SlackApi, SlackRefused } from './api.ts';

/** "Rate limits" in Slack's docs: one message a second in each channel. */
const INTERVAL_MS = 1_000;

/** Each leads to a new message. Edits keep their order among them, and count elsewhere. */
const POSTS = new Set(['chat.postMessage', 'chat.postEphemeral', 'files.completeUploadExternal']);
const IN_TURN = new Set([...POSTS, 'chat.update']);

interface Queue {
  last: Promise<unknown>;
  nextPostAt: number;
  /** By method: Slack takes none before the deadline. */
  readonly limited: Map<string, SlackRefused>;
}

/**
 * A client with one queue for each channel, which keeps Slack's rate: for a process that has much to tell at once. What does
 * not fit before the deadline (milliseconds since the epoch) fails without a call.
 */
export function inTurn(slack: SlackApi, { now, deadline }: { now: () => number; deadline: number }): SlackApi {
  const queues = new Map<string, Queue>();

  async function inTime<T>(queue: Queue, method: string, send: () => Promise<T>): Promise<T> {
    const limited = queue.limited.get(method);
    if (limited !== undefined) throw limited;
    const isPost = POSTS.has(method);
    const at = isPost ? Math.max(now(), queue.nextPostAt) : now();
    if (at >= deadline) throw new Error(`no time left for ${method}`);
    if (at > now()) await wait(at - now());
    if (isPost) queue.nextPostAt = at + INTERVAL_MS;
    try {
      return await send();
    } catch (error) {
      if (error instanceof SlackRefused && error.isRateLimit) queue.limited.set(method, error);
      throw error;
    }
  }

  return {
    ...slack,
    call(method, args) {
      const channel = args.channel ?? args.channel_id;
      if (!IN_TURN.has(method) || typeof channel !== 'string') return slack.call(method, args);
      const queue = queues.get(channel) ?? { last: Promise.resolve(), nextPostAt: 0, limited: new Map() };
      queues.set(channel, queue);
      const turn = queue.last.then(() => inTime(queue, method, () => slack.call(method, args)));
      queue.last = turn.catch(() => {});
      return turn;
    },
  };
}
