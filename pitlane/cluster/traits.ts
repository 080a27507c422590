import { valueIn } from '../rotation/labels.ts';
import type { PodImage, PodTraits, Probe } from '../rotation/pod-report.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod, JsonProbe } from './json.ts';
import { parseTime } from './metadata.ts';
import { isSidecar, podColumns } from './pod-status.ts';

/** Labels with the hash of the template: of a ReplicaSet's pods, and of those of a DaemonSet or StatefulSet. */
const REVISION_LABELS = ['pod-template-hash', 'controller-revision-hash'];

/** `removed`: labels that a drain has taken off. */
export function traitsOf(json: JsonPod, removed: Readonly<Record<string, string>> = {}): PodTraits {
  const { metadata, spec, status = {} } = json;
  const labels = { ...removed, ...metadata.labels };
  const ends = statusesOf(json).map(({ lastState }) => parseTime(lastState?.terminated?.finishedAt) ?? 0);
  const lastRestartAt = Math.max(0, ...ends);
  return {
    name: metadata.name,
    uid: metadata.uid,
    createdAt: parseTime(metadata.creationTimestamp) ?? 0,
    isReady: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    restarts: podColumns(json).restarts,
    ...(lastRestartAt > 0 && { lastRestartAt }),
    ...(spec.nodeName && { node: spec.nodeName }),
    revision: REVISION_LABELS.map((label) => valueIn(labels, label)).find((hash) => hash !== undefined),
    images: [...(spec.initContainers ?? []), ...spec.containers].map((container) => imageOf(container, json)),
  };
}

function statusesOf({ status }: JsonPod): readonly JsonContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

function statusOf(json: JsonPod, { name }: JsonContainer): JsonContainerStatus | undefined {
  return statusesOf(json).find((status) => status.name === name);
}

function imageOf(container: JsonContainer, json: JsonPod): PodImage {
  // Some container runtimes name an image without a digest, such as `docker://…` or the tag again.
  const digest = /sha256:[0-9a-f]{64}$/.exec(statusOf(json, container)?.imageID ?? '')?.[0];
  return { container: container.name, image: container.image ?? '', ...(digest && { digest }) };
}

/** The probes of the containers and sidecars. */
export function probesOf(json: JsonPod): readonly Probe[] {
  const serving = [...(json.spec.initContainers ?? []).filter(isSidecar), ...json.spec.containers];
  return serving.flatMap((container) => {
    const { startupProbe, readinessProbe, livenessProbe, name } = container;
    const status = statusOf(json, container);
    const isRunning = status?.state?.running !== undefined;
    const isStarting = isRunning && status?.started === false && startupProbe !== undefined;
    const probe = (kind: Probe['kind'], asked: JsonProbe | undefined, isAwaited: boolean): readonly Probe[] =>
      asked === undefined ? [] : [{ kind, container: name, asks: asks(asked), isAwaited }];
    return [
      ...probe('startup', startupProbe, isStarting),
      ...probe('readiness', readinessProbe, isRunning && !isStarting && status?.ready === false),
      ...probe('liveness', livenessProbe, false),
    ];
  });
}

/** Enough of a command to recognise it. */
const MAX_COMMAND = 120;

/** With the defaults of the API server (core/v1 defaults.go, SetDefaults_Probe). */
function asks({
  httpGet,
  tcpSocket,
  grpc,
  exec,
  periodSeconds = 10,
  timeoutSeconds = 1,
  failureThreshold = 3,
}: JsonProbe) {
  const host = (given: string | undefined) => (given ? ` of ${given}` : '');
  const what =
    (httpGet &&
      `GET ${httpGet.path ?? '/'} on port ${httpGet.port}${host(httpGet.host)}${httpGet.scheme === 'HTTPS' ? ' by HTTPS' : ''}`) ??
    (tcpSocket && `a connection to port ${tcpSocket.port}${host(tcpSocket.host)}`) ??
    (grpc && `gRPC health${grpc.service ? ` of ${grpc.service}` : ''} on port ${grpc.port}`) ??
    `command ${(exec?.command ?? []).join(' ').replace(/\s+/g, ' ').slice(0, MAX_COMMAND)}`;
  return `${what} every ${periodSeconds} s (timeout ${timeoutSeconds} s, fails after ${failureThreshold} in a row)`;
}
