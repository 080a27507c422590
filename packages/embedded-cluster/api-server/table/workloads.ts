import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { selectorText } from '../select/label-selector-text.ts';
import { ageOf, humanDuration, isTrue, type Layout, labelsText, layout, none, unset } from './layout.ts';

const containers = '+Containers, +Images';

/** Names and images of a template's containers. */
function containersOf(template: Json): [string, string] {
  const all: Json[] = template?.spec?.containers ?? [];
  return [all.map(({ name }) => name).join(','), all.map(({ image }) => image).join(',')];
}

const replicaSets = layout(
  `Name, #Desired, #Current, #Ready, Age, ${containers}, +Selector`,
  ({ spec, status = {} }) => {
    const counts = [spec.replicas, status.replicas ?? 0, status.readyReplicas ?? 0];
    return [...counts, ...containersOf(spec.template), labelsText(spec.selector)];
  },
);

/** The tables of pods, their controllers, and what scales and guards them (printers.go). */
export const workloads: Record<string, Layout> = {
  pods: {
    ...layout('Name, Ready, Status, Restarts, Age, +IP, +Node, +Nominated Node, +Readiness Gates', podCells),
    conditions: podConditions,
  },
  deployments: layout(`Name, Ready, Up-to-date, Available, Age, ${containers}, +Selector`, ({ spec, status = {} }) => {
    const ready = `${status.readyReplicas ?? 0}/${spec.replicas}`;
    const counts = [status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
    return [ready, ...counts, ...containersOf(spec.template), selectorText(spec.selector)];
  }),
  replicasets: replicaSets,
  replicationcontrollers: replicaSets,
  daemonsets: layout(
    `Name, #Desired, #Current, #Ready, #Up-to-date, #Available, Node Selector, Age, ${containers}, +Selector`,
    ({ spec, status = {} }) => [
      status.desiredNumberScheduled ?? 0,
      status.currentNumberScheduled ?? 0,
      status.numberReady ?? 0,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      labelsText(spec.template.spec.nodeSelector),
      ...containersOf(spec.template),
      labelsText(spec.selector),
    ],
  ),
  statefulsets: layout(`Name, Ready, Age, ${containers}`, ({ spec, status = {} }) => {
    return [`${status.readyReplicas ?? 0}/${spec.replicas}`, ...containersOf(spec.template)];
  }),
  jobs: layout(`Name, Status, Completions, Duration, Age, ${containers}, +Selector`, (job, now) => {
    const { spec, status = {} } = job;
    const wanted = spec.completions ?? (spec.parallelism > 1 ? `1 of ${spec.parallelism}` : '1');
    const ended = status.completionTime ? Date.parse(status.completionTime) : now;
    const duration = status.startTime ? humanDuration(ended - Date.parse(status.startTime)) : '';
    const shown = [stateOfJob(job), `${status.succeeded ?? 0}/${wanted}`, duration];
    return [...shown, ...containersOf(spec.template), labelsText(spec.selector)];
  }),
  cronjobs: layout(
    `Name, Schedule, Timezone, Suspend, #Active, Last Schedule, Age, ${containers}, +Selector`,
    ({ spec, status = {} }, now) => {
      const last = status.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : none;
      const suspended = spec.suspend ? 'True' : 'False';
      const shown = [spec.schedule, spec.timeZone ?? none, suspended, (status.active ?? []).length, last];
      const { template, selector } = spec.jobTemplate.spec;
      return [...shown, ...containersOf(template), labelsText(selector)];
    },
  ),
  controllerrevisions: layout('Name, Controller, Revision, Age', ({ metadata, revision }) => {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
    return [owner === undefined ? none : `${owner.kind.toLowerCase()}${group}/${owner.name}`, revision];
  }),
  poddisruptionbudgets: layout(
    'Name, Min Available, Max Unavailable, #Allowed Disruptions, Age',
    ({ spec, status = {} }) => [
      String(spec.minAvailable ?? 'N/A'),
      String(spec.maxUnavailable ?? 'N/A'),
      status.disruptionsAllowed ?? 0,
    ],
  ),
  horizontalpodautoscalers: layout(
    'Name, Reference, Targets, MinPods, MaxPods, Replicas, Age',
    ({ spec, status = {} }) => {
      const targets: string[] = (spec.metrics ?? []).map((metric: Json, index: number) =>
        targetText(metric, status.currentMetrics?.[index]),
      );
      const { kind, name } = spec.scaleTargetRef;
      const bounds = [String(spec.minReplicas ?? unset), spec.maxReplicas, status.currentReplicas ?? 0];
      return [`${kind}/${name}`, targets.join(', ') || none, ...bounds];
    },
  ),
};

function stateOfJob({ metadata, status = {} }: KubeObject): string {
  const is = (type: string) => isTrue(status, type);
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

/** Of one metric of an autoscaler: `cpu: 12%/80%`. */
function targetText({ resource }: Json, currentMetric: Json): string {
  if (!resource) return '<unknown type>';
  const current = currentMetric?.resource?.current;
  const percent = (utilization: Json) => (utilization === undefined ? undefined : `${utilization}%`);
  const { averageUtilization, averageValue } = resource.target;
  const wanted = averageValue ?? percent(averageUtilization) ?? '<auto>';
  return `${resource.name}: ${current?.averageValue ?? percent(current?.averageUtilization) ?? '<unknown>'}/${wanted}`;
}

/** The row's condition of a finished pod, since its STATUS may be any reason (printers.go, podSuccessConditions). */
function podConditions({ status }: KubeObject): readonly object[] | undefined {
  const ended = { type: 'Completed', status: 'True', reason: status?.phase };
  if (status?.phase === 'Succeeded') return [{ ...ended, message: 'The pod has completed successfully.' }];
  if (status?.phase === 'Failed') return [{ ...ended, message: 'The pod failed.' }];
  return undefined;
}

/** The table cells of a pod (printers.go, printPod). */
function podCells(pod: KubeObject, now: number): unknown[] {
  const { spec, status = {} } = pod;
  const { containers, initContainers = [], readinessGates: gates = [] } = spec;
  const { containerStatuses: all = [], initContainerStatuses: inits = [] } = status;
  const sidecars = initContainers.filter((each: Json) => each.restartPolicy === 'Always').map(({ name }: Json) => name);
  const isSidecar = ({ name }: Json) => sidecars.includes(name);
  const isPassed = (each: Json) => each.state?.terminated?.exitCode === 0 || (isSidecar(each) && each.started);
  const current = inits.find((each: Json) => !isPassed(each));
  const isInitializing = current !== undefined && !isTrue(status, 'Initialized');
  // The init containers behind the current one have not started.
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

/** `main`: none while the pod initializes; then `initWord` tells its state. */
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
