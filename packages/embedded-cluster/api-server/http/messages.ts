import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** What the server reads of a request: one of node:http, or one of this process. */
export type ApiRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'headersDistinct'> &
  AsyncIterable<Buffer>;

/** What the server writes of an answer, as in node:http's ServerResponse. */
export interface ApiResponse
  extends Pick<ServerResponse, 'headersSent' | 'statusCode' | 'writableEnded' | 'writableLength'> {
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
