import type { OutgoingHttpHeaders } from 'node:http';
import { addAbortSignal, Readable } from 'node:stream';
import type { Answered, Asked } from '../../ask.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';

export function requestOf({ url, method, headers, body = '' }: Asked): ApiRequest {
  const { pathname, search } = new URL(url);
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    method,
    url: `${pathname}${search}`,
    headers: Object.fromEntries(given),
    get headersDistinct() {
      return Object.fromEntries(given.map(([name, value]) => [name, [value]]));
    },
    async *[Symbol.asyncIterator]() {
      if (body !== '') yield Buffer.from(body);
    },
  };
}

export function connectionError(code: 'ECONNREFUSED' | 'ECONNRESET'): Error {
  return Object.assign(new Error('the connection was cut'), { code });
}

/** An answer within this process: what the server writes is what the client reads, in a later turn as over HTTP. */
export class LocalResponse extends Readable implements ApiResponse {
  statusCode = 200;
  headersSent = false;
  writableEnded = false;
  readonly #headers: Answered['headers'] = {};
  /** Rejects when the connection is cut before the head of the answer. */
  readonly answered = Promise.withResolvers<Answered>();

  constructor(signal: AbortSignal | undefined) {
    super();
    this.on('error', this.answered.reject);
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  get writableLength(): number {
    return this.readableLength;
  }

  setHeader(name: string, value: number | string): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  writeHead(status: number, headers: OutgoingHttpHeaders): void {
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) this.#headers[name.toLowerCase()] = Array.isArray(value) ? value : String(value);
    this.statusCode = status;
    this.headersSent = true;
    setImmediate(this.answered.resolve, { status, headers: this.#headers, body: this });
  }

  flushHeaders(): void {}

  write(chunk: string | Buffer): void {
    setImmediate(() => this.push(chunk));
  }

  end(text?: string): void {
    this.writableEnded = true;
    if (text !== undefined) this.write(text);
    setImmediate(() => this.push(null));
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error ?? (this.readableEnded ? null : connectionError('ECONNRESET')));
  }
}
