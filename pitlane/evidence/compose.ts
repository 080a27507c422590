import type { EvidencePod } from '../cluster/evidence.ts';
import { podOf } from '../cluster/pod.ts';
import { readDrain } from '../rotation/marks.ts';
import type { EventReport } from '../rotation/pod-report.ts';
import type { Evidence } from './evidence.ts';
import { podJson } from './pod-json.ts';
import { redact } from './redact.ts';
import { eventsText, summaryText } from './summary.ts';

/** Of one log, after what looks like a secret is out. */
export const MOST_BYTES_PER_LOG = 256 * 1024;
/** Of the whole bundle: it has to fit into a Lambda's answer and a message's file. */
const MOST_BYTES = 1024 * 1024;
/** Of the pod and of its events, so that something is left for the logs. */
const MOST_BYTES_OF_POD = 256 * 1024;
const MOST_BYTES_OF_EVENTS = 128 * 1024;
const MOST_BYTES_OF_SUMMARY = 64 * 1024;

type File = Evidence['files'][number];

/** What was found of a pod. */
export interface Found {
  readonly service: Evidence['service'];
  readonly at: number;
  readonly pod: EvidencePod;
  readonly events: readonly EventReport[];
  readonly logs: readonly FoundLog[];
  /** Sentences: what could not be had, and why. */
  readonly notes: readonly string[];
}

export interface FoundLog {
  readonly container: string;
  /** Of the container's run before this one. */
  readonly previous: boolean;
  readonly text: string;
  /** Older lines were left out already. */
  readonly isCut: boolean;
}

/** The bundle: a summary, the pod, its events and its logs, without what looks like a secret and within its bounds. */
export function compose({ service, at, pod, events, logs, notes }: Found): Evidence {
  const described = [
    beginning('pod.json', podJson(pod), MOST_BYTES_OF_POD),
    beginning('events.txt', redact(eventsText(events)), MOST_BYTES_OF_EVENTS),
  ];
  const left = MOST_BYTES - MOST_BYTES_OF_SUMMARY - described.reduce((sum, { text }) => sum + sizeOf(text), 0);
  const files = [...described, ...within(left, logs.map(logFile))];
  const said = notes.map(redact);
  const summary = redact(summaryText({ service, at, pod, events, files, notes: said }));
  const drain = readDrain(podOf(pod, 'compact'));
  return {
    kind: 'evidence',
    service,
    pod: { name: pod.metadata.name, uid: pod.metadata.uid },
    ...(drain.kind === 'record' && drain.record.report !== undefined && { report: drain.record.report }),
    at,
    files: [beginning('summary.txt', summary, MOST_BYTES_OF_SUMMARY), ...files],
    notes: said,
  };
}

function logFile({ container, previous, text, isCut }: FoundLog): File {
  const name = `logs/${container}${previous ? '.previous' : ''}.log`;
  const end = ending(name, redact(text), MOST_BYTES_PER_LOG);
  return { ...end, isCut: isCut || end.isCut };
}

/** The ends of the files, in so many bytes together: where that is too little the largest lose most. Worked example: 10, 50 and 90 within 100 become 10, 45 and 45. */
export function within(most: number, files: readonly File[]): readonly File[] {
  let left = most;
  let share = 0;
  for (const [index, size] of files
    .map(({ text }) => sizeOf(text))
    .sort((a, b) => a - b)
    .entries()) {
    share = Math.floor(left / (files.length - index));
    if (size > share) break;
    left -= size;
    share = size;
  }
  return files.map((file) => {
    const end = ending(file.name, file.text, share);
    return { ...end, isCut: file.isCut || end.isCut };
  });
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}

/** The end in at most so many bytes, from the beginning of a line where there is one. */
function ending(name: string, text: string, most: number): File {
  if (sizeOf(text) <= most) return { name, text, isCut: false };
  const bytes = Buffer.from(text);
  // What is left of a character that was cut in two decodes to U+FFFD.
  const end = bytes
    .subarray(bytes.length - most)
    .toString('utf8')
    .replace(/^\ufffd+/, '');
  const line = end.indexOf('\n') + 1;
  return { name, text: line > 0 && line < end.length ? end.slice(line) : end, isCut: true };
}

function beginning(name: string, text: string, most: number): File {
  if (sizeOf(text) <= most) return { name, text, isCut: false };
  const start = Buffer.from(text)
    .subarray(0, most)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
  return { name, text: start.slice(0, start.lastIndexOf('\n') + 1 || undefined), isCut: true };
}
