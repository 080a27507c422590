import { LONGEST_REASON } from '../../command/reason.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { podsChanged } from '../../rotation/plan.ts';
import type { Schedule } from '../../rotation/schedule.ts';
import type { Level } from '../../rotation/schedule-level.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { hash64 } from '../../text/hash.ts';
import { list, personOf } from '../../text/words.ts';
import type { Asker, Door } from '../asker.ts';
import type { ChangeOutcome } from '../outcome.ts';
import { onlyOnceBegun, whyNot } from './agreed-end.ts';
import type { Round } from './round.ts';

/** An error of the cluster may pass in this time. After that, people are told. */
const PATIENCE_MS = 10 * 60_000;

/** The pod is as it should be, or about to go, since it was seen. */
const CHANGED_MEANWHILE = new Set(['NotDisabled', 'AlreadyDisabled', 'Terminating', 'Finished']);

/** The person of a schedule in the configuration. */
const CONFIGURED_BY = 'pitlane.yaml';

/** Why pods are not as they should be. */
export interface Problem {
  readonly kind: 'problem';
  /** People are told once of each until the next edge. */
  readonly code: string;
  readonly reason: string;
}

interface Changed {
  /** Uids of the pods that need no more care until the next edge. */
  readonly changed: readonly string[];
  readonly problem?: Problem;
}

/** Who asks for what a schedule does, and where it is reported. */
export function askerOf(
  { service }: Round,
  { id, added }: Schedule,
): Pick<Asker, 'by' | 'byName' | 'report'> & { readonly id: string } {
  const channel = service.channel ?? added?.report?.channel;
  return { id, ...personOf(added ?? { by: CONFIGURED_BY }), ...(channel !== undefined && { report: { channel } }) };
}

/** Carries the level out, once for these pods, this edge and this gate. */
export async function changePods(round: Round, level: Level, pods: readonly Pod[]): Promise<Changed> {
  const { pitlane, service, house, options, did, journal } = round;
  const { schedule, does, since } = level;
  const names = pods.map(({ name }) => name);
  const request: ChangeRequest = {
    command: does,
    service: service.key,
    pods: names,
    because: reasonOf(schedule),
    bySchedule: schedule.id,
    dryRun: false,
    force: false,
  };
  const { id, ...asking } = askerOf(round, schedule);
  const uids = pods.map(({ uid }) => uid).sort();
  const hash = hash64(uids.join(' ')).toString(16);
  const gates = journal.gates.map((gate) => gate.id);
  const asker: Asker = { ...asking, role: 'operator', requestId: ['schedule', id, since, ...gates, hash].join(' ') };
  const reporter = options.courier.reporterOf({ id, ...asking }, service);
  const outcome = await pitlane.carryOut(request, asker, {
    deadline: options.deadline,
    reporter: onlyOnceBegun(reporter),
    decide: withoutWarnings,
  });
  // Later than the edge where a pod came later.
  const from = Math.max(since, ...pods.map(({ createdAt }) => createdAt));
  if (outcome.kind === 'failed' && outcome.operation === undefined && house.now() - from < PATIENCE_MS) {
    round.trouble(new Error(outcome.message));
    return { changed: [] };
  }
  if (hasBegun(outcome)) did(`schedule ${schedule.id}: ${does} ${list(names)}: ${outcome.kind}`);
  return resultOf(outcome, pods);
}

/** Pods that the service needs are left out. Other warnings are for a person. */
const withoutWarnings: NonNullable<Door['decide']> = async ({ plan }) =>
  plan.checks.some(({ level }) => level === 'warning') ? { kind: 'leave' } : { kind: 'carryOut', confirmed: 'any' };

function reasonOf({ id, because }: Schedule): string {
  const own = `schedule ${id}`;
  return because === undefined ? own : `${because.slice(0, LONGEST_REASON - own.length - 3)} (${own})`;
}

function resultOf(outcome: ChangeOutcome, pods: readonly Pod[]): Changed {
  switch (outcome.kind) {
    case 'done':
      return { changed: podsChanged(outcome.plan).map(({ uid }) => uid) };
    // It has a report of its own, and is continued; or a pod is gone since it was seen.
    case 'unfinished':
    case 'running':
    case 'notUnderstood':
      return { changed: [] };
    // Its outcome was reported, and people decide until the next edge.
    case 'repeated':
      return { changed: pods.map(({ uid }) => uid) };
    default: {
      // People have its report, and decide until the next edge.
      if (hasBegun(outcome)) return { changed: pods.map(({ uid }) => uid) };
      const checks =
        outcome.kind === 'refusal' ? outcome.checks : outcome.kind === 'proposal' ? outcome.plan.checks : [];
      const codes = checks.filter(({ level }) => level !== 'ok').map(({ code }) => code);
      if (codes.length > 0 && codes.every((code) => CHANGED_MEANWHILE.has(code))) return { changed: [] };
      const code = [outcome.kind, ...new Set(outcome.kind === 'failed' ? [outcome.code] : codes)].join(' ');
      return { changed: [], problem: { kind: 'problem', code, reason: whyNot(outcome) } };
    }
  }
}

/** It has a report. */
function hasBegun(outcome: ChangeOutcome): boolean {
  if (outcome.kind === 'done' || outcome.kind === 'unfinished') return true;
  return outcome.kind === 'cancelled' || (outcome.kind === 'failed' && outcome.operation !== undefined);
}
