import type { ChangeRequest } from '../../command/request.ts';
import type { Proposal } from '../../operate/outcome.ts';
import type { Asker } from '../../operate/pitlane.ts';
import type { Plan, Report } from '../../rotation/plan.ts';
import { type Message, section } from '../blocks/blocks.ts';
import { offerButtons } from '../blocks/buttons.ts';
import type { Person } from '../job.ts';
import { confirmedView, elsewhereView } from '../views/notices.ts';
import { outcomeView } from '../views/views.ts';
import { SlackReporter } from './reporter.ts';
import { askerOf, type Ending, isEcho, setting, type Turn, view } from './turn.ts';

/** Shows a plan to the person, with Confirm and Cancel where it may be carried out. */
export async function offer(proposal: Proposal, turn: Turn): Promise<void> {
  const { replies, now, person } = turn;
  if (proposal.why === 'dryRun') return replies.tell(view(proposal, turn));
  const { operation, fingerprint } = proposal.plan;
  // The pod is settled: its whole name stands for whatever part of it was typed.
  const request: ChangeRequest = { ...operation.request, pod: operation.pod.name };
  const confirmation = { id: operation.id, request, pod: operation.pod, fingerprint };
  const buttons = offerButtons({
    confirmation,
    by: person.userId,
    at: now(),
    requestId: person.requestId,
    address: person.address,
  });
  const shown = outcomeView(proposal, { ...setting(turn), ...(buttons !== undefined && { buttons }) });
  if (buttons !== undefined) return replies.tell(shown);
  const shorten = section(
    'This needs a confirmation, and the reason is too long for its button: type it again with a shorter one.',
  );
  await replies.tell({ text: shown.text, blocks: [...shown.blocks.slice(0, 49), shorten] });
}

/** One message in the service's channel, or else where it was asked for, from the start to the end. A change that another delivery has begun gets no second one. */
export async function carryOut(plan: Plan, turn: Turn, isConfirmed: boolean): Promise<Ending> {
  const { pitlane, replies, person, deadline, share, now } = turn;
  const { channel } = turn.service(plan.operation.request.service) ?? {};
  const reporter = new SlackReporter({
    setting: setting(turn),
    now,
    ...(isConfirmed && { confirmedBy: person.userId }),
    async announce(message, earlier, begun) {
      const announcement =
        earlier?.ts === undefined
          ? await replies.announce(message, channel)
          : replies.adopt({ ...earlier, ts: earlier.ts });
      const notice = noticeOf(begun, person, announcement.report.channel, isConfirmed);
      if (notice !== undefined) await replies.tell(notice);
      return announcement;
    },
    async unannounced(outcome) {
      if (outcome.kind !== 'proposal' && !isEcho(outcome, turn)) await replies.tell(view(outcome, turn));
    },
    async afterwards(outcome) {
      if (outcome.kind === 'proposal') await offer(outcome, turn);
    },
    share,
    amend: replies.amend,
    ...(turn.reminder !== undefined && { pressed: turn.reminder }),
  });
  const request: ChangeRequest = { ...plan.operation.request, pod: plan.operation.pod.name };
  const asker: Asker = { ...askerOf(turn), report: reportOf(person, channel) };
  const { id, pod, request: proposed } = plan.operation;
  const confirmation = { id, request: proposed, pod, fingerprint: plan.fingerprint };
  const events = pitlane.advance(request, asker, {
    deadline,
    reporter,
    hasTick: true,
    proposed: plan,
    ...(isConfirmed && { confirmed: confirmation }),
  });
  try {
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value.kind;
      reporter.tell(next.value);
    }
  } catch (error) {
    if (!(await reporter.brokeOff())) throw error;
    turn.onError(error);
    return 'failed';
  } finally {
    // Where it broke off in between, nothing goes on behind the back of whoever is told so.
    await events.return(undefined as never);
  }
}

/** Where the report is to stand, for whoever has to go on before it does. */
function reportOf({ channel, thread }: Person, configured: string = channel): Report {
  return { channel: configured, ...(configured === channel && thread !== undefined && { thread }) };
}

/** What the asker is told besides the report: in the place of the buttons, which are spent, and where the report is. */
function noticeOf(
  { operation: { request, pod } }: Plan,
  person: Person,
  channel: string,
  isConfirmed: boolean,
): Message | undefined {
  const what = { command: request.command, pod: pod.name };
  const reportedIn = channel === person.channel ? undefined : channel;
  if (isConfirmed) return confirmedView(what, reportedIn);
  return reportedIn === undefined ? undefined : elsewhereView(what, reportedIn);
}
