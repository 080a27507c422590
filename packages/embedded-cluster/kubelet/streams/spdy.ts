import { Duplex } from 'node:stream';
import { createDeflate, createInflate, constants as zlib } from 'node:zlib';
import { spdyDictionary } from './spdy-dictionary.ts';

const control = 0x80030000;
const [synStream, synReply, rstStream, ping, goAway] = [1, 2, 3, 6, 7];
const fin = 1;
const cancel = 5;

/** A stream that the client opened. Its halves close one by one. */
export type SpdyStream = Duplex & { headers: Readonly<Record<string, string>> };

/**
 * The server's half of a SPDY/3.1 connection, as far as Kubernetes uses it. Like moby/spdystream it has no flow
 * control and no priorities.
 */
export class SpdyConnection {
  readonly #wire: Duplex;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #inflate = createInflate({ dictionary: spdyDictionary });
  readonly #deflate = createDeflate({ dictionary: spdyDictionary });
  #unread = Buffer.alloc(0);

  constructor(wire: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#wire = wire;
    this.#onStream = onStream;
    this.#inflate.on('error', () => this.close());
    wire.on('error', () => this.close()).on('close', () => this.close());
    void this.#read();
  }

  /** Closes the connection once the frames before are written. */
  end(): void {
    this.#wire.end();
  }

  close(): void {
    this.#wire.destroy();
    this.#inflate.close();
    this.#deflate.close();
    for (const stream of this.#streams.values()) stream.destroy();
  }

  #data(id: number, chunk: Buffer, flags: number, done: () => void): void {
    if (this.#wire.destroyed) {
      done();
      return;
    }
    this.#wire.write(Buffer.concat([numbers(id, flags * 2 ** 24 + chunk.length), chunk]), () => done());
  }

  #control(type: number, body: Buffer): void {
    if (this.#wire.destroyed || this.#wire.writableEnded) return;
    this.#wire.write(Buffer.concat([numbers(control + type, body.length), body]));
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#wire) {
        this.#unread = Buffer.concat([this.#unread, chunk as Buffer]);
        await this.#frames();
      }
    } catch {
      // The connection was cut.
    }
    this.close();
  }

  async #frames(): Promise<void> {
    while (this.#unread.length >= 8) {
      const first = this.#unread.readUInt32BE();
      const flags = this.#unread.readUInt8(4);
      const end = 8 + this.#unread.readUIntBE(5, 3);
      if (this.#unread.length < end) return;
      const body = this.#unread.subarray(8, end);
      this.#unread = this.#unread.subarray(end);
      if (first >= 2 ** 31) await this.#onControl(first & 0xffff, flags, body);
      else this.#onData(first, flags, body);
    }
  }

  #onData(id: number, flags: number, body: Buffer): void {
    const stream = this.#streams.get(id);
    if (body.length > 0) stream?.push(Buffer.from(body));
    if ((flags & fin) !== 0) stream?.push(null);
  }

  async #onControl(type: number, flags: number, body: Buffer): Promise<void> {
    if (type === synStream) await this.#open(body, flags);
    if (type === ping) this.#control(ping, body);
    if (type === goAway) this.#wire.end();
    if (type !== rstStream) return;
    const id = body.readUInt32BE();
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.destroy();
  }

  async #open(body: Buffer, flags: number): Promise<void> {
    const id = body.readUInt32BE();
    const headers = headersIn(await this.#inflated(body.subarray(10)));
    const stream: SpdyStream = Object.assign(
      new Duplex({
        read() {},
        write: (chunk: Buffer, _, done) => this.#data(id, chunk, 0, done),
        final: (done) => this.#data(id, Buffer.alloc(0), fin, done),
        destroy: (error, done) => {
          const isOver = stream.readableEnded && stream.writableFinished;
          // One that the client has reset is no longer known.
          if (this.#streams.delete(id) && !isOver) this.#control(rstStream, numbers(id, cancel));
          done(error);
        },
      }),
      { headers },
    );
    // A reset is an end like others; readers see `close`.
    stream.on('error', () => {});
    this.#streams.set(id, stream);
    this.#control(synReply, Buffer.concat([numbers(id), await this.#deflated(numbers(0))]));
    if ((flags & fin) !== 0) stream.push(null);
    this.#onStream(stream);
  }

  #inflated(block: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#inflate.write(block, () => resolve(this.#inflate.read() ?? Buffer.alloc(0)));
    });
  }

  #deflated(block: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#deflate.write(block);
      this.#deflate.flush(zlib.Z_SYNC_FLUSH, () => resolve(this.#deflate.read()));
    });
  }
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** Names in lower case; of several values the first. */
function headersIn(block: Buffer): Record<string, string> {
  let at = 0;
  const number = () => {
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    at += length;
    return block.toString('utf8', at - length, at);
  };
  const headers: Record<string, string> = {};
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    headers[name] = text().split('\0')[0] as string;
  }
  return headers;
}
