import { sentence } from '../pitlane/chat/blocks.ts';
import { escapeInline } from '../pitlane/chat/escape.ts';
import type { Person } from '../pitlane/chat/job.ts';
import { recordClosedView, reminderView } from '../pitlane/chat/reminder-view.ts';
import { type Replies, repliesTo } from '../pitlane/chat/replies.ts';
import { type Share, shareEvidence } from '../pitlane/chat/share-evidence.ts';
import { type SlackApi, SlackRefused } from '../pitlane/chat/slack-api.ts';
import type { ServiceConfig } from '../pitlane/config.ts';
import type { DrainNote, JournalEntry } from '../pitlane/journal.ts';
import type { Courier } from '../pitlane/operate/tick/courier.ts';
import type { Reporter } from '../pitlane/operate.ts';
import { resumedReporter } from './resumed-reporter.ts';

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
  function repliesFor(to: Addressee, { key, channel }: ServiceConfig, isInThread: boolean): Replies | undefined {
    const where = to.report?.channel ?? channel;
    if (where === undefined && !isSlackUser(to.by)) return undefined;
    const { ts } = to.report ?? {};
    const person: Person = {
      userId: to.by,
      teamId: '',
      channel: where ?? to.by,
      isDirectMessage: where === undefined,
      ...(isInThread && ts !== undefined && { thread: ts }),
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

  function reporterFor(to: Addressee, service: ServiceConfig, isInThread: boolean): Reporter {
    const replies = repliesFor(to, service, isInThread);
    if (replies === undefined) return {};
    const entry = isInThread ? { ...to, report: { channel: to.report?.channel ?? service.channel ?? to.by } } : to;
    const reporter = resumedReporter(entry, { replies, share: shareFor(to), now, address: `/${service.key}` });
    return isSlackUser(to.by) ? reporter : unlessNobodyIsThere(reporter, onError);
  }

  return {
    reporterOf: (entry: Pick<JournalEntry, 'id' | 'by' | 'report'>, service) => reporterFor(entry, service, false),
    reporterBeside: (note, service) => reporterFor(note, service, true),

    async remind({ note, service, pod, record, reason }) {
      const replies = repliesFor(note, service, true);
      if (replies === undefined) return undefined;
      const view = reminderView(
        { service: service.key, pod, record, now: now(), ...(reason !== undefined && { reason }) },
        { address: `/${service.key}` },
      );
      const { report } = await replies.announce(view);
      const earlier = note.reminder?.message;
      if (earlier !== undefined) {
        // Its buttons are spent: those of the new one stand further down.
        const spent = sentence(`*${escapeInline(pod.name)}* is still drained; there is a newer reminder.`);
        await slack
          .call('chat.update', { ...earlier, ...spent })
          .catch((error: unknown) => onError('chat.update', error));
      }
      return report.ts === undefined ? undefined : { channel: report.channel, ts: report.ts };
    },

    async close(note, service, text) {
      const replies = repliesFor(note, service, true);
      const closed = { service: service.key, pod: note.pod, by: note.by, at: note.at, sentence: text };
      await replies?.announce(recordClosedView(closed));
      const earlier = note.reminder?.message;
      if (earlier === undefined) return;
      const spent = sentence(`*${escapeInline(note.pod.name)}* is no longer looked after.`);
      await slack
        .call('chat.update', { ...earlier, ...spent })
        .catch((error: unknown) => onError('chat.update', error));
    },
  };
}

/** A channel that pitlane can't post in, and nobody to be told directly: then it is only in the log. */
function unlessNobodyIsThere(reporter: Required<Reporter>, onError: SlackCourierOptions['onError']): Reporter {
  const tolerant =
    <A extends readonly unknown[], R>(what: string, tell: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R | undefined> => {
      try {
        return await tell(...args);
      } catch (error) {
        if (!(error instanceof SlackRefused)) throw error;
        onError(what, error);
        return undefined;
      }
    };
  return {
    begun: tolerant('announce', (plan, earlier) => reporter.begun(plan, earlier)),
    keep: (evidence) => reporter.keep(evidence),
    ended: tolerant('lastWord', (outcome) => reporter.ended(outcome)),
  };
}

function isSlackUser(by: string): boolean {
  return /^[UW][A-Z0-9]{6,}$/.test(by);
}
