import { writeSync } from 'node:fs';
import type { LogLine } from '../pitlane/chat/log-line.ts';
import { escapeUnprintable } from '../pitlane/text/printable.ts';
import { embedded, type MetricName } from './metrics.ts';

/** `socket`: all doors in one process, by Socket Mode. */
export type DoorName = 'slack' | 'worker' | 'runbook' | 'tick' | 'failed' | 'socket';

export interface LogFields extends LogLine, Partial<Readonly<Record<MetricName, number | undefined>>> {
  readonly door: DoorName;
  readonly status?: number;
  readonly cluster?: string | undefined;
  readonly namespace?: string | undefined;
  readonly code?: string | undefined;
  readonly planMs?: number | undefined;
  readonly writeMs?: number | undefined;
  readonly totalMs?: number;
}

export type Level = 'info' | 'warn' | 'error';

export type Log = (level: Level, fields: LogFields) => void;

export function logOf(door: LogFields['door'], log: Log) {
  return (level: Level, line: Omit<LogFields, 'door'>) => log(level, { door, ...line });
}

/**
 * Writes one JSON object per line to stdout, for CloudWatch Logs. Lambda's `console` would put it into the `message` of another
 * object, where CloudWatch finds no metrics, or drop it at a level that is not its own.
 */
export const logJson: Log = (level, fields) => {
  writeLine(Buffer.from(`${lineOf(level, fields, Date.now(), process.env.AWS_LAMBDA_FUNCTION_NAME)}\n`), writeSync);
};

/** To stdout, all of it: a pipe may take a part at a time. Without a reader, it is lost. */
export function writeLine(line: Buffer, write: (fd: number, bytes: Buffer, from: number) => number): void {
  let written = 0;
  try {
    // Opening process.stdout would take some milliseconds of a cold start.
    while (written < line.length) written += write(1, line, written);
  } catch (error) {
    // A pipe that is full and does not block.
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') process.stdout.write(line.subarray(written));
  }
}

/**
 * Lambda reads `timestamp` and `level` for its filter by level ("Log-level filtering"). `functionName`: on Lambda, where a line
 * carries its metrics.
 */
export function lineOf(level: Level, fields: LogFields, at: number, functionName: string | undefined): string {
  const { error, ...rest } = fields;
  const line = {
    timestamp: new Date(at).toISOString(),
    level: level.toUpperCase(),
    ...rest,
    ...(error !== undefined && fault(error)),
    ...(functionName !== undefined && embedded(level, rest, at, functionName)),
  };
  // People read the log in a terminal too.
  return escapeUnprintable(JSON.stringify(line));
}

/** The error with its cause, where Node keeps the reason of a failed connection. */
function fault(error: unknown): { error: string; stack?: string; cause?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  return {
    error: `${error.name}: ${error.message}`,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: fault(error.cause).error }),
  };
}
