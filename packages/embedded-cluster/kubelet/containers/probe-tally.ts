import type { Probe } from '../pod.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** The consecutive outcomes of a probe and the resulting verdict. */
export interface Tally {
  inARow: { successes: number; failures: number };
  isPassing: boolean;
}

/** Before the first outcome a container is alive, but neither ready nor started. */
export function freshTally(kind: ProbeKind): Tally {
  return { inARow: { successes: 0, failures: 0 }, isPassing: kind === 'liveness' };
}

/** The verdict changes when the outcomes in a row reach the probe's threshold (prober/worker.go, doProbe). */
export function afterProbe(tally: Tally, hasSucceeded: boolean, probe: Probe): Tally {
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const inARow = hasSucceeded
    ? { successes: tally.inARow.successes + 1, failures: 0 }
    : { successes: 0, failures: tally.inARow.failures + 1 };
  if (inARow.successes >= successThreshold) return { inARow, isPassing: true };
  if (inARow.failures >= failureThreshold) return { inARow, isPassing: false };
  return { inARow, isPassing: tally.isPassing };
}
