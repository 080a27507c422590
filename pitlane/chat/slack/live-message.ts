import type { Message } from '../blocks/blocks.ts';

/** Slack takes about one edit a second for a message (`chat.update` is Tier 3, and others write too). */
const INTERVAL_MS = 1000;

/** A message that follows a change: it shows the newest state, at most once in an interval, one edit at a time. */
export interface LiveMessage {
  /** Returns at once; a state that is overtaken before its turn is never sent. */
  show(message: Message): void;
  /** No edit is under way or to come after this: the last word can be said. */
  settle(): Promise<void>;
}

export function liveMessage(
  edit: (message: Message) => Promise<void>,
  onError: (error: unknown) => void,
  intervalMs: number = INTERVAL_MS,
): LiveMessage {
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
    show(message) {
      newest = message;
      schedule();
    },
    async settle() {
      newest = undefined;
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
  };
}
