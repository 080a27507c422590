import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { selectorText } from '../select/label-selector-text.ts';
import { ageOf, humanDuration, isTrue, type Layout, labelsText, layout, none, unset } from './layout.ts';
import { podCells, podConditions } from './pod.ts';

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
