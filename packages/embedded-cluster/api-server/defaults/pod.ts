import type { Json } from '../../api/json.ts';
import { isPodLevelResource, requestsOf } from '../../api/pod-requests.ts';
import { fill } from './fill.ts';

/** The defaults of a pod, in the form that `fill` takes (core/v1/defaults.go). */

const fieldRef = { 'fieldRef?': { apiVersion: 'v1' } };
const handlers = { 'httpGet?': { path: '/', scheme: 'HTTP' }, 'grpc?': { service: '' } };
const counts = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const probe = { ...counts, ...handlers };

const container = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  resources: {},
  ports: [{ protocol: 'TCP' }],
  env: [{ 'valueFrom?': fieldRef }],
  'livenessProbe?': probe,
  'readinessProbe?': probe,
  'startupProbe?': probe,
  'lifecycle?': { 'postStart?': handlers, 'preStop?': handlers },
};

const mode = { defaultMode: 0o644 };
const items = { items: [fieldRef] };
const volume = {
  'secret?': mode,
  'configMap?': mode,
  'downwardAPI?': { ...mode, ...items },
  'projected?': {
    ...mode,
    sources: [{ 'serviceAccountToken?': { expirationSeconds: 3_600 }, 'downwardAPI?': items }],
  },
  'hostPath?': { type: '' },
};

/** The defaults of a pod spec, in pods and templates alike. */
export function defaultPodSpec(spec: Json): void {
  for (const each of spec.volumes ?? []) if (Object.keys(each).every((key) => key === 'name')) each.emptyDir = {};
  const all: Json[] = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => spec[list] ?? []);
  for (const each of all) each.imagePullPolicy ??= tagOf(each.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    volumes: [volume],
    containers: [container],
    initContainers: [container],
    ephemeralContainers: [container],
  });
  if (spec.hostNetwork) for (const port of all.flatMap(({ ports = [] }) => ports)) port.hostPort ||= port.containerPort;
  // The deprecated field mirrors the new one.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
}

/** The tag after the last `/`: `latest` when it is missing. A digest counts as a fixed tag. */
function tagOf(image: string): string {
  if (image.includes('@')) return '';
  return image.split('/').at(-1)?.split(':')[1] ?? 'latest';
}

/** The defaults of a pod, which templates do not get. */
export function defaultPod({ spec }: Json): void {
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    if (resources.limits) resources.requests = { ...resources.limits, ...resources.requests };
  const { resources: { limits, requests } = {} as Json, overhead: _, ...containers } = spec;
  if (limits === undefined) return;
  // What containers request, or else the limit, is the request of the pod as a whole (defaultPodRequests).
  const together = Object.keys(requestsOf({ spec: containers }));
  const missing = Object.entries(limits).filter(([name]) => isPodLevelResource(name) && !together.includes(name));
  spec.resources.requests = { ...Object.fromEntries(missing), ...requests };
}
