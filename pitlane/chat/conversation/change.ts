import type { ChangeRequest } from '../../command/request.ts';
import type { Decision, Door } from '../../operate/asker.ts';
import type { ChangeOutcome, Proposal } from '../../operate/outcome.ts';
import { needsConfirmation } from '../../operate/words.ts';
import { DELETED_FOR_GOOD, NOT_RESTARTED } from '../../operations/agreed.ts';
import { UNDOES } from '../../operations/as-undo.ts';
import { isUndo } from '../../operations/table.ts';
import { changedText, type Plan, podsIn, type Report, subjectText } from '../../rotation/plan.ts';
import type { Message } from '../blocks/blocks.ts';
import { notShown } from '../blocks/buttons.ts';
import type { Offer, Person, RequestJob } from '../job.ts';
import { confirmedView, elsewhereView, podGoneView } from '../views/notices.ts';
import { SlackReporter } from './reporter.ts';
import { askerOf, type Ending, setting, type Turn, view } from './turn.ts';

/** Carries out a change and reports it in one message, in the service's channel or else where it was requested. */
export async function change(request: ChangeRequest, turn: Turn): Promise<Ending> {
  const { pitlane, replies, job, share, now, deadline } = turn;
  const { asker } = job;
  const { channel } = turn.service(request.service) ?? {};
  let isConfirmed = false;
  /** The name of the pod that was shown, if another pod has it now. */
  let podGone: string | undefined;
  const reporter = new SlackReporter({
    setting: setting(turn),
    now,
    share,
    confirmedBy: () => (isConfirmed ? asker.userId : undefined),
    async announce(message, earlier, plan) {
      const announcement =
        earlier?.ts === undefined
          ? await replies.announce(message, channel)
          : replies.adopt({ ...earlier, ts: earlier.ts });
      const notice = noticeOf(plan, asker, announcement.report.channel, isConfirmed);
      if (notice !== undefined) await replies.tell(notice);
      return announcement;
    },
    async unannounced(outcome) {
      // The first delivery of a typed command answers. A press is always answered.
      const isRedelivery = job.kind === 'request' && (outcome.kind === 'running' || outcome.kind === 'repeated');
      if (podGone !== undefined) await replies.tell(podGoneView(podGone));
      else if (!isRedelivery) await replies.tell(view(outcome, turn));
    },
    offer: (proposal) => replies.tell(view(proposal, turn)),
    amend: replies.amend,
    pressed: job.reminder?.ts,
  });
  const door: Door = {
    deadline,
    reporter,
    async decide(proposal) {
      const decision = decideOn(proposal, job);
      // The dialog of a button is part of the press.
      const isPressed = job.kind === 'act' && !isUndo(job.request);
      isConfirmed = decision.kind === 'carryOut' && decision.confirmed !== undefined && !isPressed;
      if (decision.kind === 'refuse') podGone = subjectText(proposal.plan.operation.subject);
      return decision;
    },
  };
  try {
    const outcome = await pitlane.carryOut(request, { ...askerOf(turn), report: reportOf(asker, channel) }, door);
    if (podGone !== undefined) return 'podGone';
    return isUndoSpent(outcome) ? 'undoSpent' : outcome.kind;
  } catch (error) {
    if (!(await reporter.reportInternalError())) throw error;
    turn.onError(error);
    return 'failed';
  }
}

/** Nothing is left to undo: the operation was undone before, or another one came after it. */
function isUndoSpent(outcome: ChangeOutcome): boolean {
  return outcome.kind === 'refusal' && isUndo(outcome.operation.request);
}

/** Carries out only a plan that was shown with the button, or one without warnings. */
function decideOn({ plan, why }: Proposal, { kind, request: pressed, pod, offer }: RequestJob): Decision {
  const [only] = podsIn(plan.operation.subject);
  if (pod !== undefined && only?.uid !== pod.uid) {
    const message = `${pod.name} is gone.`;
    return { kind: 'refuse', outcome: { kind: 'notUnderstood', message, instead: [] } };
  }
  // The plan changed before the first write.
  if (why === 'changed') return { kind: 'leave' };
  const asked = kind === 'act' ? askedByDialog(plan, pressed) : {};
  const { fingerprint, codes }: Partial<Offer> = offer ?? asked;
  const isNew = codes !== undefined && notShown(plan.checks, codes).length > 0;
  const isConfirmed = fingerprint === plan.fingerprint || (codes !== undefined && !isNew);
  const { id, request } = plan.operation;
  if (isConfirmed) return { kind: 'carryOut', confirmed: { id, request, fingerprint: plan.fingerprint } };
  if (!isNew && !needsConfirmation(plan)) return { kind: 'carryOut' };
  return { kind: 'leave', why: offer !== undefined ? 'changed' : 'needsConfirmation' };
}

/**
 * The dialog of an Undo button has asked whether to undo, that of a Finish button whether to delete, and those of Undo and
 * Restore have named the reason of the drain.
 */
function askedByDialog({ checks }: Plan, pressed: RequestJob['request']): Pick<Offer, 'codes'> {
  const asked = [NOT_RESTARTED, isUndo(pressed) ? UNDOES : DELETED_FOR_GOOD];
  const codes = asked.filter((code) => checks.some((check) => check.code === code));
  return codes.length > 0 ? { codes } : {};
}

/** Where the report will be, for a process that has to continue before it is posted. */
function reportOf({ channel, thread }: Person, configured: string = channel): Report {
  return { channel: configured, ...(configured === channel && thread !== undefined && { thread }) };
}

/** Tells the person who asked that the buttons are used, or that the report is in another channel. */
function noticeOf(plan: Plan, person: Person, channel: string, isConfirmed: boolean): Message | undefined {
  const task = `${plan.operation.request.command} ${changedText(plan)}`;
  const reportedIn = channel === person.channel ? undefined : channel;
  if (isConfirmed) return confirmedView(task, reportedIn);
  return reportedIn === undefined ? undefined : elsewhereView(task, reportedIn);
}
