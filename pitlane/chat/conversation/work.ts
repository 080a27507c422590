import type { types } from '@slack/bolt';
import { ConfigUnusable } from '../../config/config.ts';
import { operationId } from '../../operate/house.ts';
import type { OpenHouse } from '../../operate/use-case.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Job } from '../job.ts';
import type { WriteLog } from '../log-line.ts';
import { LAST_CALL_MS, LAST_WORD_MS, type SlackApi, SlackRefused } from '../slack/api.ts';
import { sendFile } from '../slack/files.ts';
import type { People } from '../slack/people.ts';
import { repliesTo } from '../slack/replies.ts';
import { homeNotice, homeOf } from '../views/drained-view.ts';
import { configUnusableView, internalErrorView } from '../views/notices.ts';
import { converse } from './conversation.ts';
import { shareEvidence } from './share-evidence.ts';
import type { Opened } from './turn.ts';

export interface WorkOptions {
  /** Opened for the first job, so that the person learns about a mistake in the configuration. */
  readonly house: () => OpenHouse;
  /** A client that gives up at the deadline (milliseconds since the epoch). */
  readonly slack: (deadline: number) => SlackApi;
  /** Kept as long as the process: it caches what Slack says about people. */
  readonly people: People;
  readonly log: WriteLog;
  readonly now: () => number;
  /** Milliseconds between two edits of a message. */
  readonly editIntervalMs?: number | undefined;
}

/** "Handling user interaction in your Slack apps", trigger_id. The ack and a cold start have taken some of it. */
const TRIGGER_MS = 3_000;

/**
 * `refused`: its time was over after a cold start, or Slack refuses it. `unknown`: it may be there, as Slack did not answer, or
 * another delivery of the same press has opened it.
 */
async function openWindow(
  slack: SlackApi,
  trigger: string,
  view: types.ModalView,
  onError: (what: string, error: unknown) => void,
): Promise<Opened> {
  try {
    await slack.call('views.open', { trigger_id: trigger, view });
    return 'opened';
  } catch (error) {
    onError('views.open', error);
    const isClosed = error instanceof SlackRefused && !error.isTemporary && error.code !== 'exchanged_trigger_id';
    return isClosed ? 'refused' : 'unknown';
  }
}

/** Carries out a job until `end` at the latest. Never rejects: each job ends in a message and a log line. */
export async function work(job: Job, end: number, options: WorkOptions): Promise<void> {
  const { house, slack, people, log, now, editIntervalMs } = options;
  const startedAt = now();
  const person = job.asker;
  const operation = operationId(person.requestId);
  const asked = 'request' in job ? { command: job.request.command, service: job.request.service } : {};
  const known = { operation, by: person.userId } as const;
  const onError = (what: string, error: unknown) => log('warn', { ...known, event: what, error });
  const api = slack(end - LAST_CALL_MS);
  const replies = repliesTo({
    slack: api,
    person,
    // The channel still needs the reminder, so a press on its buttons is answered in another message.
    replacesOriginal: 'request' in job && job.kind !== 'request' && job.kind !== 'act',
    onError,
    intervalMs: editIntervalMs,
  });
  const showHome = async (message: Message) => {
    await api.call('views.publish', { user_id: person.userId, view: homeOf(message) });
  };
  try {
    const { pitlane, service, access } = house();
    const outcome = await converse(job, {
      pitlane,
      service,
      roleOf: (asker) => people.roleOf(asker, access),
      share: (evidence, report) => shareEvidence(evidence, { slack: api, person, onError, report }),
      send: (file) =>
        sendFile(api, person.userId, file).catch((error: unknown) => {
          onError('sendFile', error);
          return false;
        }),
      replies,
      openWindow: (trigger, view) => openWindow(slack(Math.min(end, startedAt + TRIGGER_MS)), trigger, view, onError),
      showHome,
      now,
      deadline: end - LAST_WORD_MS,
      onError: (error) => log('error', { ...known, event: 'failed', error }),
    });
    log('info', { ...known, event: job.kind, ...asked, outcome, tookMs: now() - startedAt });
  } catch (error) {
    log('error', { ...known, event: 'failed', ...asked, error });
    const broken =
      error instanceof ConfigUnusable
        ? configUnusableView(error.message, operation)
        : internalErrorView(person.address, operation);
    const told = job.kind === 'home' ? showHome(homeNotice(broken)) : replies.tell(broken);
    await told.catch((failed: unknown) => log('error', { ...known, event: 'notTold', error: failed }));
  }
}
