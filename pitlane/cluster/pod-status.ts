import type { JsonContainer, JsonContainerStatus, JsonPod, JsonTermination } from './json.ts';

/** The columns READY, STATUS and RESTARTS of `kubectl get pods`. */
export interface PodColumns {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
}

/**
 * The columns that kubectl prints for a pod. Follows the API server's printer (printers/internalversion/printers.go,
 * printPod), so that a pod gets the same status whether it was read as an object or as a table row.
 */
export function podColumns(pod: JsonPod): PodColumns {
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar);
  const total = pod.spec.containers.length + sidecars.length;
  const initial = initialStatus(pod);
  const init = initPhase(pod, new Set(sidecars.map(({ name }) => name)));
  const isInitialized = init.word === undefined || hasCondition(pod, 'Initialized');
  const main = isInitialized ? mainPhase(pod, init.word ?? initial) : undefined;
  return {
    total,
    ready: init.ready + (main?.ready ?? 0),
    restarts: main === undefined ? init.restarts : init.sidecarRestarts + main.restarts,
    status: deletionStatus(pod) ?? main?.word ?? init.word ?? initial,
  };
}

function initialStatus(pod: JsonPod): string {
  const isGated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return isGated ? 'SchedulingGated' : pod.status?.reason || (pod.status?.phase ?? 'Unknown');
}

function deletionStatus(pod: JsonPod): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined;
  if (pod.status?.reason === 'NodeLost') return 'Unknown';
  const isFinished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  return isFinished ? undefined : 'Terminating';
}

interface InitPhase {
  /** Absent: all init containers have completed. */
  readonly word?: string;
  /** Ready sidecars. */
  readonly ready: number;
  readonly restarts: number;
  readonly sidecarRestarts: number;
}

function initPhase(pod: JsonPod, sidecars: ReadonlySet<string>): InitPhase {
  let [ready, restarts, sidecarRestarts] = [0, 0, 0];
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecarStatus = sidecars.has(status.name);
    restarts += status.restartCount;
    sidecarRestarts += isSidecarStatus ? status.restartCount : 0;
    if (status.state?.terminated?.exitCode === 0) continue;
    if (isSidecarStatus && status.started === true) {
      ready += status.ready ? 1 : 0;
      continue;
    }
    const word = initWord(status, index, pod.spec.initContainers?.length ?? 0);
    return { word, ready, restarts, sidecarRestarts };
  }
  return { ready, restarts, sidecarRestarts };
}

function initWord({ state }: JsonContainerStatus, index: number, total: number): string {
  if (state?.terminated !== undefined) return `Init:${terminationReason(state.terminated)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`;
}

function mainPhase(pod: JsonPod, start: string): { word: string; ready: number; restarts: number } {
  let word = start;
  let failure: string | undefined;
  let [ready, restarts] = [0, 0];
  // From last to first, so that the first container wins, as in the printer.
  for (const { state, ready: isReady, restartCount } of (pod.status?.containerStatuses ?? []).toReversed()) {
    restarts += restartCount;
    if (state?.waiting?.reason) {
      word = state.waiting.reason;
    } else if (state?.terminated !== undefined) {
      word = terminationReason(state.terminated);
      failure = state.terminated.exitCode === 0 ? failure : word;
    } else if (isReady && state?.running !== undefined) {
      ready += 1;
    }
  }
  if (word === 'Completed') {
    if (ready > 0 && hasCondition(pod, 'Ready')) {
      word = 'Running';
    } else {
      word = failure ?? (ready > 0 ? 'NotReady' : word);
    }
  }
  return { word, ready, restarts };
}

/** `Error`, `OOMKilled`, or the signal or exit code if the runtime gave no reason. */
export function terminationReason({ reason, signal, exitCode }: JsonTermination): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** True for an init container that keeps running beside the others. */
export function isSidecar(container: JsonContainer): boolean {
  return container.restartPolicy === 'Always';
}

function hasCondition(pod: JsonPod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
