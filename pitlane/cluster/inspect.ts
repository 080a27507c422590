import type { ConditionReport, ContainerReport, EventReport } from '../rotation/pod-report.ts';
import type { Pod } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod, KubeObject } from './json.ts';
import { list } from './list.ts';
import { parseTime } from './metadata.ts';
import { containerState, podOf } from './pod.ts';
import { terminationReason } from './pod-status.ts';
import { EVENTS, PODS } from './resource.ts';
import { ignoreNotFound, tolerateErrors } from './tolerate.ts';

/** The details of one pod. */
export interface PodInspection {
  readonly containers: readonly ContainerReport[];
  readonly conditions: readonly ConditionReport[];
  /** Newest first. */
  readonly events: readonly EventReport[];
  readonly pod: Pod;
}

/** Undefined: the pod is gone. */
export async function inspectPod(
  connection: Connection,
  namespace: string,
  { name, uid }: Pick<Pod, 'name' | 'uid'>,
): Promise<PodInspection | undefined> {
  const [answer, events] = await Promise.all([
    ignoreNotFound(connection.send<JsonPod>({ verb: 'get', place: { resource: PODS, namespace, name } })),
    tolerateErrors(readEvents(connection, namespace, uid)),
  ]);
  if (answer === undefined || answer.body.metadata.uid !== uid) return undefined;
  const { spec, status } = answer.body;
  return {
    pod: podOf(answer.body, 'whole'),
    containers: [
      ...(spec.initContainers ?? []).map((container) => containerReport(container, status?.initContainerStatuses)),
      ...spec.containers.map((container) => containerReport(container, status?.containerStatuses)),
    ],
    conditions: conditionsOf(answer.body),
    events: events.kind === 'seen' ? events.value : [],
  };
}

/** The events of the object with that uid, the newest first. */
export async function readEvents(
  connection: Connection,
  namespace: string,
  uid: string,
): Promise<readonly EventReport[]> {
  const { items } = await list<JsonEvent>(connection, EVENTS, {
    namespace,
    fieldSelector: `involvedObject.uid=${uid}`,
  });
  return items.map(eventOf).sort((a, b) => b.at - a.at);
}

export function conditionsOf({ status }: JsonPod): readonly ConditionReport[] {
  return (status?.conditions ?? []).map(({ type, status, lastTransitionTime, message }) => {
    const since = parseTime(lastTransitionTime);
    return { type, status, ...(since === undefined ? {} : { since }), ...(message ? { message } : {}) };
  });
}

/** Combines a container's spec with its status. */
export function containerReport(
  container: JsonContainer,
  statuses: readonly JsonContainerStatus[] | undefined,
): ContainerReport {
  const status = statuses?.find(({ name }) => name === container.name);
  const last = status?.lastState?.terminated;
  const at = parseTime(last?.finishedAt);
  return {
    name: container.name,
    image: container.image ?? '',
    state: containerState(status),
    restarts: status?.restartCount ?? 0,
    requests: formatResources(container.resources?.requests),
    limits: formatResources(container.resources?.limits),
    ...(last === undefined
      ? {}
      : {
          lastTermination: {
            reason: terminationReason(last),
            exitCode: last.exitCode,
            ...(at === undefined ? {} : { at }),
            ...(last.message ? { message: last.message } : {}),
          },
        }),
  };
}

/** `cpu 100m, memory 64Mi` */
function formatResources(resources: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(resources ?? {})
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
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

function eventOf(event: JsonEvent): EventReport {
  const times = [event.series?.lastObservedTime, event.lastTimestamp, event.eventTime, event.firstTimestamp];
  return {
    at: times.map(parseTime).find((at) => at !== undefined) ?? parseTime(event.metadata.creationTimestamp) ?? 0,
    type: event.type ?? 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
  };
}
