/** Objects to post, with only what a case is about on its page. */

export type Labels = Record<string, string>;

/** Where imitated nodes live among others; empty when all nodes are ours. */
export interface Placement {
  nodeSelector?: Labels;
  tolerations?: { key: string; operator: 'Exists' }[];
}

export interface PodPart {
  name?: string;
  labels?: Labels;
  annotations?: Record<string, string>;
  /** Over the defaults of the only container. */
  container?: object;
  spec?: object;
  metadata?: object;
}

export interface WorkloadPart extends PodPart {
  replicas?: number;
  /** Of the workload; default: the pods' labels. */
  selector?: Labels;
  /** Of the workload's spec. */
  workload?: object;
}

const app: Labels = { app: 'web' };

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
