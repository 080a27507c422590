import type { Misread } from '../../command/misread.ts';
import { type HelpRequest, isHelp } from '../../command/request.ts';
import { decodeSlack } from '../../command/tokens.ts';
import type { Helped, NotUnderstood } from '../../operate/outcome.ts';
import { help, isCommand, parse } from '../../operations/commands.ts';
import { ACT, CANCEL_OPERATION, readAct, readCancel } from '../blocks/act-buttons.ts';
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

/** Either a job for the worker, or an answer that needs no cluster. */
export type Reading =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'answer'; readonly outcome: NotUnderstood | Helped; readonly asker: Person };

/** After so long, the person may no longer want what they wrote. */
const STALE_SECONDS = 120;
/** Longer text is a paste and not worth repeating. */
const LONGEST_REPEATED = 600;
/** The longest key of a service. Longer words are cut. */
const LONGEST_KEY = 63;
/** The width of a code block on a phone. */
const PHONE_COLUMNS = 46;

export function readCommand(payload: CommandPayload): Reading {
  const name = payload.command.replace(/^\//, '');
  const typed = readAddress(payload.text ?? '', '/', name === 'pitlane' ? undefined : name);
  return readText(typed, {
    ...person(payload.user_id, payload.team_id, payload.channel_id, payload.trigger_id),
    responseUrl: payload.response_url,
    address: typed.address,
  });
}

/** Undefined for mentions by bots: two bots could answer each other forever. */
export function readMention(payload: MentionPayload, nowMs: number): Reading | undefined {
  const { event } = payload;
  if (event.bot_id !== undefined || event.user === undefined) return undefined;
  const bot = payload.authorizations?.[0]?.user_id;
  const text = event.text ?? '';
  const mention = new RegExp(`<@${bot ?? '[A-Z0-9]+'}(?:\\|[^>]*)?>`).exec(text);
  const typed = readAddress(text.slice((mention?.index ?? 0) + (mention?.[0].length ?? 0)), '@', undefined);
  const asker: Person = {
    ...person(event.user, payload.team_id ?? '', event.channel, payload.event_id),
    ...(event.thread_ts !== undefined && { thread: event.thread_ts }),
    address: typed.address,
  };
  const ageSeconds = Math.round(nowMs / 1000 - payload.event_time);
  if (ageSeconds <= STALE_SECONDS) return readText(typed, asker);
  const message = `Slack delivered this ${Math.round(ageSeconds / 60)} minutes late. Nothing was changed.`;
  const instead = typed.line.length > LONGEST_REPEATED ? [] : [typed.line];
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
  const message = 'This button is from another version of Pitlane. Nothing was changed. Type the command again.';
  return { kind: 'answer', asker: asker('/pitlane'), outcome: { kind: 'notUnderstood', message, instead: [] } };
}

/** The job of a pressed button or option. Undefined for another version. */
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
  if (id === CANCEL_OPERATION) {
    const cancel = readCancel(value);
    return cancel && { kind: 'request', request: cancel.request, asker: asker(cancel.address) };
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
const FOR_ALL_SERVICES = 'drained';

interface Addressed {
  /** Empty: all services. Undefined: none is named. */
  readonly service: string | undefined;
  /** The slash command names the service; else the first word does. */
  readonly isNamed: boolean;
  readonly text: string;
  readonly address: string;
  /** The whole command, to type again. */
  readonly line: string;
}

/** `/rng drain x` names its service; after `/pitlane` or a mention the first word does, unless the command covers all services. */
function readAddress(text: string, sign: '/' | '@', named: string | undefined): Addressed {
  if (named !== undefined)
    return { service: named, isNamed: true, text, address: `/${named}`, line: `/${named} ${decodeSlack(text)}` };
  const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(text) ?? [];
  const first = decodeSlack(word).toLowerCase().slice(0, LONGEST_KEY);
  const line = `${sign}pitlane ${decodeSlack(text).trim()}`;
  if (first === FOR_ALL_SERVICES) return { service: '', isNamed: false, text, address: `${sign}pitlane`, line };
  const isHelp = first === '' || first === 'help';
  return isHelp
    ? { service: undefined, isNamed: false, text: rest, address: `${sign}pitlane`, line }
    : { service: first, isNamed: false, text: rest, address: `${sign}pitlane ${first}`, line };
}

function readText(typed: Addressed, asker: Person): Reading {
  const { service, text } = typed;
  // A service may have the name of a command, if it has its own slash command.
  if (!typed.isNamed && service !== undefined && isCommand(service)) {
    const message = `Name the service first, then ${service}.`;
    const instead = [`${asker.address.replace(/ .*/, '')} SERVICE ${service} ${decodeSlack(text)}`.trim()];
    return { kind: 'answer', asker, outcome: { kind: 'notUnderstood', message, instead } };
  }
  if (service === undefined) return answerHelp({ command: 'help', ...(text !== '' && { topic: text }) }, asker);
  const read = parse(text, service);
  if (read.kind === 'misread') return { kind: 'answer', asker, outcome: notUnderstood(read) };
  if (isHelp(read.request)) return answerHelp(read.request, asker);
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
