import type { Json } from '../../api/json.ts';
import { containersRequests, isPodLevelResource } from '../../api/pod-requests.ts';
import { fill } from './fill.ts';

/** The defaults of a pod spec, in pods and templates alike (core/v1/defaults.go). */
export function defaultPodSpec(spec: Json): void {
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  });
  // The deprecated field mirrors the new one.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of spec[list] ?? []) defaultContainer(container, spec.hostNetwork === true);
}

/** The defaults of a pod, which templates do not get. */
export function defaultPod(pod: Json): void {
  const { spec } = pod;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests };
  const { limits, requests } = spec.resources ?? {};
  if (limits === undefined) return;
  // What containers request, or else the limit, is the request of the pod as a whole (defaultPodRequests).
  const together = Object.keys(containersRequests({ spec }));
  const missing = Object.entries(limits).filter(([name]) => isPodLevelResource(name) && !together.includes(name));
  spec.resources.requests = { ...Object.fromEntries(missing), ...requests };
}

function defaultContainer(container: Json, isHostNetwork: boolean): void {
  fill(container, {
    imagePullPolicy: tagOf(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
    ports: [{ protocol: 'TCP' }],
  });
  if (isHostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  for (const { valueFrom } of container.env ?? []) defaultFieldRef(valueFrom);
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(container[name]);
  for (const hook of Object.values<Json>(container.lifecycle ?? {})) defaultHttpGet(hook.httpGet);
}

/** The tag after the last `/`: `latest` when it is missing. A digest counts as a fixed tag. */
function tagOf(image: string): string {
  if (image.includes('@')) return '';
  return image.split('/').at(-1)?.split(':')[1] ?? 'latest';
}

function defaultProbe(probe: Json): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHttpGet(action: Json): void {
  if (action) fill(action, { path: '/', scheme: 'HTTP' });
}

function defaultVolume(volume: Json): void {
  if (Object.keys(volume).every((key) => key === 'name')) volume.emptyDir = {};
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    if (volume[source]) volume[source].defaultMode ??= 0o644;
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  for (const { downwardAPI, serviceAccountToken } of [volume, ...(volume.projected?.sources ?? [])]) {
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= 3600;
    downwardAPI?.items?.forEach(defaultFieldRef);
  }
}

function defaultFieldRef(source: Json): void {
  if (source?.fieldRef) source.fieldRef.apiVersion ??= 'v1';
}
