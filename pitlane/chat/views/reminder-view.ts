import type { ChangeRequest } from '../../command/request.ts';
import type { Answer, DrainNote } from '../../journal/entry.ts';
import type { Closing } from '../../operate/tick/courier.ts';
import { isUndo, operationNamed } from '../../operations/table.ts';
import type { DisabledRecord, DrainRecord } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { age } from '../../text/age.ts';
import { count } from '../../text/words.ts';
import { context, type Message, message, section, sections, sentence, shareRoom } from '../blocks/blocks.ts';
import { actButtons } from '../blocks/buttons.ts';
import { becauseText, code, escapeInline, escapeText, mentionFirst, moment, person } from '../blocks/mrkdwn.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { capital } from './change-view.ts';
import type { Setting } from './setting.ts';
import { typed } from './told-view.ts';

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
function outOf(service: string, kind: DrainNote['kind']): string {
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
  const since = `${kind === 'disabled' ? 'Disabled' : 'Drained'} ${moment(Date.parse(record.at))} (${age(Date.parse(record.at), now)} ago)${becauseText(record.because)}.`;
  const { about, commands } = isServiceGone ? LEFT : kind === 'disabled' ? DISABLED : DRAINED;
  const typed = commands.map((command) => code(`${address} ${command.replace('NAME', pod.name)}`));
  return message('reminder', heading, [
    section([heading, since, health(pod)].join('\n')),
    reason !== undefined && section(warning(reason, isUnproven)),
    actButtons(service, pod, address, isServiceGone ? 'left' : kind, unrestarted(pod, record)),
    { ...context(`${about}\nOr type ${typed.join(', ')}`), block_id: ABOUT_BUTTONS },
  ]);
}

/** With a semicolon in front; empty without an end. */
function timeUp({ until }: Reminder['record']): string {
  const at = until === undefined ? Number.NaN : Date.parse(until);
  return Number.isNaN(at) ? '' : `; its time was up ${moment(at)}`;
}

function warning(reason: string, isUnproven?: true): string {
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
    blocks,
    chosen && context(`${person(chosen.by)} chose *${wordOf(chosen.request)}*.`),
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
    left !== undefined && section(`Next: ${code(typed(left, { address }))}`),
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

/** So many pods fit into one message, with their reasons. */
export const MOST_REMINDED = 40;

const MOST_CHARACTERS = 8_000;

/** For the channel, instead of one reminder for each pod. It has no buttons: one line of text is about all pods of a service. */
export function digestView(given: readonly Reminder[]): Message {
  const placeOf = ({ service, pod }: Reminder) => `${service} ${pod.name}`;
  const reminders = [...given].sort((a, b) => placeOf(a).localeCompare(placeOf(b), 'en', { numeric: true }));
  const heading = `*Time is up for ${count(reminders.length, 'pod')}.* They are still out of rotation:`;
  return message('reminders', heading, [
    section(heading),
    sections(shareRoom(reminders.map(lineOf), MOST_CHARACTERS)),
    context(nextLines(reminders).join('\n')),
  ]);
}

function lineOf({ service, pod, kind, record, reason, isUnproven }: Reminder): string {
  const by = isUnproven ? `${escapeInline(record.by)} (according to its mark)` : person(record.by);
  const line = `▸ *${escapeInline(pod.name)}* ${outOf(service, kind)} by ${by}${becauseText(record.because)}${timeUp(record)}`;
  return reason === undefined ? line : `${line}\n      ${warning(reason, isUnproven)}`;
}

/** What to type, for the pods of each service that allow the same. */
function nextLines(reminders: readonly Reminder[]): readonly string[] {
  const groups = Map.groupBy(reminders, ({ service, kind, isServiceGone }) =>
    JSON.stringify([service, isServiceGone ? 'left' : kind]),
  );
  return [...groups.values()].map((group) => {
    const [{ service, kind, isServiceGone }] = group as [Reminder];
    const names = group.map(({ pod }) => pod.name).join(' ');
    if (isServiceGone) return `Next: ${code(`/${service} finish ${names}`)}`;
    const others = kind === 'disabled' ? '`enable`' : '`restore` or `finish`';
    return `Next: ${code(`/${service} extend ${names} 1h`)}, or ${others} with the same names`;
  });
}
