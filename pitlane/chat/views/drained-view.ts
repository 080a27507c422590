import type { types } from '@slack/bolt';
import { drainedSummary, kindOf, overdueMs } from '../../operate/drained-data.ts';
import type { DrainedList, DrainedPod } from '../../operate/outcome.ts';
import type { Overview, UpcomingSchedule } from '../../operate/overview.ts';
import { scheduleText } from '../../rotation/schedule.ts';
import { age } from '../../text/age.ts';
import { compact, count } from '../../text/words.ts';
import { context, fitted, type Message, message, type Shown, section, sections, titled } from '../blocks/blocks.ts';
import { refreshButton } from '../blocks/buttons.ts';
import { code, escapeInline, escapeText, moment } from '../blocks/mrkdwn.ts';
import { canaryMarkText, recordText } from './list-view.ts';

const MOST_CHARACTERS = 9_000;
const MOST_NOTES = 5;

/** The oldest first, so that a forgotten pod is at the top. */
export function drainedView(list: DrainedList): Message {
  const heading = `*${drainedSummary(list)}*`;
  return message('drainedList', heading, [section(heading), drainedLines(list), notesOf(list)]);
}

function drainedLines({ drained, at }: DrainedList): Shown {
  const all = drained.map((one) => drainedLine(one, at));
  const lines = fitted(all, MOST_CHARACTERS);
  const left = drained.length - lines.length;
  return [sections(lines), left > 0 && context(`${count(left, 'newer pod')} not shown.`)];
}

function notesOf({ notes }: DrainedList): Shown {
  const told = notes.slice(0, MOST_NOTES).map((note) => section(escapeText(note)));
  const left = notes.length - told.length;
  return [told, left > 0 && context(`${count(left, 'more problem')} not shown.`)];
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

const MOST_SCHEDULES = 3_000;
const MOST_SERVICES = 30;

/** The Home tab of the app. A home has the limits of a message, and no text of its own. */
export function homeOf({ blocks }: Message): types.HomeView {
  return { type: 'home', blocks: [...blocks] };
}

export function homeView({ list, schedules, services }: Overview): Message {
  const heading = `*${drainedSummary(list)}*`;
  return message('home', heading, [
    section(`${heading}\nAs of ${moment(list.at)}.`),
    refreshButton(),
    drainedLines(list),
    notesOf(list),
    titled('Schedules', scheduleLines(schedules)),
    context(commandsOf(services)),
  ]);
}

/** Instead of it: why there is nothing to see. */
export function homeNotice(notice: Message): Message {
  return { ...notice, blocks: [...notice.blocks, refreshButton()] };
}

function scheduleLines(schedules: readonly UpcomingSchedule[]): readonly string[] {
  const all = schedules.map(({ key, schedule, next = 'does not occur again' }) => {
    const because = schedule.because === undefined ? '' : `: ${escapeInline(schedule.because)}`;
    return `• *${escapeInline(key)}* ${code(scheduleText(schedule))}, next: ${escapeInline(next)}${because}`;
  });
  const shown = fitted(all, MOST_SCHEDULES);
  const left = all.length - shown.length;
  return left === 0 ? shown : [...shown, `${count(left, 'more schedule')} not shown.`];
}

function commandsOf(services: readonly string[]): string {
  const shown = services.slice(0, MOST_SERVICES).map((key) => code(`/${key} list`));
  const left = services.length - shown.length;
  const more = left === 0 ? '' : ` and ${count(left, 'more service')}`;
  return `Type in a channel: ${[...shown, code('/pitlane help')].join(', ')}${more}.`;
}
