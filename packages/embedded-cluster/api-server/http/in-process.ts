import type { OutgoingHttpHeaders } from 'node:http';
import type { Answered, Ask, Asked } from '../../ask.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';

/** Requests that reach the server without sockets, beside those over HTTP. */
export class InProcess {
  readonly #answer: (request: ApiRequest, response: ApiResponse) => void;
  readonly #open = new Set<LocalResponse>();
  #isStopped = false;

  constructor(answer: (request: ApiRequest, response: ApiResponse) => void) {
    this.#answer = answer;
  }

  readonly ask: Ask = (asked, answered) => {
    const response = new LocalResponse(answered);
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
    // As over HTTP, an answer never comes within the call that asks for it.
    setImmediate(() => {
      if (this.#isStopped) response.cut('ECONNREFUSED');
      else if (!response.isClosed) this.#answer(requestOf(asked), response);
    });
    return () => response.cancel();
  };

  dropConnections(): void {
    for (const response of this.#open) response.destroy();
  }

  stop(): void {
    this.#isStopped = true;
  }
}

function requestOf({ method, url, headers, body }: Asked): ApiRequest {
  return {
    method,
    url,
    headers,
    get headersDistinct() {
      return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    },
    async *[Symbol.asyncIterator]() {
      if (body.length > 0) yield body;
    },
  };
}

class LocalResponse implements ApiResponse {
  readonly writableLength = 0;
  statusCode = 200;
  headersSent = false;
  isClosed = false;
  readonly #answered: Answered;
  readonly #headers: Record<string, string | string[]> = {};
  readonly #closers: (() => void)[] = [];
  #undelivered: (() => void)[] = [];
  #isCancelled = false;

  constructor(answered: Answered) {
    this.#answered = answered;
  }

  on(_: 'close', listener: () => void): void {
    this.#closers.push(listener);
  }

  setHeader(name: string, value: number | string): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  writeHead(status: number, headers: OutgoingHttpHeaders): void {
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) this.#headers[name.toLowerCase()] = Array.isArray(value) ? value : String(value);
    this.statusCode = status;
    this.headersSent = true;
    this.#deliver(() => this.#answered.onHead(status, this.#headers));
  }

  flushHeaders(): void {}

  write(chunk: string | Buffer): void {
    if (this.isClosed) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (bytes.length > 0) this.#deliver(() => this.#answered.onData(bytes));
  }

  end(text?: string): void {
    if (this.isClosed) return;
    if (text !== undefined) this.write(text);
    this.#close();
    this.#deliver(() => this.#answered.onEnd());
  }

  destroy(): void {
    this.cut('ECONNRESET');
  }

  cut(code: string): void {
    if (this.isClosed) return;
    this.#close();
    this.#deliver(() => this.#answered.onCut(Object.assign(new Error('the connection was cut'), { code })));
  }

  /** The client reads no further. */
  cancel(): void {
    this.#isCancelled = true;
    if (!this.isClosed) this.#close();
  }

  #close(): void {
    this.isClosed = true;
    for (const listener of this.#closers) listener();
  }

  #deliver(part: () => void): void {
    this.#undelivered.push(part);
    if (this.#undelivered.length > 1) return;
    setImmediate(() => {
      const parts = this.#undelivered;
      this.#undelivered = [];
      for (const each of parts) if (!this.#isCancelled) each();
    });
  }
}
