import type { EvidenceContainerStatus, EvidencePod } from '../cluster/evidence.ts';
import { conditionsOf, containerReport } from '../cluster/inspect.ts';
import type { JsonContainer } from '../cluster/json.ts';
import { podOf } from '../cluster/pod.ts';
import { readDrain } from '../rotation/marks.ts';
import type { EventReport } from '../rotation/pod-report.ts';
import type { Pod } from '../rotation/snapshot.ts';
import { count, duration, time } from '../text/words.ts';
import type { Evidence } from './evidence.ts';

/** The input of a summary. */
export interface SummaryInput {
  readonly service: Evidence['service'];
  readonly at: number;
  readonly pod: EvidencePod;
  readonly events: readonly EventReport[];
  /** The other files. */
  readonly files: readonly { readonly name: string; readonly text: string; readonly isCut: boolean }[];
  readonly notes: readonly string[];
}

/** The older events are in their own file. */
const MAX_EVENTS = 10;

/** The page to read first: the pod, its state, who drained it and why, and the other files. */
export function summaryText(input: SummaryInput): string {
  const { service, at, pod: json, events, files, notes } = input;
  const pod = podOf(json, 'whole');
  return [
    `Evidence of pod ${pod.name}, taken ${time(at)}`,
    '',
    ...aligned([['Service', `${service.key}, namespace ${service.namespace}`], ...facts(pod, json, at)]),
    ...titled('Containers', containersOf(json).flatMap(containerLines)),
    ...titled('Conditions', conditionLines(json)),
    ...titled('Last events', events.slice(0, MAX_EVENTS).map(eventLine)),
    ...titled(
      'Files',
      files.map(({ name, text, isCut }) => `${name}: ${count(linesIn(text), 'line')}${isCut ? ', cut' : ''}`),
    ),
    ...titled('Missing', notes),
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
    ['Created', `${time(metadata.creationTimestamp)}, ${duration(Math.max(0, at - pod.createdAt) / 1000)} old`],
    ['Owner', owner],
    ['Labels', labels.join(', ') || 'none'],
    ...drainFacts(pod),
  ];
}

function drainFacts(pod: Pod): readonly (readonly [string, string])[] {
  const drain = readDrain(pod);
  if (drain.kind === 'none') return [['Drained', 'no']];
  if (drain.kind === 'unreadable') return [['Drained', 'yes, but its drain record is unreadable: see pod.json']];
  const { record } = drain;
  const until = record.until === undefined ? '' : `, until ${time(record.until)}, then ${record.then}`;
  const labels = Object.entries(record.labels).map(([key, value]) => `${key}=${value}`);
  return [
    ['Drained', `from ${record.service} by ${record.by}, ${time(record.at)}${until}`],
    ['Reason', record.because ?? 'none given'],
    ['Before', `${record.was}, ${record.owner ? `owned by ${record.owner.kind} ${record.owner.name}` : 'no owner'}`],
    ['Removed', `${labels.length === 1 ? 'label' : 'labels'} ${labels.join(', ') || 'none'}`],
  ];
}

interface ContainerWithStatus {
  readonly container: JsonContainer;
  readonly status: EvidenceContainerStatus | undefined;
  readonly kind: string;
}

function containersOf({ spec, status }: EvidencePod): readonly ContainerWithStatus[] {
  const pair = (
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
    ...pair(spec.initContainers, status?.initContainerStatuses, ({ restartPolicy }) =>
      restartPolicy === 'Always' ? ' (sidecar)' : ' (init container)',
    ),
    ...pair(spec.containers, status?.containerStatuses, () => ''),
    ...pair(spec.ephemeralContainers, status?.ephemeralContainerStatuses, () => ' (debug container)'),
  ];
}

function containerLines({ container, status, kind }: ContainerWithStatus): readonly string[] {
  const report = containerReport(container, status && [status]);
  const { lastTermination: last } = report;
  const since = status?.state?.running?.startedAt;
  const waiting = status?.state?.waiting?.message;
  const when = last?.at === undefined ? '' : `, ended ${time(last.at)}`;
  return [
    `${container.name}${kind}`,
    ...aligned([
      ['image', report.image],
      ['digest', status?.imageID || 'unknown'],
      ['state', `${report.state}${since ? ` since ${time(since)}` : ''}${waiting ? `: ${waiting}` : ''}`],
      ['restarts', String(report.restarts)],
      ...(last === undefined
        ? []
        : [
            [
              'last run',
              `${last.reason}, exit code ${last.exitCode}${when}${last.message ? `: ${last.message}` : ''}`,
            ] as const,
          ]),
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

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
