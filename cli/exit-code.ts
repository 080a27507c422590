import { isChange, type Request } from '../pitlane/command/request.ts';
import type { EndKind } from '../pitlane/journal/entry.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import type { Plan } from '../pitlane/rotation/plan.ts';
import { namesLeftOut } from './pod-rows.ts';

export const DONE = 0;
/** Tried, and failed or not proven in time. */
export const FAILED = 1;
/** The command, the configuration or the kubeconfig can't be used as it is. */
export const MISREAD = 2;
/** Refused, or not confirmed. */
export const REFUSED = 3;
/** As a shell reports a program that SIGINT has ended. */
export const INTERRUPTED = 130;

export function exitCode(outcome: Outcome, request: Request): number {
  switch (outcome.kind) {
    case 'listed':
    case 'inspected':
    case 'logged':
    case 'helped':
    case 'drainedList':
    case 'evidence':
    case 'operations':
      return DONE;
    case 'done':
      return partOf(outcome.plan);
    case 'repeated':
      return endedAs(outcome.entry.ended?.kind);
    case 'cancelled':
      // To cancel was what was asked; whoever waited for the operation itself did not get it.
      return isChange(request) ? FAILED : DONE;
    case 'running':
    case 'unfinished':
    case 'failed':
      return FAILED;
    case 'notUnderstood':
    case 'choice':
      return MISREAD;
    case 'proposal':
      return outcome.why === 'dryRun' ? partOf(outcome.plan) : REFUSED;
    case 'refusal':
    case 'denied':
      return REFUSED;
  }
}

/** Where pods were refused the others are done, but not all that was asked for. */
function partOf(plan: Plan): number {
  return namesLeftOut(plan).length > 0 ? REFUSED : DONE;
}

/** As the first attempt was answered. */
function endedAs(kind: EndKind | undefined): number {
  if (kind === 'done') return DONE;
  return kind === 'refused' ? REFUSED : FAILED;
}
