import { drainRecordOn } from '../rotation/marks.ts';
import { fairShare } from '../text/fair-share.ts';
import type { Evidence, EvidenceLog, EvidenceParts } from './evidence.ts';
import { findingsOf } from './findings.ts';
import { errorFindings, errorsIn } from './log-summary.ts';
import { podJson } from './pod-json.ts';
import { redact } from './redact.ts';
import { eventsText, summaryText } from './summary.ts';

/** Maximum size of one log after redaction. */
export const MAX_BYTES_PER_LOG = 256 * 1024;
/** Maximum size of the bundle, which must fit into a Lambda's answer and a message's file. */
const MAX_BYTES = 1024 * 1024;
/** These leave room for the logs. */
const MAX_BYTES_OF_POD = 256 * 1024;
const MAX_BYTES_OF_EVENTS = 128 * 1024;
const MAX_BYTES_OF_SUMMARY = 64 * 1024;

type File = Evidence['files'][number];

/** Bundles a summary, the pod, its events and its logs: redacted and limited in size. */
export function composeEvidence(parts: EvidenceParts): Evidence {
  const { service, at, report, events, logs, around, notes } = parts;
  const described = [
    keepStart('pod.json', podJson(report.json), MAX_BYTES_OF_POD),
    keepStart('events.txt', redact(eventsText(events)), MAX_BYTES_OF_EVENTS),
  ];
  const left = MAX_BYTES - MAX_BYTES_OF_SUMMARY - described.reduce((sum, { text }) => sum + sizeOf(text), 0);
  const texts = logs.map(logFile);
  const errors = logs.flatMap((log, index) => errorsIn(log, texts[index]?.text ?? ''));
  const files = [...described, ...limitSize(left, texts)];
  const redactedNotes = notes.map(redact);
  const findings = [...errorFindings(errors, at), ...findingsOf({ report, events, around, at })].map((finding) => ({
    ...finding,
    text: redact(finding.text),
  }));
  const known = { ...parts, findings, errors, notes: redactedNotes };
  const summary = redact(summaryText(known, files));
  const { pod } = report;
  return {
    kind: 'evidence',
    service,
    pod: { name: pod.name, uid: pod.uid },
    report: drainRecordOn(pod)?.report,
    at,
    files: [keepStart('summary.txt', summary, MAX_BYTES_OF_SUMMARY), ...files],
    findings,
    notes: redactedNotes,
  };
}

function logFile({ container, previous, text, isCut }: EvidenceLog): File {
  const name = `logs/${container}${previous ? '.previous' : ''}.log`;
  const end = keepEnd(name, redact(text), MAX_BYTES_PER_LOG);
  return { ...end, isCut: isCut || end.isCut };
}

/** Shortens the largest files from their start until all of them together have at most `max` bytes. */
export function limitSize(max: number, files: readonly File[]): readonly File[] {
  const sizes = files.map(({ text }) => sizeOf(text));
  const share = fairShare(sizes, max);
  return files.map((file) => {
    const end = keepEnd(file.name, file.text, share);
    return { ...end, isCut: file.isCut || end.isCut };
  });
}

function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Keeps at most `max` bytes of the end, from the start of a line if possible. */
function keepEnd(name: string, text: string, max: number): File {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return { name, text, isCut: false };
  // A character that was cut in half decodes to U+FFFD.
  const end = bytes.toString('utf8', bytes.length - max).replace(/^\ufffd+/, '');
  const line = end.indexOf('\n') + 1;
  return { name, text: line > 0 && line < end.length ? end.slice(line) : end, isCut: true };
}

function keepStart(name: string, text: string, max: number): File {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return { name, text, isCut: false };
  const start = bytes.toString('utf8', 0, max).replace(/\ufffd+$/, '');
  return { name, text: start.slice(0, start.lastIndexOf('\n') + 1 || undefined), isCut: true };
}
