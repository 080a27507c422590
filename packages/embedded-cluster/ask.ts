import type { Readable } from 'node:stream';

/** A request of this process. */
export interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The names of the headers are in lower case. */
export interface Answered {
  status: number;
  headers: Record<string, string | string[]>;
  body: Readable;
}

/** Asks the API server without a socket. A cut connection has an error with the operating system's code. */
export type Ask = (asked: Asked) => Promise<Answered>;
