import { drainedSummary, kindOf, overdueMs } from '../../operate/drained-data.ts';
import type { DrainedList, DrainedPod } from '../../operate/outcome.ts';
import { age } from '../../text/age.ts';
import { compact, count } from '../../text/words.ts';
import {
  type Block,
  context,
  type Message,
  message,
  section,
  sections,
  shareRoom,
  takeFitting,
} from '../blocks/blocks.ts';
import { escapeInline, escapeText } from '../blocks/escape.ts';
import { canaryMarkText, recordText } from './list-view.ts';

const MOST_CHARACTERS = 9_000;
const MOST_NOTES = 5;

/** The oldest first, so that a forgotten pod is at the top. */
export function drainedView(list: DrainedList): Message {
  const heading = `*${drainedSummary(list)}*`;
  return message('drainedList', heading, [section(heading), ...drainedLines(list), ...notesOf(list)]);
}

export function drainedLines({ drained, at }: DrainedList): readonly Block[] {
  const all = drained.map((one) => drainedLine(one, at));
  const lines = takeFitting(shareRoom(all, MOST_CHARACTERS), MOST_CHARACTERS);
  const left = drained.length - lines.length;
  return [...sections(lines), ...(left > 0 ? [context(`${count(left, 'newer pod')} not shown.`)] : [])];
}

export function notesOf({ notes }: DrainedList): readonly Block[] {
  const told = notes.slice(0, MOST_NOTES);
  const untold = notes.length - told.length;
  return [
    ...told.map((note) => section(escapeText(note))),
    ...(untold > 0 ? [context(`${count(untold, 'more problem')} not shown.`)] : []),
  ];
}

function drainedLine(one: DrainedPod, at: number): string {
  const { key, pod, record, disabled, canary } = one;
  const overdue = overdueMs(one, at);
  const facts = compact(
    escapeInline(key),
    kindOf(one) === 'canary' && 'canary',
    pod.status !== 'Running' && escapeInline(pod.status),
    pod.restarts > 0 && count(pod.restarts, 'restart'),
    escapeInline(pod.nodeName ?? 'no node yet'),
    age(pod.createdAt, at),
  );
  const late = overdue === undefined ? '' : `\n      :warning: overdue by ${age(at - overdue, at)}`;
  const marks = [canaryMarkText({ canary }, at), recordText({ drained: record, disabled, state: 'drained' }, at)];
  const what = marks.map((text) => (text === '' ? '' : `\n      ${text}`)).join('');
  return `▸ *${escapeInline(pod.name)}* ${facts.join(' · ')}${what}${late}`;
}
