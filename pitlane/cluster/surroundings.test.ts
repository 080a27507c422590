import { expect, test } from 'vitest';
import { Forbidden, Unavailable } from './errors.ts';
import { jsonPod, jsonReplicaSet, NAMESPACE } from './fake/objects.fixture.ts';
import { stubConnection } from './fake/stub.fixture.ts';
import { podReport } from './inspect.ts';
import { readSurroundings } from './surroundings.ts';

const METRICS = `/apis/metrics.k8s.io/v1beta1/namespaces/${NAMESPACE}/pods/rng-b85tm`;

const pod = jsonPod('rng-b85tm', (base) => ({
  ...base,
  spec: {
    ...base.spec,
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    containers: [
      {
        name: 'rng',
        image: 'dockercoins/rng:v0.1',
        resources: { requests: { cpu: '100m' }, limits: { memory: '64Mi' } },
      },
    ],
  },
}));

async function around(answer: Parameters<typeof stubConnection>[0], withNode = true) {
  const { connection, calls } = stubConnection(answer);
  const scope = { namespace: NAMESPACE, service: 'rng', members: { app: 'rng' }, withNode };
  return { ...(await readSurroundings(connection, scope, podReport(pod))), calls };
}

const listOf = (items: readonly unknown[], more: object = {}) => ({
  metadata: { resourceVersion: '1', ...more },
  items,
});

test('reads what the containers use where metrics are served', async () => {
  const metrics = {
    metadata: { name: 'rng-b85tm' },
    containers: [
      { name: 'rng', usage: { cpu: '123456789n', memory: '61440Ki' } },
      { name: 'injected', usage: { cpu: '2m', memory: '1Mi' } },
    ],
  };
  const { usage } = await around((path) => (path === METRICS ? metrics : undefined));
  expect(usage).toEqual({
    kind: 'seen',
    value: {
      containers: [
        { name: 'rng', cpu: { used: 124, request: 100 }, memory: { used: 61_440 * 1024, limit: 64 * 1024 ** 2 } },
        { name: 'injected', cpu: { used: 2 }, memory: { used: 1024 ** 2 } },
      ],
    },
  });
});

test('a cluster without metrics, an owner that is gone and a node that is gone are no errors', async () => {
  const nothing = { kind: 'seen', value: undefined };
  const found = await around((path) => (path === '/api/v1/nodes' ? listOf([]) : undefined));
  expect([found.usage, found.rollout, found.node]).toEqual([nothing, nothing, nothing]);
});

test('a part that is denied or fails is missing, and the others are there', async () => {
  const found = await around((path, call) => {
    if (path === METRICS) return new Unavailable(call, 'HTTP 503', { status: 503 });
    if (path === '/api/v1/nodes') return new Forbidden(call, { verb: 'list', resource: 'nodes' }, { status: 403 });
    return path.endsWith('/pods') ? listOf([jsonPod('rng-x2k9d')], { continue: 'more' }) : undefined;
  });
  expect([found.usage, found.node]).toEqual([
    { kind: 'notSeen', why: expect.stringContaining('HTTP 503') },
    { kind: 'notSeen', why: expect.stringContaining('list nodes in the whole cluster') },
  ]);
  expect(found.siblings).toMatchObject({
    kind: 'seen',
    value: { service: 'rng', isComplete: false, pods: [{ name: 'rng-x2k9d', isReady: true }] },
  });
  expect(found.calls).toContain(`list /api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app=rng&limit=300`);
});

test('siblings are neither the pod itself, nor terminating or finished pods, nor canaries', async () => {
  const others = [
    jsonPod('rng-x2k9d'),
    pod,
    jsonPod('leaving', (each) => ({
      ...each,
      metadata: { ...each.metadata, deletionTimestamp: '2026-11-24T03:12:07Z' },
    })),
    jsonPod('done', (each) => ({ ...each, status: { phase: 'Succeeded' } })),
    jsonPod('canary', (each) => ({
      ...each,
      metadata: { ...each.metadata, labels: { app: 'rng', 'pitlane.dev/canary': 'rng' } },
    })),
  ];
  const { siblings } = await around((path) => {
    return path.endsWith('/pods') ? listOf(others) : undefined;
  });
  expect(siblings.kind === 'seen' && siblings.value?.pods.map(({ name }) => name)).toEqual(['rng-x2k9d']);
});

test('the node has its taints that the pod does not tolerate, without those of its conditions', async () => {
  const taints = [
    { key: 'dedicated', value: 'batch', effect: 'NoSchedule' },
    { key: 'gpu', effect: 'NoExecute' },
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
  ];
  const node = {
    metadata: { name: 'node-1' },
    spec: { unschedulable: true, taints },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const handler = (path: string) => (path === '/api/v1/nodes' ? listOf([node]) : undefined);
  const found = await around(handler);
  expect(found.node).toMatchObject({
    value: { name: 'node-1', isCordoned: true, taints: ['gpu:NoExecute'], conditions: [{ type: 'Ready' }] },
  });
  expect(found.calls).toContain('list /api/v1/nodes?fieldSelector=metadata.name=node-1&limit=500');
  expect((await around(handler, false)).calls.filter((line) => line.includes('nodes'))).toEqual([]);
});

test.each([
  ['the newest began with its ReplicaSet', '2026-11-24T03:00:00Z', {}, Date.parse('2026-11-24T03:00:00Z')],
  ['the newest returned to an earlier template', '2026-11-22T00:00:00Z', {}, undefined],
  [
    'the newest was used before',
    '2026-11-24T03:00:00Z',
    { 'deployment.kubernetes.io/revision-history': '2' },
    undefined,
  ],
])('of the revisions of a Deployment, %s', async (_, creationTimestamp, annotations, startedAt) => {
  const newest = {
    ...jsonReplicaSet,
    metadata: {
      ...jsonReplicaSet.metadata,
      uid: 'newest',
      creationTimestamp,
      labels: { 'pod-template-hash': 'new' },
      annotations: { 'deployment.kubernetes.io/revision': '4', ...annotations },
    },
  };
  const foreign = { ...newest, metadata: { ...newest.metadata, ownerReferences: [] } };
  const { rollout } = await around((path) => {
    if (path.endsWith(`/replicasets/${jsonReplicaSet.metadata.name}`)) return jsonReplicaSet;
    return path.endsWith('/replicasets') ? listOf([jsonReplicaSet, newest, foreign]) : undefined;
  });
  expect(rollout).toEqual({
    kind: 'seen',
    value: {
      workload: 'Deployment rng',
      revision: 4,
      ...(startedAt !== undefined && { startedAt }),
      numbers: { '5f69c6b7d8': 3, new: 4 },
    },
  });
});
