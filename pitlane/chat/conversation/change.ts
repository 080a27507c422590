import type { ChangeRequest } from '../../command/request.ts';
import type { Decision, Door } from '../../operate/asker.ts';
import type { Proposal } from '../../operate/outcome.ts';
import { needsConfirmation } from '../../operate/words.ts';
import { type Plan, podsIn, type Report, subjectText } from '../../rotation/plan.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { type Message, section } from '../blocks/blocks.ts';
import { offerButtons } from '../blocks/buttons.ts';
import { notShown } from '../blocks/force-button.ts';
import type { Force, Offer, Person } from '../job.ts';
import { confirmedView, elsewhereView, podGoneView } from '../views/notices.ts';
import { outcomeView } from '../views/views.ts';
import { SlackReporter } from './reporter.ts';
import { askerOf, type Ending, isRedelivery, setting, type Turn, view } from './turn.ts';

/** The data of a pressed button besides its request. */
export interface Expectation {
  /** The pod that was shown: a later pod may have its name. */
  readonly pod?: PodRef;
  /** The confirmed proposal. */
  readonly offer?: Offer;
  /** The forced refusal. */
  readonly force?: Force;
}

/** Carries out a change and reports it in one message, in the service's channel or else where it was requested. */
export async function change(request: ChangeRequest, turn: Turn, expected: Expectation): Promise<Ending> {
  const { pitlane, person, deadline } = turn;
  const { channel } = turn.service(request.service) ?? {};
  const decided: Decided = { isConfirmed: false };
  const reporter = reporterFor(turn, channel, decided);
  const door: Door = {
    deadline,
    reporter,
    async decide(proposal) {
      const decision = decideOn(proposal, expected);
      decided.isConfirmed = decision.kind === 'carryOut' && decision.confirmed !== undefined;
      if (decision.kind === 'refuse') decided.podGone = subjectText(proposal.plan.operation.subject);
      return decision;
    },
  };
  try {
    const outcome = await pitlane.carryOut(request, { ...askerOf(turn), report: reportOf(person, channel) }, door);
    return decided.podGone === undefined ? outcome.kind : 'podGone';
  } catch (error) {
    if (!(await reporter.reportInternalError())) throw error;
    turn.onError(error);
    return 'failed';
  }
}

/** The decision about the plan. */
interface Decided {
  isConfirmed: boolean;
  /** The name of the pod that was shown, if another pod has it now. */
  podGone?: string;
}

/** Carries out only a plan that was shown with the button, or one without warnings. */
function decideOn(proposal: Proposal, { pod, offer, force }: Expectation): Decision {
  const { plan, why } = proposal;
  const [only] = podsIn(plan.operation.subject);
  if (pod !== undefined && only?.uid !== pod.uid) {
    const message = `${pod.name} is gone.`;
    return { kind: 'refuse', outcome: { kind: 'notUnderstood', message, instead: [] } };
  }
  // The plan changed before the first write.
  if (why === 'changed') return { kind: 'leave' };
  const isNew = force !== undefined && notShown(plan.checks, force).length > 0;
  const isConfirmed = offer?.confirmation.fingerprint === plan.fingerprint || (force !== undefined && !isNew);
  const { id, request } = plan.operation;
  if (isConfirmed) return { kind: 'carryOut', confirmed: { id, request, fingerprint: plan.fingerprint } };
  if (!isNew && !needsConfirmation(plan)) return { kind: 'carryOut' };
  return { kind: 'leave', why: offer !== undefined || isNew ? 'changed' : 'needsConfirmation' };
}

function reporterFor(turn: Turn, channel: string | undefined, decided: Decided): SlackReporter {
  const { replies, person, share, now } = turn;
  return new SlackReporter({
    setting: setting(turn),
    now,
    confirmedBy: () => (decided.isConfirmed ? person.userId : undefined),
    async announce(message, earlier, plan) {
      const announcement =
        earlier?.ts === undefined
          ? await replies.announce(message, channel)
          : replies.adopt({ ...earlier, ts: earlier.ts });
      const notice = noticeOf(plan, person, announcement.report.channel, decided.isConfirmed);
      if (notice !== undefined) await replies.tell(notice);
      return announcement;
    },
    async unannounced(outcome) {
      if (decided.podGone !== undefined) await replies.tell(podGoneView(decided.podGone));
      else if (!isRedelivery(outcome, turn)) await replies.tell(view(outcome, turn));
    },
    offer: (proposal) => offerPlan(proposal, turn),
    share,
    amend: replies.amend,
    ...(turn.reminder !== undefined && { pressed: turn.reminder }),
  });
}

/** Shows a plan to the person, with Confirm and Cancel unless it is a dry run. */
async function offerPlan(proposal: Proposal, turn: Turn): Promise<void> {
  const { replies, now, person } = turn;
  if (proposal.why === 'dryRun') return replies.tell(view(proposal, turn));
  const { operation, fingerprint } = proposal.plan;
  const [pod, ...others] = podsIn(operation.subject);
  const isOne = pod !== undefined && others.length === 0;
  // One pod is confirmed by its full name. Several are selected again, as they were named.
  const request: ChangeRequest = isOne ? { ...operation.request, pods: [pod.name] } : operation.request;
  const buttons = offerButtons({
    confirmation: { id: operation.id, request, fingerprint },
    ...(isOne && { pod }),
    by: person.userId,
    at: now(),
    requestId: person.requestId,
    address: person.address,
  });
  const shown = outcomeView(proposal, { ...setting(turn), ...(buttons !== undefined && { buttons }) });
  if (buttons !== undefined) return replies.tell(shown);
  const shorten = section(
    'This needs a confirmation, but the command is too long for a button. Type it again with a shorter reason, or select the pods by -l or --node.',
  );
  await replies.tell({ text: shown.text, blocks: [...shown.blocks.slice(0, 49), shorten] });
}

/** Where the report will be, for a process that has to continue before it is posted. */
function reportOf({ channel, thread }: Person, configured: string = channel): Report {
  return { channel: configured, ...(configured === channel && thread !== undefined && { thread }) };
}

/** Tells the person who asked that the buttons are used, or that the report is in another channel. */
function noticeOf(
  { operation: { request, subject } }: Plan,
  person: Person,
  channel: string,
  isConfirmed: boolean,
): Message | undefined {
  const task = `${request.command} ${subjectText(subject)}`;
  const reportedIn = channel === person.channel ? undefined : channel;
  if (isConfirmed) return confirmedView(task, reportedIn);
  return reportedIn === undefined ? undefined : elsewhereView(task, reportedIn);
}
