import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { fakeApi, type Handler, ok, status } from './fake/api.fixture.ts';
import { jsonDeployment, jsonList, jsonReplicaSet } from './fake/objects.fixture.ts';
import { readHeadroom } from './headroom.ts';
import type { JsonController } from './json.ts';
import { readOwners } from './owners.ts';

afterEach(() => nock.cleanAll());

const NS = '/namespaces/dockercoins';

async function ownersOf(ref: { apiVersion: string; kind: string; name: string; uid: string }, handler: Handler) {
  const api = fakeApi(handler);
  const owners = await readOwners(api.connection, 'dockercoins', ref, []);
  return { owners, lines: api.lines() };
}

const replies =
  (table: Readonly<Record<string, unknown>>): Handler =>
  ({ path }) =>
    table[path] === undefined ? undefined : ok(table[path]);

const ROLLOUT = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'rng', uid: 'r-1' };

test('looks up the kind of a custom workload by discovery', async () => {
  const { owners, lines } = await ownersOf(
    ROLLOUT,
    replies({
      '/apis/argoproj.io/v1alpha1': {
        resources: [
          { name: 'rollouts/status', kind: 'Rollout', namespaced: true },
          { name: 'rollouts', kind: 'Rollout', namespaced: true },
        ],
      },
      [`/apis/argoproj.io/v1alpha1${NS}/rollouts/rng`]: {
        metadata: { name: 'rng', uid: 'r-1', generation: 7 },
        spec: { replicas: 3, selector: { matchLabels: { app: 'rng' } } },
      },
    }),
  );
  expect(lines).toEqual(['GET /apis/argoproj.io/v1alpha1', `GET /apis/argoproj.io/v1alpha1${NS}/rollouts/rng`]);
  // How a custom workload selects pods and rolls out is unknown.
  expect(owners).toMatchObject([{ kind: 'Rollout', desired: 3, isRollingOut: false }]);
  expect(owners[0]?.selector).toBeUndefined();
});

test('does not mistake a custom StatefulSet for the built-in one', async () => {
  const { lines } = await ownersOf(
    { ...ROLLOUT, apiVersion: 'apps.kruise.io/v1beta1', kind: 'StatefulSet' },
    () => undefined,
  );
  expect(lines).toEqual(['GET /apis/apps.kruise.io/v1beta1']);
});

test('ends the chain at a custom workload without the permission to read it', async () => {
  const { owners } = await ownersOf(ROLLOUT, ({ path }) =>
    path.endsWith('/v1alpha1')
      ? ok({ resources: [{ name: 'rollouts', kind: 'Rollout', namespaced: true }] })
      : status(403, 'rollouts.argoproj.io "rng" is forbidden'),
  );
  expect(owners).toEqual([]);
});

test('does not accept an owner that was recreated under the same name', async () => {
  const other: JsonController = { ...jsonReplicaSet, metadata: { ...jsonReplicaSet.metadata, uid: 'another' } };
  const { owners } = await ownersOf(
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '0a1b2c3d-replicaset' },
    replies({ [`/apis/apps/v1${NS}/replicasets/rng-5f69c6b7d8`]: other }),
  );
  expect(owners).toEqual([]);
});

test('finds the current hash of a Deployment when the pod has an old revision', async () => {
  const old: JsonController = {
    ...jsonReplicaSet,
    metadata: {
      ...jsonReplicaSet.metadata,
      name: 'rng-old',
      uid: 'old',
      annotations: { 'deployment.kubernetes.io/revision': '2' },
    },
  };
  const { owners } = await ownersOf(
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rng-old', uid: 'old' },
    replies({
      [`/apis/apps/v1${NS}/replicasets/rng-old`]: old,
      [`/apis/apps/v1${NS}/replicasets`]: jsonList([old, jsonReplicaSet]),
      [`/apis/apps/v1${NS}/deployments/rng`]: jsonDeployment,
    }),
  );
  expect(owners.map(({ kind, currentHash }) => [kind, currentHash])).toEqual([
    ['ReplicaSet', undefined],
    ['Deployment', '5f69c6b7d8'],
  ]);
});

test('reads hash, update strategy and size of a DaemonSet', async () => {
  const revision = (hash: string, number: number, uid = 'ds-1') => ({
    metadata: { name: hash, uid: hash, labels: { 'controller-revision-hash': hash }, ownerReferences: [{ uid }] },
    revision: number,
  });
  const { owners } = await ownersOf(
    { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'ds-1' },
    replies({
      [`/apis/apps/v1${NS}/daemonsets/agent`]: {
        metadata: {
          name: 'agent',
          uid: 'ds-1',
          generation: 2,
          annotations: { 'deprecated.daemonset.template.generation': '4' },
        },
        spec: {
          selector: { matchLabels: { app: 'agent' } },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '10%' } },
        },
        status: { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 2 },
      },
      [`/apis/apps/v1${NS}/controllerrevisions`]: jsonList([
        revision('new', 9),
        revision('old', 3),
        revision('foreign', 12, 'ds-2'),
      ]),
    }),
  );
  expect(owners).toMatchObject([
    {
      desired: 3,
      currentHash: 'new',
      templateGeneration: '4',
      isRollingOut: true,
      update: { type: 'RollingUpdate', hasSurge: true },
    },
  ]);
});

test('reads headroom from nodes, running pods and quotas', async () => {
  const running = (node: string, cpu: string, hostPort?: number) => ({
    metadata: { name: 'x', namespace: 'jobs', labels: { app: 'x' }, uid: `${node} ${cpu}` },
    spec: {
      nodeName: node,
      containers: [
        { name: 'c', resources: { requests: { cpu, memory: '1Gi' } }, ports: hostPort ? [{ hostPort }] : [] },
      ],
    },
  });
  const { connection } = fakeApi(
    replies({
      '/api/v1/nodes': jsonList([
        {
          metadata: { name: 'node-1', labels: { zone: 'a' } },
          spec: { taints: [{ key: 'spot', effect: 'NoSchedule' }], unschedulable: true },
          status: {
            allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
            conditions: [{ type: 'Ready', status: 'True' }],
          },
        },
      ]),
      '/api/v1/pods': jsonList([running('node-1', '500m', 80), running('node-1', '250m'), running('node-2', '1')]),
      '/apis/policy/v1/poddisruptionbudgets': jsonList([
        {
          metadata: { name: 'x', namespace: 'jobs' },
          spec: { selector: { matchLabels: { app: 'x' } } },
          status: { disruptionsAllowed: 2 },
        },
        { metadata: { name: 'all', namespace: 'jobs' }, spec: { selector: {} } },
      ]),
      [`/api/v1${NS}/resourcequotas`]: jsonList([
        {
          metadata: { name: 'team' },
          status: {
            hard: { 'requests.cpu': '4', cpu: '3', pods: '20', 'limits.cpu': '8' },
            used: { 'requests.cpu': '1500m', cpu: '1', pods: '20' },
          },
        },
        { metadata: { name: 'plain' }, status: { hard: { pods: '4', 'requests.storage': '1Gi', services: '2' } } },
        { metadata: { name: 'device' }, status: { hard: { 'requests.example.com/gpu': '4' } } },
        { metadata: { name: 'scoped' }, spec: { scopes: ['BestEffort'] }, status: { hard: { pods: '0' } } },
      ]),
    }),
  );
  const headroom = await readHeadroom(connection, 'dockercoins', Promise.resolve(true));
  const placed = (cpu: string, more: object) => ({
    name: 'x',
    uid: `node-1 ${cpu}`,
    namespace: 'jobs',
    priority: 0,
    budgets: ['jobs/x'],
    hostPorts: [],
    ...more,
  });
  expect(headroom.kind === 'seen' && headroom.value).toEqual({
    nodes: [
      {
        name: 'node-1',
        labels: { zone: 'a' },
        taints: [{ key: 'spot', effect: 'NoSchedule' }],
        isUnschedulable: true,
        isReady: true,
        free: { cpu: 1250, memory: 2 * 2 ** 30, pods: 108 },
        pods: [
          placed('500m', {
            hostPorts: [{ ip: '0.0.0.0', protocol: 'TCP', port: 80 }],
            requests: { cpu: 500, memory: 2 ** 30 },
          }),
          placed('250m', { requests: { cpu: 250, memory: 2 ** 30 } }),
        ],
      },
    ],
    budgets: { kind: 'seen', value: { 'jobs/x': 2, 'jobs/all': 0 } },
    claimsInUse: [],
    quotas: [
      { name: 'team', left: { cpu: 2000, pods: 0 }, hasMore: true },
      { name: 'plain', left: { pods: 4 } },
      { name: 'device', left: {}, hasMore: true },
      { name: 'scoped', left: {}, hasMore: true },
    ],
  });
});
