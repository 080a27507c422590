import { once } from 'node:events';
import { connect } from 'node:net';
import { pause } from '../../client/pause.ts';
import { getLocally } from '../apps/programs.ts';
import type { Probe } from '../pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import type { ContainerRun } from './container-run.ts';

/** The container that is probed. */
export type ProbeTarget = Pick<ContainerRun, 'container' | 'loopbackPort'> & {
  pod: Pick<PodWorker, 'podIp' | 'nodeGateway'>;
};

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
    const { isNotReady, isNotLive } = run.pod.fault;
    const isForced = kind === 'readiness' ? isNotReady : kind === 'liveness' && isNotLive;
    const problem = isForced ? problemOf(503) : await probeOnce(probe, run);
    if (run.signal.aborted) return false;
    if (problem !== undefined) {
      const message = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed: ${problem}`;
      run.pod.record({ type: 'Warning', reason: 'Unhealthy', message });
    }
    const wasPassing = tally.isPassing;
    tally = afterProbe(tally, problem === undefined, probe);
    // A startup probe starts without a verdict, so its first one counts even when it is negative.
    const hasGivenUp = kind === 'startup' && tally.failures >= (probe.failureThreshold ?? 3);
    if (tally.isPassing !== wasPassing || hasGivenUp) onVerdict(kind, tally.isPassing);
    if (kind === 'startup' && tally.isPassing) return true;
    goesOn = await pause((probe.periodSeconds ?? 10) * 1000, run.signal);
  }
  return false;
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

/**
 * Runs the probe once; returns why it failed in a real kubelet's words, as `kubectl describe pod` shows them. An exec
 * probe always succeeds.
 */
export async function probeOnce(probe: Probe, target: ProbeTarget): Promise<string | undefined> {
  const signal = AbortSignal.timeout((probe.timeoutSeconds ?? 1) * 1000);
  if (probe.httpGet !== undefined) return problemOf(await httpGet(probe.httpGet, target, signal));
  const asked = probe.tcpSocket?.port ?? probe.grpc?.port;
  if (asked === undefined) return undefined;
  const { address, port, refused } = locate(asked, target);
  if (port === undefined) return refused;
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect', { signal });
    return undefined;
  } catch {
    return signal.aborted ? `dial tcp ${address}: i/o timeout` : refused;
  } finally {
    socket.destroy();
  }
}

function problemOf(outcome: number | string): string | undefined {
  if (typeof outcome === 'string') return outcome;
  return outcome >= 200 && outcome < 400 ? undefined : `HTTP probe failed with statuscode: ${outcome}`;
}

/** The status of the answer, or why there is none. */
export async function httpGet(
  { port: asked, path = '/', httpHeaders = [] }: NonNullable<Probe['httpGet']>,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<number | string> {
  const { address, port, refused } = locate(asked, target);
  const url = `http://${address}${path.startsWith('/') ? path : `/${path}`}`;
  const failure = (why: string) => `Get "${url}": ${why}`;
  if (port === undefined) return failure(refused);
  const { host, pathname, search } = new URL(url);
  const named = Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
  const own = { host, connection: 'close', 'user-agent': 'kube-probe/1.36', 'x-forwarded-for': target.pod.nodeGateway };
  try {
    const answer = await getLocally(port, pathname + search, { ...own, ...named }, signal);
    return answer.on('error', () => {}).resume().statusCode ?? 0;
  } catch {
    const tooLate = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    return failure(signal.aborted ? tooLate : refused);
  }
}

/** `asked`: the number or the name of a container port. */
function locate(asked: number | string, target: ProbeTarget) {
  const named = target.container.ports?.find(({ name }) => name === asked);
  const containerPort = named?.containerPort ?? Number(asked);
  const address = `${target.pod.podIp}:${containerPort}`;
  const refused = `dial tcp ${address}: connect: connection refused`;
  return { address, refused, port: target.loopbackPort(containerPort) };
}
