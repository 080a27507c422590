import type { Evidence } from '../../evidence/evidence.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import type { Reminder, Reporter } from '../../operate/asker.ts';
import type { ChangeOutcome, OperationEvent, Proposal } from '../../operate/outcome.ts';
import { type Plan, subjectText } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Announcement, Replies } from '../slack/replies.ts';
import { type ChangeReport, follow, startReport } from '../views/change-report.ts';
import { askedView, progressView } from '../views/change-view.ts';
import { planChangedView } from '../views/notices.ts';
import { reminderAnsweredView } from '../views/reminder-view.ts';
import type { Setting } from '../views/setting.ts';
import { outcomeView } from '../views/views.ts';
import type { Share } from './share-evidence.ts';

type Report = Parameters<NonNullable<Reporter['begun']>>[1];

export interface SlackReporterOptions {
  readonly setting: Setting;
  readonly now: () => number;
  /** A Slack user id. Undefined: the plan needed no confirmation. */
  confirmedBy?(): string | undefined;
  /** Posts the one message of the change. `earlier`: where an earlier process has posted it. */
  announce(message: Message, earlier: Report, plan: Plan): Promise<Announcement>;
  /** Tells the outcome if there is no message to edit. */
  unannounced(outcome: ChangeOutcome): Promise<void>;
  /** Shows a plan that needs a confirmation. */
  offer?(proposal: Proposal): Promise<void>;
  readonly share: Share;
  /** Edits a message once. Never rejects. */
  amend(report: Pick<Reminder, 'channel' | 'ts'>, message: Message): Promise<void>;
  /** The `ts` of the reminder whose button was pressed: its press removes the buttons. */
  readonly pressed?: string | undefined;
}

/** Reports a change in one message, edited in place from the start to the final state. */
export class SlackReporter implements Required<Reporter> {
  readonly #options: SlackReporterOptions;
  #announcement: Announcement | undefined;
  #report: ChangeReport | undefined;
  /** The outcome is known. If it can't be told here, the tick tells it. */
  #isEnding = false;

  constructor(options: SlackReporterOptions) {
    this.#options = options;
  }

  async begun(plan: Plan, earlier: Report): Promise<Report> {
    const { setting, confirmedBy, announce } = this.#options;
    this.#report = startReport(plan, confirmedBy?.());
    this.#announcement = await announce(askedView(this.#report, setting), earlier, plan);
    return this.#announcement.report;
  }

  event(event: OperationEvent): void {
    if (this.#report === undefined) return;
    this.#report = follow(this.#report, event, this.#options.now());
    this.#announcement?.update(progressView(this.#report, this.#options.setting));
  }

  async keep(evidence: Evidence): Promise<void> {
    const shared = await this.#options.share(evidence, this.#announcement?.report);
    if (shared.kind === 'notShared') throw new Error(shared.why);
  }

  async ended(outcome: ChangeOutcome, reminders: readonly Reminder[]): Promise<void> {
    this.#isEnding = true;
    const { unannounced, offer, amend, pressed } = this.#options;
    if (this.#announcement !== undefined) await this.#announcement.finish(this.#lastMessage(outcome));
    else if (outcome.kind !== 'proposal' || offer === undefined) await unannounced(outcome);
    if (outcome.kind === 'proposal') await offer?.(outcome);
    if (outcome.kind !== 'done') return;
    const { request, by } = outcome.operation;
    for (const reminder of reminders.filter(({ ts }) => ts !== pressed))
      await amend(reminder, reminderAnsweredView(reminder.pod, { command: request.command, by }));
  }

  /** Reports the writes that are certain after an internal error. False: there is no message to edit. */
  async reportInternalError(): Promise<boolean> {
    if (this.#announcement === undefined || this.#report === undefined) return false;
    if (this.#isEnding) return true;
    await this.#announcement.finish(this.#view(internalError(this.#report)));
    return true;
  }

  #lastMessage(outcome: ChangeOutcome) {
    if (outcome.kind !== 'proposal') return this.#view(outcome);
    return planChangedView(subjectText(outcome.plan.operation.subject));
  }

  #view(outcome: ChangeOutcome) {
    const { setting } = this.#options;
    return outcomeView(outcome, { ...setting, report: this.#report });
  }
}

interface ResumedReporterOptions
  extends Pick<SlackReporterOptions, 'share' | 'now'>,
    Pick<Setting, 'address' | 'endOfDrainBy'> {
  readonly replies: Replies;
}

/** For an operation of the journal: edits its message, or tells the outcome in a new one. */
export function resumedReporter(
  entry: Pick<JournalEntry, 'id' | 'report'>,
  { replies, share, now, address, endOfDrainBy }: ResumedReporterOptions,
): SlackReporter {
  const setting: Setting = { address, reference: entry.id, endOfDrainBy };
  const { report } = entry;
  const posted = report?.ts === undefined ? undefined : { ...report, ts: report.ts };
  return new SlackReporter({
    setting,
    now,
    share,
    announce: async (message) =>
      posted === undefined ? replies.announce(message, report?.channel) : replies.adopt(posted),
    async unannounced(outcome) {
      if (outcome.kind === 'running' || outcome.kind === 'repeated') return;
      // The process that ends it tells the outcome; a message now could not be edited then.
      if (posted === undefined && outcome.kind === 'unfinished' && outcome.goesOn) return;
      const last = outcomeView(outcome, setting);
      if (posted === undefined) await replies.announce(last, report?.channel);
      else await replies.adopt(posted).finish(last);
    },
    amend: replies.amend,
  });
}

function internalError({ plan, wrote }: ChangeReport): ChangeOutcome {
  const { operation, undo } = plan;
  if (wrote.length > 0) {
    const message = 'Pitlane hit an internal error after these changes. Check the pod: their effect was not verified.';
    return { kind: 'failed', operation, message, stands: wrote.map((title) => `Done: ${title}.`), undo };
  }
  const message = 'Pitlane hit an internal error before it reported a change. Check the pod before you try again.';
  const stands = [`No change of ${subjectText(operation.subject)} is known.`];
  return { kind: 'failed', operation, message, stands, isUncertain: true, undo };
}
