/** The place where an operation is reported. */
export interface Report {
  readonly channel: string;
  /** The message; absent: it can't be found again. */
  readonly ts?: string;
  /** The first message of its thread; absent: it is not in a thread. Nothing is posted below a reply. */
  readonly thread?: string;
}
