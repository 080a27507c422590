import type { Message } from '../blocks/blocks.ts';

/** Slack accepts about one edit per second (`chat.update` is in Tier 3, which other messages use too). */
const INTERVAL_MS = 1000;

/** Shows the newest state of a change: one edit at a time, and at most one in each interval. */
export function liveMessage(
  edit: (message: Message) => Promise<void>,
  onError: (error: unknown) => void,
  intervalMs: number = INTERVAL_MS,
) {
  let newest: Message | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let editedAt = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (newest === undefined || timer !== undefined || running !== undefined) return;
    timer = setTimeout(run, Math.max(0, editedAt + intervalMs - performance.now()));
  }

  function run(): void {
    timer = undefined;
    const message = newest;
    newest = undefined;
    if (message === undefined) return;
    editedAt = performance.now();
    running = edit(message)
      .catch(onError)
      .finally(() => {
        running = undefined;
        schedule();
      });
  }

  return {
    /** Returns at once. Sends only the newest state of an interval. */
    show(message: Message): void {
      newest = message;
      schedule();
    },
    /** Resolves when no edit is in progress or waiting. */
    async settle(): Promise<void> {
      newest = undefined;
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
  };
}
