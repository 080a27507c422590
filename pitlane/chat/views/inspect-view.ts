import type { Inspected, Logged } from '../../operate/outcome.ts';
import type { ContainerReport } from '../../rotation/pod-report.ts';
import { nameOf } from '../../rotation/workload.ts';
import { age } from '../../text/age.ts';
import { count, onlyOf, pairs } from '../../text/words.ts';
import { context, type Message, message, section, sections, titled } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText } from '../blocks/mrkdwn.ts';
import { recordText } from './list-view.ts';

const MOST_EVENTS = 10;
/** The most telling come first. */
const MOST_FINDINGS = 10;
/** The limit of a section, less the three backticks at each end. */
const BLOCK_CHARACTERS = 2900;
const MOST_CHARACTERS = 10_000;
/** With more, too little of each would be left. */
const MOST_LOGS = 10;

export function inspectView(inspected: Inspected): Message {
  const { member, detail, at } = inspected;
  const { pod } = member;
  const health = member.isReady ? ' and ready' : member.state === 'not ready' ? '' : ', not ready';
  const heading = `*${escapeInline(pod.name)}* is ${member.state}${health}`;
  const owner = pod.owner === undefined ? 'no owner' : escapeInline(nameOf(pod.owner));
  const facts = [
    member.kind,
    escapeInline(pod.status),
    pod.nodeName === undefined ? 'not scheduled yet' : `node ${escapeInline(pod.nodeName)}`,
    `age ${age(pod.createdAt, at)}`,
    owner,
    `${count(inspected.endpoints.length, 'endpoint')} of ${escapeInline(inspected.service.name)}`,
  ];
  const labels = pairs(pod.labels).map(code);
  return message('inspected', heading, [
    section(
      [heading, facts.join(' · '), recordText(member, at), detail.message && escapeText(detail.message)]
        .filter((line) => line)
        .join('\n'),
    ),
    titled(
      'Findings',
      first(
        MOST_FINDINGS,
        inspected.findings.map(({ text }) => `• ${escapeText(text)}`),
        'more',
      ),
    ),
    sections(inspected.containers.map((container) => containerText(container, at))),
    titled('Conditions', conditionLines(inspected)),
    titled('Events, newest first', first(MOST_EVENTS, eventLines(inspected), 'older')),
    labels.length > 0 && context(`labels ${labels.join(' ')}`),
  ]);
}

/** The first lines, and the number of the others. */
function first(most: number, lines: readonly string[], others: string): readonly string[] {
  const left = lines.length - most;
  return left > 0 ? [...lines.slice(0, most), `${left} ${others} not shown`] : lines;
}

function containerText(container: ContainerReport, now: number): string {
  const { lastTermination: last } = container;
  const asked = container.requests === '' ? 'no requests' : `requests ${escapeInline(container.requests)}`;
  const limits = container.limits === '' ? 'no limits' : `limits ${escapeInline(container.limits)}`;
  const lines = [
    `*${escapeInline(container.name)}* ${escapeInline(container.state)}, ${container.restarts} restarts · ${code(container.image)}`,
    `${asked} · ${limits}`,
  ];
  if (last !== undefined) {
    const when = last.at === undefined ? '' : ` ${age(last.at, now)} ago`;
    const why = last.message === undefined ? '' : `: ${escapeInline(last.message)}`;
    lines.push(`last terminated${when}: ${escapeInline(last.reason)}, exit code ${last.exitCode}${why}`);
  }
  return lines.join('\n');
}

function conditionLines({ conditions, at }: Inspected): string[] {
  return conditions.map(({ type, status, since, message }) => {
    const when = since === undefined ? '' : ` for ${age(since, at)}`;
    return `${escapeInline(type)} ${escapeInline(status)}${when}${message ? `: ${escapeInline(message)}` : ''}`;
  });
}

function eventLines({ events, at }: Inspected): string[] {
  return events.map((event) => {
    const times = event.count > 1 ? ` ×${event.count}` : '';
    return `${age(event.at, at)} ago ${event.type === 'Normal' ? '' : '*Warning* '}${escapeInline(event.reason)}${times}: ${escapeInline(event.message)}`;
  });
}

/** The end of each log, where the reason of a failure usually is. */
export function logsView({ logs, notes }: Logged): Message {
  const shown = logs.slice(0, MOST_LOGS);
  const left = logs.length - shown.length;
  const room = Math.min(BLOCK_CHARACTERS, Math.floor(MOST_CHARACTERS / Math.max(1, shown.length)));
  const blocks = shown.flatMap(({ pod, container, text, isCut }) => {
    const end = lastLines(text, room);
    const isShort = isCut || end.length < text.trimEnd().length;
    const title = `*${escapeInline(pod)}* ${escapeInline(container)}${isShort ? ', last lines' : ''}`;
    return end === '' ? [section(`${title}: empty`)] : [section(title), section(codeBlock(end))];
  });
  const pods = [...new Set(logs.map(({ pod }) => pod))];
  const pod = onlyOf(pods);
  const text = pod === undefined ? `logs of ${pods.length} pods` : `log of ${escapeText(pod)}`;
  const more = `${count(left, 'more log')} not shown. Name a pod or a container, or narrow the selector.`;
  return message('logged', text, [blocks, left > 0 && context(more), sections(notes.map(escapeText))]);
}

/** As many whole lines from the end as fit after escaping; at least the end of the last line. */
export function lastLines(text: string, characters: number): string {
  const lines = text.trimEnd().split('\n');
  const kept: string[] = [];
  let used = 0;
  for (const line of lines.reverse()) {
    used += escapedLength(line) + 1;
    if (used > characters) break;
    kept.unshift(line);
  }
  if (kept.length > 0 || lines[0] === undefined) return kept.join('\n');
  // An escaped character takes at most 5.
  return `…${lines[0].slice(-Math.floor(characters / 5))}`;
}

function escapedLength(line: string): number {
  return codeBlock(line).length - codeBlock('').length;
}
