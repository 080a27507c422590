import { commandNamed } from '../../command/commands.ts';
import { parse } from '../../command/grammar.ts';
import { help } from '../../command/help.ts';
import type { Misread } from '../../command/misread.ts';
import type { HelpRequest } from '../../command/request.ts';
import { decodeSlack } from '../../command/tokens.ts';
import type { Helped, NotUnderstood } from '../../operate/outcome.ts';
import { ACT, END, readAct, readEnd } from '../blocks/act-buttons.ts';
import type { Block } from '../blocks/blocks.ts';
import { CANCEL, CHOOSE, CONFIRM, readChoice, readOffer } from '../blocks/buttons.ts';
import { FORCE, readForce } from '../blocks/force-button.ts';
import type { Job, Person, PressedMessage } from '../job.ts';

/** The fields of a slash command's payload that matter here. */
export interface CommandPayload {
  command: string;
  text?: string;
  user_id: string;
  team_id: string;
  channel_id: string;
  response_url: string;
  trigger_id: string;
}

/** The fields of an `app_mention` event and its envelope. */
export interface MentionPayload {
  team_id?: string;
  event_id: string;
  /** Seconds since the epoch. */
  event_time: number;
  authorizations?: readonly { user_id?: string }[];
  event: { text?: string; user?: string; bot_id?: string; channel: string; thread_ts?: string };
}

/** The fields of a `block_actions` payload. */
export interface ActionPayload {
  user: { id: string };
  team?: { id: string } | null;
  channel?: { id: string };
  container?: { thread_ts?: string };
  /** Absent for ephemeral messages. */
  message?: { ts?: string; thread_ts?: string; text?: string; blocks?: Block[] };
  response_url?: string;
  trigger_id: string;
  actions: readonly { action_id: string; block_id?: string; value?: string; selected_option?: { value?: string } }[];
}

/** Either something for the worker, or an answer that needs no cluster. */
export type Reading =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'answer'; readonly outcome: NotUnderstood | Helped; readonly asker: Person };

/** Text that Slack had to deliver again for this long is no longer what the person wants now. */
const STALE_SECONDS = 120;
/** What is longer is a paste, and shown back in full helps nobody. */
const LONGEST_REPEATED = 600;
/** Longer than any service's key: a word beyond it is none, and is shown cut. */
const LONGEST_KEY = 63;
/** What a phone shows of a code block without wrapping. */
const PHONE_COLUMNS = 46;

export function readCommand(payload: CommandPayload): Reading {
  const name = payload.command.replace(/^\//, '');
  const spoken = speech(payload.text ?? '', '/', name === 'pitlane' ? undefined : name);
  return readText(spoken, {
    ...person(payload.user_id, payload.team_id, payload.channel_id, payload.trigger_id),
    responseUrl: payload.response_url,
    address: spoken.address,
  });
}

/** Undefined for mentions by bots: two bots would talk to each other for ever. */
export function readMention(payload: MentionPayload, nowMs: number): Reading | undefined {
  const { event } = payload;
  if (event.bot_id !== undefined || event.user === undefined) return undefined;
  const bot = payload.authorizations?.[0]?.user_id;
  const text = event.text ?? '';
  const mention = new RegExp(`<@${bot ?? '[A-Z0-9]+'}(?:\\|[^>]*)?>`).exec(text);
  const spoken = speech(text.slice((mention?.index ?? 0) + (mention?.[0].length ?? 0)), '@', undefined);
  const asker: Person = {
    ...person(event.user, payload.team_id ?? '', event.channel, payload.event_id),
    ...(event.thread_ts !== undefined && { thread: event.thread_ts }),
    address: spoken.address,
  };
  const ageSeconds = Math.round(nowMs / 1000 - payload.event_time);
  if (ageSeconds <= STALE_SECONDS) return readText(spoken, asker);
  const message = `Slack delivered this ${Math.round(ageSeconds / 60)} minutes late, so nothing was done.`;
  const instead = spoken.typed.length > LONGEST_REPEATED ? [] : [spoken.typed];
  return { kind: 'answer', asker, outcome: { kind: 'notUnderstood', message, instead } };
}

export function readAction(payload: ActionPayload): Reading {
  const [action] = payload.actions;
  const thread = payload.container?.thread_ts ?? payload.message?.thread_ts;
  const asker = (address: string): Person => ({
    ...person(payload.user.id, payload.team?.id ?? '', payload.channel?.id ?? '', payload.trigger_id),
    ...(thread !== undefined && { thread }),
    ...(payload.response_url !== undefined && { responseUrl: payload.response_url }),
    address,
  });
  const job = action && jobOf(action, payload, asker);
  if (job !== undefined) return { kind: 'job', job };
  const message = 'This button is from another version of pitlane. Nothing was changed; type the command again.';
  return { kind: 'answer', asker: asker('/pitlane'), outcome: { kind: 'notUnderstood', message, instead: [] } };
}

/** What was pressed, by its `action_id`. Undefined: nothing of this version. */
function jobOf(
  action: ActionPayload['actions'][number],
  payload: ActionPayload,
  asker: (address: string) => Person,
): Job | undefined {
  const { action_id: id, value = '' } = action;
  if (id === CONFIRM || id === CANCEL) {
    const offer = readOffer(value);
    return offer && { kind: id === CONFIRM ? 'confirm' : 'cancel', offer, asker: asker(offer.address) };
  }
  if (id === FORCE) {
    const force = readForce(value);
    return force && { kind: 'force', force, asker: asker(force.address) };
  }
  if (id === END) {
    const end = readEnd(value);
    return end && { kind: 'request', request: end.request, asker: asker(end.address) };
  }
  if (id.startsWith(ACT)) {
    const act = readAct(value);
    const reminder = pressedMessage(payload);
    return act && { kind: 'act', act, ...(reminder !== undefined && { reminder }), asker: asker(act.address) };
  }
  if (!id.startsWith(CHOOSE)) return undefined;
  const choice = readChoice(action.block_id ?? '', id, action.selected_option?.value ?? '');
  return choice && { kind: 'choose', request: choice.request, pod: choice.pod, asker: asker(choice.address) };
}

function pressedMessage({ message }: ActionPayload): PressedMessage | undefined {
  const { ts, text = '', blocks } = message ?? {};
  return ts === undefined || blocks === undefined ? undefined : { ts, text, blocks };
}

/** The command that needs no service in front of it. */
const ABOUT_ALL = 'drained';

interface Speech {
  /** Empty: all of them. */
  readonly service: string | undefined;
  /** By the slash command; else the first word is taken for the service. */
  readonly isNamed: boolean;
  readonly text: string;
  readonly address: string;
  /** The whole, as it can be typed again. */
  readonly typed: string;
}

/** `drain x` to `/rng`; `rng drain x` to `/pitlane` or in a mention, where the first word names the service, or is about all of them. */
function speech(text: string, sign: '/' | '@', named: string | undefined): Speech {
  if (named !== undefined)
    return { service: named, isNamed: true, text, address: `/${named}`, typed: `/${named} ${decodeSlack(text)}` };
  const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(text) ?? [];
  const first = decodeSlack(word).toLowerCase().slice(0, LONGEST_KEY);
  const typed = `${sign}pitlane ${decodeSlack(text).trim()}`;
  if (first === ABOUT_ALL) return { service: '', isNamed: false, text, address: `${sign}pitlane`, typed };
  const isHelp = first === '' || first === 'help';
  return isHelp
    ? { service: undefined, isNamed: false, text: rest, address: `${sign}pitlane`, typed }
    : { service: first, isNamed: false, text: rest, address: `${sign}pitlane ${first}`, typed };
}

function readText(spoken: Speech, asker: Person): Reading {
  const { service, text } = spoken;
  // A service of that name can have its own slash command.
  if (!spoken.isNamed && service !== undefined && commandNamed(service) !== undefined) {
    const message = `The service comes first, then ${service}.`;
    const instead = [`${asker.address.replace(/ .*/, '')} SERVICE ${service} ${decodeSlack(text)}`.trim()];
    return { kind: 'answer', asker, outcome: { kind: 'notUnderstood', message, instead } };
  }
  if (service === undefined) return answerHelp({ command: 'help', ...(text !== '' && { topic: text }) }, asker);
  const read = parse(text, service);
  if (read.kind === 'misread') return { kind: 'answer', asker, outcome: notUnderstood(read) };
  if (read.request.command === 'help') return answerHelp(read.request, asker);
  return { kind: 'job', job: { kind: 'request', request: read.request, asker } };
}

function answerHelp(request: HelpRequest, asker: Person): Reading {
  const prefix = request.service === undefined ? `${asker.address} SERVICE` : asker.address;
  return { kind: 'answer', asker, outcome: { kind: 'helped', text: help(request, { prefix, width: PHONE_COLUMNS }) } };
}

function notUnderstood(read: Misread): NotUnderstood {
  return { kind: 'notUnderstood', message: read.message, instead: read.instead };
}

function person(userId: string, teamId: string, channel: string, requestId: string) {
  return { userId, teamId, channel, isDirectMessage: channel.startsWith('D'), requestId };
}
