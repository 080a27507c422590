import type { Message } from './blocks.ts';
import type { Person } from './job.ts';
import { liveMessage } from './live-message.ts';
import { type SlackApi, SlackRefused } from './slack-api.ts';

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
  adopt(report: { readonly channel: string; readonly ts: string }): Announcement;
}

export interface Announcement {
  /** What the operation records, for reminders. `ts` is absent where the bot could not post by itself. */
  readonly report: { readonly channel: string; readonly ts?: string };
  /** Shows the newest state when Slack allows; never rejects. */
  update(message: Message): void;
  /** The last word. */
  finish(message: Message): Promise<void>;
}

/** The bot was not invited, or the channel is one that it can't see: the person's own `response_url` still works there. */
const NOT_THERE = new Set(['not_in_channel', 'channel_not_found', 'restricted_action', 'missing_scope']);

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
      return own({ channel: String(posted.channel ?? where), ts: String(posted.ts) });
    } catch (error) {
      onError('chat.postMessage', error);
      if (!(error instanceof SlackRefused) || !NOT_THERE.has(error.code)) throw error;
      return where === channel ? borrowed(message) : announce(message);
    }
  }

  return { tell, announce, adopt: own };

  function own(report: { channel: string; ts: string }): Announcement {
    const edit = async (message: Message) => {
      await slack.call('chat.update', { ...report, ...message });
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
          await slack
            .call('chat.postMessage', { channel: report.channel, thread_ts: report.ts, ...message })
            .catch(() => tell(message));
        }
      },
    };
  }

  /** Start and result through the person's `response_url`: it can't be edited and works five times, so nothing between. */
  async function borrowed(message: Message): Promise<Announcement> {
    const say = async (said: Message) => {
      if (!(await respond(said, { response_type: 'in_channel', replace_original: false }))) await directly(said);
    };
    await say(message);
    return { report: { channel }, update: () => {}, finish: say };
  }
}
