import { pause } from '../../client/pause.ts';
import type { Fault } from '../apps/fault.ts';
import type { Container, Probe } from '../pod.ts';
import { type ProbeOutcome, type ProbeTarget, probeOnce } from './probe.ts';
import { afterProbe, freshTally, type ProbeKind } from './probe-tally.ts';

export interface ProberOptions {
  target: ProbeTarget;
  fault(): Fault;
  /** False during the app's warm-up, when its readiness page answers 503. */
  isWarm(): boolean;
  onVerdict(kind: ProbeKind, isPassing: boolean): void;
  /** Called with the message of an Event. */
  onFailure(kind: ProbeKind, message: string): void;
  /** Aborted when the container ends. */
  signal: AbortSignal;
}

/** Runs a container's startup probe and, once it has passed, the other two. */
export function startProbes(options: ProberOptions): void {
  const { container } = options.target;
  const rest = () => {
    if (container.readinessProbe) keepProbing('readiness', container.readinessProbe, options);
    if (container.livenessProbe) keepProbing('liveness', container.livenessProbe, options);
  };
  if (container.startupProbe === undefined) rest();
  else keepProbing('startup', container.startupProbe, options, rest);
}

export function hasProbe(container: Container, kind: ProbeKind): boolean {
  return container[`${kind}Probe`] !== undefined;
}

async function keepProbing(kind: ProbeKind, probe: Probe, options: ProberOptions, onPass?: () => void): Promise<void> {
  const { signal } = options;
  let tally = freshTally(kind);
  let goesOn = await pause((probe.initialDelaySeconds ?? 0) * 1000, signal);
  while (goesOn) {
    const outcome = forcedOutcome(kind, options) ?? (await probeOnce(probe, options.target));
    if (signal.aborted) return;
    if (!outcome.hasSucceeded) options.onFailure(kind, outcome.message);
    const before = tally;
    tally = afterProbe(tally, outcome.hasSucceeded, probe);
    const { successes, failures } = tally.inARow;
    // A startup probe starts without a verdict, so its first one counts even when it is negative.
    const hasGivenUp = kind === 'startup' && failures >= (probe.failureThreshold ?? 3);
    if (tally.isPassing !== before.isPassing || hasGivenUp) options.onVerdict(kind, tally.isPassing);
    if (kind === 'startup' && successes > 0 && tally.isPassing) return onPass?.();
    goesOn = await pause((probe.periodSeconds ?? 10) * 1000, signal);
  }
}

/** The failure that a fault or the warm-up causes. */
function forcedOutcome(kind: ProbeKind, { fault, isWarm }: ProberOptions): ProbeOutcome | undefined {
  const { isNotReady, isNotLive } = fault();
  const isForced = kind === 'readiness' ? isNotReady || !isWarm() : kind === 'liveness' && isNotLive;
  return isForced ? { hasSucceeded: false, message: 'HTTP probe failed with statuscode: 503' } : undefined;
}
