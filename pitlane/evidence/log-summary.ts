import { clock } from '../text/age.ts';
import { time, upTo } from '../text/words.ts';
import type { EvidenceLog } from './evidence.ts';
import type { Finding } from './finding.ts';
import { byFrequency, type LogLine, type RepeatedError, repeatedErrors } from './log-errors.ts';
import { REDACTED } from './named-values.ts';

/** An error in the log of a container. */
export interface ContainerError extends RepeatedError, Pick<EvidenceLog, 'container' | 'previous'> {}

/** The errors in a log whose secrets are redacted in `text`, which is its end. */
export function errorsIn({ container, previous, text: written, times }: EvidenceLog, text: string) {
  const lines = timed(text, written, times);
  return repeatedErrors(lines).map((error): ContainerError => ({ ...error, container, previous }));
}

/** The lines of the redacted text with their times. From the end: redaction may make one line of several. */
function timed(text: string, written: string, times: EvidenceLog['times']): readonly LogLine[] {
  const [kept, all] = [linesOf(text), linesOf(written)];
  const found: LogLine[] = [];
  let next = all.length - 1;
  for (const line of kept.reverse()) {
    const isRedacted = line.includes(REDACTED);
    const same = isRedacted ? next : all.lastIndexOf(line, next);
    const index = same < 0 ? next : same;
    const at = times[index];
    found.push({ text: line, ...(at !== undefined && { at }) });
    next = index - 1;
  }
  return found.reverse();
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** The summary shows so many kinds of errors; the logs have all. */
const MAX_ERRORS = 10;
/** And so much of each. */
const MAX_LINES = 25;
const MAX_CHARACTERS = 500;

/** The errors of all containers, the most frequent first. */
export function errorLines(errors: readonly ContainerError[]): readonly string[] {
  const shown = errors.toSorted(byFrequency).slice(0, MAX_ERRORS);
  const left = errors.length - shown.length;
  return [
    ...shown.flatMap((error) => [`${error.count} × ${whereText(error)}${timesText(error)}:`, ...exampleLines(error)]),
    ...(left > 0 ? [`${left} more kinds of errors: see the logs.`] : []),
  ];
}

function exampleLines({ example }: ContainerError): readonly string[] {
  const lines = example.slice(0, MAX_LINES).map((line) => `  ${upTo(MAX_CHARACTERS, line)}`);
  const left = example.length - lines.length;
  return left > 0 ? [...lines, `  … and ${left} more lines: see the log.`] : lines;
}

function whereText({ container, previous }: ContainerError): string {
  return `in ${container}${previous ? ' before its restart' : ''}`;
}

/** `, 2026-11-24 03:12:00 UTC to 03:12:07 UTC` */
function timesText({ firstAt, lastAt }: ContainerError): string {
  if (firstAt === undefined || lastAt === undefined) return '';
  const [first, last] = [time(firstAt), time(lastAt)];
  return first === last ? `, ${first}` : `, ${first} to ${clock(lastAt, firstAt)}`;
}

/** More would hide what else is found. */
const MAX_FINDINGS = 3;
const MAX_FINDING_CHARACTERS = 200;

export function errorFindings(errors: readonly ContainerError[], at: number): readonly Finding[] {
  return errors
    .toSorted(byFrequency)
    .slice(0, MAX_FINDINGS)
    .map((error) => {
      const when = error.lastAt === undefined ? '' : `, last at ${clock(error.lastAt, at)}`;
      const said = upTo(MAX_FINDING_CHARACTERS, saidBy(error).replace(/\s+/g, ' ').trim());
      return { code: 'LogErrors', text: `${error.count} × ${whereText(error)}${when}: ${said}` };
    });
}

/** The first line, or the exception below a trace of Python. */
function saidBy({ example }: ContainerError): string {
  const trace = example.findIndex((line) => line.startsWith('Traceback ('));
  const exception = trace < 0 ? undefined : example.slice(trace + 1).findLast((line) => /^\S/.test(line));
  return exception ?? example[0] ?? '';
}
