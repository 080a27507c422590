import { redact } from '../evidence/redact.ts';
import { drainRecordOn } from '../rotation/marks.ts';
import type {
  ConditionReport,
  ContainerEvidence,
  ContainerReport,
  EventReport,
  PodReport,
} from '../rotation/pod-report.ts';
import type { Labels } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonCondition, JsonContainer, JsonContainerStatus, JsonPod, KubeObject } from './json.ts';
import { list } from './list.ts';
import { parseTime } from './metadata.ts';
import { containerState, podOf } from './pod.ts';
import { isSidecar, terminationReason } from './pod-status.ts';
import { EVENTS } from './resource.ts';
import { probesOf, traitsOf } from './traits.ts';

/** Converts a pod for people. */
export function podReport(json: JsonPod): PodReport & { readonly json: JsonPod } {
  const pod = podOf(json, 'whole');
  return {
    pod,
    json,
    traits: traitsOf(json, drainRecordOn(pod)?.labels),
    probes: probesOf(json),
    address: json.status?.podIP,
    conditions: conditionsOf(json.status?.conditions),
    containers: containersOf(json).map((container): ContainerEvidence => {
      const { state, imageID } = container.status ?? {};
      return {
        ...containerReport(container),
        kind: container.kind,
        imageId: imageID || undefined,
        startedAt: parseTime(state?.running?.startedAt),
        waitingMessage: redacted(state?.waiting?.message),
      };
    }),
  };
}

/** The events of the object with that uid, the newest first. `reason`: only those. */
export async function readEvents(
  connection: Connection,
  namespace: string,
  uid: string,
  reason?: string,
): Promise<readonly EventReport[]> {
  const fieldSelector = `involvedObject.uid=${uid}${reason === undefined ? '' : `,reason=${reason}`}`;
  const { items } = await list<JsonEvent>(connection, EVENTS, { namespace, fieldSelector });
  return items.map(eventOf).sort((a, b) => b.at - a.at);
}

export function conditionsOf(conditions: readonly JsonCondition[] = []): readonly ConditionReport[] {
  return conditions.map(({ type, status, lastTransitionTime, message }) => ({
    type,
    status,
    since: parseTime(lastTransitionTime),
    message: redacted(message),
  }));
}

interface ContainerWithStatus {
  readonly kind: ContainerEvidence['kind'];
  readonly container: JsonContainer;
  /** Undefined: the kubelet has not reported it yet. */
  readonly status: JsonContainerStatus | undefined;
}

/** All containers of a pod, in the order in which they start. */
export function containersOf({ spec, status = {} }: JsonPod): readonly ContainerWithStatus[] {
  const pair = (
    containers: readonly JsonContainer[] = [],
    statuses: readonly JsonContainerStatus[] = [],
    kindOf: (container: JsonContainer) => ContainerEvidence['kind'],
  ) =>
    containers.map((container) => ({
      kind: kindOf(container),
      container,
      status: statuses.find(({ name }) => name === container.name),
    }));
  return [
    ...pair(spec.initContainers, status.initContainerStatuses, (each) =>
      isSidecar(each) ? 'sidecar' : 'init container',
    ),
    ...pair(spec.containers, status.containerStatuses, () => 'container'),
    ...pair(spec.ephemeralContainers, status.ephemeralContainerStatuses, () => 'debug container'),
  ];
}

function containerReport({ container, status }: ContainerWithStatus): ContainerReport {
  const last = status?.lastState?.terminated;
  return {
    name: container.name,
    image: container.image ?? '',
    state: containerState(status),
    restarts: status?.restartCount ?? 0,
    requests: formatResources(container.resources?.requests),
    limits: formatResources(container.resources?.limits),
    lastTermination: last && {
      reason: terminationReason(last),
      exitCode: last.exitCode,
      at: parseTime(last.finishedAt),
      // It may be the end of the log (`terminationMessagePolicy`).
      message: redacted(last.message),
    },
  };
}

/** `cpu 100m, memory 64Mi` */
function formatResources(resources: Labels = {}): string {
  return Object.entries(resources)
    .map(([name, amount]) => `${name} ${amount}`)
    .join(', ');
}

/** An Event as core/v1 returns it, whichever API wrote it. */
interface JsonEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly fieldPath?: string };
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

function eventOf(event: JsonEvent): EventReport {
  const times = [event.series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp];
  return {
    at: times.map(parseTime).find((at) => at !== undefined) ?? parseTime(event.metadata.creationTimestamp) ?? 0,
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: redact(event.message ?? ''),
    count: event.series?.count ?? event.count ?? 1,
    container: /^spec\.\w+\{(.+)\}$/.exec(event.involvedObject?.fieldPath ?? '')?.[1],
  };
}

/** Containers, controllers and webhooks put texts of any kind into messages. */
function redacted(message: string | undefined): string | undefined {
  return message ? redact(message) : undefined;
}
