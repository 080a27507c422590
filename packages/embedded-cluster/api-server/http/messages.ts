import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** What the server reads of a request: one of node:http, or one of this process. */
export interface ApiRequest extends AsyncIterable<Buffer> {
  readonly method?: string | undefined;
  /** The path and the query. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly headersDistinct: Readonly<Record<string, string[] | undefined>>;
}

/** What the server writes of an answer, as in node:http's ServerResponse. */
export interface ApiResponse {
  readonly headersSent: boolean;
  readonly statusCode: number;
  /** Bytes that the client has not read. */
  readonly writableLength: number;
  setHeader(name: string, value: number | string): unknown;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  flushHeaders(): unknown;
  write(chunk: string | Buffer): unknown;
  end(text?: string): unknown;
  /** Cuts the connection. */
  destroy(error?: Error): unknown;
  /** Once the answer is complete or its connection is cut. */
  on(event: 'close', listener: () => void): unknown;
}
