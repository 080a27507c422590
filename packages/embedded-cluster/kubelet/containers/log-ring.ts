export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  /** The place among the lines of the same millisecond, from 0. Shown as nanoseconds, so that no two lines have one time. */
  nth: number;
  text: string;
}

const maxLines = 2_000;
const maxLineLength = 16_384;

/** The last lines of a container's log since its start. */
export class LogRing {
  #lines: LogLine[] = [];
  #isEnded = false;
  readonly #followers = new Set<{ onLine(line: LogLine): void; onEnd(): void }>();

  append(at: number, text: string): void {
    for (const piece of text.split('\n')) {
      const last = this.#lines.at(-1);
      const nth = last?.at === at ? last.nth + 1 : 0;
      const line = { at, nth, text: piece.slice(0, maxLineLength) };
      this.#lines.push(line);
      for (const follower of this.#followers) follower.onLine(line);
    }
    // Cut in halves: cutting one line at a time would move all lines each time.
    if (this.#lines.length > maxLines * 2) this.#lines = this.#lines.slice(-maxLines);
  }

  /** Ends the log and its followers. */
  end(): void {
    this.#isEnded = true;
    for (const follower of this.#followers) follower.onEnd();
    this.#followers.clear();
  }

  /** The last `tailLines` lines, by default all, of those since `since`, in milliseconds since the epoch. */
  select({ tailLines, since }: { tailLines?: number; since?: number }): LogLine[] {
    const kept = this.#lines.slice(-maxLines);
    const recent = since === undefined ? kept : kept.filter((line) => line.at >= since);
    if (tailLines === undefined) return recent;
    return tailLines === 0 ? [] : recent.slice(-tailLines);
  }

  /** Calls `onLine` for each new line until the returned function is called, and `onEnd` when the log ends or has ended. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): () => void {
    const follower = { onLine, onEnd };
    if (this.#isEnded) onEnd();
    else this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** The line with RFC 3339 nanoseconds, as `kubectl logs --timestamps` prints it. */
export function withTimestamp({ at, nth, text }: LogLine): string {
  return `${new Date(at).toISOString().slice(0, -1)}${String(nth).padStart(6, '0')}Z ${text}`;
}
