import type { ChangeRequest } from '../../command/request.ts';
import type { Answer } from '../../journal/entry.ts';
import type { DrainRecord } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { actButtons } from '../blocks/act-buttons.ts';
import { context, type Message, message, section, sentence } from '../blocks/blocks.ts';
import { code, escapeInline, escapeText, peopleIn, person } from '../blocks/escape.ts';
import { age, moment } from '../blocks/time.ts';
import type { Setting } from './setting.ts';

/** A drained pod whose time is up. */
export interface Reminder {
  /** The key of the service. */
  readonly service: string;
  readonly pod: Pod;
  readonly record: DrainRecord;
  /** What pitlane was to do by itself and did not, and why: a sentence. Absent: nothing was to be done by itself. */
  readonly reason?: string;
  readonly now: number;
}

/** By its id the block is known that explains the buttons, and goes when they go. */
const ABOUT_BUTTONS = 'pitlane.aboutButtons';

/** For the thread of the drain's report, or for the person who drained it. */
export function reminderView({ service, pod, record, reason, now }: Reminder, { address }: Setting): Message {
  const name = `*${escapeInline(pod.name)}*`;
  const until = record.until === undefined ? Number.NaN : Date.parse(record.until);
  const isUp = Number.isNaN(until) ? '' : `, and its time was up ${moment(until)}`;
  const heading = `${person(record.by)}: ${name} is still drained from ${escapeInline(service)}${isUp}.`;
  const because = record.because === undefined ? '' : ` because ${escapeInline(record.because)}`;
  const since = `Drained ${moment(Date.parse(record.at))} (${age(now - Date.parse(record.at))} ago)${because}.`;
  const typed = ['extend NAME 1h', 'restore NAME', 'finish NAME'].map((command) =>
    code(`${address} ${command.replace('NAME', pod.name)}`),
  );
  return message('reminder', heading, [
    section([heading, since, health(pod)].join('\n')),
    ...(reason === undefined ? [] : [section(`⚠ ${escapeText(reason)}`)]),
    actButtons({ service, pod, address }),
    {
      ...context(
        [
          '*Extend 1h* leaves it drained for an hour more. *Restore* puts it back into rotation. *Finish* keeps its evidence and deletes it; there is no way back.',
          `Or type ${typed.join(', ')}`,
        ].join('\n'),
      ),
      block_id: ABOUT_BUTTONS,
    },
  ]);
}

/** The reminder once somebody has chosen: the same text, without the buttons and what explains them. */
export function reminderSpentView(
  reminder: Message,
  chosen: { readonly request: ChangeRequest; readonly by: string },
): Message {
  const blocks = reminder.blocks.filter(({ type, block_id: id }) => type !== 'actions' && id !== ABOUT_BUTTONS);
  return message('reminderAnswered', reminder.text, [
    ...blocks,
    context(`${person(chosen.by)} has chosen *${CHOICES[chosen.request.command]}*.`),
  ]);
}

/** The reminder once it has its answer from elsewhere: typed, or by a runbook. */
export function reminderAnsweredView(podName: string, { command, by }: Answer): Message {
  return sentence('reminderAnswered', `*${escapeInline(podName)}* ${ANSWERS[command]} by ${person(by)} since.`);
}

const ANSWERS: Readonly<Record<ChangeRequest['command'], string>> = {
  drain: 'was drained anew',
  extend: 'was given more time',
  restore: 'was restored',
  finish: 'was finished',
};

const CHOICES: Readonly<Record<ChangeRequest['command'], string>> = {
  drain: 'Drain',
  extend: 'Extend',
  restore: 'Restore',
  finish: 'Finish',
};

/** A drained pod that nobody is reminded of any more. */
export interface ClosedRecord {
  readonly service: string;
  readonly pod: { readonly name: string };
  /** Who drained it, and when. */
  readonly by: string;
  readonly at: number;
  /** What became of it: that it is gone, has ended, or that its owner or its service is gone. */
  readonly sentence: string;
  /** What can still be done with it: a command without the service's name, or a line that begins with `kubectl `. */
  readonly left?: string;
}

export function recordClosedView(
  { service, pod, by, at, sentence, left }: ClosedRecord,
  { address }: Setting,
): Message {
  const heading = `*${escapeInline(pod.name)}* is no longer looked after. ${peopleIn(sentence)}`;
  return message('recordClosed', heading, [
    section(heading),
    ...(left === undefined
      ? []
      : [section(`What is left: ${code(left.startsWith('kubectl ') ? left : `${address} ${left}`)}`)]),
    context(`drained from ${escapeInline(service)} by ${person(by)} ${moment(at)} · no more reminders`),
  ]);
}

/** How the pod is doing: what decides between the buttons. */
function health({ status, containers, restarts }: Pod): string {
  const ready = `${containers.ready} of ${containers.total} containers ready`;
  const again = restarts === 0 ? 'never restarted' : `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  return `Now: ${escapeInline(status)}, ${ready}, ${again}.`;
}
