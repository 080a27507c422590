import type { Probe } from '../pod.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

/** Consecutive outcomes of one probe of one container, and the verdict that they have led to so far. */
export interface Tally {
  inARow: { successes: number; failures: number };
  isPassing: boolean;
}

/** Before the first outcome: a container is taken for alive, but neither for ready nor for started. */
export function freshTally(kind: ProbeKind): Tally {
  return { inARow: { successes: 0, failures: 0 }, isPassing: kind === 'liveness' };
}

/** The verdict changes only after as many equal outcomes in a row as the probe asks for (prober/worker.go, doProbe). */
export function afterProbe(tally: Tally, hasSucceeded: boolean, probe: Probe): Tally {
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const inARow = hasSucceeded
    ? { successes: tally.inARow.successes + 1, failures: 0 }
    : { successes: 0, failures: tally.inARow.failures + 1 };
  if (inARow.successes >= successThreshold) return { inARow, isPassing: true };
  if (inARow.failures >= failureThreshold) return { inARow, isPassing: false };
  return { inARow, isPassing: tally.isPassing };
}
