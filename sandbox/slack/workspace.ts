import type { types } from '@slack/bolt';
import type { Answer } from './answer.ts';
import { Files, type SharedFile } from './files.ts';
import { blockFaults, viewFaults } from './limits.ts';
import { People } from './people.ts';

type Blocks = readonly types.KnownBlock[];

/** The current state of a message. */
export interface Shown {
  readonly ts: string;
  readonly channel: string;
  readonly thread?: string;
  /** The only user who sees it; undefined: everyone in the channel. */
  readonly to?: string;
  readonly text: string;
  readonly blocks: Blocks;
  readonly edits: number;
  /** Files that were posted with it. */
  readonly files?: readonly SharedFile[];
}

export type Change = { readonly kind: 'posted' | 'updated' | 'deleted'; readonly message: Shown };

interface ResponseUrl {
  readonly channel: string;
  readonly user: string;
  /** The message whose button was pressed. */
  readonly original?: string;
  used: number;
}

/** In the place of the user of a trigger id. */
const USED = '';

/** A response_url works five times ("Handling user interaction in your Slack apps"). */
const RESPONSE_URL_USES = 5;

/** The model of a Slack workspace and its messages, without HTTP. */
export class Workspace {
  readonly messages: Shown[] = [];
  readonly people = new People();
  readonly files = new Files();
  /** Scopes that the app lacks. */
  readonly withheld = new Set<'files:write' | 'im:write'>();
  /** The open windows, the newest last. */
  readonly windows: { readonly id: string; readonly user: string; readonly view: types.ModalView }[] = [];
  /** The Home tab of each user. */
  readonly homes = new Map<string, types.HomeView>();
  /** False: it is too late for each window, as after a cold start of 3 s. */
  opensWindows = true;
  /** Returns the error code for a call that Slack refuses; undefined: accepted. */
  refuses: ((method: string, args: Readonly<Record<string, unknown>>) => string | undefined) | undefined;
  /** The channels that the bot has joined and can post in. */
  readonly joined: Set<string>;
  readonly #responseUrls = new Map<string, ResponseUrl>();
  readonly #triggers = new Map<string, string>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #now: () => number;
  #count = 0;

  constructor(joined: readonly string[], now: () => number) {
    this.joined = new Set(joined);
    this.#now = now;
  }

  onChange(listener: (change: Change) => void): void {
    this.#listeners.add(listener);
  }

  /** The path of a new response_url for an interaction. */
  responsePath(channel: string, user: string, original?: string): string {
    const path = `/response/${this.#next()}`;
    this.#responseUrls.set(path, { channel, user, used: 0, ...(original !== undefined && { original }) });
    return path;
  }

  /** A trigger id in Slack's format, of an interaction of this user. */
  triggerId(user = 'U0NOBODY00'): string {
    const count = this.#next();
    const id = `${13_345_224_609 + count}.738474920.${(0x8088_9308_38d8 + count).toString(16).padStart(20, '0')}`;
    this.#triggers.set(id, user);
    return id;
  }

  /** `origin` is that of the called API. */
  call(method: string, args: Readonly<Record<string, unknown>>, origin = ''): Answer {
    const refusal = this.refuses?.(method, args);
    if (refusal !== undefined) return { ok: false, error: refusal };
    const scope = method.startsWith('files.')
      ? 'files:write'
      : method === 'conversations.open'
        ? 'im:write'
        : undefined;
    if (scope !== undefined && this.withheld.has(scope)) return { ok: false, error: 'missing_scope', needed: scope };
    const blocks = (args.blocks ?? []) as Blocks;
    const faults = blockFaults(blocks);
    if (faults.length > 0) return { ok: false, error: 'invalid_blocks', response_metadata: { messages: faults } };
    const channel = String(args.channel);
    const text = String(args.text ?? '');
    const isDirect = /^[UD]/.test(channel);
    const thread = typeof args.thread_ts === 'string' ? { thread: args.thread_ts } : {};
    switch (method) {
      case 'chat.postMessage':
        if (!isDirect && !this.joined.has(channel)) return { ok: false, error: 'not_in_channel' };
        return {
          ok: true,
          ...inConversation(this.#post({ channel: conversationOf(channel), text, blocks, ...thread })),
        };
      case 'chat.postEphemeral':
        if (!isDirect && !this.joined.has(channel)) return { ok: false, error: 'not_in_channel' };
        return { ok: true, message_ts: this.#post({ channel, text, blocks, to: String(args.user), ...thread }).ts };
      case 'chat.update':
        return this.#update(String(args.ts), text, blocks)
          ? { ok: true, channel, ts: args.ts }
          : { ok: false, error: 'message_not_found' };
      case 'views.open':
        return this.#openWindow(String(args.trigger_id), args.view as types.ModalView);
      case 'views.publish':
        return this.#publish(String(args.user_id), args.view as types.HomeView);
      case 'files.getUploadURLExternal':
        return this.files.begin(args, origin);
      case 'files.completeUploadExternal':
        return this.#share(args);
      case 'conversations.open':
        return { ok: true, channel: { id: conversationOf(String(args.users)) } };
      default:
        return this.people.call(method, args) ?? { ok: false, error: 'unknown_method' };
    }
  }

  /** Answers a POST to a response_url. */
  respond(path: string, body: Readonly<Record<string, unknown>>): { readonly status: number; readonly body: string } {
    const url = this.#responseUrls.get(path);
    if (url === undefined) return { status: 404, body: '{"ok":false,"error":"expired_url"}' };
    url.used += 1;
    if (url.used > RESPONSE_URL_USES) return { status: 404, body: '{"ok":false,"error":"used_url"}' };
    const blocks = (body.blocks ?? []) as Blocks;
    const faults = blockFaults(blocks);
    if (faults.length > 0) return { status: 500, body: '{"ok":false,"error":"invalid_blocks"}' };
    const text = String(body.text ?? '');
    if (body.replace_original === true && url.original !== undefined && this.#update(url.original, text, blocks)) {
      return { status: 200, body: 'ok' };
    }
    const thread = typeof body.thread_ts === 'string' ? { thread: body.thread_ts } : {};
    const to = body.response_type === 'in_channel' ? {} : { to: url.user };
    this.#post({ channel: url.channel, text, blocks, ...to, ...thread });
    return { status: 200, body: 'ok' };
  }

  closeWindow(id: string): void {
    const index = this.windows.findIndex((window) => window.id === id);
    if (index >= 0) this.windows.splice(index, 1);
  }

  /** Each trigger id opens one window. */
  #openWindow(trigger: string, view: types.ModalView): Answer {
    const user = this.#triggers.get(trigger);
    if (user === USED) return { ok: false, error: 'exchanged_trigger_id' };
    if (user === undefined || !this.opensWindows) return { ok: false, error: 'expired_trigger_id' };
    const faults = viewFaults(view);
    if (faults.length > 0) return { ok: false, error: 'invalid_arguments', response_metadata: { messages: faults } };
    this.#triggers.set(trigger, USED);
    const id = `V0${String(this.#next()).padStart(8, '0')}`;
    this.windows.push({ id, user, view });
    return { ok: true, view: { id } };
  }

  #publish(user: string, view: types.HomeView): Answer {
    const faults = viewFaults(view);
    if (faults.length > 0) return { ok: false, error: 'invalid_arguments', response_metadata: { messages: faults } };
    this.homes.set(user, view);
    return { ok: true, view: { id: 'V0HOME' } };
  }

  #share({ channel_id, thread_ts, initial_comment, files: ids }: Readonly<Record<string, unknown>>): Answer {
    const channel = String(channel_id);
    if (/^[UW]/.test(channel)) return { ok: false, error: 'channel_not_found' };
    if (!channel.startsWith('D') && !this.joined.has(channel)) return { ok: false, error: 'not_in_channel' };
    const files = this.files.complete(ids);
    if (typeof files === 'string') return { ok: false, error: files };
    const text = String(initial_comment ?? '');
    const thread = typeof thread_ts === 'string' ? { thread: thread_ts } : {};
    this.#post({ channel, text, blocks: [...paragraph(text), ...files.map(attachment)], files, ...thread });
    return { ok: true, files: files.map(({ name }) => ({ title: name })) };
  }

  #post(message: Omit<Shown, 'ts' | 'edits'>): Shown {
    const ts = `${Math.floor(this.#now() / 1000)}.${String(this.#next()).padStart(6, '0')}`;
    const shown = { ...message, ts, edits: 0 };
    this.messages.push(shown);
    this.#tell('posted', shown);
    return shown;
  }

  #update(ts: string, text: string, blocks: Blocks): boolean {
    const index = this.messages.findIndex((message) => message.ts === ts);
    const before = this.messages[index];
    if (before === undefined) return false;
    const after = { ...before, text, blocks, edits: before.edits + 1 };
    this.messages[index] = after;
    this.#tell('updated', after);
    return true;
  }

  #tell(kind: Change['kind'], message: Shown): void {
    for (const listener of this.#listeners) listener({ kind, message });
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }
}

/** The direct messages with a user have a conversation of their own. */
function conversationOf(channel: string): string {
  return channel.startsWith('U') ? `D${channel.slice(1)}` : channel;
}

function inConversation({ channel, ts }: Shown) {
  return { channel, ts };
}

function paragraph(text: string): Blocks {
  return text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text } }];
}

/** A file below a message. */
function attachment({ name, text }: SharedFile): types.KnownBlock {
  const size = Math.ceil(Buffer.byteLength(text) / 1024);
  return { type: 'context', elements: [{ type: 'mrkdwn', text: `[file ${name}, ${size} KB]` }] };
}
