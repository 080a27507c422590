import type { ServiceConfig } from '../../config/config.ts';
import type { DrainNote } from '../../journal/entry.ts';
import type { Reporter } from '../../operate/pitlane.ts';
import type { Courier } from '../../operate/tick/courier.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Person } from '../job.ts';
import { type SlackApi, SlackRefused } from '../slack/api.ts';
import { type Announcement, type Replies, repliesTo } from '../slack/replies.ts';
import { reminderClosedView, reminderReplacedView } from '../views/notices.ts';
import { recordClosedView, reminderAnsweredView, reminderView } from '../views/reminder-view.ts';
import { resumedReporter } from './resumed-reporter.ts';
import { type Share, shareEvidence } from './share-evidence.ts';

export interface SlackCourierOptions {
  readonly slack: SlackApi;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
  readonly intervalMs?: number;
}

type Addressee = Pick<DrainNote, 'id' | 'by' | 'report'>;

/**
 * Tells in Slack what the clock does: in the thread of the report, else in the service's channel, and where the bot is no
 * member to the person directly. Of what nobody in Slack has asked for and no channel is known for, nobody is told.
 */
export function slackCourier({ slack, now, onError, intervalMs }: SlackCourierOptions): Courier {
  function repliesFor(to: Addressee, { key, channel }: ServiceConfig, thread: string | undefined): Replies | undefined {
    const where = to.report?.channel ?? channel;
    if (where === undefined && !isSlackUser(to.by)) return undefined;
    const person: Person = {
      userId: to.by,
      teamId: '',
      channel: where ?? to.by,
      isDirectMessage: where === undefined,
      ...(thread !== undefined && { thread }),
      requestId: to.id,
      address: `/${key}`,
    };
    return repliesTo({
      slack,
      person,
      replacesOriginal: false,
      onError,
      ...(intervalMs !== undefined && { intervalMs }),
    });
  }

  const shareFor =
    ({ by }: Addressee): Share =>
    (evidence, report) =>
      shareEvidence(evidence, {
        slack,
        onError,
        ...(report !== undefined && { report }),
        ...(isSlackUser(by) && { person: { userId: by } }),
      });

  function reporterFor(
    entry: Addressee,
    replies: Replies | undefined,
    { key }: ServiceConfig,
    endOfDrainBy?: string,
  ): Reporter {
    if (replies === undefined) return { keep: nobodyKeeps };
    const reporter = resumedReporter(entry, {
      replies,
      share: shareFor(entry),
      now,
      address: `/${key}`,
      ...(endOfDrainBy !== undefined && { endOfDrainBy }),
    });
    return unlessNobodyIsThere(reporter, onError);
  }

  /** In the thread of the drain's report. Undefined: nobody can be told. */
  async function tell(
    note: DrainNote,
    service: ServiceConfig,
    message: Message,
  ): Promise<Announcement['report'] | undefined> {
    const replies = repliesFor(note, service, rootOf(note));
    try {
      return (await replies?.announce(message))?.report;
    } catch (error) {
      if (!isNobodyThere(error)) throw error;
      onError('announce', error);
      return undefined;
    }
  }

  /** Its buttons are spent. */
  async function spend({ reminder }: DrainNote, instead: Message): Promise<void> {
    if (reminder?.message === undefined) return;
    const { channel, ts } = reminder.message;
    await slack
      .call('chat.update', { channel, ts, ...instead })
      .catch((error: unknown) => onError('chat.update', error));
  }

  return {
    reporterOf: (entry, service) => reporterFor(entry, repliesFor(entry, service, entry.report?.thread), service),

    reporterBeside(note, service) {
      const { ts: _, ...beside } = note.report ?? { channel: service.channel ?? note.by };
      return reporterFor({ ...note, report: beside }, repliesFor(note, service, rootOf(note)), service, note.by);
    },

    async remind({ note, service, pod, record, reason }) {
      const reminder = { service: service.key, pod, record, now: now(), ...(reason !== undefined && { reason }) };
      const report = await tell(note, service, reminderView(reminder, { address: `/${service.key}` }));
      if (report?.ts === undefined) return undefined;
      await spend(note, reminderReplacedView(pod.name));
      return { channel: report.channel, ts: report.ts };
    },

    answered: (note, answer) => spend(note, reminderAnsweredView(note.pod.name, answer)),

    async close(note, service, closing) {
      const { pod, by, at } = note;
      const view = recordClosedView({ service: service.key, pod, by, at, ...closing }, { address: `/${service.key}` });
      await tell(note, service, view);
      await spend(note, reminderClosedView(pod.name));
    },
  };
}

/** The first message of the thread that the report stands in or begins. */
function rootOf({ report }: Addressee): string | undefined {
  return report?.thread ?? report?.ts;
}

async function nobodyKeeps(): Promise<never> {
  throw new Error('Nobody in Slack has asked for it, and no channel is configured for the service.');
}

/** Slack says for good that there is no such conversation, or that the bot may not post in it. */
function isNobodyThere(error: unknown): error is SlackRefused {
  return error instanceof SlackRefused && !error.isAway;
}

/** A channel that pitlane can't post in, and nobody to be told directly: then it is only in the log. */
function unlessNobodyIsThere(reporter: Required<Reporter>, onError: SlackCourierOptions['onError']): Reporter {
  const tolerant =
    <A extends readonly unknown[], R>(what: string, tell: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R | undefined> => {
      try {
        return await tell(...args);
      } catch (error) {
        if (!isNobodyThere(error)) throw error;
        onError(what, error);
        return undefined;
      }
    };
  return {
    begun: tolerant('announce', (plan, earlier) => reporter.begun(plan, earlier)),
    keep: (evidence) => reporter.keep(evidence),
    ended: tolerant('lastWord', (outcome, reminder) => reporter.ended(outcome, reminder)),
  };
}

function isSlackUser(by: string): boolean {
  return /^[UW][A-Z0-9]{6,}$/.test(by);
}
