import { apps, mergePatch, type Request } from './request.ts';

function template(labels: Record<string, string>): object {
  const container = {
    name: 'rng',
    image: 'rng',
    ports: [{ containerPort: 80 }],
    readinessProbe: { httpGet: { port: 80 } },
    env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
  };
  const volumes = [{ name: 'config', configMap: { name: 'x' } }, { name: 'empty' }];
  return { metadata: { labels }, spec: { containers: [container], volumes } };
}

function workload(kind: string, spec: object = {}, labels = { app: 'rng' }): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'rng' },
    spec: { selector: { matchLabels: { app: 'rng' } }, template: template(labels), ...spec },
  };
}

const never = {
  metadata: { labels: { app: 'rng' } },
  spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] },
};

function ofKind(kind: string): Request[] {
  const path = `${apps}/${kind.toLowerCase()}s`;
  // Without replicas, no pod appears in the answers.
  const spec = kind === 'DaemonSet' ? {} : { replicas: 0 };
  return [
    ['POST', `${path}?dryRun=All`, workload(kind, spec)],
    ['POST', path, workload(kind, spec, { app: 'no' })],
    ['POST', path, workload(kind, { ...spec, selector: undefined })],
    ['POST', path, workload(kind, { ...spec, selector: {} })],
    ['POST', path, workload(kind, { ...spec, template: never })],
    ['POST', `${path}?fieldValidation=Strict`, workload(kind, { ...spec, nope: 1, template: { spec: { x: 1 } } })],
    ['POST', path, { ...workload(kind), spec: {} }],
  ];
}

const deployments = `${apps}/deployments`;
const daemonSets = `${apps}/daemonsets`;
const replicaSets = `${apps}/replicasets`;

function strategy(given: object): Request {
  return ['POST', deployments, workload('Deployment', { strategy: given })];
}

export const workloads: readonly Request[] = [
  ...['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet'].flatMap(ofKind),
  ['POST', deployments, workload('Deployment', { replicas: '3' })],
  ['POST', deployments, workload('Deployment', { replicas: -1 })],
  strategy({ rollingUpdate: { maxSurge: '0%', maxUnavailable: 0 } }),
  strategy({ rollingUpdate: { maxSurge: 'x' } }),
  strategy({ type: 'Foo' }),
  strategy({ type: 'Recreate', rollingUpdate: {} }),
  ['POST', daemonSets, workload('DaemonSet', { updateStrategy: { rollingUpdate: { maxSurge: 1 } } })],
  [
    'POST',
    daemonSets,
    workload('DaemonSet', { updateStrategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
  ],
  ['POST', replicaSets, workload('ReplicaSet', { replicas: 0 })],
  ['PATCH', `${replicaSets}/rng`, { spec: { selector: { matchLabels: { app: 'x' } } } }, mergePatch],
  ['GET', `${replicaSets}/rng/scale`],
  ['PATCH', `${replicaSets}/rng/scale`, { spec: { replicas: -1 } }, mergePatch],
  [
    'PUT',
    `${replicaSets}/rng/scale`,
    {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'rng', resourceVersion: '2' },
      spec: { replicas: 0 },
    },
  ],
  ['DELETE', `${replicaSets}/rng`],
];
