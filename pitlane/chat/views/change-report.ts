import type { OperationEvent } from '../../operate/outcome.ts';
import { type Plan, type Progress, proofOf, writesOf } from '../../rotation/plan.ts';

/** The progress of a change: enough to render its message at any moment. */
export interface ChangeReport {
  readonly plan: Plan;
  /** A Slack user id; absent: the plan needed no confirmation. */
  readonly confirmedBy?: string;
  /** The titles of the writes so far. */
  readonly wrote: readonly string[];
  /** When the first write was reported. Absent: there was none yet. */
  readonly wroteAt?: number;
  readonly proof: readonly Progress[];
  /** When each milestone, by its key, was first met. */
  readonly metAt: Readonly<Record<string, number>>;
  /** Why the last attempt is retried. The next event clears it. */
  readonly retrying?: string;
}

export function startReport(plan: Plan, confirmedBy?: string): ChangeReport {
  return { plan, confirmedBy, wrote: [], proof: [], metAt: {} };
}

export function follow(report: ChangeReport, event: OperationEvent, now: number): ChangeReport {
  const { retrying: _, ...rest } = report;
  switch (event.kind) {
    // A plan after the first write holds only what is left of the first plan.
    case 'planned':
      return rest.wrote.length === 0 ? { ...rest, plan: event.plan } : rest;
    case 'wrote':
      return { ...rest, wrote: [...rest.wrote, event.title], wroteAt: rest.wroteAt ?? now };
    case 'progress': {
      const met = event.proof.flatMap(({ isMet, milestone }) => (isMet ? [[milestone.key, now] as const] : []));
      return { ...rest, proof: event.proof, metAt: { ...Object.fromEntries(met), ...rest.metAt } };
    }
    case 'evidence':
      return rest;
    case 'retrying':
      return { ...rest, retrying: event.why };
  }
}

/** The proof of the whole plan. Each turn of several pods reports only its own milestones. */
export function proofSoFar({ plan, proof, metAt }: ChangeReport): readonly Progress[] {
  const seen = new Map(proof.map((progress) => [progress.milestone.key, progress]));
  const before = proofOf(plan).map(
    (milestone) => seen.get(milestone.key) ?? { milestone, isMet: milestone.key in metAt, isLost: false, seen: '' },
  );
  const keys = new Set(before.map(({ milestone }) => milestone.key));
  return [...before, ...proof.filter(({ milestone }) => !keys.has(milestone.key))];
}

/** The titles of the plan's writes that were not reported yet. */
export function notWritten({ plan, wrote }: Pick<ChangeReport, 'plan' | 'wrote'>): readonly string[] {
  return writesOf(plan).flatMap(({ title }) => (wrote.includes(title) ? [] : title));
}

/** When all pods were first seen out of all EndpointSlices. Undefined: not all were, or none was in one before. */
export function unlistedAt({ plan, metAt }: ChangeReport): number | undefined {
  const times = proofOf(plan).flatMap(({ condition, key }) => (condition.kind === 'unlisted' ? [metAt[key]] : []));
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 || known.length < times.length ? undefined : Math.max(...known);
}
