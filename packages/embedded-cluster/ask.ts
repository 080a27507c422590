/** A request of this process. */
export interface Asked {
  readonly method: string;
  /** The path and the query. */
  readonly url: string;
  /** The names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Gets the answer in parts. After `onEnd` or `onCut` there are none. */
export interface Answered {
  /** The names of the headers in lower case. */
  onHead(status: number, headers: Record<string, string | string[]>): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** The code is that of the operating system for a cut connection. */
  onCut(error: Error & { readonly code: string }): void;
}

/** Asks the API server without a socket. Returns what cancels the request. */
export type Ask = (asked: Asked, answered: Answered) => () => void;
