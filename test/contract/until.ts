const deadlineMs = 15_000;
const shortestBreakMs = 20;
const longestBreakMs = 150;

/**
 * Looks again and again until what is seen is right; fails with what was seen last. What `look` throws is seen too: an
 * object that is not there yet is no reason to give up.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  isRight: (seen: T) => boolean,
  withinMs = deadlineMs,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (let breakMs = shortestBreakMs; ; breakMs = Math.min(breakMs * 1.5, longestBreakMs)) {
    let last: string;
    try {
      const seen = await look();
      if (isRight(seen)) return seen;
      last = show(seen);
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > deadline) throw new Error(`not ${what} after ${withinMs / 1000} s; last seen: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, breakMs));
  }
}

/** Long lists of long objects tell less than their beginning. */
function show(seen: unknown): string {
  const text = JSON.stringify(seen, undefined, 1) ?? 'nothing';
  return text.length > 6_000 ? `${text.slice(0, 6_000)}…` : text;
}
