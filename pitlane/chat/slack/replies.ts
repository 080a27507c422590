import type { Report } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Person } from '../job.ts';
import { type SlackApi, SlackRefused } from './api.ts';
import { liveMessage } from './live-message.ts';

export type Replies = ReturnType<typeof repliesTo>;

/** A message that can be edited. */
type Posted = Report & { readonly ts: string };

export interface Announcement {
  /** Recorded with the operation, for reminders. `ts` is absent if the bot could not post. */
  readonly report: Report;
  /** Shows the newest state as soon as Slack allows. Never rejects. */
  update(message: Message): void;
  /** Shows the final state. Rejects if the channel does not see it. */
  finish(message: Message): Promise<void>;
}

/** The bot can't post in this channel, but the person's `response_url` still can. */
const NOT_THERE = new Set(['not_in_channel', 'channel_not_found', 'is_archived', 'restricted_action', 'missing_scope']);

export interface RepliesOptions {
  readonly slack: SlackApi;
  readonly person: Person;
  /** The first answer replaces the message with the pressed button. */
  readonly replacesOriginal: boolean;
  readonly onError: (what: string, error: unknown) => void;
  /** Milliseconds between two edits. */
  readonly intervalMs?: number | undefined;
}

/** Answers one person. */
export function repliesTo({ slack, person, replacesOriginal, onError, intervalMs }: RepliesOptions) {
  const { channel, userId, thread, responseUrl } = person;
  const inThread = thread === undefined ? {} : { thread_ts: thread };
  let replaces = replacesOriginal;

  async function respond(message: Message, body: Readonly<Record<string, unknown>>): Promise<boolean> {
    if (responseUrl === undefined) return false;
    try {
      await slack.respond(responseUrl, { ...body, ...inThread, ...message });
      return true;
    } catch (error) {
      // Used 5 times, older than 30 minutes, or unreachable.
      onError('response_url', error);
      return false;
    }
  }

  /** For a person who can't be answered in the channel. */
  const directly = (message: Message) => slack.call('chat.postMessage', { channel: userId, ...message });

  /** Only the person sees it. After a press on a button it replaces that message, so that its buttons disappear. */
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

  /**
   * Posts the one message of a change for everyone in the channel. `where`: the service's channel. Without it, or if the bot
   * can't post there, the message goes where the person is.
   */
  async function announce(message: Message, where: string = channel): Promise<Announcement> {
    try {
      const posted = await slack.call('chat.postMessage', {
        channel: where,
        ...(where === channel && inThread),
        ...message,
      });
      const isReply = where === channel && thread !== undefined;
      return adopt({ ...postedAt(posted, where), ...(isReply && { thread }) });
    } catch (error) {
      onError('chat.postMessage', error);
      if (!(error instanceof SlackRefused) || !NOT_THERE.has(error.code)) throw error;
      return where === channel ? announceByResponseUrl(message) : announce(message);
    }
  }

  /** Edits a message that the bot has posted before, if that works. Never rejects. */
  async function amend({ channel, ts }: Posted, message: Message): Promise<void> {
    await slack
      .call('chat.update', { channel, ts, ...message })
      .catch((error: unknown) => onError('chat.update', error));
  }

  return { tell, announce, adopt, amend };

  /** Continues a message that the bot has posted before. */
  function adopt(report: Posted): Announcement {
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
          // The message was deleted, or Slack is slow. The result must not be lost.
          onError('chat.update', error);
          const posted = slack.call('chat.postMessage', { channel, thread_ts: thread, ...message });
          await posted.catch(async () => {
            await tell(message);
            // Everyone else still sees the old state.
            throw error;
          });
        }
      },
    };
  }

  /**
   * Posts only start and result through the person's `response_url`, which can't edit and works five times. Without
   * one, posts a direct message.
   */
  async function announceByResponseUrl(message: Message): Promise<Announcement> {
    const inChannel = { response_type: 'in_channel', replace_original: false };
    if (!(await respond(message, inChannel))) return adopt(postedAt(await directly(message), userId));
    return {
      report: { channel },
      update: () => {},
      async finish(result) {
        if (!(await respond(result, inChannel))) await directly(result);
      },
    };
  }
}

/** `channel`: the requested one. For a direct message, Slack answers with the conversation. */
function postedAt(answer: Readonly<Record<string, unknown>>, channel: string): Posted {
  return { channel: String(answer.channel ?? channel), ts: String(answer.ts) };
}
