import { EventEmitter } from 'node:events';

export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  /** The place among the lines of the same millisecond, from 0. Shown as nanoseconds, so that no two lines have one time. */
  nth: number;
  text: string;
}

const maxLines = 2_000;
const maxLineLength = 16_384;

/** The last lines of a container's log since its start. Followers get each new `line`, and the `end`. */
export class LogRing extends EventEmitter<{ line: [LogLine]; end: [] }> {
  isEnded = false;
  #lines: LogLine[] = [];

  append(at: number, text: string): void {
    for (const piece of text.split('\n')) {
      const last = this.#lines.at(-1);
      const nth = last?.at === at ? last.nth + 1 : 0;
      const line = { at, nth, text: piece.slice(0, maxLineLength) };
      this.#lines.push(line);
      this.emit('line', line);
    }
    // Cut in halves: cutting one line at a time would move all lines each time.
    if (this.#lines.length > maxLines * 2) this.#lines = this.#lines.slice(-maxLines);
  }

  /** Ends the log and its followers. */
  end(): void {
    this.isEnded = true;
    this.emit('end');
    this.removeAllListeners();
  }

  /** The last `tailLines` lines of those since `since`, in milliseconds since the epoch. */
  select({ tailLines = maxLines, since = 0 }: { tailLines?: number; since?: number }): LogLine[] {
    const recent = this.#lines.slice(-maxLines).filter(({ at }) => at >= since);
    return recent.slice(Math.max(0, recent.length - tailLines));
  }
}

/** The line with RFC 3339 nanoseconds, as `kubectl logs --timestamps` prints it. */
export function withTimestamp({ at, nth, text }: LogLine): string {
  return `${new Date(at).toISOString().slice(0, -1)}${String(nth).padStart(6, '0')}Z ${text}`;
}
