import type { Context } from 'aws-lambda';
import { sentence } from '../pitlane/chat/blocks.ts';
import { code, escapeText } from '../pitlane/chat/escape.ts';
import { sendFile } from '../pitlane/chat/files.ts';
import { type Job, referenceOf } from '../pitlane/chat/job.ts';
import type { People } from '../pitlane/chat/people.ts';
import { repliesTo } from '../pitlane/chat/replies.ts';
import { shareEvidence } from '../pitlane/chat/share-evidence.ts';
import type { SlackApi } from '../pitlane/chat/slack-api.ts';
import { ConfigUnusable } from '../pitlane/config/config.ts';
import { converse, requestOf } from './conversation.ts';
import { pressedRequest } from './conversation-buttons.ts';
import type { FunctionHouse } from './house.ts';
import type { Log } from './log.ts';

export interface WorkerDoor {
  /** Opened when the first job comes, so that a mistake in the configuration reaches the person who asked. */
  readonly house: () => FunctionHouse;
  /** A client that gives up at the deadline (milliseconds since the epoch). */
  readonly slack: (deadline: number) => SlackApi;
  /** Kept as long as the function's instance lives: what Slack says of people holds for some minutes. */
  readonly people: People;
  readonly log: Log;
  readonly now: () => number;
  /** Milliseconds between two edits of a message. */
  readonly editIntervalMs?: number;
}

/** Of the time that Lambda has left: for the last message, with Slack's rate limits in its way. */
const LAST_WORD_MS = 8_000;
const LAST_CALL_MS = 1_000;

/** Carries a job out. Never rejects: whatever happens ends in a message to the person and a line in the log. */
export function workerHandler(
  door: WorkerDoor,
): (job: Job, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<void> {
  return async (job, context) => {
    const { house, slack, people, log, now, editIntervalMs } = door;
    if (typeof job?.asker?.userId !== 'string') {
      log('error', { door: 'worker', event: 'noJob', why: 'the event is no job of the Slack function' });
      return;
    }
    const startedAt = now();
    const end = startedAt + context.getRemainingTimeInMillis();
    const person = job.asker;
    const operation = referenceOf(requestIdOf(job));
    const known = { door: 'worker', operation, by: person.userId } as const;
    const onError = (what: string, error: unknown) => log('warn', { ...known, event: what, error });
    const api = slack(end - LAST_CALL_MS);
    const replies = repliesTo({
      slack: api,
      person,
      // What is under a reminder is for everybody: a press on its buttons is answered beside it.
      replacesOriginal: job.kind !== 'request' && job.kind !== 'tell' && job.kind !== 'act',
      onError,
      ...(editIntervalMs !== undefined && { intervalMs: editIntervalMs }),
    });
    try {
      const { pitlane, service, access } = house();
      const outcome = await converse(job, {
        pitlane,
        service,
        roleOf: (asker) => people.roleOf(asker, access),
        share: (evidence, report) =>
          shareEvidence(evidence, { slack: api, person, onError, ...(report !== undefined && { report }) }),
        send: (file) =>
          sendFile(api, person.userId, file).catch((error: unknown) => {
            onError('sendFile', error);
            return false;
          }),
        replies,
        now,
        deadline: end - LAST_WORD_MS,
        onError: (error) => log('error', { ...known, event: 'failed', error }),
      });
      log('info', { ...known, event: job.kind, ...named(job), outcome, tookMs: now() - startedAt });
    } catch (error) {
      log('error', { ...known, event: 'failed', ...named(job), error });
      await replies
        .tell(sentence(`${whatHappened(error, person.address)} Reference ${operation}.`))
        .catch((failed: unknown) => log('error', { ...known, event: 'notTold', error: failed }));
    }
  };
}

function whatHappened(error: unknown, address: string): string {
  return error instanceof ConfigUnusable
    ? `Pitlane's configuration can't be used, so nothing was done. ${escapeText(error.message)}`
    : `Pitlane broke off with an error of its own. See with ${code(`${address} list`)} how things stand.`;
}

/** What the operation of a job is known by. */
function requestIdOf(job: Job): string {
  switch (job.kind) {
    case 'confirm':
    case 'cancel':
      return job.offer.requestId;
    case 'force':
    case 'act':
      return pressedRequest(job).requestId;
    default:
      return job.asker.requestId;
  }
}

function named(job: Job): { service?: string; command?: string } {
  if (job.kind === 'tell') return {};
  const { service, command } = requestOf(job);
  return { command, ...(service !== undefined && { service }) };
}
