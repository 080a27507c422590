import type { ChangeRequest } from '../../command/request.ts';
import type { DrainNote } from '../../journal/entry.ts';
import { AGREED } from '../../operations/agreed.ts';
import { isPodReady } from '../../rotation/membership.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { count, list, personOf } from '../../text/words.ts';
import type { Asker, Decision, Reporter } from '../asker.ts';
import type { Outcome, Proposal } from '../outcome.ts';
import { isWarning, refusalText } from '../words.ts';
import { isProven, type Marked } from './notes.ts';
import type { Round } from './round.ts';

/** An error of the cluster may pass in this time. After that, people are asked. */
const PATIENCE_MS = 10 * 60_000;

/**
 * Restores or finishes the pod, if that was agreed for the end of its drain. Returns a sentence if it did not; undefined:
 * nothing was agreed.
 */
export async function doAsAgreed(
  round: Round,
  note: DrainNote,
  marked: Marked,
  until: number,
): Promise<string | 'done' | undefined> {
  const { then } = marked.record;
  // Tried once for each end: after a failure people decide.
  if (then === 'remind' || note.reminder?.until === until) return undefined;
  const instead = whyNotAgreed(round, note, marked) ?? (then === 'restore' ? whyNotRestored(marked) : undefined);
  const why = instead ?? (await endPods(round, note, then, [marked.pod], until));
  return why === 'done' ? why : `It was not ${then === 'restore' ? 'restored' : 'finished'} automatically: ${why}`;
}

/** A mark alone decides nothing: anything that may edit pods can write one. */
function whyNotAgreed({ service }: Round, note: DrainNote, { pod, record }: Marked): string | undefined {
  if (!isProven(note, { pod, record })) return 'the journal of Pitlane has no such drain of it.';
  if (note.until === undefined) return 'the journal of Pitlane does not say until when it was drained.';
  const { then } = service.policy.drain;
  return then === record.then ? undefined : `the configuration of ${service.key} says ${then} by now.`;
}

/** No person has checked the application, so only a pod without any sign of trouble is restored. */
function whyNotRestored({ pod, record: { restarts } }: Marked): string | undefined {
  if (!isPodReady(pod, new Set())) return 'it is not ready.';
  if (restarts === undefined) return 'it is not known whether it has restarted since it was drained.';
  return pod.restarts === restarts
    ? undefined
    : `it has had ${count(pod.restarts - restarts, 'restart')} since it was drained.`;
}

/** Carries the command out for the person who agreed to the end at that time. Returns a sentence if it is not done. */
export async function endPods(
  { pitlane, service, options, house, did }: Round,
  note: Pick<DrainNote, 'id' | 'by' | 'byName' | 'report' | 'kind'>,
  command: string,
  pods: readonly PodRef[],
  until: number,
): Promise<string | 'done'> {
  const names = pods.map(({ name }) => name);
  const request: ChangeRequest = { command, service: service.key, pods: names, dryRun: false, force: false };
  const { id, report } = note;
  const thread = report?.thread ?? report?.ts;
  const asker: Asker = {
    ...personOf(note),
    role: 'operator',
    // Pods of one operation may end one by one.
    requestId: `end of ${id} ${until} ${pods.map(({ uid }) => uid).join(' ')}`,
    ...(report !== undefined && { report: { channel: report.channel, ...(thread !== undefined && { thread }) } }),
  };
  const outcome = await pitlane.carryOut(request, asker, {
    deadline: options.deadline,
    reporter: onlyOnceBegun(options.courier.reporterBeside(note, service)),
    decide: asAgreed,
  });
  if (outcome.kind === 'failed' && outcome.operation === undefined && house.now() - until < PATIENCE_MS)
    throw new Error(outcome.message);
  const isDone = ['done', 'unfinished', 'running'].includes(outcome.kind);
  if (isDone || ('operation' in outcome && outcome.operation !== undefined))
    did(`${command} of ${list(names)} at the end of its time: ${outcome.kind}`);
  return isDone ? 'done' : whyNot(outcome);
}

/** The end was agreed when the time was set, so it does not ask again. Other warnings are for people. */
async function asAgreed({ plan, why }: Proposal): Promise<Decision> {
  const { operation, fingerprint, checks } = plan;
  const isAgreed = checks.every(({ level, code }) => level === 'ok' || AGREED.includes(code));
  if (!isAgreed) return { kind: 'leave', why };
  return { kind: 'carryOut', confirmed: { id: operation.id, request: operation.request, fingerprint } };
}

/** An outcome without a beginning is told by the caller, and nowhere else. */
export function onlyOnceBegun(reporter: Reporter): Reporter {
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
      return refusalText(outcome);
    case 'failed':
    case 'notUnderstood':
    case 'denied':
      return outcome.message;
    case 'proposal': {
      const warnings = outcome.plan.checks.filter((check) => isWarning(check) && !AGREED.includes(check.code));
      return warnings.map(({ message }) => message).join(' ') || 'the plan changed in that moment.';
    }
    case 'cancelled':
    case 'repeated':
      return outcome.entry.ended?.message ?? 'that was cancelled.';
    default:
      return 'it could not be.';
  }
}
