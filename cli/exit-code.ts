import type { Request } from '../pitlane/command/request.ts';
import type { EndKind } from '../pitlane/journal/entry.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';

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
    case 'done':
      return DONE;
    case 'repeated':
      return exitCodeOf(outcome.entry.ended?.kind);
    case 'cancelled':
      // Success for `cancel` itself, failure for the cancelled operation.
      return request.command === 'cancel' ? DONE : FAILED;
    case 'running':
    case 'unfinished':
    case 'failed':
      return FAILED;
    case 'notUnderstood':
    case 'choice':
      return MISREAD;
    case 'proposal':
      return outcome.why === 'dryRun' ? DONE : REFUSED;
    case 'refusal':
    case 'denied':
      return REFUSED;
  }
}

/** The exit code of the first attempt. */
function exitCodeOf(kind: EndKind | undefined): number {
  if (kind === 'done') return DONE;
  return kind === 'refused' ? REFUSED : FAILED;
}
