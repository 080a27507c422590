import type { ChangeRequest } from '../../command/request.ts';
import type { DrainNote } from '../../journal/entry.ts';
import type { DrainRecord } from '../../rotation/marks.ts';
import { isPodReady } from '../../rotation/membership.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { count } from '../../text/words.ts';
import type { Asker, Reporter } from '../asker.ts';
import type { Outcome } from '../outcome.ts';
import { refusalText } from '../words.ts';
import type { Marked } from './notes.ts';
import type { Round } from './round.ts';

/** What keeps a cluster from answering may pass; after that, people are asked. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Restores or finishes the pod, where that was agreed for the end of its time. Answers why not, a sentence; undefined:
 * nothing of the kind was agreed.
 */
export async function byItself(
  round: Round,
  note: DrainNote,
  { pod, record }: Marked,
  until: number,
): Promise<string | 'done' | undefined> {
  const { then } = record;
  // Tried once for each end: what failed is for people to decide.
  if (then === 'remind' || note.reminder?.until === until) return undefined;
  const instead = then === 'restore' ? whyNotRestored(pod, record) : undefined;
  const why = instead ?? (await tried(round, note, then, { pod, record }, until));
  return why === 'done' ? why : `It was not ${then === 'restore' ? 'restored' : 'finished'} by itself: ${why}`;
}

/** Whether its application is well again nobody has looked at: only what was never in doubt goes back by itself. */
function whyNotRestored(pod: Pod, { restarts }: DrainRecord): string | undefined {
  if (!isPodReady(pod, new Set())) return 'it is not ready.';
  if (restarts === undefined) return 'it is not known whether it has restarted since it was drained.';
  return pod.restarts === restarts
    ? undefined
    : `it has had ${count(pod.restarts - restarts, 'restart')} since it was drained.`;
}

async function tried(
  { pitlane, service, options, house, did }: Round,
  note: DrainNote,
  command: 'restore' | 'finish',
  { pod, record }: Marked,
  until: number,
): Promise<string | 'done'> {
  const request: ChangeRequest = { command, service: service.key, pods: [pod.name], dryRun: false, force: false };
  const { report } = record;
  const thread = report?.thread ?? report?.ts;
  const asker: Asker = {
    by: record.by,
    role: 'operator',
    requestId: `end of ${record.id} ${until}`,
    ...(report !== undefined && { report: { channel: report.channel, ...(thread !== undefined && { thread }) } }),
  };
  const outcome = await pitlane.carryOut(request, asker, {
    deadline: options.deadline,
    reporter: onlyOnceBegun(options.courier.reporterBeside(note, service)),
  });
  if (outcome.kind === 'failed' && outcome.operation === undefined && house.now() - until < PATIENCE_MS)
    throw new Error(outcome.message);
  const isDone = ['done', 'unfinished', 'running'].includes(outcome.kind);
  if (isDone || ('operation' in outcome && outcome.operation !== undefined))
    did(`${command} of ${pod.name} at the end of its time: ${outcome.kind}`);
  return isDone ? 'done' : whyNot(outcome);
}

/** What came to nothing before it began is said in the reminder that follows, and nowhere else. */
function onlyOnceBegun(reporter: Reporter): Reporter {
  let hasBegun = false;
  return {
    ...reporter,
    begun: async (plan, earlier) => {
      hasBegun = true;
      return reporter.begun?.(plan, earlier);
    },
    ended: async (outcome, reminders) => {
      if (hasBegun) await reporter.ended?.(outcome, reminders);
    },
  };
}

/** In whole sentences. */
export function whyNot(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'refusal':
      return refusalText(outcome.checks);
    case 'failed':
    case 'notUnderstood':
    case 'denied':
      return outcome.message;
    case 'proposal': {
      const warnings = outcome.plan.checks.filter(({ level }) => level === 'warning');
      return warnings.map(({ message }) => message).join(' ') || 'the plan became another one in that moment.';
    }
    case 'cancelled':
    case 'repeated':
      return outcome.entry.ended?.message ?? 'that was cancelled.';
    default:
      return 'it could not be.';
  }
}
