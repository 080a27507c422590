import type { Request } from '../../command/request.ts';
import { roleFor } from '../../operations/table.ts';
import { type Message, sentence } from '../blocks/blocks.ts';
import { channel, code, escapeInline, escapeText, person } from '../blocks/escape.ts';

export function wrongChannelView(service: string, only: readonly string[]): Message {
  return sentence(
    'wrongChannel',
    `Commands for ${service} work only in ${only.map(channel).join(' and ')}. Nothing was changed.`,
  );
}

/** Answers a press on another person's button. `task`: as people type it, `drain rng-b85tm`. */
export function notYoursView(task: string, askedBy: string, request: Request): Message {
  return sentence(
    'notYours',
    `Only ${person(askedBy)}, who asked to ${code(task)}, or another ${roleFor(request)} can answer this.`,
  );
}

export function dismissedView(task: string): Message {
  return sentence('dismissed', `Cancelled: ${code(task)}. Nothing was changed.`);
}

export function expiredView(task: string): Message {
  return sentence(
    'expired',
    `The proposal to ${code(task)} expired after 15 minutes. Nothing was changed. Type the command again for a new one.`,
  );
}

export function podGoneView(pod: string): Message {
  return sentence('podGone', `The pod you chose is gone: ${code(pod)} is now a different pod. Nothing was changed.`);
}

/** Replaces the pressed buttons. `reportedIn`: the channel of the report, if the person is in another one. */
export function confirmedView(task: string, reportedIn?: string): Message {
  return sentence('confirmed', `Confirmed: ${code(task)}.${seeIn(reportedIn)}`);
}

export function elsewhereView(task: string, reportedIn: string): Message {
  return sentence('elsewhere', `In progress: ${code(task)}.${seeIn(reportedIn)}`);
}

function seeIn(reportedIn: string | undefined): string {
  return reportedIn === undefined ? '' : ` Progress appears in ${channel(reportedIn)}.`;
}

/** For the channel; the person who asked sees the new plan. */
export function planChangedView(pod: string): Message {
  return sentence(
    'nothingChanged',
    `*${escapeInline(pod)}*: nothing was changed. The plan changed before the first write. Confirm it again to proceed.`,
  );
}

export function reminderReplacedView(pod: string): Message {
  return sentence('reminderReplaced', `*${escapeInline(pod)}* is still drained. See the newer reminder.`);
}

/** Replaces the reminder of a pod that Pitlane stops tracking; a message of its own says why. */
export function reminderClosedView(pod: string): Message {
  return sentence('recordClosed', `Pitlane no longer tracks *${escapeInline(pod)}*.`);
}

export function configUnusableView(message: string, reference: string): Message {
  return sentence(
    'configUnusable',
    `Pitlane's configuration is invalid, so nothing was changed. ${escapeText(message)} Reference ${reference}.`,
  );
}

export function internalErrorView(address: string, reference: string): Message {
  return sentence(
    'internalError',
    `Pitlane hit an internal error. Check the state with ${code(`${address} list`)}. Reference ${reference}.`,
  );
}

export function notHandedOverView(reference: string): Message {
  return sentence(
    'notHandedOver',
    `Pitlane could not start its worker. Nothing was changed. Try again. Reference ${reference}.`,
  );
}

/** The worker may or may not have the job. */
export function handOverUnknownView(address: string, reference: string): Message {
  return sentence(
    'handOverUnknown',
    `Pitlane's worker did not answer in time and may be running this. Check with ${code(`${address} list`)} before you try again. Reference ${reference}.`,
  );
}
