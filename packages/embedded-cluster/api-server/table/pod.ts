import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { ageOf } from './duration.ts';

/** The row's condition of a finished pod, since its STATUS may be any reason (printers.go, podSuccessConditions). */
export function podConditions({ status }: KubeObject): readonly object[] | undefined {
  const ended = { type: 'Completed', status: 'True', reason: status?.phase };
  if (status?.phase === 'Succeeded') return [{ ...ended, message: 'The pod has completed successfully.' }];
  if (status?.phase === 'Failed') return [{ ...ended, message: 'The pod failed.' }];
  return undefined;
}

/** The table cells of a pod (printers.go, printPod). */
export function podCells(pod: KubeObject, now: number): unknown[] {
  const { spec, status = {} } = pod;
  const { word, ready, restarts, lastRestart } = stateOf(pod);
  const sidecars = (spec.initContainers ?? []).filter(isSidecar).length;
  const gates: Json[] = spec.readinessGates ?? [];
  const open = gates.filter((gate) => isTrue(status.conditions, gate.conditionType)).length;
  const shown = restarts > 0 && lastRestart !== '' ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts);
  return [
    `${ready}/${(spec.containers ?? []).length + sidecars}`,
    word,
    shown,
    status.podIPs?.[0]?.ip || '<none>',
    spec.nodeName || '<none>',
    status.nominatedNodeName || '<none>',
    gates.length > 0 ? `${open}/${gates.length}` : '<none>',
  ];
}

interface State {
  word: string;
  ready: number;
  restarts: number;
  /** When a container last ended; empty when none did. */
  lastRestart: string;
}

function stateOf(pod: KubeObject): State {
  const { metadata, spec, status = {} } = pod;
  const isGated = (status.conditions ?? []).some(
    (each: Json) => each.type === 'PodScheduled' && each.reason === 'SchedulingGated',
  );
  const first = isGated ? 'SchedulingGated' : status.reason || status.phase || '';
  const init = initState(spec, status, first);
  const isInitializing = init.isInitializing && !isTrue(status.conditions, 'Initialized');
  const state = isInitializing ? init : mainState(status, init);
  const isFinished = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (metadata.deletionTimestamp && status.reason === 'NodeLost') return { ...state, word: 'Unknown' };
  if (metadata.deletionTimestamp && !isFinished) return { ...state, word: 'Terminating' };
  return state;
}

function initState(spec: Json, status: Json, word: string): State & { isInitializing: boolean; sidecars: State } {
  const containers: Json[] = spec.initContainers ?? [];
  const state = { word, ready: 0, restarts: 0, lastRestart: '' };
  const sidecars = { word: '', ready: 0, restarts: 0, lastRestart: '' };
  for (const [index, container] of ((status.initContainerStatuses ?? []) as Json[]).entries()) {
    const isRestarted = isSidecar(containers.find(({ name }) => name === container.name));
    count(state, container);
    if (isRestarted) count(sidecars, container);
    const { terminated, waiting } = container.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isRestarted && container.started) {
      if (container.ready) state.ready++;
      continue;
    }
    if (terminated) state.word = `Init:${endWord(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') state.word = `Init:${waiting.reason}`;
    else state.word = `Init:${index}/${containers.length}`;
    return { ...state, isInitializing: true, sidecars };
  }
  return { ...state, isInitializing: false, sidecars };
}

function mainState(status: Json, init: State & { sidecars: State }): State {
  const { restarts, lastRestart } = init.sidecars;
  const state = { word: init.word, ready: init.ready, restarts, lastRestart };
  let isAnyRunning = false;
  let errorWord = '';
  for (const container of ((status.containerStatuses ?? []) as Json[]).toReversed()) {
    count(state, container);
    const { waiting, terminated, running } = container.state ?? {};
    if (waiting?.reason) {
      state.word = waiting.reason;
    } else if (terminated) {
      state.word = endWord(terminated);
      if (terminated.exitCode !== 0) errorWord = state.word;
    } else if (container.ready && running) {
      isAnyRunning = true;
      state.ready++;
    }
  }
  if (state.word !== 'Completed') return state;
  // One container has completed, others may still run.
  if (isAnyRunning && isTrue(status.conditions, 'Ready')) return { ...state, word: 'Running' };
  if (errorWord !== '') return { ...state, word: errorWord };
  return isAnyRunning ? { ...state, word: 'NotReady' } : state;
}

function count(state: State, container: Json): void {
  state.restarts += container.restartCount ?? 0;
  const ended: string = container.lastState?.terminated?.finishedAt ?? '';
  if (ended > state.lastRestart) state.lastRestart = ended;
}

function endWord({ reason, signal, exitCode }: Json): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode ?? 0}`);
}

/** An init container that restarts and runs beside the main ones. */
function isSidecar(container: Json): boolean {
  return container?.restartPolicy === 'Always';
}

function isTrue(conditions: Json[] | undefined, type: string): boolean {
  return (conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
}
