import type { EvidenceContainerStatus, EvidencePod } from '../cluster/evidence.ts';
import { conditionsOf, containerReport } from '../cluster/inspect.ts';
import type { JsonContainer } from '../cluster/json.ts';
import { podOf } from '../cluster/pod.ts';
import { readDrain } from '../rotation/marks.ts';
import type { EventReport } from '../rotation/pod-report.ts';
import type { Pod } from '../rotation/snapshot.ts';
import { count, duration, time } from '../text/words.ts';
import type { Evidence } from './evidence.ts';

/** What a summary is made from. */
export interface Summarised {
  readonly service: Evidence['service'];
  readonly at: number;
  readonly pod: EvidencePod;
  readonly events: readonly EventReport[];
  /** The other files. */
  readonly files: readonly { readonly name: string; readonly text: string; readonly isCut: boolean }[];
  readonly notes: readonly string[];
}

/** Events that help at 3 a.m. are the last ones; the others are in their file. */
const MOST_EVENTS = 10;

/** A page that a person reads first: what pod it is, how it does, who drained it and why, and what else is here. */
export function summaryText(summarised: Summarised): string {
  const { service, at, pod: json, events, files, notes } = summarised;
  const pod = podOf(json, 'whole');
  return [
    `Evidence of pod ${pod.name}, taken ${time(at)}`,
    '',
    ...aligned([['Service', `${service.key}, namespace ${service.namespace}`], ...facts(pod, json, at)]),
    ...titled('Containers', containersOf(json).flatMap(containerLines)),
    ...titled('Conditions', conditionLines(json)),
    ...titled('Last events', events.slice(0, MOST_EVENTS).map(eventLine)),
    ...titled(
      'In here',
      files.map(({ name, text, isCut }) => `${name}: ${count(linesIn(text), 'line')}${isCut ? ', cut' : ''}`),
    ),
    ...titled('Not in here', notes),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Events as text, the newest first. */
export function eventsText(events: readonly EventReport[]): string {
  return events.map((event) => `${eventLine(event)}\n`).join('');
}

function facts(pod: Pod, { metadata, status }: EvidencePod, at: number): readonly (readonly [string, string])[] {
  const { ready, total } = pod.containers;
  const owner = pod.owner === undefined ? 'none' : `${pod.owner.kind} ${pod.owner.name}`;
  const labels = Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`);
  return [
    ['Pod', `${pod.name}, uid ${pod.uid}`],
    ['State', `${pod.status}, ${ready} of ${total} ready, ${count(pod.restarts, 'restart')}`],
    ...(status?.message ? [['Message', status.message] as const] : []),
    ['Node', pod.nodeName ?? 'none yet'],
    ['Address', status?.podIP ?? 'none yet'],
    ['Created', `${time(metadata.creationTimestamp)}, ${duration(Math.max(0, at - pod.createdAt) / 1000)} before`],
    ['Owner', owner],
    ['Labels', labels.join(', ') || 'none'],
    ...drainFacts(pod),
  ];
}

function drainFacts(pod: Pod): readonly (readonly [string, string])[] {
  const drain = readDrain(pod);
  if (drain.kind === 'none') return [['Drained', 'no']];
  if (drain.kind === 'unreadable') return [['Drained', 'its record can not be read, see pod.json']];
  const { record } = drain;
  const until = record.until === undefined ? '' : `, until ${time(record.until)}, then ${record.then}`;
  const removed = Object.entries(record.labels).map(([key, value]) => `${key}=${value}`);
  return [
    ['Drained', `from ${record.service} by ${record.by}, ${time(record.at)}${until}`],
    ['Because', record.because ?? 'no reason was given'],
    ['It was', `${record.was}, owned by ${record.owner ? `${record.owner.kind} ${record.owner.name}` : 'nobody'}`],
    ['Taken off', removed.join(', ') || 'no label'],
  ];
}

interface ContainerWithStatus {
  readonly container: JsonContainer;
  readonly status: EvidenceContainerStatus | undefined;
  readonly kind: string;
}

function containersOf({ spec, status }: EvidencePod): readonly ContainerWithStatus[] {
  const with_ = (
    containers: readonly JsonContainer[] | undefined,
    statuses: readonly EvidenceContainerStatus[] | undefined,
    kind: (container: JsonContainer) => string,
  ) =>
    (containers ?? []).map((container) => ({
      container,
      status: statuses?.find(({ name }) => name === container.name),
      kind: kind(container),
    }));
  return [
    ...with_(spec.initContainers, status?.initContainerStatuses, ({ restartPolicy }) =>
      restartPolicy === 'Always' ? ', a sidecar' : ', an init container',
    ),
    ...with_(spec.containers, status?.containerStatuses, () => ''),
    ...with_(spec.ephemeralContainers, status?.ephemeralContainerStatuses, () => ', for debugging'),
  ];
}

function containerLines({ container, status, kind }: ContainerWithStatus): readonly string[] {
  const report = containerReport(container, status && [status]);
  const { lastTermination: last } = report;
  const since = status?.state?.running?.startedAt;
  const waiting = status?.state?.waiting?.message;
  const when = last?.at === undefined ? '' : `${time(last.at)} with `;
  return [
    `${container.name}${kind}`,
    ...aligned([
      ['image', report.image],
      ['digest', status?.imageID || 'not known'],
      ['state', `${report.state}${since ? ` since ${time(since)}` : ''}${waiting ? `: ${waiting}` : ''}`],
      ['restarts', String(report.restarts)],
      ...(last === undefined
        ? []
        : [['last ended', `${when}${last.reason}, exit code ${last.exitCode}${indented(last.message)}`] as const]),
      ['requests', report.requests || 'none'],
      ['limits', report.limits || 'none'],
    ]).map((line) => `  ${line}`),
  ];
}

function conditionLines(pod: EvidencePod): readonly string[] {
  return conditionsOf(pod).map(({ type, status, since, message }) => {
    const when = since === undefined ? '' : ` since ${time(since)}`;
    return `${type} ${status}${when}${message ? `: ${oneLine(message)}` : ''}`;
  });
}

function eventLine({ at, type, reason, message, count }: EventReport): string {
  return `${time(at)} ${type} ${reason}${count > 1 ? ` ×${count}` : ''}: ${oneLine(message)}`;
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function aligned(pairs: readonly (readonly [name: string, value: string])[]): readonly string[] {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, value]) => `${name.padEnd(width)}${oneLine(value)}`.trimEnd());
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function indented(message: string | undefined): string {
  return message === undefined ? '' : `: ${message}`;
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
