import type { OperationEvent } from '../../operate/outcome.ts';
import { type Plan, type Progress, proofOf } from '../../rotation/plan.ts';

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
  return { plan, wrote: [], proof: [], metAt: {}, ...(confirmedBy !== undefined && { confirmedBy }) };
}

/** The report after an event. */
export function follow(report: ChangeReport, event: OperationEvent, now: number): ChangeReport {
  const { retrying: _, ...rest } = report;
  switch (event.kind) {
    // A plan after the first write holds only what is left of the first plan.
    case 'planned':
      return rest.wrote.length === 0 ? { ...rest, plan: event.plan } : rest;
    case 'wrote':
      return { ...rest, wrote: [...rest.wrote, event.title], wroteAt: rest.wroteAt ?? now };
    case 'progress':
      return { ...rest, proof: event.proof, metAt: { ...firstMet(event.proof, now), ...rest.metAt } };
    case 'evidence':
      return rest;
    case 'retrying':
      return { ...rest, retrying: event.why };
  }
}

/** When the pod was first seen out of all EndpointSlices. Undefined: not seen, or it was in none before. */
export function unlistedAt(report: ChangeReport): number | undefined {
  const unlisted = proofOf(report.plan).find(({ condition }) => condition.kind === 'unlisted');
  return unlisted === undefined ? undefined : report.metAt[unlisted.key];
}

function firstMet(proof: readonly Progress[], now: number): Record<string, number> {
  return Object.fromEntries(proof.filter(({ isMet }) => isMet).map(({ milestone }) => [milestone.key, now]));
}
