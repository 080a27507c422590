import type { ChangeRequest } from '../../command/request.ts';
import type { DrainNote } from '../../journal/entry.ts';
import type { DrainRecord } from '../../rotation/marks.ts';
import { isPodReady } from '../../rotation/membership.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { count } from '../../text/words.ts';
import type { Asker } from '../asker.ts';
import type { Outcome } from '../outcome.ts';
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
  const request: ChangeRequest = { command, service: service.key, pod: pod.name, dryRun: false, force: false };
  const { report } = record;
  const thread = report?.thread ?? report?.ts;
  const asker: Asker = {
    by: record.by,
    role: 'operator',
    requestId: `end of ${record.id} ${until}`,
    ...(report !== undefined && { report: { channel: report.channel, ...(thread !== undefined && { thread }) } }),
  };
  const proposed = await pitlane.propose(request, asker, options.deadline);
  if (proposed.kind === 'failed' && house.now() - until < PATIENCE_MS) throw new Error(proposed.message);
  if (proposed.kind !== 'proposal') return whyNot(proposed);
  const warnings = proposed.plan.checks.filter(({ level }) => level === 'warning');
  if (warnings.length > 0) return warnings.map(({ message }) => message).join(' ');
  const events = pitlane.advance(request, asker, {
    deadline: options.deadline,
    hasTick: true,
    proposed: proposed.plan,
    reporter: options.courier.reporterBeside(note, service),
  });
  for (;;) {
    const next = await events.next();
    if (!next.done) continue;
    const outcome = next.value;
    did(`${command} of ${pod.name} at the end of its time: ${outcome.kind}`);
    return ['done', 'unfinished', 'running'].includes(outcome.kind) ? 'done' : whyNot(outcome);
  }
}

/** In whole sentences. */
export function whyNot(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'refusal': {
      const refusals = outcome.checks.filter(({ level }) => level === 'refusal');
      return refusals.map(({ message }) => message).join(' ');
    }
    case 'failed':
    case 'notUnderstood':
    case 'denied':
      return outcome.message;
    case 'proposal':
      return 'the plan became another one in that moment.';
    case 'cancelled':
    case 'repeated':
      return outcome.entry.ended?.message ?? 'that was cancelled.';
    default:
      return 'it could not be.';
  }
}
