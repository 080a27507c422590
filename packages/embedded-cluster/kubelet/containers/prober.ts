import { pause } from '../../client/pause.ts';
import type { Probe } from '../pod.ts';
import type { ContainerRun } from './container-run.ts';
import { type ProbeOutcome, probeOnce } from './probe.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

type OnVerdict = (kind: ProbeKind, isPassing: boolean) => void;

/** Runs a container's startup probe and, once it has passed, the other two, until the run ends. */
export async function startProbes(run: ContainerRun, onVerdict: OnVerdict): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe } = run.container;
  if (startupProbe && !(await keepProbing('startup', startupProbe, run, onVerdict))) return;
  if (readinessProbe) void keepProbing('readiness', readinessProbe, run, onVerdict);
  if (livenessProbe) void keepProbing('liveness', livenessProbe, run, onVerdict);
}

/** Returns true once a startup probe has passed; the others go on until the run ends. */
async function keepProbing(kind: ProbeKind, probe: Probe, run: ContainerRun, onVerdict: OnVerdict): Promise<boolean> {
  let tally = freshTally(kind);
  let goesOn = await pause((probe.initialDelaySeconds ?? 0) * 1000, run.signal);
  while (goesOn) {
    const outcome = forcedOutcome(kind, run) ?? (await probeOnce(probe, run));
    if (run.signal.aborted) return false;
    if (!outcome.hasSucceeded) {
      const message = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed: ${outcome.message}`;
      run.pod.record({ type: 'Warning', reason: 'Unhealthy', message });
    }
    const wasPassing = tally.isPassing;
    tally = afterProbe(tally, outcome.hasSucceeded, probe);
    // A startup probe starts without a verdict, so its first one counts even when it is negative.
    const hasGivenUp = kind === 'startup' && tally.failures >= (probe.failureThreshold ?? 3);
    if (tally.isPassing !== wasPassing || hasGivenUp) onVerdict(kind, tally.isPassing);
    if (kind === 'startup' && tally.successes > 0 && tally.isPassing) return true;
    goesOn = await pause((probe.periodSeconds ?? 10) * 1000, run.signal);
  }
  return false;
}

/** The failure that a fault causes. */
function forcedOutcome(kind: ProbeKind, { pod }: ContainerRun): ProbeOutcome | undefined {
  const { isNotReady, isNotLive } = pod.fault;
  const isForced = kind === 'readiness' ? isNotReady : kind === 'liveness' && isNotLive;
  return isForced ? { hasSucceeded: false, message: 'HTTP probe failed with statuscode: 503' } : undefined;
}

/** The verdict of a probe, and its outcomes in a row. */
export interface Tally {
  successes: number;
  failures: number;
  isPassing: boolean;
}

/** Before the first outcome a container is alive, but neither ready nor started. */
export function freshTally(kind: ProbeKind): Tally {
  return { successes: 0, failures: 0, isPassing: kind === 'liveness' };
}

/** The verdict changes when the outcomes in a row reach the probe's threshold (prober/worker.go, doProbe). */
export function afterProbe(tally: Tally, hasSucceeded: boolean, probe: Probe): Tally {
  const { successThreshold = 1, failureThreshold = 3 } = probe;
  const successes = hasSucceeded ? tally.successes + 1 : 0;
  const failures = hasSucceeded ? 0 : tally.failures + 1;
  const isPassing = successes >= successThreshold || (tally.isPassing && failures < failureThreshold);
  return { successes, failures, isPassing };
}
