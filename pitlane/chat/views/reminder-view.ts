import type { ChangeRequest } from '../../command/request.ts';
import type { Answer, DrainNote } from '../../journal/entry.ts';
import type { Closing } from '../../operate/tick/courier.ts';
import { isUndo, operationNamed } from '../../operations/table.ts';
import type { DisabledRecord, DrainRecord } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { age } from '../../text/age.ts';
import { count } from '../../text/words.ts';
import { context, type Message, message, section, sentence } from '../blocks/blocks.ts';
import { actButtons } from '../blocks/buttons.ts';
import { code, escapeInline, escapeText, mentionFirst, person } from '../blocks/escape.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { moment } from '../blocks/time.ts';
import { capital } from './change-view.ts';
import type { Setting } from './setting.ts';

export interface Reminder {
  readonly service: string;
  readonly pod: Pod;
  /** Absent: it is drained. */
  readonly kind?: DrainNote['kind'];
  readonly record: DrainRecord | DisabledRecord;
  /** Why Pitlane did not restore or finish the pod automatically, as a sentence. Absent: it was not meant to. */
  readonly reason?: string;
  readonly now: number;
  /** The Service was deleted: the pod can only be finished. */
  readonly isServiceGone?: true;
  /** Only the mark on the pod says so: its text mentions no person. */
  readonly isUnproven?: true;
}

/** The id of the block that explains the buttons, so that it disappears with them. */
const ABOUT_BUTTONS = 'pitlane.aboutButtons';

const FINISH = '*Finish* collects evidence and deletes it, which cannot be undone.';
const DRAINED = {
  about: `*Extend 1h* keeps it drained for another hour. *Restore* puts it back into rotation. ${FINISH}`,
  commands: ['extend NAME 1h', 'restore NAME', 'finish NAME'],
};
const DISABLED = {
  about: '*Extend 1h* keeps it disabled for another hour. *Enable* puts it back into rotation.',
  commands: ['extend NAME 1h', 'enable NAME'],
};
/** Of a Service that was deleted. */
const LEFT = { about: FINISH, commands: ['finish NAME'] };

/** `drained from rng` */
export function outOf(service: string, kind: DrainNote['kind']): string {
  return `${kind === 'disabled' ? 'disabled in' : 'drained from'} ${escapeInline(service)}`;
}

/** For the thread of the report, or for the person who drained or disabled the pod. */
export function reminderView(
  { service, pod, kind, record, reason, now, isServiceGone, isUnproven }: Reminder,
  { address }: Setting,
): Message {
  const name = `*${escapeInline(pod.name)}*`;
  const isUp = timeUp(record);
  const heading = isUnproven
    ? `${name} is marked as ${outOf(service, kind)}, by ${escapeInline(record.by)} as its mark says${isUp}. Pitlane's journal has no such operation.`
    : `${person(record.by)}: ${name} is still ${outOf(service, kind)}${isUp}.`;
  const because = becauseOf(record);
  const since = `${kind === 'disabled' ? 'Disabled' : 'Drained'} ${moment(Date.parse(record.at))} (${age(Date.parse(record.at), now)} ago)${because}.`;
  const { about, commands } = isServiceGone ? LEFT : kind === 'disabled' ? DISABLED : DRAINED;
  const typed = commands.map((command) => code(`${address} ${command.replace('NAME', pod.name)}`));
  return message('reminder', heading, [
    section([heading, since, health(pod)].join('\n')),
    ...(reason === undefined ? [] : [section(warning(reason, isUnproven))]),
    actButtons(service, pod, address, isServiceGone ? 'left' : kind, unrestarted(pod, record)),
    {
      ...context([about, `Or type ${typed.join(', ')}`].join('\n')),
      block_id: ABOUT_BUTTONS,
    },
  ]);
}

/** With a semicolon in front; empty without an end. */
export function timeUp({ until }: Reminder['record']): string {
  const at = until === undefined ? Number.NaN : Date.parse(until);
  return Number.isNaN(at) ? '' : `; its time was up ${moment(at)}`;
}

export function becauseOf({ because }: Reminder['record']): string {
  return because === undefined ? '' : ` because ${escapeInline(because)}`;
}

export function warning(reason: string, isUnproven?: true): string {
  return `⚠ ${isUnproven ? escapeText(reason) : mentionFirst(reason)}`;
}

/** The reason of the drain, if the pod has not restarted since: a restore warns of that. */
function unrestarted(pod: Pod, record: DrainRecord | DisabledRecord): string | undefined {
  const restarts = 'restarts' in record ? record.restarts : undefined;
  return restarts !== undefined && pod.restarts <= restarts ? record.because : undefined;
}

/** The reminder or report after a press: the same text without the buttons and their explanation. */
export function spentView(
  pressed: Message,
  chosen?: { readonly request: ChangeRequest; readonly by: string },
): Message {
  const blocks = pressed.blocks.filter(({ type, block_id: id }) => type !== 'actions' && id !== ABOUT_BUTTONS);
  const state = stateOfMessage(pressed) ?? 'reminder';
  return message(state === 'reminder' ? 'reminderAnswered' : state, pressed.text, [
    ...blocks,
    ...(chosen === undefined ? [] : [context(`${person(chosen.by)} chose *${wordOf(chosen.request)}*.`)]),
  ]);
}

function wordOf(request: ChangeRequest): string {
  return isUndo(request) ? capital(request.command) : operationNamed(request.command).words.ask;
}

export function reminderAnsweredView(podName: string, { command, by }: Answer): Message {
  return sentence(
    'reminderAnswered',
    `*${escapeInline(podName)}* ${operationNamed(command).words.was} by ${person(by)}.`,
  );
}

/** For a pod that Pitlane stops tracking. `service`: its key. */
export function recordClosedView(
  { pod, kind, by, at, isUnproven }: Pick<DrainNote, 'pod' | 'kind' | 'by' | 'at' | 'isUnproven'>,
  service: string,
  { sentence, left }: Closing,
  { address }: Setting,
): Message {
  const heading = `Pitlane no longer tracks *${escapeInline(pod.name)}*. ${mentionFirst(sentence)}`;
  return message('recordClosed', heading, [
    section(heading),
    ...(left === undefined
      ? []
      : [section(`Next: ${code(left.startsWith('kubectl ') ? left : `${address} ${left}`)}`)]),
    context(
      `${outOf(service, kind)} by ${isUnproven ? escapeInline(by) : person(by)} ${moment(at)} · no more reminders`,
    ),
  ]);
}

/** The pod's condition, to choose a button by. */
function health({ status, containers, restarts }: Pod): string {
  const ready = `${containers.ready} of ${containers.total} containers ready`;
  const again = restarts === 0 ? 'no restarts' : count(restarts, 'restart');
  return `Now: ${escapeInline(status)}, ${ready}, ${again}.`;
}
