import type { LogLine } from '../pitlane/chat/log-line.ts';
import { escapeUnprintable } from '../pitlane/text/printable.ts';

export interface LogFields extends LogLine {
  readonly door: 'slack' | 'worker' | 'runbook' | 'tick' | 'failed';
  readonly status?: number;
}

export type Log = (level: 'info' | 'warn' | 'error', fields: LogFields) => void;

export function logOf(door: LogFields['door'], log: Log) {
  return (level: Parameters<Log>[0], line: Omit<LogFields, 'door'>) => log(level, { door, ...line });
}

/** Writes one JSON object per line to stdout, for CloudWatch Logs. */
export const logJson: Log = (level, fields) => {
  const { error, ...rest } = fields;
  const line = { level, at: new Date().toISOString(), ...rest, ...(error !== undefined && fault(error)) };
  // People read the log in a terminal too.
  console.log(escapeUnprintable(JSON.stringify(line)));
};

/** The error with its cause, where Node keeps the reason of a failed connection. */
function fault(error: unknown): { error: string; stack?: string; cause?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  return {
    error: `${error.name}: ${error.message}`,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: fault(error.cause).error }),
  };
}
