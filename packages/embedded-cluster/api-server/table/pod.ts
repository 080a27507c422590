import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { ageOf, isTrue, none } from './layout.ts';

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
  const { containers, initContainers = [], readinessGates: gates = [] } = spec;
  const { containerStatuses: all = [], initContainerStatuses: inits = [] } = status;
  const sidecars = initContainers.filter((each: Json) => each.restartPolicy === 'Always').map(({ name }: Json) => name);
  const isSidecar = ({ name }: Json) => sidecars.includes(name);
  const isPassed = (each: Json) => each.state?.terminated?.exitCode === 0 || (isSidecar(each) && each.started);
  const current = inits.find((each: Json) => !isPassed(each));
  const isInitializing = current !== undefined && !isTrue(status, 'Initialized');
  // Those behind the current one have not started.
  const started: Json[] = current === undefined ? inits : inits.slice(0, inits.indexOf(current) + 1);
  const main: Json[] = isInitializing ? [] : all;
  const serving = [...started.filter((each) => isSidecar(each) && each.started), ...main].filter(isServing);
  const counted = isInitializing ? started : [...started.filter(isSidecar), ...main];
  const restarts = counted.reduce((sum, each) => sum + (each.restartCount ?? 0), 0);
  const lastRestart = counted
    .map((each) => each.lastState?.terminated?.finishedAt ?? '')
    .sort()
    .at(-1);
  const why = current && wordOf(current);
  const position = `${inits.indexOf(current)}/${initContainers.length}`;
  const initWord = current && `Init:${why === undefined || why === 'PodInitializing' ? position : why}`;
  const open = gates.filter(({ conditionType }: Json) => isTrue(status, conditionType)).length;
  return [
    `${serving.length}/${(containers ?? []).length + sidecars.length}`,
    statusWord(pod, main, initWord),
    restarts > 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts),
    status.podIPs?.[0]?.ip || none,
    spec.nodeName || none,
    status.nominatedNodeName || none,
    gates.length > 0 ? `${open}/${gates.length}` : none,
  ];
}

/** `main`: the containers that tell the state; none while the pod initializes, which `initWord` then says. */
function statusWord({ metadata, status = {} }: KubeObject, main: readonly Json[], initWord?: string): string {
  const { conditions = [], phase, reason } = status;
  if (metadata.deletionTimestamp && reason === 'NodeLost') return 'Unknown';
  if (metadata.deletionTimestamp && phase !== 'Succeeded' && phase !== 'Failed') return 'Terminating';
  const isGated = conditions.some((each: Json) => each.type === 'PodScheduled' && each.reason === 'SchedulingGated');
  const words = main.map(wordOf).filter((word) => word !== undefined);
  const word = words[0] ?? initWord ?? (isGated ? 'SchedulingGated' : reason || phase || '');
  if (word !== 'Completed') return word;
  // One container has completed, others may still run.
  const isAnyRunning = main.some(isServing);
  if (isAnyRunning && isTrue(status, 'Ready')) return 'Running';
  const failed = main.find(({ state }) => state?.terminated && state.terminated.exitCode !== 0);
  return (failed && wordOf(failed)) ?? (isAnyRunning ? 'NotReady' : word);
}

/** Why a container does not run; undefined while it does, or when nothing is known. */
function wordOf({ state: { waiting, terminated } = {} as Json }: Json): string | undefined {
  if (waiting?.reason) return waiting.reason;
  if (!terminated) return undefined;
  const { reason, signal, exitCode = 0 } = terminated;
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function isServing({ ready, state }: Json): boolean {
  return ready && state?.running;
}
