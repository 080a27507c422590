import type { Container, Pod, PodDetail, Toleration } from '../rotation/snapshot.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod, JsonToleration, KubeObject, Table } from './json.ts';
import { ownerOf, parseTime } from './metadata.ts';
import { isSidecar, podColumns, terminationWord } from './pod-status.ts';
import { resourcesOf, sum } from './quantity.ts';

/** How much of each pod is kept: `compact` leaves out the detail. */
export type PodForm = 'compact' | 'whole';

export function podOf(json: JsonPod, form: PodForm): Pod {
  const { ready, total, status, restarts } = podColumns(json);
  return {
    ...podFromMetadata(json),
    ...nodeOf(json.spec),
    ...(json.status?.phase === 'Succeeded' || json.status?.phase === 'Failed' ? { hasEnded: true as const } : {}),
    status,
    containers: { ready, total },
    restarts,
    ...(form === 'whole' ? { detail: detailOf(json) } : {}),
  };
}

/** The pods of a page in the API server's Table form. Columns are found by name: their order is no promise. */
export function podsOfTable({ columnDefinitions, rows }: Table): Pod[] {
  const column = (name: string) => columnDefinitions.findIndex((definition) => definition.name === name);
  const [ready, status, restarts, node] = [column('Ready'), column('Status'), column('Restarts'), column('Node')];
  return (rows ?? []).map(({ cells, conditions, object }) => {
    const nodeName = String(cells[node] ?? '<none>');
    const [readyCount = 0, total = 0] = String(cells[ready]).split('/').map(Number);
    return {
      ...podFromMetadata(object),
      ...(nodeName === '<none>' ? {} : { nodeName }),
      // The printer says so only of phase Succeeded and Failed (printers.go, printPod).
      ...(conditions?.some(({ type, status }) => type === 'Completed' && status === 'True')
        ? { hasEnded: true as const }
        : {}),
      status: String(cells[status]),
      containers: { ready: readyCount, total },
      // `3 (5m ago)`
      restarts: Number.parseInt(String(cells[restarts]), 10) || 0,
    };
  });
}

/** A DaemonSet names the node of each pod in its affinity, and the scheduler binds it there (ReplaceDaemonSetPodNodeNameNodeAffinity). */
function nodeOf({ nodeName, affinity }: JsonPod['spec']): Pick<Pod, 'nodeName' | 'meantForNode'> {
  if (nodeName) return { nodeName };
  const fields = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.flatMap(
    ({ matchFields }) => matchFields ?? [],
  );
  const meantForNode = fields?.find(({ key }) => key === 'metadata.name')?.values?.[0];
  return meantForNode === undefined ? {} : { meantForNode };
}

function podFromMetadata({ metadata }: KubeObject) {
  const owner = ownerOf(metadata);
  const deletedAt = parseTime(metadata.deletionTimestamp);
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    // All of them: a JSON Patch has to know whether a pod has any. Bulky ones are rare, on pods made by hand.
    annotations: metadata.annotations ?? {},
    createdAt: parseTime(metadata.creationTimestamp) ?? 0,
    ...(owner === undefined ? {} : { owner }),
    ...(deletedAt === undefined ? {} : { deletedAt }),
  };
}

/** What the API server sets where a pod says nothing (core/v1 types.go, DefaultTerminationGracePeriodSeconds). */
const DEFAULT_GRACE_SECONDS = 30;

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

function detailOf({ metadata, spec, status }: JsonPod): PodDetail {
  const readyCondition = status?.conditions?.find(({ type }) => type === 'Ready');
  const readyChangedAt = parseTime(readyCondition?.lastTransitionTime);
  const startedAt = parseTime(status?.startTime);
  const claims = (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  const ownVolumes = (spec.volumes ?? []).filter(({ emptyDir, ephemeral }) => emptyDir ?? ephemeral);
  return {
    version: metadata.resourceVersion,
    phase: PHASES.find((phase) => phase === status?.phase) ?? 'Unknown',
    isReady: readyCondition?.status === 'True',
    containers: spec.containers.map((container) =>
      containerOf(
        container,
        status?.containerStatuses?.find(({ name }) => name === container.name),
      ),
    ),
    initContainers: (spec.initContainers ?? []).map((container) => ({
      name: container.name,
      isSidecar: isSidecar(container),
    })),
    claims: [...new Set(claims)].sort().map((name) => ({ name })),
    ownVolumes: ownVolumes.map(({ name }) => name).sort(),
    graceSeconds: spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    hostNetwork: spec.hostNetwork ?? false,
    nodeSelector: spec.nodeSelector ?? {},
    tolerations: (spec.tolerations ?? []).map(tolerationOf),
    hasPlacementRules: hasPlacementRules(spec),
    requests: requestsOf(spec),
    ...unrequestedBy(spec),
    ...(readyChangedAt === undefined ? {} : { readyChangedAt }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(status?.message ? { message: status.message } : {}),
  };
}

function containerOf(container: JsonContainer, status: JsonContainerStatus | undefined): Container {
  return {
    name: container.name,
    image: container.image ?? '',
    hostPorts: (container.ports ?? []).flatMap(({ hostPort }) => hostPort ?? []),
    hasLivenessProbe: container.livenessProbe !== undefined,
    isReady: status?.ready ?? false,
    restarts: status?.restartCount ?? 0,
    state: containerState(status),
  };
}

/** `running`, or the reason why it waits or ended. */
export function containerState(status: JsonContainerStatus | undefined): string {
  const state = status?.state;
  if (state?.terminated !== undefined) return terminationWord(state.terminated);
  return state?.running === undefined ? (state?.waiting?.reason ?? 'waiting') : 'running';
}

function tolerationOf({ key, operator, value, effect }: JsonToleration): Toleration {
  return {
    operator: operator === 'Exists' ? 'Exists' : 'Equal',
    ...(key ? { key } : {}),
    ...(value === undefined ? {} : { value }),
    ...(effect ? { effect } : {}),
  };
}

function hasPlacementRules({ affinity, topologySpreadConstraints }: JsonPod['spec']): boolean {
  const required = [affinity?.nodeAffinity, affinity?.podAffinity, affinity?.podAntiAffinity].some(
    (rules) => rules?.requiredDuringSchedulingIgnoredDuringExecution !== undefined,
  );
  return required || (topologySpreadConstraints ?? []).some((rule) => rule.whenUnsatisfiable === 'DoNotSchedule');
}

/** Quotas ask that every container says so (quota/v1/evaluator/core/pods.go, Constraints). */
function unrequestedBy({ containers, initContainers = [] }: JsonPod['spec']): Pick<PodDetail, 'unrequested'> {
  const lacks = (resource: string): boolean =>
    [...containers, ...initContainers].some(({ resources }) => resources?.requests?.[resource] === undefined);
  const unrequested = [
    ...(lacks('cpu') ? (['cpuMillis'] as const) : []),
    ...(lacks('memory') ? (['memory'] as const) : []),
  ];
  return unrequested.length === 0 ? {} : { unrequested };
}

/**
 * What the scheduler reserves for the pod (component-helpers, resource/helpers.go PodRequests): the containers and
 * sidecars together, or the largest init container where that asks for more, and the runtime's overhead.
 * Worked example: containers 100m + 200m, init container 500m: 500m.
 */
export function requestsOf({ containers, initContainers, overhead }: JsonPod['spec']) {
  const none = resourcesOf(undefined);
  const of = (container: JsonContainer) => resourcesOf(container.resources?.requests);
  const running = [...containers, ...(initContainers ?? []).filter(isSidecar)].map(of).reduce(sum, none);
  const starting = (initContainers ?? []).filter((container) => !isSidecar(container)).map(of);
  const largest = {
    cpuMillis: Math.max(running.cpuMillis, ...starting.map(({ cpuMillis }) => cpuMillis)),
    memory: Math.max(running.memory, ...starting.map(({ memory }) => memory)),
  };
  return sum(largest, resourcesOf(overhead));
}
