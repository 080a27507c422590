import { sentence } from '../pitlane/chat/blocks.ts';
import { offerButtons } from '../pitlane/chat/buttons.ts';
import { type ChangeReport, follow, startReport } from '../pitlane/chat/change-report.ts';
import { progressView, subject } from '../pitlane/chat/change-view.ts';
import { code, person as mention } from '../pitlane/chat/escape.ts';
import { unnamed } from '../pitlane/chat/force-button.ts';
import type { ActJob, CancelJob, ConfirmJob, Force, ForceJob, Job, Offer, Person } from '../pitlane/chat/job.ts';
import { referenceOf } from '../pitlane/chat/job.ts';
import type { Announcement, Replies } from '../pitlane/chat/replies.ts';
import { outcomeView } from '../pitlane/chat/views.ts';
import type { ChangeRequest, Request } from '../pitlane/command/request.ts';
import type { ServiceConfig } from '../pitlane/config.ts';
import type { Asker, Pitlane } from '../pitlane/operate.ts';
import type { Outcome, Proposal } from '../pitlane/outcome.ts';
import type { Plan } from '../pitlane/rotation/plan.ts';
import { pressedRequest } from './conversation-buttons.ts';

export interface ConversationOptions {
  readonly pitlane: Pitlane;
  /** Undefined: no such service is configured; Pitlane says so then. */
  readonly service: (key: string) => ServiceConfig | undefined;
  readonly replies: Replies;
  readonly now: () => number;
  /** Milliseconds since the epoch: by then the last word must be said. */
  readonly deadline: number;
  /** For the log: the person has been told already. */
  readonly onError: (error: unknown) => void;
}

/** How a job ended, for the log: an outcome's kind, or what became of an offer. */
export type Ending = Outcome['kind'] | 'cancelled' | 'expired' | 'notYours' | 'elsewhere';

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
  if (only !== undefined && !only.includes(asker.channel)) {
    await replies.tell(
      sentence(
        `Commands for ${request.service} work in ${only.map((id) => `<#${id}>`).join(' and ')} only. Nothing was changed.`,
      ),
    );
    return 'elsewhere';
  }
  switch (job.kind) {
    case 'request':
      return answer(request, asker, options);
    case 'choose':
      return answer(request, asker, options, { uid: job.pod.uid });
    case 'confirm':
    case 'cancel':
      return settle(job, options);
    case 'force':
    case 'act':
      return press(job, options);
  }
}

/** A pressed button that asks for something new. */
async function press(job: ForceJob | ActJob, options: ConversationOptions): Promise<Ending> {
  const { request, uid, requestId } = pressedRequest(job);
  if (job.kind === 'force' && options.now() - job.force.at > OFFER_VALID_MS) {
    await options.replies.tell(
      sentence(
        `The refusal to ${request.command} ${code(job.force.pod.name)} is older than 15 minutes. Nothing was changed; type the command again to see how things stand.`,
      ),
    );
    return 'expired';
  }
  const force = job.kind === 'force' ? { force: job.force } : {};
  return answer(request, { ...job.asker, requestId }, options, { uid, ...force });
}

/** What a job asks for. */
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
async function settle(job: ConfirmJob | CancelJob, options: ConversationOptions): Promise<Ending> {
  const { offer, asker } = job;
  const { request, pod } = offer.confirmation;
  const what = `${request.command} ${code(pod.name)}`;
  if (asker.userId !== offer.by) {
    await options.replies.tell(sentence(`Only ${mention(offer.by)}, who asked to ${what}, can answer that.`));
    return 'notYours';
  }
  if (job.kind === 'cancel') {
    await options.replies.tell(sentence(`Cancelled: ${what}. Nothing was changed.`));
    return 'cancelled';
  }
  if (options.now() - offer.at > OFFER_VALID_MS) {
    await options.replies.tell(
      sentence(
        `The proposal to ${what} is older than 15 minutes. Nothing was changed; type the command again for a new one.`,
      ),
    );
    return 'expired';
  }
  return answer(request, { ...asker, requestId: offer.requestId }, options, { uid: pod.uid, offer });
}

interface Expectation {
  /** Another pod of the same name is another pod. */
  readonly uid: string;
  /** What was confirmed. */
  readonly offer?: Offer;
  /** What was shown beside the Force button that was pressed. */
  readonly force?: Force;
}

async function answer(
  request: Request,
  person: Person,
  options: ConversationOptions,
  expected?: Expectation,
): Promise<Ending> {
  const { pitlane, replies } = options;
  const asker: Asker = { by: person.userId, role: 'admin', requestId: person.requestId };
  const outcome = await pitlane.propose(request, asker);
  if (outcome.kind !== 'proposal') {
    await replies.tell(outcomeView(inSlack(outcome, request), setting(person)));
    return outcome.kind;
  }
  const { plan } = outcome;
  if (expected !== undefined && expected.uid !== plan.operation.pod.uid) {
    const gone = `The pod that you chose is gone; ${code(plan.operation.pod.name)} is another one by now. Nothing was changed.`;
    await replies.tell(sentence(gone));
    return 'notUnderstood';
  }
  const isConfirmed = expected?.offer?.confirmation.fingerprint === plan.fingerprint;
  const isMore = expected?.force !== undefined && unnamed(plan.checks, expected.force).length > 0;
  if (plan.operation.request.dryRun || isMore || (!isConfirmed && needsConfirmation(plan))) {
    const why = plan.operation.request.dryRun
      ? 'dryRun'
      : expected?.offer === undefined && !isMore
        ? 'needsConfirmation'
        : 'changed';
    await offer({ kind: 'proposal', plan, why }, person, options);
    return 'proposal';
  }
  return carryOut(plan, person, options, expected?.offer);
}

/** A message can't grow for ever, as a log in a terminal can. */
function inSlack(outcome: Outcome, request: Request): Outcome {
  if (outcome.kind !== 'logged' || request.command !== 'logs' || !request.follow) return outcome;
  return { ...outcome, notes: [...outcome.notes, 'Slack can not follow a log: this is how it ends now.'] };
}

function needsConfirmation({ checks }: Plan): boolean {
  return checks.some(({ level }) => level === 'warning');
}

async function offer(proposal: Proposal, person: Person, { replies, now }: ConversationOptions): Promise<void> {
  if (proposal.why === 'dryRun') return replies.tell(outcomeView(proposal, setting(person)));
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
  const view = outcomeView(proposal, { ...setting(person), ...(buttons !== undefined && { buttons }) });
  if (buttons !== undefined) return replies.tell(view);
  const shorten = sentence(
    'This needs a confirmation, and the reason is too long for its button: type it again with a shorter one.',
  );
  await replies.tell({ text: view.text, blocks: [...view.blocks.slice(0, 49), ...shorten.blocks] });
}

/** One message in the service's channel, or else where it was asked for, from the start to the end. A change that another delivery has begun gets no second one. */
async function carryOut(plan: Plan, person: Person, options: ConversationOptions, confirmed?: Offer): Promise<Ending> {
  const { pitlane, replies, now, deadline } = options;
  let report = startReport(plan, confirmed === undefined ? undefined : person.userId);
  const isBegun = plan.steps.length === 0;
  const { channel } = options.service(plan.operation.request.service) ?? {};
  const announcement = isBegun ? undefined : await replies.announce(progressView(report, setting(person)), channel);
  const asker: Asker = {
    by: person.userId,
    role: 'admin',
    requestId: person.requestId,
    ...(announcement !== undefined && { report: announcement.report }),
  };
  const request: ChangeRequest = { ...plan.operation.request, pod: plan.operation.pod.name };
  try {
    const notice = announcement && noticeOf(plan, person, announcement, confirmed !== undefined);
    if (notice !== undefined) await replies.tell(sentence(notice));
    const events = pitlane.advance(request, asker, {
      deadline,
      ...(confirmed !== undefined && { confirmed: confirmed.confirmation }),
    });
    for (;;) {
      const next = await events.next();
      if (next.done) return await conclude(next.value, report, announcement, person, options);
      report = follow(report, next.value, now());
      announcement?.update(progressView(report, setting(person)));
    }
  } catch (error) {
    if (announcement === undefined) throw error;
    options.onError(error);
    await announcement.finish(outcomeView(brokenOff(report), { ...setting(person), report }));
    return 'failed';
  }
}

/** What the asker is told besides the report: in the place of the buttons, which are spent, and where the report is. */
function noticeOf(
  { operation: { request, pod } }: Plan,
  person: Person,
  { report }: Announcement,
  isConfirmed: boolean,
): string | undefined {
  const isElsewhere = report.channel !== person.channel;
  if (!isConfirmed && !isElsewhere) return undefined;
  const said = `${isConfirmed ? 'Confirmed' : 'Under way'}: ${request.command} ${code(pod.name)}.`;
  return isElsewhere ? `${said} See <#${report.channel}> for how it goes.` : said;
}

async function conclude(
  outcome: Outcome,
  report: ChangeReport,
  announcement: Announcement | undefined,
  person: Person,
  options: ConversationOptions,
): Promise<Ending> {
  const view = outcomeView(outcome, { ...setting(person), report });
  if (outcome.kind === 'proposal') {
    // The cluster has changed between the proposal and the first write.
    await announcement?.finish(
      sentence(
        `*${subject(outcome.plan.operation)}*: nothing was changed. The plan was another one by the time of the first write, and ${mention(person.userId)} has been shown it.`,
      ),
    );
    await offer(outcome, person, options);
  } else if (announcement === undefined) await options.replies.tell(view);
  else await announcement.finish(view);
  return outcome.kind;
}

/** What can be said for sure when the way to the cluster broke with an error that nobody foresaw. */
function brokenOff({ plan, wrote }: ChangeReport): Outcome {
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

function setting(person: Person) {
  return { address: person.address, reference: referenceOf(person.requestId) };
}
