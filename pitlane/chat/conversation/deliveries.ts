import type { SlashCommand } from '@slack/bolt';
import { type HelpRequest, isChange, isHelp } from '../../command/request.ts';
import { decodeSlack, tokenize, typedAgain } from '../../command/tokens.ts';
import type { NotUnderstood } from '../../operate/outcome.ts';
import { commands, help, isCommand, parse, serviceAfterCommand } from '../../operations/commands.ts';
import { isUndo } from '../../operations/table.ts';
import { isPersonName } from '../../rotation/stored.ts';
import type { Block } from '../blocks/blocks.ts';
import { type ButtonData, readButtonValue } from '../blocks/button-value.ts';
import { ACT, CANCEL, CANCEL_OPERATION, CONFIRM, FORCE, REFRESH } from '../blocks/buttons.ts';
import { CHOOSE, PICK, readChoice } from '../blocks/pod-menu.ts';
import { readSubmission, type Submitted, type SubmittedView } from '../blocks/reason-modal.ts';
import type { HomeJob, Job, Person, PressedMessage, RequestJob } from '../job.ts';

export type CommandPayload = Pick<
  SlashCommand,
  'command' | 'text' | 'user_id' | 'team_id' | 'channel_id' | 'response_url' | 'trigger_id'
> &
  Partial<Pick<SlashCommand, 'user_name'>>;

/** The fields of an `app_mention` event and its envelope. */
export interface MentionPayload {
  team_id?: string;
  event_id: string;
  /** Seconds since the epoch. */
  event_time: number;
  authorizations?: readonly { user_id?: string }[];
  event: {
    text?: string;
    user?: string;
    bot_id?: string;
    channel: string;
    /** When the message was posted. An edit is a new event about it. */
    ts?: string;
    thread_ts?: string;
    edited?: object;
  };
}

/** The fields of a `block_actions` payload. */
export interface ActionPayload {
  user: { id: string; name?: string; username?: string };
  team?: { id: string } | null;
  channel?: { id: string };
  container?: { thread_ts?: string };
  /** Absent for ephemeral messages. */
  message?: { ts?: string; thread_ts?: string; text?: string; blocks?: Block[] };
  response_url?: string;
  trigger_id: string;
  actions: readonly { action_id: string; block_id?: string; value?: string; selected_option?: { value?: string } }[];
}

/** The fields of an `app_home_opened` event and its envelope. */
export interface HomePayload {
  team_id?: string;
  event_id: string;
  event: { user?: string; tab?: string };
}

/** The fields of a `view_submission` payload. */
export interface SubmissionPayload {
  user: ActionPayload['user'];
  team?: { id: string } | null;
  view: SubmittedView;
}

/** After so long, the person may no longer want what they wrote. */
const STALE_SECONDS = 120;
/** People write `@pitlane: rng list` and `@pitlane, rng list`. */
const ADDRESSING = /^[\s,:;!–—]+/;
/** A command in backticks. */
const CODE = /^(`{1,3})\s*([^`]*?)\s*\1\s*$/;
/** Longer text is a paste and not worth repeating. */
const LONGEST_REPEATED = 600;
/** The longest key of a service. Longer words are cut. */
const LONGEST_KEY = 63;
/** The width of a code block on a phone. */
const PHONE_COLUMNS = 46;

export function readCommand(payload: CommandPayload): Job {
  const name = payload.command.replace(/^\//, '');
  const typed = readAddress(payload.text ?? '', '/', name === 'pitlane' ? undefined : name);
  return readText(typed, {
    ...person(payload.user_id, payload.team_id, payload.channel_id, payload.trigger_id),
    ...named(payload.user_name),
    responseUrl: payload.response_url,
    address: typed.address,
  });
}

/** Undefined for mentions by bots: two bots could answer each other forever. */
export function readMention(payload: MentionPayload, nowMs: number): Job | undefined {
  const { event } = payload;
  if (event.bot_id !== undefined || event.user === undefined) return undefined;
  const bot = payload.authorizations?.[0]?.user_id;
  const text = event.text ?? '';
  const mention = new RegExp(`<@${bot ?? '[A-Z0-9]+'}(?:\\|[^>]*)?>`).exec(text);
  const after = text.slice((mention?.index ?? 0) + (mention?.[0].length ?? 0));
  const typed = readAddress(after.replace(ADDRESSING, '').replace(CODE, '$2'), '@', undefined);
  const asker: Person = {
    ...person(event.user, payload.team_id ?? '', event.channel, payload.event_id),
    thread: event.thread_ts,
    address: typed.address,
  };
  const ageSeconds = Math.round(nowMs / 1000 - payload.event_time);
  const postedSeconds = Number(event.ts ?? payload.event_time);
  const isEdited = event.edited !== undefined || payload.event_time - postedSeconds > STALE_SECONDS;
  if (!isEdited && ageSeconds <= STALE_SECONDS) return readText(typed, asker);
  const message = isEdited
    ? 'An edited message is not carried out. Nothing was changed. Type the command in a new message.'
    : `Slack delivered this ${Math.round(ageSeconds / 60)} minutes late. Nothing was changed.`;
  return notUnderstood(asker, message, typed.line.length > LONGEST_REPEATED ? [] : [typed.line]);
}

/** Undefined for another tab. */
export function readHome({ team_id = '', event_id, event }: HomePayload): HomeJob | undefined {
  return event.tab === 'home' && event.user !== undefined ? atHome(event.user, team_id, event_id) : undefined;
}

/** Who looks at the Home tab is in no channel. */
function atHome(userId: string, teamId: string, requestId: string): HomeJob {
  return {
    kind: 'home',
    asker: { ...person(userId, teamId, userId, requestId), isDirectMessage: true, address: '/pitlane' },
  };
}

/** The same for each delivery of a submitted window, so that it is carried out once. */
export function readWindow({ user, team, view }: SubmissionPayload): Job | Misread {
  const asker: Person = {
    ...person(user.id, team?.id ?? '', user.id, `view ${view.id}`),
    ...named(user.name ?? user.username),
    address: '/pitlane',
  };
  const read = readSubmission(view);
  if (read === undefined) return notUnderstood(asker, OTHER_VERSION, []);
  if (read.kind === 'misread') return read;
  const { request, pod, address, channel, thread } = read;
  const isDirectMessage = channel.startsWith('D');
  return { kind: 'request', request, pod, asker: { ...asker, channel, isDirectMessage, thread, address } };
}

const OTHER_VERSION = 'This button is from another version of Pitlane. Nothing was changed. Type the command again.';

export function readAction(payload: ActionPayload): Job {
  const [action] = payload.actions;
  if (action?.action_id === REFRESH) return atHome(payload.user.id, payload.team?.id ?? '', payload.trigger_id);
  const asker: Person = {
    ...person(payload.user.id, payload.team?.id ?? '', payload.channel?.id ?? '', payload.trigger_id),
    ...named(payload.user.name ?? payload.user.username),
    thread: payload.container?.thread_ts ?? payload.message?.thread_ts,
    responseUrl: payload.response_url,
    address: '/pitlane',
  };
  return (action && jobOf(action, payload, asker)) ?? notUnderstood(asker, OTHER_VERSION, []);
}

const PRESSES: Readonly<Record<string, RequestJob['kind']>> = {
  [CONFIRM]: 'confirm',
  [CANCEL]: 'cancel',
  [FORCE]: 'force',
  [ACT]: 'act',
  [CHOOSE]: 'choose',
  // As if the command was typed: the lists of operations and of pods keep their other buttons.
  [CANCEL_OPERATION]: 'request',
  [PICK]: 'request',
};

/** The job of a pressed button or a picked pod. Undefined: the button is from another version. */
function jobOf(
  { action_id: id, block_id = '', value = '', selected_option: option }: ActionPayload['actions'][number],
  { message: { ts, text = '', blocks } = {}, trigger_id }: ActionPayload,
  asker: Person,
): RequestJob | undefined {
  const [name = ''] = id.split(':', 1);
  const kind = PRESSES[name];
  const isMenu = name === CHOOSE || name === PICK;
  const pressed = isMenu ? readChoice(block_id, id, option?.value ?? '') : readButtonValue(value);
  if (kind === undefined || pressed === undefined || !isComplete(kind, pressed)) return undefined;
  const { address, ...data } = pressed;
  const reminder = kind === 'act' && ts !== undefined && blocks !== undefined ? { ts, text, blocks } : undefined;
  const requestId = requestIdOf(kind, pressed, reminder) ?? asker.requestId;
  const trigger = isMenu ? { trigger: trigger_id } : {};
  return { kind, ...data, ...trigger, reminder, asker: { ...asker, address, requestId } };
}

function isComplete(kind: RequestJob['kind'], { request, pod, offer }: ButtonData): boolean {
  if (kind === 'choose' || kind === 'request') return true;
  if (!isChange(request)) return false;
  if (kind === 'act') return pod !== undefined || isUndo(request);
  return kind === 'force' ? request.force && offer?.codes !== undefined : offer?.fingerprint !== undefined;
}

/**
 * The same for each press on the button, so that it is carried out once. Confirm keeps the id of the proposed request;
 * Force and the buttons of a reminder begin a new operation. Undefined: each press is another request.
 */
function requestIdOf(kind: RequestJob['kind'], { request, pod, offer }: ButtonData, reminder?: PressedMessage) {
  if (offer !== undefined) return kind === 'force' ? `forced ${offer.requestId}` : offer.requestId;
  // Without the message, two reminders can't be told apart.
  return reminder && `${request.command} ${pod?.uid ?? 'all'} of ${reminder.ts}`;
}

export type Misread = Extract<Submitted, { kind: 'misread' }>;

interface Addressed {
  /** Empty: all services. */
  readonly service: string;
  /** The slash command names the service; else the first word does. */
  readonly isNamed: boolean;
  readonly text: string;
  readonly address: string;
  /** The whole command, to type again. */
  readonly line: string;
}

/**
 * `/rng drain x` names its service. After `/pitlane` or a mention the first word does, or the one after the command, unless
 * the command covers all services.
 */
function readAddress(text: string, sign: '/' | '@', named: string | undefined): Addressed {
  if (named !== undefined)
    return { service: named, isNamed: true, text, address: `/${named}`, line: `/${named} ${decodeSlack(text)}` };
  const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*)$/s.exec(text) ?? [];
  const first = decodeSlack(word).toLowerCase().slice(0, LONGEST_KEY);
  const line = `${sign}pitlane ${decodeSlack(text).trim()}`;
  const swapped = serviceAfterCommand(tokenize(text));
  if (swapped !== undefined) {
    const { service, rest: tokens } = swapped;
    return { service, isNamed: true, text: typedAgain(tokens), address: `${sign}pitlane ${service}`, line };
  }
  return first === '' || commands.some(({ name, isAboutAll }) => isAboutAll && name === first)
    ? { service: '', isNamed: false, text, address: `${sign}pitlane`, line }
    : { service: first, isNamed: false, text: rest, address: `${sign}pitlane ${first}`, line };
}

function readText({ service, isNamed, text }: Addressed, asker: Person): Job {
  // A service may have the name of a command, if it has its own slash command.
  if (!isNamed && isCommand(service)) {
    const typed = `${asker.address.replace(/ .*/, '')} SERVICE ${service} ${decodeSlack(text)}`;
    return notUnderstood(asker, `Name the service first, then ${service}.`, [typed.trim()]);
  }
  const read = parse(text, service);
  if (read.kind === 'misread') return notUnderstood(asker, read.message, read.instead);
  return isHelp(read.request) ? answerHelp(read.request, asker) : { kind: 'request', request: read.request, asker };
}

function answerHelp({ service = '', ...request }: HelpRequest, asker: Person): Job {
  const prefix = service === '' ? `${asker.address} SERVICE` : asker.address;
  const text = help({ ...request, ...(service !== '' && { service }) }, { prefix, width: PHONE_COLUMNS });
  return { kind: 'tell', outcome: { kind: 'helped', text }, asker };
}

function notUnderstood(asker: Person, message: string, instead: NotUnderstood['instead']): Job {
  return { kind: 'tell', outcome: { kind: 'notUnderstood', message, instead }, asker };
}

function person(userId: string, teamId: string, channel: string, requestId: string) {
  return { userId, teamId, channel, isDirectMessage: channel.startsWith('D'), requestId };
}

/** Records keep only names that they can be read back with. */
function named(name: unknown): Pick<Person, 'name'> {
  return typeof name === 'string' && isPersonName(name) ? { name } : {};
}
