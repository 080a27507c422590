import type { Report } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Person } from '../job.ts';
import { type SlackApi, SlackRefused } from './api.ts';
import { liveMessage } from './live-message.ts';

/** Where the answers to one person go. */
export interface Replies {
  /** Only the person sees it. After a press on a button it takes that message's place, so that spent buttons disappear. */
  tell(message: Message): Promise<void>;
  /**
   * Everyone in the channel sees it: the one message of a change. `channel`: where the service's reports go; absent, or
   * where the bot can't post there: where the person is.
   */
  announce(message: Message, channel?: string): Promise<Announcement>;
  /** A message that the bot has posted before. */
  adopt(report: Posted): Announcement;
  /** The same, edited once: where that does not work it stays as it is. Never rejects. */
  amend(report: Posted, message: Message): Promise<void>;
}

/** A message that can be found again. */
type Posted = Report & { readonly ts: string };

export interface Announcement {
  /** What the operation records, for reminders. `ts` is absent where the bot could not post by itself. */
  readonly report: Report;
  /** Shows the newest state when Slack allows; never rejects. */
  update(message: Message): void;
  /** The last word. */
  finish(message: Message): Promise<void>;
}

/** The bot was not invited, or the channel is one that it can't see: the person's own `response_url` still works there. */
const NOT_THERE = new Set(['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action', 'missing_scope']);

export interface RepliesOptions {
  readonly slack: SlackApi;
  readonly person: Person;
  /** The message with the pressed button is replaced by the first answer. */
  readonly replacesOriginal: boolean;
  readonly onError: (what: string, error: unknown) => void;
  /** Milliseconds between two edits. */
  readonly intervalMs?: number;
}

export function repliesTo({ slack, person, replacesOriginal, onError, intervalMs }: RepliesOptions): Replies {
  const { channel, userId, thread, responseUrl } = person;
  const inThread = thread === undefined ? {} : { thread_ts: thread };
  let replaces = replacesOriginal;

  async function respond(message: Message, body: Readonly<Record<string, unknown>>): Promise<boolean> {
    if (responseUrl === undefined) return false;
    try {
      await slack.respond(responseUrl, { ...body, ...inThread, ...message });
      return true;
    } catch (error) {
      // Used up (5 times), too old (30 minutes), or out of reach.
      onError('response_url', error);
      return false;
    }
  }

  /** For a person who can't be reached where they are. */
  const directly = (message: Message) => slack.call('chat.postMessage', { channel: userId, ...message });

  async function tell(message: Message): Promise<void> {
    const replace_original = replaces;
    replaces = false;
    if (await respond(message, { response_type: 'ephemeral', replace_original })) return;
    try {
      await slack.call('chat.postEphemeral', { channel, user: userId, ...inThread, ...message });
    } catch (error) {
      onError('chat.postEphemeral', error);
      await directly(message);
    }
  }

  async function announce(message: Message, where: string = channel): Promise<Announcement> {
    try {
      const posted = await slack.call('chat.postMessage', {
        channel: where,
        ...(where === channel && inThread),
        unfurl_links: false,
        unfurl_media: false,
        ...message,
      });
      const isReply = where === channel && thread !== undefined;
      return own({ ...postedAt(posted, where), ...(isReply && { thread }) });
    } catch (error) {
      onError('chat.postMessage', error);
      if (!(error instanceof SlackRefused) || !NOT_THERE.has(error.code)) throw error;
      return where === channel ? borrowed(message) : announce(message);
    }
  }

  async function amend({ channel, ts }: Posted, message: Message): Promise<void> {
    await slack
      .call('chat.update', { channel, ts, ...message })
      .catch((error: unknown) => onError('chat.update', error));
  }

  return { tell, announce, adopt: own, amend };

  function own(report: Posted): Announcement {
    const { channel, ts, thread = ts } = report;
    const edit = async (message: Message) => {
      await slack.call('chat.update', { channel, ts, ...message });
    };
    const live = liveMessage(edit, (error) => onError('chat.update', error), intervalMs);
    return {
      report,
      update: live.show,
      async finish(message) {
        await live.settle();
        try {
          await edit(message);
        } catch (error) {
          // Deleted meanwhile, or Slack is slow: the result must not be lost.
          onError('chat.update', error);
          const posted = slack.call('chat.postMessage', { channel, thread_ts: thread, ...message });
          await posted.catch(async () => {
            await tell(message);
            // Everybody else still reads what is no longer so.
            throw error;
          });
        }
      },
    };
  }

  /**
   * Start and result through the person's `response_url`: it can't be edited and works five times, so nothing between.
   * Without one, in a direct message.
   */
  async function borrowed(message: Message): Promise<Announcement> {
    const inChannel = { response_type: 'in_channel', replace_original: false };
    if (!(await respond(message, inChannel))) return own(postedAt(await directly(message), userId));
    return {
      report: { channel },
      update: () => {},
      async finish(said) {
        if (!(await respond(said, inChannel))) await directly(said);
      },
    };
  }
}

/** `channel`: where it was to go; of a direct message Slack says which conversation that is. */
function postedAt(answer: Readonly<Record<string, unknown>>, channel: string): Posted {
  return { channel: String(answer.channel ?? channel), ts: String(answer.ts) };
}
