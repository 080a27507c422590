import { readDrain } from '../rotation/marks.ts';
import type {
  Amount,
  ConditionReport,
  ContainerEvidence,
  EventReport,
  PodReport,
  Rollout,
  Usage,
} from '../rotation/pod-report.ts';
import { ifSeen, type Pod } from '../rotation/snapshot.ts';
import { count, duration, idAndName, pairs, time } from '../text/words.ts';
import type { Evidence, EvidenceParts } from './evidence.ts';
import type { Finding } from './finding.ts';
import { bytes, cores, rolloutText } from './findings.ts';
import { type ContainerError, errorLines } from './log-summary.ts';

/** The older events are in their own file. */
const MAX_EVENTS = 10;

interface Summarised extends Omit<EvidenceParts, 'logs'> {
  readonly errors: readonly ContainerError[];
  readonly findings: readonly Finding[];
}

/** The page to read first: what may be wrong, the pod, its state, who drained it and why, and the other `files`. */
export function summaryText(
  { service, at, sinceSeconds, report, events, around, errors, findings, notes }: Summarised,
  files: Evidence['files'],
): string {
  const [rollout, usage] = [ifSeen(around.rollout), ifSeen(around.usage)];
  const others = findings.filter(({ code }) => code !== 'LogErrors').map(({ text }) => text);
  const containers = report.containers.flatMap((container) => containerLines(container, usage));
  const bundle = files.map(
    ({ name, text, isCut }) => `${name}: ${count(linesIn(text), 'line')}${isCut ? ', cut' : ''}`,
  );
  const since = sinceSeconds === undefined ? '' : `, of the last ${duration(sinceSeconds)}`;
  return [
    `Evidence of pod ${report.pod.name}, taken ${time(at)}${since}`,
    ...titled('Errors in the logs, the most frequent first', errorLines(errors)),
    ...titled('Findings', others),
    '',
    ...aligned([
      ['Service', `${service.key}, namespace ${service.namespace}`],
      ...facts(report, at),
      ...(findings.some(isOfRollout) ? [] : rolloutFacts(rollout, report, at)),
    ]),
    ...titled('Containers', containers),
    ...titled('Conditions', report.conditions.map(conditionLine)),
    ...titled('Last events', events.slice(0, MAX_EVENTS).map(eventLine)),
    ...titled('Files', bundle),
    ...titled('Missing', notes),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** Events as text, the newest first. */
export function eventsText(events: readonly EventReport[]): string {
  return events.map((event) => `${eventLine(event)}\n`).join('');
}

type Fact = readonly [name: string, value: string];

function facts({ pod, address }: PodReport, at: number): readonly Fact[] {
  const { ready, total } = pod.containers;
  const owner = pod.owner === undefined ? 'none' : `${pod.owner.kind} ${pod.owner.name}`;
  return [
    ['Pod', `${pod.name}, uid ${pod.uid}`],
    ['State', `${pod.status}, ${ready} of ${total} ready, ${count(pod.restarts, 'restart')}`],
    ...(pod.detail?.message ? [['Message', pod.detail.message] as const] : []),
    ['Node', pod.nodeName ?? 'none yet'],
    ['Address', address ?? 'none yet'],
    ['Created', `${time(pod.createdAt)}, ${duration(Math.max(0, at - pod.createdAt) / 1000)} old`],
    ['Owner', owner],
    ['Labels', pairs(pod.labels).join(', ') || 'none'],
    ...drainFacts(pod),
  ];
}

function isOfRollout({ code }: Finding): boolean {
  return code === 'OldRevision' || code === 'NewRevision';
}

function rolloutFacts(rollout: Rollout | undefined, { traits }: PodReport, at: number): readonly Fact[] {
  if (rollout === undefined) return [];
  const own = traits.revision === undefined ? undefined : rollout.numbers[traits.revision];
  const which = own === rollout.revision ? 'the pod is of it' : `the pod is of ${own ?? 'an unknown revision'}`;
  return [['Rollout', `${rolloutText(rollout, at)}; ${which}`]];
}

function drainFacts(pod: Pod): readonly Fact[] {
  const drain = readDrain(pod);
  if (drain.kind === 'none') return [['Drained', 'no']];
  if (drain.kind === 'unreadable') return [['Drained', 'yes, but its drain record is unreadable: see pod.json']];
  const { record } = drain;
  const until = record.until === undefined ? '' : `, until ${time(record.until)}, then ${record.then}`;
  const labels = pairs(record.labels);
  return [
    ['Drained', `from ${record.service} by ${idAndName(record)}, ${time(record.at)}${until}`],
    ['Reason', record.because ?? 'none given'],
    ['Before', `${record.was}, ${record.owner ? `owned by ${record.owner.kind} ${record.owner.name}` : 'no owner'}`],
    ['Removed', `${labels.length === 1 ? 'label' : 'labels'} ${labels.join(', ') || 'none'}`],
  ];
}

function containerLines(container: ContainerEvidence, usage: Usage | undefined): readonly string[] {
  const { name, kind, startedAt, waitingMessage, lastTermination: last } = container;
  const since = startedAt === undefined ? '' : ` since ${time(startedAt)}`;
  const ended = last?.at === undefined ? '' : `, ended ${time(last.at)}`;
  const used = usage?.containers.find((each) => each.name === name);
  const lastRun =
    last && `${last.reason}, exit code ${last.exitCode}${ended}${last.message ? `: ${last.message}` : ''}`;
  return [
    `${name}${kind === 'container' ? '' : ` (${kind})`}`,
    ...aligned([
      ['image', container.image],
      ['digest', container.imageId ?? 'unknown'],
      ['state', `${container.state}${since}${waitingMessage ? `: ${waitingMessage}` : ''}`],
      ['restarts', String(container.restarts)],
      ...(lastRun === undefined ? [] : [['last run', lastRun] as const]),
      ['requests', container.requests || 'none'],
      ['limits', container.limits || 'none'],
      ...(used === undefined ? [] : [['uses', usageText(used)] as const]),
    ]).map((line) => `  ${line}`),
  ];
}

/** `cpu 480m (96 % of its limit), memory 240 MiB (94 % of its limit)` */
function usageText({ cpu, memory }: Usage['containers'][number]): string {
  const shareOf = ({ used, request, limit }: Amount): string => {
    const of = limit ? ([limit, 'limit'] as const) : ([request ?? 0, 'request'] as const);
    return of[0] > 0 ? ` (${Math.round((100 * used) / of[0])} % of its ${of[1]})` : '';
  };
  return `cpu ${cores(cpu.used)}${shareOf(cpu)}, memory ${bytes(memory.used)}${shareOf(memory)}`;
}

function conditionLine({ type, status, since, message }: ConditionReport): string {
  const when = since === undefined ? '' : ` since ${time(since)}`;
  return `${type} ${status}${when}${message ? `: ${oneLine(message)}` : ''}`;
}

function eventLine({ at, type, reason, message, count }: EventReport): string {
  return `${time(at)} ${type} ${reason}${count > 1 ? ` ×${count}` : ''}: ${oneLine(message)}`;
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function aligned(pairs: readonly Fact[]): readonly string[] {
  const width = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.map(([name, value]) => `${name.padEnd(width)}${oneLine(value)}`.trimEnd());
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
