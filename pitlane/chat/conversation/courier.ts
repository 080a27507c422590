import { covers, type Role } from '../../command/role.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { DrainNote, GateNote } from '../../journal/entry.ts';
import type { Reminder, Reporter } from '../../operate/asker.ts';
import type { ChangeOutcome } from '../../operate/outcome.ts';
import type { Courier, Reminding } from '../../operate/tick/courier.ts';
import { operationNamed } from '../../operations/table.ts';
import { onlyOf } from '../../text/words.ts';
import type { Message } from '../blocks/blocks.ts';
import { isSlackUser } from '../blocks/mrkdwn.ts';
import type { Person } from '../job.ts';
import { SlackRefused } from '../slack/api.ts';
import { directlyOnlyIf } from '../slack/directly.ts';
import { type Replies, type RepliesOptions, repliesTo } from '../slack/replies.ts';
import { gateWarningView } from '../views/gate-view.ts';
import { reminderClosedView, reminderReplacedView } from '../views/notices.ts';
import { outageView } from '../views/outage-view.ts';
import {
  digestView,
  MOST_REMINDED,
  type Reminder as ReminderShown,
  recordClosedView,
  reminderAnsweredView,
  reminderView,
} from '../views/reminder-view.ts';
import { scheduleFailedView } from '../views/schedules-view.ts';
import { outcomeView } from '../views/views.ts';
import { gathering } from './gathering.ts';
import { resumedReporter } from './reporter.ts';
import { shareEvidence } from './share-evidence.ts';

export interface SlackCourierOptions extends Pick<RepliesOptions, 'slack' | 'onError' | 'intervalMs'> {
  readonly now: () => number;
  /** The role of a Slack user: what the tick does is told directly only to operators and admins. */
  readonly roleOf: (userId: string) => Promise<Role | 'none'>;
}

/** More reminders than that in one channel at once are one message. */
const MOST_ALONE = 3;
/** What is due in the same tick comes within that time of each other, and all of it within this. */
const GATHER_QUIET_MS = 1_000;
const GATHER_LONGEST_MS = 8_000;

type Addressee = Pick<DrainNote, 'id' | 'by' | 'report' | 'kind' | 'isUnproven'>;

/**
 * Tells in Slack what the tick does: in the thread of the report, else in the service's channel, and directly to the
 * person if the bot is not a member there. Tells nothing if there is neither a channel nor a Slack user.
 *
 * Anything that may edit ConfigMaps can write a person or a report into the journal, so a person needs a role, and the report
 * has to be where commands of the service work. A mark without an operation is told in the service's channel, and nowhere
 * else.
 */
export function slackCourier({ slack: api, now, onError, intervalMs, roleOf }: SlackCourierOptions): Courier {
  const slack = directlyOnlyIf(api, async (userId) => covers(await roleOf(userId), 'operator'));

  function repliesFor(to: Addressee, { key, channel }: ServiceConfig, thread: string | undefined): Replies | undefined {
    const where = to.report?.channel ?? channel;
    if (where === undefined && (to.isUnproven || !isSlackUser(to.by))) return undefined;
    const person: Person = {
      userId: to.by,
      teamId: '',
      channel: where ?? to.by,
      isDirectMessage: where === undefined,
      thread,
      requestId: to.id,
      address: `/${key}`,
    };
    const noDirect = to.isUnproven ? directlyOnlyIf(api, async () => false) : slack;
    return repliesTo({ slack: noDirect, person, replacesOriginal: false, onError, intervalMs });
  }

  /** Undefined: Slack refuses the channel and the person for good, and only the log tells. */
  async function ifReachable<R>(what: string, told: Promise<R> | undefined): Promise<R | undefined> {
    try {
      return await told;
    } catch (error) {
      if (!(error instanceof SlackRefused) || error.isTemporary) throw error;
      onError(what, error);
      return undefined;
    }
  }

  /** What can't be undone is told in the service's channel too. */
  async function tellChannel(outcome: ChangeOutcome, entry: Addressee, { key, channel }: ServiceConfig): Promise<void> {
    const isDone = outcome.kind === 'done' && isForGood(outcome.operation.request.command);
    if (!isDone || channel === undefined || (entry.report?.channel ?? channel) === channel) return;
    const view = outcomeView(outcome, { address: `/${key}`, reference: entry.id });
    await ifReachable('announce', slack.call('chat.postMessage', { channel, ...view }));
  }

  function reporterFor(
    entry: Addressee,
    replies: Replies | undefined,
    service: ServiceConfig,
    endOfDrainBy?: string,
  ): Reporter {
    const { key } = service;
    // The end of a canary was set when it was started: it is deleted even if its evidence has no place.
    if (replies === undefined) return entry.kind === 'canary' ? {} : { keep: rejectEvidence };
    const person = isSlackUser(entry.by) ? { userId: entry.by } : undefined;
    const reporter = resumedReporter(entry, {
      replies,
      share: (evidence, report) => shareEvidence(evidence, { slack, onError, report, person }),
      now,
      address: `/${key}`,
      endOfDrainBy,
    });
    return {
      begun: (plan, earlier) => ifReachable('announce', reporter.begun(plan, earlier)),
      keep: (evidence) => reporter.keep(evidence),
      async ended(outcome, reminders) {
        await ifReachable('finish', reporter.ended(outcome, reminders));
        await tellChannel(outcome, entry, service);
      },
    };
  }

  /** In the thread of the report. Undefined: there is no place for it. */
  async function tell(note: Addressee, service: ServiceConfig, message: Message) {
    const announced = await ifReachable('announce', repliesFor(note, service, rootOf(note))?.announce(message));
    return announced?.report;
  }

  /** Removes the buttons of the last reminder. */
  async function replaceReminder({ reminder }: DrainNote, instead: Message): Promise<void> {
    if (reminder?.message === undefined) return;
    const { channel, ts } = reminder.message;
    await slack
      .call('chat.update', { channel, ts, ...instead })
      .catch((error: unknown) => onError('chat.update', error));
  }

  async function remindAlone(reminding: Reminding): Promise<Reminder | undefined> {
    const { note, service, pod } = reminding;
    const view = reminderView(reminderOf(reminding), { address: `/${service.key}` });
    const report = await tell(note, service, view);
    if (report?.ts === undefined) return undefined;
    await replaceReminder(note, reminderReplacedView(pod.name, note.kind));
    return { channel: report.channel, ts: report.ts, pod: pod.name };
  }

  function reminderOf({ note, service, pod, record, reason, isServiceGone }: Reminding): ReminderShown {
    const { kind, by, isUnproven } = note;
    return {
      service: service.key,
      pod,
      kind,
      now: now(),
      reason,
      isServiceGone,
      isUnproven,
      record: { ...record, by },
    };
  }

  const remindWithOthers = gathering<Reminding, Reminder | 'digest' | undefined>({
    quietMs: GATHER_QUIET_MS,
    longestMs: GATHER_LONGEST_MS,
    deliver(channel, remindings) {
      if (remindings.length <= MOST_ALONE) return remindings.map(remindAlone);
      return chunks(remindings, MOST_REMINDED).flatMap((some) => {
        const digest = postDigest(channel, some);
        return some.map(async (reminding) => {
          // The bot can't post there: each person is told directly.
          if (!(await digest)) return remindAlone(reminding);
          const { note, pod } = reminding;
          await replaceReminder(note, reminderReplacedView(pod.name, note.kind));
          return 'digest';
        });
      });
    },
  });

  /** In the thread of the report, if all have the same. False: Slack refuses the channel for good. */
  async function postDigest(channel: string, remindings: readonly Reminding[]): Promise<boolean> {
    const thread = onlyOf([...new Set(remindings.map(({ note }) => rootOf(note)))]);
    const view = digestView(remindings.map(reminderOf));
    const inThread = thread !== undefined && { thread_ts: thread };
    const posted = slack.call('chat.postMessage', { channel, ...inThread, ...view });
    return (await ifReachable('announce', posted)) !== undefined;
  }

  return {
    reporterOf(resumed, service) {
      const entry = believed(resumed, service);
      return reporterFor(entry, repliesFor(entry, service, entry.report?.thread), service);
    },

    reporterBeside(drain, service) {
      const note = believed(drain, service);
      const { ts: _, ...beside } = note.report ?? { channel: service.channel ?? note.by };
      return reporterFor({ ...note, report: beside }, repliesFor(note, service, rootOf(note)), service, note.by);
    },

    remind(given) {
      const reminding = { ...given, note: believed(given.note, given.service) };
      const channel = reminding.note.report?.channel ?? given.service.channel;
      return channel === undefined ? remindAlone(reminding) : remindWithOthers(channel, reminding);
    },

    answered: (note, answer) => replaceReminder(note, reminderAnsweredView(note.pod.name, answer)),

    async warn(warning) {
      const { note, service } = warning;
      await tell(believed(note, service), service, gateWarningView(warning, { address: `/${service.key}` }));
    },

    async scheduleFailed(failure) {
      const { schedule, service } = failure;
      const { by = '', report } = schedule.added ?? {};
      const channel = service.channel ?? report?.channel;
      // Where the changes are reported, and in no thread: there it would be missed.
      const note = { id: schedule.id, by, ...(channel !== undefined && { report: { channel } }) };
      await tell(note, service, scheduleFailedView(failure, { address: `/${service.key}` }));
    },

    async tellOfOutage(news) {
      const { channel } = news;
      await ifReachable('announce', slack.call('chat.postMessage', { channel, ...outageView(news, now()) }));
    },

    async close(note, service, closing) {
      const view = recordClosedView(note, service.key, closing, { address: `/${service.key}` });
      await tell(believed(note, service), service, view);
      await replaceReminder(note, reminderClosedView(note.pod.name));
    },
  };
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** Without a report in a channel where the service's commands do not work. */
function believed<A extends Addressee | GateNote>(to: A, { channel, onlyChannels }: ServiceConfig): A {
  const { report, ...elsewhere } = to;
  const isDirect = report !== undefined && !/^[CG]/.test(report.channel);
  const isOwn = onlyChannels === undefined || isDirect || [channel, ...onlyChannels].includes(report?.channel);
  return isOwn ? to : (elsewhere as A);
}

function isForGood(command: string): boolean {
  return operationNamed(command).cannotBeUndone !== undefined;
}

/** The first message of the thread that the report is in, or begins. */
function rootOf({ report }: Addressee): string | undefined {
  return report?.thread ?? report?.ts;
}

async function rejectEvidence(): Promise<never> {
  throw new Error('No Slack user asked for it, and the service has no channel.');
}
