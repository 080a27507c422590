import type { Request } from '../../command/request.ts';
import type { DrainNote } from '../../journal/entry.ts';
import { roleFor } from '../../operations/table.ts';
import { type Message, sentence } from '../blocks/blocks.ts';
import { channel, code, escapeInline, escapeText, person } from '../blocks/mrkdwn.ts';

// `task`: as people type it, `drain rng-b85tm`. `reference`: the id that people can quote.

export const wrongChannelView = (service: string, only: readonly string[]): Message =>
  sentence(
    'wrongChannel',
    `Commands for ${service} work only in ${only.map(channel).join(' and ')}. Nothing was changed.`,
  );

export const notYoursView = (task: string, askedBy: string, request: Request): Message =>
  sentence(
    'notYours',
    `Only ${person(askedBy)}, who asked to ${code(task)}, or another ${roleFor(request)} can answer this.`,
  );

export const dismissedView = (task: string): Message =>
  sentence('dismissed', `Cancelled: ${code(task)}. Nothing was changed.`);

export const expiredView = (task: string): Message =>
  sentence(
    'expired',
    `The proposal to ${code(task)} expired after 15 minutes. Nothing was changed. Type the command again for a new one.`,
  );

export const podGoneView = (pod: string): Message =>
  sentence('podGone', `The pod you chose is gone: ${code(pod)} is now a different pod. Nothing was changed.`);

/** `line`: the command to type instead. */
export const asksWhyView = (line: string): Message =>
  sentence('asksWhy', `A window asks for the reason. If it is not there, type ${code(line)}`);

/** Replaces the pressed buttons. `reportedIn`: the channel of the report, if the person is in another one. */
export const confirmedView = (task: string, reportedIn?: string): Message =>
  sentence('confirmed', `Confirmed: ${code(task)}.${seeIn(reportedIn)}`);

export const elsewhereView = (task: string, reportedIn: string): Message =>
  sentence('elsewhere', `In progress: ${code(task)}.${seeIn(reportedIn)}`);

const seeIn = (reportedIn: string | undefined): string =>
  reportedIn === undefined ? '' : ` Progress appears in ${channel(reportedIn)}.`;

/** For the channel; the person who asked sees the new plan. */
export const planChangedView = (pod: string): Message =>
  sentence(
    'nothingChanged',
    `*${escapeInline(pod)}*: nothing was changed. The plan changed before the first write. Confirm it again to proceed.`,
  );

export const reminderReplacedView = (pod: string, kind: DrainNote['kind'] | 'drained' = 'drained'): Message =>
  sentence('reminderReplaced', `*${escapeInline(pod)}* is still ${kind}. See the newer reminder.`);

/** Replaces the reminder of a pod that Pitlane stops tracking; another message says why. */
export const reminderClosedView = (pod: string): Message =>
  sentence('recordClosed', `Pitlane no longer tracks *${escapeInline(pod)}*.`);

export const configUnusableView = (message: string, reference: string): Message =>
  sentence(
    'configUnusable',
    `Pitlane's configuration is invalid, so nothing was changed. ${escapeText(message)} Reference ${reference}.`,
  );

export const internalErrorView = (address: string, reference: string): Message =>
  sentence(
    'internalError',
    `Pitlane hit an internal error. Check the state with ${code(`${address} list`)}. Reference ${reference}.`,
  );

export const notHandedOverView = (reference: string): Message =>
  sentence(
    'notHandedOver',
    `Pitlane could not start its worker. Nothing was changed. Try again. Reference ${reference}.`,
  );

export const handOverUnknownView = (address: string, reference: string): Message =>
  sentence(
    'handOverUnknown',
    `Pitlane's worker did not answer in time and may be running this. Check with ${code(`${address} list`)} before you try again. Reference ${reference}.`,
  );

// `task`: as people type it, `/rng drain rng-b85tm`.

const WHY = {
  expired: 'no worker was free within 60 s',
  stopped: 'its worker stopped',
} as const;

/** A change that was not begun. */
export const notRunView = (task: string, why: keyof typeof WHY): Message =>
  sentence('notRun', `Pitlane did not run ${code(task)}: ${WHY[why]}. Nothing was changed. Try again.`);

/** A request that changes nothing in the cluster. */
export const notAnsweredView = (task: string, why: keyof typeof WHY): Message =>
  sentence('notRun', `Pitlane did not answer ${code(task)}: ${WHY[why]}. Try again.`);

/** The operation has begun. */
export const stoppedView = (task: string, address: string, fate: keyof typeof NEXT): Message =>
  sentence('stopped', `Pitlane's worker stopped during ${code(task)}. ${NEXT[fate](code(`${address} operations`))}`);

const NEXT = {
  open: (operations: string) =>
    `Some of it may be done. Pitlane continues within a few minutes, and reports. ${operations} shows the state.`,
  ended: (operations: string) => `The operation has ended: ${operations} shows how.`,
  unknown: (operations: string) =>
    `The cluster could not be read, so the state is unknown. Check with ${operations} before you try again.`,
} as const;
