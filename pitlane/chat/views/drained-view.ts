import { drainedSummary, kindOf, overdueMs } from '../../operate/drained-data.ts';
import type { DrainedList } from '../../operate/outcome.ts';
import { age } from '../../text/age.ts';
import { count } from '../../text/words.ts';
import { context, type Message, message, section, sections, takeFitting } from '../blocks/blocks.ts';
import { escapeInline, escapeText } from '../blocks/escape.ts';
import { recordText } from './list-view.ts';

const MOST_CHARACTERS = 9_000;
const MOST_NOTES = 5;

type Drained = DrainedList['drained'][number];

/** The oldest first, so that a forgotten pod is at the top. */
export function drainedView(list: DrainedList): Message {
  const { drained, notes, at } = list;
  const lines = takeFitting(
    drained.map((one) => drainedLine(one, at)),
    MOST_CHARACTERS,
  );
  const heading = `*${drainedSummary(list)}*`;
  const left = drained.length - lines.length;
  const told = notes.slice(0, MOST_NOTES);
  const untold = notes.length - told.length;
  return message('drainedList', heading, [
    section(heading),
    ...sections(lines),
    ...(left > 0 ? [context(`${count(left, 'newer pod')} not shown.`)] : []),
    ...told.map((note) => section(escapeText(note))),
    ...(untold > 0 ? [context(`${count(untold, 'more problem')} not shown.`)] : []),
  ]);
}

function drainedLine(one: Drained, at: number): string {
  const { key, pod, record, disabled } = one;
  const overdue = overdueMs(one, at);
  const facts = [
    escapeInline(key),
    kindOf(one) === 'canary' && 'canary',
    pod.status !== 'Running' && escapeInline(pod.status),
    pod.restarts > 0 && count(pod.restarts, 'restart'),
    escapeInline(pod.nodeName ?? 'no node yet'),
    age(pod.createdAt, at),
  ];
  const late = overdue === undefined ? '' : `\n      :warning: overdue by ${age(at - overdue, at)}`;
  const told = recordText({ drained: record, disabled, state: 'drained' }, at);
  const what = told === '' ? '' : `\n      ${told}`;
  return `▸ *${escapeInline(pod.name)}* ${facts.filter((fact) => fact !== false).join(' · ')}${what}${late}`;
}
