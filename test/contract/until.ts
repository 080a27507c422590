/** Generous: a busy machine may be slow. */
const deadlineMs = 30_000;
const shortestPauseMs = 20;
const longestPauseMs = 150;

/**
 * Calls `look` until its result is right; after the deadline, throws an error with the last result. An error of `look`
 * is a result too: the object may not exist yet.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  isRight: (seen: T) => boolean,
  withinMs = deadlineMs,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
    let last: string;
    try {
      const seen = await look();
      if (isRight(seen)) return seen;
      last = show(seen);
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > deadline) throw new Error(`not ${what} after ${withinMs / 1000} s; last seen: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Cuts long output: the beginning is enough to see what was wrong. */
function show(seen: unknown): string {
  const text = JSON.stringify(seen, undefined, 1) ?? 'nothing';
  return text.length > 6_000 ? `${text.slice(0, 6_000)}…` : text;
}
