import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { createDeflate, createInflate, constants as zlib } from 'node:zlib';
import type { KubeConfig } from '@kubernetes/client-node';
import { spdyDictionary } from '../streams/spdy-dictionary.ts';

/** A SPDY/3.1 client as kubectl 1.28 has one. It reads frames only as far as tests need: data and its end. */
export class SpdyClient {
  readonly #wire: Duplex;
  readonly #deflate = createDeflate({ dictionary: spdyDictionary });
  readonly #inflate = createInflate({ dictionary: spdyDictionary });
  readonly #texts = new Map<number, { text: string; end(text: string): void }>();
  #lastId = -1;

  private constructor(wire: Duplex) {
    this.#wire = wire;
    void this.#read();
  }

  static async open(kubeConfig: KubeConfig, path: string, protocol: string): Promise<SpdyClient> {
    const cluster = kubeConfig.getCurrentCluster();
    const url = new URL(`${cluster?.server}${path}`);
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': protocol };
    const options = { method: 'POST', headers: { ...headers }, agent: false as const };
    await kubeConfig.applyToHTTPSOptions(options as never);
    Object.assign(options.headers, headers);
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
      request.on('error', reject);
      request.on('response', (answer) => reject(new Error(`${answer.statusCode}`)));
      request.on('upgrade', (_, wire) => resolve(new SpdyClient(wire)));
      request.end();
    });
  }

  /** Opens a stream; `text` is all that the server writes to it. */
  async stream(
    headers: Record<string, string>,
  ): Promise<{ send(text: string, isLast?: boolean): void; text: Promise<string> }> {
    this.#lastId += 2;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#texts.set(id, { text: '', end: resolve });
    const pairs = Object.entries(headers);
    const words = pairs.flatMap(([name, value]) => [counted(name), counted(value)]);
    this.#deflate.write(Buffer.concat([numbers(pairs.length), ...words]));
    await new Promise<void>((done) => this.#deflate.flush(zlib.Z_SYNC_FLUSH, done));
    const body = Buffer.concat([numbers(id, 0), Buffer.alloc(2), this.#deflate.read()]);
    this.#wire.write(Buffer.concat([numbers(0x80030001, body.length), body]));
    const send = (text: string, isLast = false) => {
      const length = Buffer.byteLength(text) + (isLast ? 2 ** 24 : 0);
      this.#wire.write(Buffer.concat([numbers(id, length), Buffer.from(text)]));
    };
    return { send, text: promise };
  }

  close(): void {
    this.#wire.destroy();
    this.#deflate.close();
    this.#inflate.close();
  }

  async #read(): Promise<void> {
    let unread = Buffer.alloc(0);
    try {
      for await (const chunk of this.#wire) {
        unread = Buffer.concat([unread, chunk as Buffer]);
        while (unread.length >= 8 && unread.length >= 8 + unread.readUIntBE(5, 3)) {
          const length = 8 + unread.readUIntBE(5, 3);
          this.#see(unread.subarray(0, length));
          unread = unread.subarray(length);
        }
      }
    } catch {
      // Closed by the test.
    }
    for (const each of this.#texts.values()) each.end(each.text);
  }

  #see(frame: Buffer): void {
    const stream = this.#texts.get(frame.readUInt32BE());
    if (stream === undefined) return;
    stream.text += frame.toString('utf8', 8);
    if ((frame.readUInt8(4) & 1) === 1) stream.end(stream.text);
  }
}

function counted(text: string): Buffer {
  return Buffer.concat([numbers(text.length), Buffer.from(text)]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}
