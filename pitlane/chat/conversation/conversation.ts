import { type ChangeRequest, isChange, type ReadRequest } from '../../command/request.ts';
import { covers } from '../../command/role.ts';
import type { Asker } from '../../operate/asker.ts';
import type { Outcome } from '../../operate/outcome.ts';
import { format } from '../../operations/commands.ts';
import { isUndo, roleFor } from '../../operations/table.ts';
import { count } from '../../text/words.ts';
import type { Message } from '../blocks/blocks.ts';
import { reasonModal } from '../blocks/reason-modal.ts';
import type { HomeJob, Job, RequestJob } from '../job.ts';
import type { TextFile } from '../slack/files.ts';
import { homeNotice, homeView } from '../views/drained-view.ts';
import { sharedView } from '../views/evidence-view.ts';
import { listFile, needsFile } from '../views/list-view.ts';
import { manifestFile } from '../views/manifest-view.ts';
import { asksWhyView, dismissedView, expiredView, notYoursView, wrongChannelView } from '../views/notices.ts';
import { spentView } from '../views/reminder-view.ts';
import { outcomeView } from '../views/views.ts';
import { change } from './change.ts';
import { resumedReporter } from './reporter.ts';
import { askerOf, type ConversationOptions, type Ending, setting, type Turn, view } from './turn.ts';

/** How long the buttons of a proposal or refusal are valid. */
const OFFER_VALID_MS = 15 * 60_000;

/** Carries out a job, and tells the person and the channel. */
export async function converse(job: Job, options: ConversationOptions): Promise<Ending> {
  const { replies, service } = options;
  const { asker } = job;
  if (job.kind === 'home') return atHome(job, options);
  if (job.kind === 'tell') {
    await replies.tell(outcomeView(job.outcome, { address: asker.address }));
    return job.outcome.kind;
  }
  const { request, reminder } = job;
  const only = service(request.service ?? '')?.onlyChannels;
  // If Pitlane can't post in the channel, reminders are direct messages, and their buttons work there.
  const isOwnReminder = job.kind === 'act' && asker.isDirectMessage;
  if (only !== undefined && !only.includes(asker.channel) && !isOwnReminder) {
    await replies.tell(wrongChannelView(request.service ?? '', only));
    return 'wrongChannel';
  }
  if (await asksWhy(job, options)) return 'asksWhy';
  const turn: Turn = { ...options, job, standing: await options.roleOf(asker) };
  if (!isChange(request)) return read(request, turn);
  const unwanted = notCarriedOut(request, turn);
  if (unwanted !== undefined) {
    await replies.tell(unwanted.notice);
    return unwanted.ending;
  }
  const ended = await change(request, turn);
  if (reminder !== undefined && isSpentBy(ended, request)) {
    const chosen = ended === 'undoSpent' ? undefined : { request, by: asker.userId };
    await replies.amend({ channel: asker.channel, ts: reminder.ts }, spentView(reminder, chosen));
  }
  return ended;
}

/**
 * Opens the window for a reason and a time. That comes first, since Slack waits only 3 s for it: the role is checked when the
 * window is submitted. If it can't be opened, the pod is taken out without a reason, as if the command was typed; not if it
 * may be there, since the person may want to close it.
 */
async function asksWhy(job: RequestJob, { openWindow, replies }: ConversationOptions): Promise<boolean> {
  const { trigger, request, kind, asker } = job;
  const window = trigger === undefined ? undefined : reasonModal(job);
  if (trigger === undefined || window === undefined) return false;
  const opened = await openWindow(trigger, window);
  if (opened === 'refused') return false;
  // The question which pod is answered; a list stays.
  if (kind === 'choose' || opened === 'unknown') await replies.tell(asksWhyView(`${asker.address} ${format(request)}`));
  return true;
}

/** The button has done all that it can do. */
function isSpentBy(ended: Ending, request: ChangeRequest): boolean {
  const isRepeated = ended === 'repeated' || ended === 'undoSpent';
  return ended === 'done' || ended === 'unfinished' || (isRepeated && isUndo(request));
}

/** The answer to a pressed button whose proposal or refusal is not carried out. Undefined: it may be. */
function notCarriedOut(request: ChangeRequest, turn: Turn): { ending: Ending; notice: Message } | undefined {
  const { kind, offer, asker } = turn.job;
  if (offer === undefined) return undefined;
  const task = taskText(request);
  if (kind !== 'force' && asker.userId !== offer.by && !covers(turn.standing.role, roleFor(request)))
    return { ending: 'notYours', notice: notYoursView(task, offer.by, request) };
  if (kind === 'cancel') return { ending: 'dismissed', notice: dismissedView(task) };
  return turn.now() - offer.at > OFFER_VALID_MS ? { ending: 'expired', notice: expiredView(task) } : undefined;
}

const MOST_NAMED = 3;

/** `drain rng-b85tm`, `drain 12 pods`: the task, without how it is done. */
function taskText({ command, service, pods = [], selector, node, operation }: ChangeRequest): string {
  if (pods.length > MOST_NAMED) return `${command} ${count(pods.length, 'pod')}`;
  return format({ command, service, pods, selector, node, operation, dryRun: false, force: false });
}

/** For an answer that is too long for a message. */
function fileOf(outcome: Outcome): TextFile | undefined {
  if (outcome.kind === 'listed') return needsFile(outcome) ? listFile(outcome) : undefined;
  return outcome.kind === 'manifest' ? manifestFile(outcome) : undefined;
}

async function read(request: ReadRequest, turn: Turn): Promise<Ending> {
  const { pitlane, replies, deadline } = turn;
  const { address } = turn.job.asker;
  const outcome = await pitlane.propose(request, askerOf(turn), {
    deadline,
    reporterOf: (entry) => resumedReporter(entry, { ...turn, address }),
  });
  const file = fileOf(outcome);
  if (outcome.kind === 'evidence') {
    await replies.tell(sharedView(outcome, await turn.share(outcome, outcome.report)));
  } else if (file !== undefined) {
    const isSent = await turn.send(file);
    await replies.tell(outcomeView(outcome, { ...setting(turn), ...(isSent && { file: file.name }) }));
  } else if (outcome.kind === 'logged' && 'follow' in request && request.follow) {
    const notes = [...outcome.notes, "Slack can't stream logs; these are the latest lines."];
    await replies.tell(view({ ...outcome, notes }, turn));
  } else await replies.tell(view(outcome, turn));
  return outcome.kind;
}

/** Shows what is going on in all services on the Home tab of the person. */
async function atHome({ asker }: HomeJob, options: ConversationOptions): Promise<Ending> {
  const { pitlane, roleOf, showHome, deadline } = options;
  const { role, why } = await roleOf(asker);
  const looking: Asker = { by: asker.userId, role, requestId: asker.requestId };
  const found = await pitlane.overview(looking, deadline);
  if (found.kind === 'overview') await showHome(homeView(found));
  else {
    const message = why === undefined ? found.message : `${found.message} ${why}`;
    await showHome(homeNotice(outcomeView({ ...found, message }, { address: asker.address })));
  }
  return found.kind === 'overview' ? 'home' : found.kind;
}
