/** Builders of objects, so that a case shows only the fields that it is about. */

export type Labels = Record<string, string>;

/** Keeps pods on our imitated nodes; empty if the cluster has no other nodes. */
export interface Placement {
  nodeSelector?: Labels;
  tolerations?: { key: string; operator: 'Exists' }[];
}

export interface PodPart {
  name?: string;
  labels?: Labels;
  annotations?: Record<string, string>;
  /** Overrides the defaults of the only container. */
  container?: object;
  spec?: object;
  metadata?: object;
}

export interface WorkloadPart extends PodPart {
  replicas?: number;
  /** The workload's selector; default: the pods' labels. */
  selector?: Labels;
  /** More fields of the workload's spec. */
  workload?: object;
}

const app: Labels = { app: 'web' };

export const deletionCostKey = 'controller.kubernetes.io/pod-deletion-cost';

/** The annotation by which a ReplicaSet picks the pod to delete. */
export const deletionCost = (value: string) => ({ [deletionCostKey]: value });

/** No node has this name, so no kubelet changes the status of a pod there. */
export const nodeWithoutKubelet = 'without-kubelet';

/** Spec of a pod that the scheduler cannot place. */
export const fitsNoNode = { nodeSelector: { 'example.com/nowhere': 'yes' } };

/** A pod spec with one container that serves on the port `http`, 8080. */
function podSpec({ container, spec }: PodPart, placement: Placement): object {
  const ports = [{ name: 'http', containerPort: 8080 }];
  const containers = [{ name: 'app', image: 'example/app:v1', ports, ...container }];
  return { containers, terminationGracePeriodSeconds: 5, ...placement, ...spec };
}

export function pod(part: PodPart, placement: Placement): object {
  const { name = 'web', labels = app, annotations, metadata } = part;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels, annotations, ...metadata },
    spec: podSpec(part, placement),
  };
}

function template(part: PodPart, placement: Placement): object {
  const { labels = app, annotations } = part;
  return { metadata: { labels, annotations }, spec: podSpec(part, placement) };
}

export function workload(kind: string, part: WorkloadPart, placement: Placement): object {
  const { name = 'web', labels = app, selector = labels, replicas, workload: more, metadata } = part;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, ...metadata },
    spec: { replicas, selector: { matchLabels: selector }, template: template(part, placement), ...more },
  };
}

export function replicationController(replicas: number, placement: Placement): object {
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'web' },
    spec: { replicas, selector: app, template: template({}, placement) },
  };
}

/** `spec`: fields besides the template; `pod`: those of the template. */
export function job(
  { spec, metadata, pod = {} }: { spec?: object; metadata?: object; pod?: PodPart },
  placement: Placement,
): object {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'web', ...metadata },
    spec: {
      ...spec,
      template: template({ ...pod, spec: { restartPolicy: 'Never', ...pod.spec } }, placement),
    },
  };
}

export function service(
  part: { name?: string; selector?: Labels | null; spec?: object; metadata?: object } = {},
): object {
  const { name = 'web', selector = app, spec, metadata } = part;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...metadata },
    spec: { ...(selector && { selector }), ports: [{ name: 'http', port: 80, targetPort: 'http' }], ...spec },
  };
}

export function budget(spec: object, { name = 'web', labels = app }: { name?: string; labels?: Labels } = {}): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { selector: { matchLabels: labels }, ...spec },
  };
}

export function configMap(part: { name?: string; data?: Record<string, string>; metadata?: object } = {}): object {
  const { name = 'settings', data = { colour: 'blue' }, metadata } = part;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

/** One of the ConfigMaps that `labelledQuery` selects. */
export function labelledConfigMap(name: string, labels: Labels = {}): object {
  return configMap({ name, metadata: { labels: { ours: 'yes', ...labels } } });
}

export const labelledQuery = { labelSelector: 'ours=yes' };
