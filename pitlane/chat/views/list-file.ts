import type { Listed } from '../../operate/outcome.ts';
import type { Member } from '../../rotation/membership.ts';
import { age } from '../blocks/time.ts';
import type { TextFile } from '../slack/files.ts';
import { countsText, matching, ownerOf } from './list-view.ts';

const HEADER = ['NAME', 'STATE', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'NODE', 'OWNER', 'DRAINED'];

export function listFile({ service, members, selector, counts, notes, at }: Listed): TextFile {
  const time = new Date(at).toISOString();
  const lines = [
    `${service.name} in ${service.namespace} at ${time}: ${countsText(counts)}`,
    ...(selector === undefined ? [] : [matching(members, selector)]),
    ...notes,
    '',
    ...table([HEADER, ...members.map((member) => cells(member, at))]),
  ];
  const stamp = time.slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return {
    name: `${service.name.replace(/[^-\w]/g, '-')}-pods-${stamp}.txt`,
    text: `${lines.map(oneLine).join('\n')}\n`,
  };
}

function cells(member: Member, now: number): readonly string[] {
  const { pod, kind, state } = member;
  return [
    pod.name,
    state,
    `${pod.containers.ready}/${pod.containers.total}`,
    pod.status,
    String(pod.restarts),
    age(now - pod.createdAt),
    pod.nodeName ?? '-',
    kind === 'canary' ? 'canary' : (ownerOf(member) ?? '-'),
    drainedCell(member, now),
  ];
}

function drainedCell({ drained }: Member, now: number): string {
  if (drained === undefined) return '';
  const until = drained.until === undefined ? '' : `, until ${drained.until}`;
  const because = drained.because === undefined ? '' : `: ${drained.because}`;
  return `by ${drained.by} ${age(now - Date.parse(drained.at))} ago${until}${because}`;
}

/** Columns as wide as their widest cell, three spaces apart. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const clean = rows.map((row) => row.map(oneLine));
  const widths = HEADER.map((_, column) => Math.max(...clean.map((row) => [...(row[column] ?? '')].length)));
  return clean.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
      .join('   ')
      .trimEnd(),
  );
}

/** Text from the cluster or from people must not start a new line. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
