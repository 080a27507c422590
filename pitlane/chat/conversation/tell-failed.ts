import { isChange } from '../../command/request.ts';
import { operationId } from '../../operate/house.ts';
import type { OpenHouse } from '../../operate/use-case.ts';
import { format } from '../../operations/commands.ts';
import type { Message } from '../blocks/blocks.ts';
import type { Job, RequestJob } from '../job.ts';
import type { WriteLog } from '../log-line.ts';
import { LAST_WORD_MS, type SlackApi } from '../slack/api.ts';
import { repliesTo } from '../slack/replies.ts';
import { notAnsweredView, notRunView, stoppedView } from '../views/notices.ts';

/** `expired`: no worker was free in time. `stopped`: the worker timed out or crashed. */
export type Failure = 'expired' | 'stopped';

/**
 * - `notAnswered`: it changes nothing in the cluster.
 * - `notRun`: nothing was changed.
 * - `open`: the tick continues it.
 */
type Fate = 'notAnswered' | 'notRun' | 'open' | 'ended' | 'unknown';

export interface TellFailedOptions {
  readonly house: () => Pick<OpenHouse, 'pitlane'>;
  readonly slack: SlackApi;
  readonly log: WriteLog;
  /** Milliseconds since the epoch. */
  readonly end: number;
}

/** Tells the person what became of a job that the worker did not finish. Rejects if they can't be told. */
export async function tellFailed(job: Job, failure: Failure, options: TellFailedOptions): Promise<void> {
  const { slack, log } = options;
  const person = job.asker;
  const operation = operationId(person.requestId);
  const known = { operation, by: person.userId } as const;
  // The person sees that the Home tab is empty or old, and opens it again.
  if (job.kind === 'home') return log('warn', { ...known, event: failure });
  const fate = 'request' in job && isChange(job.request) ? await fateOf(job, operation, options) : 'notAnswered';
  const replies = repliesTo({
    slack,
    person,
    // The buttons above may be pressed again.
    replacesOriginal: false,
    onError: (what, error) => log('warn', { ...known, event: what, error }),
  });
  await replies.tell(viewOf(job, failure, fate));
  log('warn', { ...known, event: failure, outcome: fate });
}

/** The journal knows every operation that has written something. */
async function fateOf({ request, asker }: RequestJob, id: string, options: TellFailedOptions): Promise<Fate> {
  const { house, log, end } = options;
  try {
    const reader = { by: asker.userId, byName: asker.name, role: 'viewer', requestId: `fate ${id}` } as const;
    const look = { command: 'operations', service: request.service ?? '' } as const;
    const journal = await house().pitlane.propose(look, reader, { deadline: end - LAST_WORD_MS });
    if (journal.kind !== 'operations') return 'unknown';
    const isIt = (entry: { readonly id: string }) => entry.id === id;
    if (journal.underWay.some(isIt)) return 'open';
    return journal.ended.some(isIt) ? 'ended' : 'notRun';
  } catch (error) {
    log('error', { operation: id, event: 'journalUnreadable', error });
    return 'unknown';
  }
}

function viewOf(job: Job, failure: Failure, fate: Fate): Message {
  const { address } = job.asker;
  const task = 'request' in job ? `${address} ${format(job.request)}` : address;
  if (fate === 'notAnswered') return notAnsweredView(task, failure);
  return fate === 'notRun' ? notRunView(task, failure) : stoppedView(task, address, fate);
}
