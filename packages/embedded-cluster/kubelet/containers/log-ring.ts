export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
}

export interface LogSelection {
  /** The last so many lines; absent: all that are kept. */
  tailLines?: number;
  /** Only lines from then on, milliseconds since the epoch. */
  since?: number;
}

const maxLines = 2_000;
const maxLineLength = 16_384;

/** What one container wrote since it started, bounded: of a long run only the last lines are kept. */
export class LogRing {
  #lines: LogLine[] = [];
  #isEnded = false;
  readonly #followers = new Set<{ onLine(line: LogLine): void; onEnd(): void }>();

  append(at: number, text: string): void {
    for (const piece of text.split('\n')) {
      const line = { at, text: piece.slice(0, maxLineLength) };
      this.#lines.push(line);
      for (const follower of this.#followers) follower.onLine(line);
    }
    // Cut in halves, so that a busy container does not move all lines for each new one.
    if (this.#lines.length > maxLines * 2) this.#lines = this.#lines.slice(-maxLines);
  }

  /** The container is gone: followers are let go once they have had the last line. */
  end(): void {
    this.#isEnded = true;
    for (const follower of this.#followers) follower.onEnd();
    this.#followers.clear();
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  select({ tailLines, since }: LogSelection): LogLine[] {
    const kept = this.#lines.slice(-maxLines);
    const recent = since === undefined ? kept : kept.filter((line) => line.at >= since);
    if (tailLines === undefined) return recent;
    return tailLines === 0 ? [] : recent.slice(-tailLines);
  }

  /** Calls back for each line from now on, until the returned function is called. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): () => void {
    const follower = { onLine, onEnd };
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

/** As `kubectl logs --timestamps` shows it: RFC 3339 with nanoseconds. */
export function withTimestamp({ at, text }: LogLine): string {
  return `${new Date(at).toISOString().slice(0, -1)}000000Z ${text}`;
}
