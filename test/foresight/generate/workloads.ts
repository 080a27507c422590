import { FAULT, type Labels, type Made, type Manifest, type Resource } from '../case.ts';
import type { Chance } from '../chance.ts';

/** What the pods of a workload have in common. */
interface PodPart {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly spec: object;
}

export type WorkloadKind =
  | 'Deployment'
  | 'DaemonSet'
  | 'ReplicationController'
  | 'ReplicaSet'
  | 'StatefulSet'
  | 'Job'
  | 'bare pods'
  | 'pods of an operator';

export interface Workload {
  readonly kind: WorkloadKind;
  readonly name: string;
  readonly resource?: Resource;
  readonly selector: Labels;
  readonly template: PodPart;
  readonly replicas: number;
  readonly objects: readonly Made[];
}

/** The container of a pod, and what the scheduler looks at. */
function podSpec(chance: Chance, isDaemon: boolean): object {
  const cpu = chance.weighted([
    [4, undefined],
    [4, '100m'],
    [2, '500m'],
    [1, '1'],
  ]);
  const memory = chance.weighted([
    [6, undefined],
    [2, '64Mi'],
    [1, '1Gi'],
  ]);
  const storage = chance.maybe(0.08) && { 'ephemeral-storage': '4Gi' };
  const requests = { ...(cpu && { cpu }), ...(memory && { memory }), ...storage };
  const limits = {
    ...(chance.maybe(0.25) && { cpu: cpu ?? '200m', ...(memory && { memory }) }),
    ...(chance.maybe(0.06) && { 'example.com/gpu': '1' }),
  };
  const resources = {
    ...(Object.keys(requests).length > 0 && { requests }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
  const hostPort = chance.maybe(isDaemon ? 0.15 : 0.04) ? { hostPort: 9_100 } : {};
  const container = {
    name: 'app',
    image: 'example/app:v1',
    ports: [{ name: 'http', containerPort: 8_080, ...hostPort }],
    ...(Object.keys(resources).length > 0 && { resources }),
    ...(chance.maybe(0.1) && { livenessProbe: { httpGet: { path: '/', port: 8_080 }, periodSeconds: 60 } }),
  };
  const helper = {
    name: 'helper',
    image: 'example/helper:v1',
    ...(chance.maybe(0.5) && { resources: { requests: { cpu: '50m' } } }),
  };
  const initContainers = initContainersOf(chance);
  const priorityClassName = chance.weighted([
    [8, undefined],
    [1, 'urgent'],
    [0.5, 'patient'],
    [0.5, 'low'],
  ]);
  return {
    containers: [container, ...(chance.maybe(0.08) ? [helper] : [])],
    terminationGracePeriodSeconds: 1,
    ...(initContainers.length > 0 && { initContainers }),
    ...(priorityClassName && { priorityClassName }),
    ...(chance.maybe(0.2) && { tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'infra' }] }),
    ...(!isDaemon && chance.maybe(0.08) && { affinity: { podAntiAffinity: oneOnEachNode } }),
  };
}

/** In any order: sidecars that start before an init container take room beside it. */
function initContainersOf(chance: Chance): object[] {
  const some: object[] = [];
  const add = (share: number, container: object): void => {
    if (chance.maybe(share)) some.push(container);
  };
  const requests = (cpu: string): object => ({ resources: { requests: { cpu } } });
  const proxy = {
    name: 'proxy',
    image: 'example/proxy:v1',
    restartPolicy: 'Always',
    ...(chance.maybe(0.4) && { ports: [{ containerPort: 9_200, hostPort: 9_200 }] }),
    ...(chance.maybe(0.4) && { livenessProbe: { tcpSocket: { port: 9_200 }, periodSeconds: 60 } }),
  };
  add(0.05, { name: 'setup', image: 'example/setup:v1', ...requests('800m') });
  add(0.06, { ...proxy, ...requests('200m') });
  add(0.05, { name: 'migrate', image: 'example/migrate:v1', ...requests('700m') });
  return some;
}

const mountsData = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };

const oneOnEachNode = {
  requiredDuringSchedulingIgnoredDuringExecution: [
    { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
  ],
};

const KINDS: Readonly<Partial<Record<WorkloadKind, { resource: Resource; apiVersion: string }>>> = {
  Deployment: { resource: 'deployments', apiVersion: 'apps/v1' },
  DaemonSet: { resource: 'daemonsets', apiVersion: 'apps/v1' },
  ReplicationController: { resource: 'replicationcontrollers', apiVersion: 'v1' },
  ReplicaSet: { resource: 'replicasets', apiVersion: 'apps/v1' },
  StatefulSet: { resource: 'statefulsets', apiVersion: 'apps/v1' },
  Job: { resource: 'jobs', apiVersion: 'batch/v1' },
};

/** A workload of this name whose pods have these labels. */
export function workload(
  chance: Chance,
  kind: WorkloadKind,
  name: string,
  labels: Labels,
  hasVolume = false,
): Workload {
  const replicas = chance.weighted([
    [1, 1],
    [3, 2],
    [4, 3],
    [4, 4],
    [1, 6],
  ]);
  const template: PodPart = {
    labels,
    spec: { ...podSpec(chance, kind === 'DaemonSet'), ...(hasVolume && mountsData) },
    ...(chance.maybe(0.06) && { annotations: { [FAULT]: 'not-ready' } }),
  };
  const known = KINDS[kind];
  const selector = selectorFor(chance, labels);
  const common = { kind, name, template, replicas, selector };
  if (known === undefined) return { ...common, objects: loosePods(kind, name, template, replicas) };
  const { resource, apiVersion } = known;
  const object: Manifest = {
    apiVersion,
    kind,
    metadata: { name },
    spec: specOf(chance, { kind, name, selector, template, replicas }),
  };
  return { ...common, resource, objects: [{ resource, object }] };
}

function selectorFor(chance: Chance, labels: Labels): Labels {
  const others = Object.entries(labels).filter(([key]) => key !== 'app' && key !== 'enabled');
  return Object.fromEntries([['app', labels.app ?? 'web'], ...chance.some(others, 0.3)]);
}

type Part = Pick<Workload, 'kind' | 'name' | 'selector' | 'template' | 'replicas'>;

function specOf(chance: Chance, { kind, name, selector, template: part, replicas }: Part): object {
  const { labels, annotations, spec } = part;
  const template = { metadata: { labels, ...(annotations && { annotations }) }, spec };
  const expressions = chance.maybe(0.15)
    ? {
        matchExpressions: [
          chance.one([
            { key: 'app', operator: 'Exists' },
            { key: 'retired', operator: 'DoesNotExist' },
          ]),
        ],
      }
    : {};
  const labelSelector = { matchLabels: selector, ...expressions };
  switch (kind) {
    case 'Deployment':
      return { replicas, selector: labelSelector, template, ...(chance.maybe(0.4) && { strategy: strategy(chance) }) };
    case 'DaemonSet':
      return { selector: labelSelector, template, ...(chance.maybe(0.5) && { updateStrategy: daemonUpdate(chance) }) };
    case 'ReplicaSet':
      return { replicas, selector: labelSelector, template };
    case 'ReplicationController':
      return { replicas, selector, template };
    case 'StatefulSet':
      return { replicas, selector: labelSelector, serviceName: name, template };
    case 'Job':
      return {
        parallelism: replicas,
        completions: replicas,
        ...(chance.maybe(0.3) && { completionMode: 'Indexed' }),
        template: { ...template, spec: { ...spec, restartPolicy: 'Never' } },
      };
    default:
      return {};
  }
}

function strategy(chance: Chance): object {
  return chance.one<object>([
    { type: 'Recreate' },
    { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
  ]);
}

function daemonUpdate(chance: Chance): object {
  return chance.one<object>([
    { type: 'OnDelete' },
    { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
  ]);
}

/** Pods without a controller of Kubernetes: bare ones, or those of an operator, here a ConfigMap. */
function loosePods(kind: WorkloadKind, name: string, { labels, annotations, spec }: PodPart, count: number): Made[] {
  const isOwned = kind === 'pods of an operator';
  const owner: Made = { resource: 'configmaps', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } } };
  const pods = Array.from(
    { length: count },
    (_, number): Made => ({
      resource: 'pods',
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: `${name}-${number}`,
          labels,
          ...(annotations && { annotations }),
          ...(isOwned && {
            ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid: '', controller: true }],
          }),
        },
        spec,
      },
    }),
  );
  return [...(isOwned ? [owner] : []), ...pods];
}
