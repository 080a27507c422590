import { PassThrough, type Readable } from 'node:stream';

/** What processes read, by lines or to the end. A shell and its commands share one. */
export class Input {
  readonly #chunks: AsyncGenerator<Buffer>;
  #rest = Buffer.alloc(0);

  constructor(from: AsyncIterable<Buffer> | Iterable<Buffer>) {
    this.#chunks = untilCut(from);
  }

  /** A line without its end; undefined at the end of the input. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf('\n');
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      const { value, done } = await this.#chunks.next();
      if (done && this.#rest.length === 0) return undefined;
      this.#rest = Buffer.concat([this.#rest, value ?? Buffer.from('\n')]);
    }
  }

  /** What is left, as it comes. */
  async *chunks(): AsyncGenerator<Buffer> {
    const first = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (first.length > 0) yield first;
    yield* this.#chunks;
  }
}

async function* untilCut(from: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* from;
  } catch {
    // The client has gone.
  }
}

/** Lines as a terminal gives them: with echo, backspace, Ctrl-C and Ctrl-D. */
export function cooked(keys: Readable, echo: (text: string) => void, interrupt: () => void): Readable {
  const lines = new PassThrough();
  let line = '';
  const press = (key: string) => {
    if (key === '\r' || key === '\n') {
      echo('\n');
      lines.write(`${line}\n`);
      line = '';
    } else if (key === '\x03') {
      echo('^C\n');
      line = '';
      interrupt();
    } else if (key === '\x04') {
      if (line === '') lines.end();
    } else if (key === '\x7f') {
      if (line !== '') echo('\b \b');
      line = line.slice(0, -1);
    } else {
      line += key;
      echo(key);
    }
  };
  keys.on('data', (chunk: Buffer) => {
    for (const key of chunk.toString('utf8')) if (lines.writable) press(key);
  });
  keys.on('close', () => lines.end()).on('end', () => lines.end());
  return lines;
}
