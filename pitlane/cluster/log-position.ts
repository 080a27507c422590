/** RFC 3339, as the kubelet writes it in front of a line: nanoseconds, in UTC or in the time zone of the node. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,9}))?(?:Z|[+-]\d\d:\d\d)) ?/;

/** A log line as `timestamps=true` shows it. Undefined: a message of the kubelet, which has no time. */
export function readTimestamp(line: string): { readonly at: string; readonly text: string } | undefined {
  const match = TIMESTAMP.exec(line);
  return match?.[1] === undefined ? undefined : { at: match[1], text: line.slice(match[0].length) };
}

/**
 * The last line that was passed on, so that a log can be read again from there without a lost or repeated line. A time is
 * not enough: the API server cuts `sinceTime` to seconds, and lines may have the same time.
 */
export class LogPosition {
  #last: string | undefined;
  /** How many of the lines passed on have that time. */
  #count = 0;
  /** How many lines with that time are still to be skipped. */
  #toSkip = 0;

  /** For the query. Undefined: no line was passed on yet. */
  get sinceTime(): string | undefined {
    return this.#last && `${new Date(this.#last).toISOString().slice(0, 19)}Z`;
  }

  /** The log is read again, from `sinceTime`. */
  rewind(): void {
    this.#toSkip = this.#count;
  }

  /** The text of a line with a timestamp. Undefined: it was passed on before. */
  next(line: string): string | undefined {
    const read = readTimestamp(line);
    if (read === undefined) return line;
    if (this.#wasPassedOn(read.at)) return undefined;
    this.#count = read.at === this.#last ? this.#count + 1 : 1;
    this.#last = read.at;
    return read.text;
  }

  #wasPassedOn(at: string): boolean {
    if (this.#toSkip === 0 || this.#last === undefined) return false;
    if (at === this.#last) {
      this.#toSkip -= 1;
      return true;
    }
    // The last line may be gone: the kubelet has rotated the log.
    if (nanoseconds(at) > nanoseconds(this.#last)) this.#toSkip = 0;
    return this.#toSkip > 0;
  }
}

function nanoseconds(timestamp: string): bigint {
  const [, , fraction = ''] = TIMESTAMP.exec(timestamp) ?? [];
  return BigInt(Math.floor(Date.parse(timestamp) / 1000)) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
