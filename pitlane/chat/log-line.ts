/** What a log line of a conversation may carry: secrets, tokens and `response_url` have no field, so they can't get in. */
export interface LogLine {
  readonly event: string;
  /** The id that the person was told, when something went wrong. */
  readonly reference?: string;
  readonly operation?: string;
  readonly service?: string;
  readonly command?: string;
  readonly by?: string;
  readonly outcome?: string;
  readonly tookMs?: number;
  readonly why?: string;
  readonly error?: unknown;
}

/** The door adds its own name to each line. */
export type WriteLog = (level: 'info' | 'warn' | 'error', line: LogLine) => void;
