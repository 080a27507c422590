import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';

/** What the server reads of a request: one of node:http, or one of this process. */
export type ApiRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'headersDistinct'> &
  AsyncIterable<Buffer>;

/** What the server writes of an answer. It closes once it is complete or its connection is cut. */
export interface ApiResponse extends Writable, Pick<ServerResponse, 'headersSent' | 'statusCode'> {
  setHeader(name: string, value: number | string): unknown;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  flushHeaders(): unknown;
}
