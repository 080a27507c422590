import type { Request } from '../../command/request.ts';
import { roleFor } from '../../config/role.ts';
import { type Message, sentence } from '../blocks/blocks.ts';
import { channel, code, escapeInline, escapeText, person } from '../blocks/escape.ts';

/** A command as a person names it: `drain rng-b85tm`. */
interface Named {
  readonly command: string;
  readonly pod: string;
}

const named = ({ command, pod }: Named) => `${command} ${code(pod)}`;

export function wrongChannelView(service: string, only: readonly string[]): Message {
  return sentence(
    'wrongChannel',
    `Commands for ${service} work in ${only.map(channel).join(' and ')} only. Nothing was changed.`,
  );
}

/** The press on a button of another person's proposal. */
export function notYoursView(what: Named, askedBy: string, request: Request): Message {
  return sentence(
    'notYours',
    `Only ${person(askedBy)}, who asked to ${named(what)}, or ${roleFor(request)}s can answer that.`,
  );
}

export function dismissedView(what: Named): Message {
  return sentence('dismissed', `Cancelled: ${named(what)}. Nothing was changed.`);
}

export function expiredView(what: Named): Message {
  return sentence(
    'expired',
    `The proposal to ${named(what)} is older than 15 minutes. Nothing was changed; type the command again for a new one.`,
  );
}

export function podGoneView(pod: string): Message {
  return sentence(
    'podGone',
    `The pod that you chose is gone; ${code(pod)} is another one by now. Nothing was changed.`,
  );
}

/** Takes the place of the buttons, which are spent. `reportedIn`: another channel than the asker's. */
export function confirmedView(what: Named, reportedIn?: string): Message {
  return sentence('confirmed', `Confirmed: ${named(what)}.${seeIn(reportedIn)}`);
}

export function elsewhereView(what: Named, reportedIn: string): Message {
  return sentence('elsewhere', `Under way: ${named(what)}.${seeIn(reportedIn)}`);
}

function seeIn(reportedIn: string | undefined): string {
  return reportedIn === undefined ? '' : ` See ${channel(reportedIn)} for how it goes.`;
}

/** For the channel: the asker gets the new plan. */
export function planChangedView(pod: string): Message {
  return sentence(
    'nothingChanged',
    `*${escapeInline(pod)}*: nothing was changed. The plan changed before the first write. Confirm the new plan to carry it out.`,
  );
}

export function reminderReplacedView(pod: string): Message {
  return sentence('reminderReplaced', `*${escapeInline(pod)}* is still drained; there is a newer reminder.`);
}

/** The reminder of a pod whose record is closed: what became of the pod stands in a message of its own. */
export function reminderClosedView(pod: string): Message {
  return sentence('recordClosed', `*${escapeInline(pod)}* is no longer looked after.`);
}

export function configUnusableView(message: string, reference: string): Message {
  return sentence(
    'configUnusable',
    `Pitlane's configuration can't be used, so nothing was done. ${escapeText(message)} Reference ${reference}.`,
  );
}

export function internalErrorView(address: string, reference: string): Message {
  return sentence(
    'internalError',
    `Pitlane broke off with an error of its own. See with ${code(`${address} list`)} how things stand. Reference ${reference}.`,
  );
}

export function notHandedOverView(reference: string): Message {
  return sentence(
    'notHandedOver',
    `This could not be handed on to pitlane's worker; nothing was changed. Try it again. Reference ${reference}.`,
  );
}

/** The worker may have the job, or not. */
export function handOverUnknownView(address: string, reference: string): Message {
  return sentence(
    'handOverUnknown',
    `pitlane can't tell whether this was handed on: the worker gave no answer in time. Look with ${code(`${address} list`)} before you try it again. Reference ${reference}.`,
  );
}
