import { isChange, type Request } from '../pitlane/command/request.ts';
import type { EndKind } from '../pitlane/journal/entry.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import type { Plan } from '../pitlane/rotation/plan.ts';
import { namesLeftOut } from './pod-rows.ts';

export const DONE = 0;
/** Failed, or not completed in time. */
export const FAILED = 1;
/** The command, the configuration or the kubeconfig is invalid. */
export const MISREAD = 2;
/** Refused, or not confirmed. */
export const REFUSED = 3;
/** As shells report SIGINT. */
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
      return exitCodeOf(outcome.entry.ended?.kind);
    case 'cancelled':
      // Success for `cancel` itself, failure for the cancelled operation.
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

/** A change that left refused pods out is only partly done. */
function partOf(plan: Plan): number {
  return namesLeftOut(plan).length > 0 ? REFUSED : DONE;
}

/** The exit code of the first attempt. */
function exitCodeOf(kind: EndKind | undefined): number {
  if (kind === 'done') return DONE;
  return kind === 'refused' ? REFUSED : FAILED;
}
