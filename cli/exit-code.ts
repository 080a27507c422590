import type { Outcome } from '../pitlane/outcome.ts';

export const DONE = 0;
/** Tried, and failed or not proven in time. */
export const FAILED = 1;
/** The command, the configuration or the kubeconfig can't be used as it is. */
export const MISREAD = 2;
/** Refused, or not confirmed. */
export const REFUSED = 3;
/** As a shell reports a program that SIGINT has ended. */
export const INTERRUPTED = 130;

export function exitCode(outcome: Outcome): number {
  switch (outcome.kind) {
    case 'listed':
    case 'inspected':
    case 'logged':
    case 'helped':
    case 'drainedList':
    case 'evidence':
    case 'operations':
    case 'cancelled':
    case 'repeated':
    case 'done':
      return DONE;
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
