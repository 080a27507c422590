import type { LogLine } from '../pitlane/chat/log-line.ts';

export interface LogFields extends LogLine {
  readonly door: 'slack' | 'worker' | 'runbook' | 'tick';
  readonly status?: number;
}

/** Writes one line. */
export type Log = (level: 'info' | 'warn' | 'error', fields: LogFields) => void;

/** One JSON object a line on stdout, as CloudWatch Logs takes it. */
export const logJson: Log = (level, fields) => {
  const { error, ...rest } = fields;
  console.log(
    JSON.stringify({ level, at: new Date().toISOString(), ...rest, ...(error !== undefined && fault(error)) }),
  );
};

/** An error with its causes, which is where Node keeps the reason of a failed connection. */
function fault(error: unknown): { error: string; stack?: string; cause?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  return {
    error: `${error.name}: ${error.message}`,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: fault(error.cause).error }),
  };
}
