import type { Connection } from '../cluster/connection.ts';
import { follow } from '../cluster/follow.ts';
import type { Observation } from '../cluster/observe.ts';
import type { Patience } from '../cluster/retry.ts';
import type { Milestone, Progress, Subject } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Snapshot } from '../rotation/snapshot.ts';

export interface Proof {
  /** `met`: every required milestone, and each other one as well or past its time. `lost`: a required one can't be met any more. */
  readonly kind: 'met' | 'lost' | 'timeUp';
  readonly progress: readonly Progress[];
  /** The cluster as it was seen last. */
  readonly observation: Observation;
}

interface Waiting {
  readonly milestones: readonly Milestone[];
  readonly subject: Subject;
  /** When the last write was done; the milestones' times count from here. */
  readonly since: number;
  /** The observation is older than the last write, so the proof begins with the first change after it. */
  readonly isStale: boolean;
  /** Called with every snapshot that is looked at. */
  readonly onLook: (snapshot: Snapshot) => void;
}

/** Watches the cluster until the milestones hold. */
export async function prove(
  connection: Connection,
  observation: Observation,
  { milestones, subject, since, isStale, onLook }: Waiting,
  patience: Patience,
): Promise<Proof> {
  const limit = limitOf(patience);
  let progress = progressOf(milestones, observation.snapshot);
  let last = observation;
  let isBehind = isStale;
  limit.set(nextExpiry(progress, since));
  try {
    for await (const seen of follow(connection, observation, subject, { ...patience, signal: limit.signal })) {
      if (isBehind) {
        isBehind = false;
        continue;
      }
      last = seen;
      onLook(seen.snapshot);
      progress = progressOf(milestones, seen.snapshot);
      const kind = verdict(progress, since, patience.now());
      if (kind !== undefined) return { kind, progress, observation: last };
      limit.set(nextExpiry(progress, since));
    }
  } finally {
    limit.clear();
  }
  return { kind: isMetAsRequired(progress) ? 'met' : 'timeUp', progress, observation: last };
}

/** Undefined: wait on. */
function verdict(progress: readonly Progress[], since: number, now: number): Proof['kind'] | undefined {
  if (progress.some(({ milestone, isLost }) => milestone.isRequired && isLost)) return 'lost';
  const isSettled = progress.every(
    ({ milestone, isMet, isLost }) => isMet || isLost || expiryOf(milestone, since) <= now,
  );
  return isMetAsRequired(progress) && isSettled ? 'met' : undefined;
}

export function isMetAsRequired(progress: readonly Progress[]): boolean {
  return progress.every(({ milestone, isMet }) => isMet || !milestone.isRequired);
}

/** When waiting further makes no sense: the first required milestone that is overdue by then, or the last optional one. */
function nextExpiry(progress: readonly Progress[], since: number): number {
  const open = progress.filter(({ isMet }) => !isMet).map(({ milestone }) => milestone);
  const required = open.filter(({ isRequired }) => isRequired).map((milestone) => expiryOf(milestone, since));
  return required.length > 0
    ? Math.min(...required)
    : Math.max(since, ...open.map((milestone) => expiryOf(milestone, since)));
}

function expiryOf({ withinSeconds }: Milestone, since: number): number {
  return since + withinSeconds * 1000;
}

/** A signal that is given at a time which may be moved, or with the patience's own. */
function limitOf({ now, signal }: Patience) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal]),
    set(at: number) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), Math.max(0, at - now()));
    },
    clear() {
      clearTimeout(timer);
    },
  };
}
