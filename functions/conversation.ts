import { covers, roleFor } from '../pitlane/access.ts';
import type { Standing } from '../pitlane/access-grants.ts';
import { type Message, sentence } from '../pitlane/chat/blocks.ts';
import { offerButtons } from '../pitlane/chat/buttons.ts';
import { code, person as mention } from '../pitlane/chat/escape.ts';
import { unnamed } from '../pitlane/chat/force-button.ts';
import type { ActJob, CancelJob, ConfirmJob, Force, ForceJob, Job, Offer, Person } from '../pitlane/chat/job.ts';
import { referenceOf } from '../pitlane/chat/job.ts';
import { listFile, type TextFile } from '../pitlane/chat/list-file.ts';
import { needsFile } from '../pitlane/chat/list-view.ts';
import { reminderSpentView } from '../pitlane/chat/reminder-view.ts';
import type { Replies } from '../pitlane/chat/replies.ts';
import type { Setting } from '../pitlane/chat/setting.ts';
import { type Share, sharedView } from '../pitlane/chat/share-evidence.ts';
import { outcomeView } from '../pitlane/chat/views.ts';
import type { CancelRequest, ChangeRequest, Request } from '../pitlane/command/request.ts';
import type { ServiceConfig } from '../pitlane/config.ts';
import type { Asker, Pitlane } from '../pitlane/operate.ts';
import type { Outcome, Proposal } from '../pitlane/outcome.ts';
import type { Plan, Report } from '../pitlane/rotation/plan.ts';
import { pressedRequest } from './conversation-buttons.ts';
import { resumedReporter } from './resumed-reporter.ts';
import { SlackReporter } from './slack-reporter.ts';

export interface ConversationOptions {
  readonly pitlane: Pitlane;
  /** Undefined: no such service is configured; Pitlane says so then. */
  readonly service: (key: string) => ServiceConfig | undefined;
  /** What the person may do. */
  readonly roleOf: (person: Person) => Promise<Standing>;
  readonly replies: Replies;
  /** Puts evidence into the thread of a report, or where the person finds it. Never rejects. */
  readonly share: Share;
  /** Gives a file to the person alone. False: Slack did not take it. Never rejects. */
  readonly send: (file: TextFile) => Promise<boolean>;
  readonly now: () => number;
  /** Milliseconds since the epoch: by then the last word must be said. */
  readonly deadline: number;
  /** For the log: the person has been told already. */
  readonly onError: (error: unknown) => void;
}

/** How a job ended, for the log: an outcome's kind, or what became of an offer. */
export type Ending = Outcome['kind'] | 'dismissed' | 'expired' | 'notYours' | 'elsewhere';

/** How long a proposal or a refusal may be answered by its buttons. */
const OFFER_VALID_MS = 15 * 60_000;

/** Carries a job out and tells the person and the channel what they may see of it. */
export async function converse(job: Job, options: ConversationOptions): Promise<Ending> {
  const { replies, service } = options;
  const { asker } = job;
  if (job.kind === 'tell') {
    await replies.tell(outcomeView(job.outcome, { address: asker.address }));
    return job.outcome.kind;
  }
  const request = requestOf(job);
  const only = service(request.service ?? '')?.onlyChannels;
  // A reminder comes to the person directly where pitlane can't post in the channel: its buttons work there.
  const isOwnReminder = job.kind === 'act' && asker.isDirectMessage;
  if (only !== undefined && !only.includes(asker.channel) && !isOwnReminder) {
    await replies.tell(
      sentence(
        `Commands for ${request.service} work in ${only.map((id) => `<#${id}>`).join(' and ')} only. Nothing was changed.`,
      ),
    );
    return 'elsewhere';
  }
  const turn: Turn = {
    ...options,
    person: asker,
    standing: await options.roleOf(asker),
    isPress: job.kind !== 'request',
  };
  switch (job.kind) {
    case 'request':
      return request.command === 'cancel' ? cancel(request, turn) : answer(request, turn);
    case 'choose':
      return answer(request, turn, { uid: job.pod.uid });
    case 'confirm':
    case 'cancel':
      return settle(job, turn);
    case 'force':
      return force(job, turn);
    case 'act':
      return act(job, turn);
  }
}

/** One job of one person. */
interface Turn extends ConversationOptions {
  readonly person: Person;
  readonly standing: Standing;
  /** A button was pressed: whoever pressed it waits for an answer, also to a second press. */
  readonly isPress: boolean;
  /** The reminder whose button it was. */
  readonly reminder?: string;
}

export function requestOf(job: Exclude<Job, { kind: 'tell' }>): Request {
  switch (job.kind) {
    case 'request':
      return job.request;
    case 'choose':
      return { ...job.request, pod: job.pod.name } as Request;
    case 'confirm':
    case 'cancel':
      return job.offer.confirmation.request;
    case 'force':
    case 'act':
      return pressedRequest(job).request;
  }
}

/** A pressed button under a proposal. */
async function settle(job: ConfirmJob | CancelJob, turn: Turn): Promise<Ending> {
  const { offer, asker } = job;
  const { request, pod } = offer.confirmation;
  const what = `${request.command} ${code(pod.name)}`;
  if (asker.userId !== offer.by && !mayAsk(request, turn)) {
    await turn.replies.tell(
      sentence(`Only ${mention(offer.by)}, who asked to ${what}, or ${roleFor(request)}s can answer that.`),
    );
    return 'notYours';
  }
  if (job.kind === 'cancel') {
    await turn.replies.tell(sentence(`Cancelled: ${what}. Nothing was changed.`));
    return 'dismissed';
  }
  if (isExpired(offer, turn)) return expired(what, turn);
  const again: Turn = { ...turn, person: { ...asker, requestId: offer.requestId } };
  return answer(request, again, { uid: pod.uid, offer });
}

/** A pressed Force under a refusal. */
async function force(job: ForceJob, turn: Turn): Promise<Ending> {
  const { request, uid, requestId } = pressedRequest(job);
  if (isExpired(job.force, turn)) return expired(`${request.command} ${code(job.force.pod.name)}`, turn);
  const again: Turn = { ...turn, person: { ...job.asker, requestId } };
  return answer(request, again, { uid, force: job.force });
}

/** A pressed button of a reminder: who pressed it is the one who asks, and the buttons are spent once that is under way. */
async function act(job: ActJob, turn: Turn): Promise<Ending> {
  const { request, uid, requestId } = pressedRequest(job);
  const { reminder, asker } = job;
  const pressed = {
    ...turn,
    person: { ...asker, requestId },
    ...(reminder !== undefined && { reminder: reminder.ts }),
  };
  const ending = await answer(request, pressed, { uid });
  if (reminder !== undefined && (ending === 'done' || ending === 'unfinished')) {
    const spent = reminderSpentView(reminder, { request, by: asker.userId });
    await turn.replies.amend({ channel: asker.channel, ts: reminder.ts }, spent);
  }
  return ending;
}

function isExpired({ at }: { readonly at: number }, { now }: Turn): boolean {
  return now() - at > OFFER_VALID_MS;
}

async function expired(what: string, { replies }: Turn): Promise<Ending> {
  await replies.tell(
    sentence(
      `The proposal to ${what} is older than 15 minutes. Nothing was changed; type the command again for a new one.`,
    ),
  );
  return 'expired';
}

function mayAsk(request: Request, { standing }: Turn): boolean {
  return covers(standing.role, roleFor(request));
}

function askerOf({ person, standing }: Turn): Asker {
  return { by: person.userId, role: standing.role, requestId: person.requestId };
}

async function cancel(request: CancelRequest, turn: Turn): Promise<Ending> {
  const { pitlane, replies, person, deadline } = turn;
  const outcome = await pitlane.cancel(request, askerOf(turn), {
    deadline,
    reporter: (entry) => resumedReporter(entry, { ...turn, address: person.address }),
  });
  await replies.tell(view(outcome, turn));
  return outcome.kind;
}

interface Expectation {
  /** Another pod of the same name is another pod. */
  readonly uid: string;
  /** What was confirmed. */
  readonly offer?: Offer;
  /** Which refusals are set aside. */
  readonly force?: Force;
}

async function answer(request: Request, turn: Turn, expected?: Expectation): Promise<Ending> {
  const { pitlane, replies } = turn;
  if (request.command === 'cancel') return cancel(request, turn);
  const outcome = await pitlane.propose(request, askerOf(turn));
  if (outcome.kind === 'evidence') {
    await replies.tell(sharedView(outcome, await turn.share(outcome, outcome.report)));
    return outcome.kind;
  }
  if (outcome.kind === 'listed' && needsFile(outcome)) {
    const file = listFile(outcome);
    const isSent = await turn.send(file);
    await replies.tell(outcomeView(outcome, { ...setting(turn), ...(isSent && { file: file.name }) }));
    return outcome.kind;
  }
  if (outcome.kind !== 'proposal') {
    if (!isEcho(outcome, turn)) await replies.tell(view(inSlack(outcome, request), turn));
    return outcome.kind;
  }
  const { plan } = outcome;
  if (expected !== undefined && expected.uid !== plan.operation.pod.uid) {
    const gone = `The pod that you chose is gone; ${code(plan.operation.pod.name)} is another one by now. Nothing was changed.`;
    await replies.tell(sentence(gone));
    return 'notUnderstood';
  }
  if (plan.operation.request.dryRun) {
    await offer({ kind: 'proposal', plan, why: 'dryRun' }, turn);
    return 'proposal';
  }
  const isConfirmed =
    expected?.offer?.confirmation.fingerprint === plan.fingerprint ||
    (expected?.force !== undefined && unnamed(plan.checks, expected.force).length === 0);
  const hasNews = expected?.force !== undefined && unnamed(plan.checks, expected.force).length > 0;
  if (!isConfirmed && (hasNews || needsConfirmation(plan))) {
    await offer({ kind: 'proposal', plan, why: expected?.offer || hasNews ? 'changed' : 'needsConfirmation' }, turn);
    return 'proposal';
  }
  return carryOut(plan, turn, isConfirmed);
}

/** Slack has delivered the same command twice: the first delivery answers. */
function isEcho(outcome: Outcome, { isPress }: Turn): boolean {
  return !isPress && (outcome.kind === 'running' || outcome.kind === 'repeated');
}

/** A message can't grow for ever, as a log in a terminal can. */
function inSlack(outcome: Outcome, request: Request): Outcome {
  if (outcome.kind !== 'logged' || request.command !== 'logs' || !request.follow) return outcome;
  return { ...outcome, notes: [...outcome.notes, 'Slack can not follow a log: this is how it ends now.'] };
}

function needsConfirmation({ checks }: Plan): boolean {
  return checks.some(({ level }) => level === 'warning');
}

async function offer(proposal: Proposal, turn: Turn): Promise<void> {
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
  const shorten = sentence(
    'This needs a confirmation, and the reason is too long for its button: type it again with a shorter one.',
  );
  await replies.tell({ text: shown.text, blocks: [...shown.blocks.slice(0, 49), ...shorten.blocks] });
}

/** One message in the service's channel, or else where it was asked for, from the start to the end. A change that another delivery has begun gets no second one. */
async function carryOut(plan: Plan, turn: Turn, isConfirmed: boolean): Promise<Ending> {
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
      if (notice !== undefined) await replies.tell(sentence(notice));
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
  try {
    const events = pitlane.advance(request, asker, {
      deadline,
      reporter,
      hasTick: true,
      proposed: plan,
      ...(isConfirmed && { confirmed: confirmation }),
    });
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value.kind;
      reporter.tell(next.value);
    }
  } catch (error) {
    if (!(await reporter.brokeOff())) throw error;
    turn.onError(error);
    return 'failed';
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
): string | undefined {
  const isElsewhere = channel !== person.channel;
  if (!isConfirmed && !isElsewhere) return undefined;
  const said = `${isConfirmed ? 'Confirmed' : 'Under way'}: ${request.command} ${code(pod.name)}.`;
  return isElsewhere ? `${said} See <#${channel}> for how it goes.` : said;
}

function view(outcome: Outcome, turn: Turn): Message {
  const { why } = turn.standing;
  const shown =
    outcome.kind === 'denied' && why !== undefined ? { ...outcome, message: `${outcome.message} ${why}` } : outcome;
  return outcomeView(shown, setting(turn));
}

function setting({ person, standing, now }: Turn): Setting {
  return {
    address: person.address,
    reference: referenceOf(person.requestId),
    ...(covers(standing.role, 'admin') && { canForce: { at: now(), requestId: person.requestId } }),
  };
}
