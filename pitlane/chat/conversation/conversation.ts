import type { ActJob, CancelJob, ConfirmJob, ForceJob, Job } from '../job.ts';
import { dismissedView, expiredView, notYoursView, wrongChannelView } from '../views/notices.ts';
import { reminderSpentView } from '../views/reminder-view.ts';
import { outcomeView } from '../views/views.ts';
import { answer } from './answer.ts';
import { pressedRequest, requestOf } from './job-request.ts';
import { type ConversationOptions, type Ending, mayAsk, type Turn } from './turn.ts';

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
    await replies.tell(wrongChannelView(request.service ?? '', only));
    return 'wrongChannel';
  }
  const turn: Turn = {
    ...options,
    person: asker,
    standing: await options.roleOf(asker),
    isPress: job.kind !== 'request',
  };
  switch (job.kind) {
    case 'request':
      return answer(request, turn);
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

/** A pressed button under a proposal. */
async function settle(job: ConfirmJob | CancelJob, turn: Turn): Promise<Ending> {
  const { offer, asker } = job;
  const { request, pod } = offer.confirmation;
  const what = { command: request.command, pod: pod.name };
  if (asker.userId !== offer.by && !mayAsk(request, turn)) {
    await turn.replies.tell(notYoursView(what, offer.by, request));
    return 'notYours';
  }
  if (job.kind === 'cancel') {
    await turn.replies.tell(dismissedView(what));
    return 'dismissed';
  }
  if (isExpired(offer, turn)) return expired(what, turn);
  const again: Turn = { ...turn, person: { ...asker, requestId: offer.requestId } };
  return answer(request, again, { uid: pod.uid, offer });
}

/** A pressed Force under a refusal. */
async function force(job: ForceJob, turn: Turn): Promise<Ending> {
  const { request, uid, requestId } = pressedRequest(job);
  if (isExpired(job.force, turn)) return expired({ command: request.command, pod: job.force.pod.name }, turn);
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

async function expired(what: Parameters<typeof expiredView>[0], { replies }: Turn): Promise<Ending> {
  await replies.tell(expiredView(what));
  return 'expired';
}
