import type { OperationEvent } from '../../operate/outcome.ts';
import type { Plan, Progress } from '../../rotation/plan.ts';

/** What is known of a change while it is under way: enough to render its message at any moment. */
export interface ChangeReport {
  readonly plan: Plan;
  /** A Slack user id; absent: the plan needed no confirmation. */
  readonly confirmedBy?: string;
  /** What has been written, a sentence in the infinitive each. */
  readonly wrote: readonly string[];
  /** When the first write was reported; absent: nothing was written yet. */
  readonly wroteAt?: number;
  readonly proof: readonly Progress[];
  /** When each milestone, by its title, was first seen to be met. */
  readonly metAt: Readonly<Record<string, number>>;
  /** Why the last attempt is repeated; gone with the next event that shows progress. */
  readonly retrying?: string;
}

export function startReport(plan: Plan, confirmedBy?: string): ChangeReport {
  return { plan, wrote: [], proof: [], metAt: {}, ...(confirmedBy !== undefined && { confirmedBy }) };
}

/** The report after an event. */
export function follow(report: ChangeReport, event: OperationEvent, now: number): ChangeReport {
  const { retrying: _, ...rest } = report;
  switch (event.kind) {
    // The first plan is the one that is carried out; later ones are what is left of it.
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

/** When the pod was first seen to be in no EndpointSlice; undefined: not seen, or it was in none before. */
export function unlistedAt(report: ChangeReport): number | undefined {
  const unlisted = report.plan.proof.find(({ condition }) => condition.kind === 'unlisted');
  return unlisted === undefined ? undefined : report.metAt[unlisted.title];
}

function firstMet(proof: readonly Progress[], now: number): Record<string, number> {
  return Object.fromEntries(proof.filter(({ isMet }) => isMet).map(({ milestone }) => [milestone.title, now]));
}
