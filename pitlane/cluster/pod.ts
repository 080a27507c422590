import { redact } from '../evidence/redact.ts';
import { valueIn } from '../rotation/labels.ts';
import type { Container, DebugContainer, Pod, PodDetail } from '../rotation/snapshot.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod, KubeObject, Table } from './json.ts';
import { isGuarded, ownerOf, parseTime } from './metadata.ts';
import { needsOf } from './pod-needs.ts';
import { isSidecar, podColumns, terminationReason } from './pod-status.ts';

/** `compact` leaves out `Pod.detail`. */
export type PodForm = 'compact' | 'whole';

export function podOf(json: JsonPod, form: PodForm): Pod {
  const { ready, total, status, restarts } = podColumns(json);
  return {
    ...podFromMetadata(json),
    ...nodeOf(json.spec),
    hasEnded: json.status?.phase === 'Succeeded' || json.status?.phase === 'Failed' || undefined,
    status,
    containers: { ready, total },
    restarts,
    detail: form === 'whole' ? detailOf(json) : undefined,
  };
}

/** Converts a page in the API server's Table form. Finds columns by name, as their order may change. */
export function podsOfTable({ columnDefinitions, rows }: Table): Pod[] {
  const column = (name: string) => columnDefinitions.findIndex((definition) => definition.name === name);
  const [ready, status, restarts, node] = [column('Ready'), column('Status'), column('Restarts'), column('Node')];
  return (rows ?? []).map(({ cells, conditions, object }) => {
    const nodeName = String(cells[node] ?? '<none>');
    const [readyCount = 0, total = 0] = String(cells[ready]).split('/').map(Number);
    return {
      ...podFromMetadata(object),
      nodeName: nodeName === '<none>' ? undefined : nodeName,
      // The printer sets this only in the phases Succeeded and Failed (printers.go, printPod).
      hasEnded: conditions?.some(({ type, status }) => type === 'Completed' && status === 'True') || undefined,
      status: String(cells[status]),
      containers: { ready: readyCount, total },
      // `3 (5m ago)`
      restarts: Number.parseInt(String(cells[restarts]), 10) || 0,
    };
  });
}

/** Before it is scheduled, a DaemonSet's pod names its node in its affinity (ReplaceDaemonSetPodNodeNameNodeAffinity). */
function nodeOf({ nodeName, affinity }: JsonPod['spec']): Pick<Pod, 'nodeName' | 'meantForNode'> {
  if (nodeName) return { nodeName };
  const fields = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.flatMap(
    ({ matchFields }) => matchFields ?? [],
  );
  return { meantForNode: fields?.find(({ key }) => key === 'metadata.name')?.values?.[0] };
}

function podFromMetadata({ metadata }: KubeObject) {
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    // Keeps all: a JSON Patch must know whether there are any. Bulky ones are rare on pods.
    annotations: metadata.annotations ?? {},
    createdAt: parseTime(metadata.creationTimestamp) ?? 0,
    owner: ownerOf(metadata),
    isGuarded: isGuarded(metadata),
    deletedAt: parseTime(metadata.deletionTimestamp),
    finalizers: metadata.finalizers?.length ? metadata.finalizers : undefined,
  };
}

/** The API server's default (core/v1 types.go, DefaultTerminationGracePeriodSeconds). */
const DEFAULT_GRACE_SECONDS = 30;

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

function detailOf({ metadata, spec, status }: JsonPod): PodDetail {
  const readyCondition = status?.conditions?.find(({ type }) => type === 'Ready');
  const needs = needsOf(spec);
  const ownVolumes = (spec.volumes ?? []).filter(({ emptyDir, ephemeral }) => emptyDir ?? ephemeral);
  return {
    version: metadata.resourceVersion,
    phase: PHASES.find((phase) => phase === status?.phase) ?? 'Unknown',
    isReady: readyCondition?.status === 'True',
    containers: spec.containers.map((container) => containerOf(container, status?.containerStatuses)),
    initContainers: (spec.initContainers ?? []).map((each) => ({
      ...containerOf(each, status?.initContainerStatuses),
      isSidecar: isSidecar(each),
    })),
    debugContainers: spec.ephemeralContainers?.map((each) =>
      debugContainerOf(each, status?.ephemeralContainerStatuses),
    ),
    claims: needs.claims.map((name) => ({ name })),
    ownVolumes: ownVolumes.map(({ name }) => name).sort(),
    graceSeconds: spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS,
    hostNetwork: spec.hostNetwork ?? false,
    needs,
    unrequested: unrequestedBy(spec),
    readyChangedAt: parseTime(readyCondition?.lastTransitionTime),
    message: status?.message ? redact(status.message) : undefined,
    obstacle: obstacleOf(status),
  };
}

/** The first container that waits, or the scheduler's reason. */
function obstacleOf(status: JsonPod['status']): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = status ?? {};
  const unscheduled = conditions.filter(({ type, status: value }) => type === 'PodScheduled' && value === 'False');
  const waiting = [...initContainerStatuses, ...containerStatuses].flatMap(({ state }) => state?.waiting ?? []);
  const found = [...waiting, ...unscheduled].find(({ message }) => message);
  return found && `${found.reason}: ${redact(found.message ?? '')}`;
}

function containerOf(container: JsonContainer, statuses: readonly JsonContainerStatus[] | undefined): Container {
  const status = statuses?.find(({ name }) => name === container.name);
  return {
    name: container.name,
    image: container.image ?? '',
    hasLivenessProbe: container.livenessProbe !== undefined,
    isReady: status?.ready ?? false,
    restarts: status?.restartCount ?? 0,
    state: containerState(status),
  };
}

function debugContainerOf(
  { name, image = '' }: JsonContainer,
  statuses: readonly JsonContainerStatus[] | undefined,
): DebugContainer {
  const status = statuses?.find((each) => each.name === name);
  const message = status?.state?.waiting?.message ?? status?.state?.terminated?.message;
  const state = containerState(status);
  return {
    name,
    image,
    state: message ? `${state}: ${redact(message)}` : state,
    ...(status?.state?.terminated !== undefined && { hasEnded: true as const }),
  };
}

/** `running`, or the reason why the container waits or terminated. */
export function containerState(status: JsonContainerStatus | undefined): string {
  const state = status?.state;
  if (state?.terminated !== undefined) return terminationReason(state.terminated);
  return state?.running === undefined ? (state?.waiting?.reason ?? 'waiting') : 'running';
}

/** Quotas require these requests from every container (quota/v1/evaluator/core/pods.go, Constraints). */
function unrequestedBy({ containers, initContainers = [] }: JsonPod['spec']): PodDetail['unrequested'] {
  const lacks = (resource: string): boolean =>
    [...containers, ...initContainers].some(({ resources }) => valueIn(resources?.requests, resource) === undefined);
  const unrequested = (['cpu', 'memory'] as const).filter(lacks);
  return unrequested.length === 0 ? undefined : unrequested;
}
