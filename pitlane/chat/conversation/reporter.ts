import type { Evidence } from '../../evidence/evidence.ts';
import type { ChangeOutcome, OperationEvent } from '../../operate/outcome.ts';
import type { Reminder, Reporter } from '../../operate/pitlane.ts';
import type { Plan } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Announcement } from '../slack/replies.ts';
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
  /** A Slack user id; absent: the plan needed no confirmation. */
  readonly confirmedBy?: string;
  /** The one message of the change, with its first words. `earlier`: where it stands already. */
  announce(message: ReturnType<typeof askedView>, earlier: Report, plan: Plan): Promise<Announcement>;
  /** The last word where nothing was announced. */
  unannounced(outcome: ChangeOutcome): Promise<void>;
  /** Besides the last word: the plan that has become another one needs an answer. */
  afterwards?(outcome: ChangeOutcome): Promise<void>;
  readonly share: Share;
  /** Edits a message once; never rejects. */
  amend(report: Reminder, message: Message): Promise<void>;
  /** The reminder whose button was pressed: that it was is shown otherwise. */
  readonly pressed?: string;
}

/** Tells of a change by one message, edited in place from its beginning to its true end. */
export class SlackReporter implements Required<Reporter> {
  readonly #options: SlackReporterOptions;
  #announcement: Announcement | undefined;
  #report: ChangeReport | undefined;
  /** How it ended is known: should it not be told here, the tick tells it. */
  #isEnding = false;

  constructor(options: SlackReporterOptions) {
    this.#options = options;
  }

  async begun(plan: Plan, earlier: Report): Promise<Report> {
    const { setting, confirmedBy, announce } = this.#options;
    this.#report = startReport(plan, confirmedBy);
    this.#announcement = await announce(askedView(this.#report, setting), earlier, plan);
    return this.#announcement.report;
  }

  /** What happens while the change is under way. */
  tell(event: OperationEvent): void {
    if (this.#report === undefined) return;
    this.#report = follow(this.#report, event, this.#options.now());
    this.#announcement?.update(progressView(this.#report, this.#options.setting));
  }

  async keep(evidence: Evidence): Promise<void> {
    const shared = await this.#options.share(evidence, this.#announcement?.report);
    if (shared.kind === 'notShared') throw new Error(shared.why);
  }

  async ended(outcome: ChangeOutcome, reminder?: Reminder): Promise<void> {
    this.#isEnding = true;
    const { unannounced, afterwards, amend, pressed } = this.#options;
    if (this.#announcement === undefined) await unannounced(outcome);
    else await this.#announcement.finish(this.#lastWord(outcome));
    await afterwards?.(outcome);
    if (outcome.kind !== 'done' || reminder === undefined || reminder.ts === pressed) return;
    const { pod, request, by } = outcome.operation;
    await amend(reminder, reminderAnsweredView(pod.name, { command: request.command, by }));
  }

  /** Pitlane broke off with an error of its own: what can be said for sure. False: nothing was announced. */
  async brokeOff(): Promise<boolean> {
    if (this.#announcement === undefined || this.#report === undefined) return false;
    if (this.#isEnding) return true;
    await this.#announcement.finish(this.#view(brokenOff(this.#report)));
    return true;
  }

  #lastWord(outcome: ChangeOutcome) {
    if (outcome.kind !== 'proposal') return this.#view(outcome);
    return planChangedView(outcome.plan.operation.pod.name);
  }

  #view(outcome: ChangeOutcome) {
    const { setting } = this.#options;
    return outcomeView(outcome, { ...setting, ...(this.#report !== undefined && { report: this.#report }) });
  }
}

/** What can be said for sure when the way to the cluster broke with an error that nobody foresaw. */
function brokenOff({ plan, wrote }: ChangeReport): ChangeOutcome {
  return {
    kind: 'failed',
    operation: plan.operation,
    message:
      wrote.length === 0
        ? 'Pitlane broke off with an error of its own before it reported a write; look at the pod before you try again.'
        : 'Pitlane broke off with an error of its own; what stands is written, but nobody has watched the rest.',
    stands:
      wrote.length === 0
        ? [`Nothing is known to be written on ${plan.operation.pod.name}.`]
        : wrote.map((title) => `Written: ${title}.`),
    undo: plan.undo,
  };
}
