import nock from 'nock';
import { afterEach, describe, expect, test } from 'vitest';
import type { Needs, Policy } from '../rotation/snapshot.ts';
import { fakeApi, type Handler, ok, type Reply, status } from './fake/api.fixture.ts';
import { HASH, jsonList, jsonPod, jsonTable } from './fake/objects.fixture.ts';
import { dockercoins, NAMES } from './fake/world.fixture.ts';
import { focus, survey } from './observe.ts';

afterEach(() => nock.cleanAll());

const POLICY: Policy = {
  maxDrained: 3,
  gate: { key: 'enabled', value: 'yes' },
  drain: { forSeconds: 3600, then: 'remind' },
};
const SCOPE = { namespace: 'dockercoins', service: 'rng', policy: POLICY };
const AT = Date.parse('2026-11-24T03:12:07Z');
const ALL: Needs = { members: 'summary', owner: true, bystanders: true, adopters: true, headroom: true };
const TARGET = { name: NAMES[0], uid: `0a1b2c3d-${NAMES[0]}` };

async function observed(handler: Handler, needs: Partial<Needs> = {}) {
  const api = fakeApi(handler);
  const all = { ...ALL, ...needs };
  const first = await survey(api.connection, SCOPE, all, () => AT);
  const afterSurvey = api.requests.length;
  const { snapshot } = await focus(api.connection, first, { kind: 'pods', pods: [TARGET] }, all);
  return { snapshot, survey: api.lines().slice(0, afterSurvey).sort(), focus: api.lines().slice(afterSurvey).sort() };
}

const NS = 'namespaces/dockercoins';

describe('the requests of an observation', () => {
  test('are 5 for a list', async () => {
    const seen = await observed(dockercoins());
    expect(seen.survey).toEqual([
      `GET /api/v1/${NS}/pods?labelSelector=app=rng&limit=500`,
      `GET /api/v1/${NS}/pods?labelSelector=pitlane.dev/canary=rng&limit=500`,
      `GET /api/v1/${NS}/pods?labelSelector=pitlane.dev/drained-from=rng&limit=500`,
      `GET /api/v1/${NS}/services/rng`,
      `GET /apis/discovery.k8s.io/v1/${NS}/endpointslices?labelSelector=kubernetes.io/service-name=rng&limit=500`,
    ]);
  });

  test('are 13 more for everything around one pod of a Deployment', async () => {
    const seen = await observed(dockercoins());
    expect(seen.focus).toEqual([
      `GET /api/v1/${NS}/pods/${NAMES[0]}`,
      `GET /api/v1/${NS}/replicationcontrollers?limit=500`,
      `GET /api/v1/${NS}/resourcequotas?limit=500`,
      `GET /api/v1/${NS}/services?limit=500`,
      'GET /api/v1/nodes?limit=500',
      'GET /api/v1/pods?fieldSelector=status.phase!=Succeeded,status.phase!=Failed&limit=500',
      `GET /apis/apps/v1/${NS}/daemonsets?limit=500`,
      `GET /apis/apps/v1/${NS}/deployments/rng`,
      `GET /apis/apps/v1/${NS}/replicasets?limit=500`,
      `GET /apis/autoscaling/v2/${NS}/horizontalpodautoscalers?limit=500`,
      `GET /apis/networking.k8s.io/v1/${NS}/networkpolicies?limit=500`,
      `GET /apis/policy/v1/${NS}/poddisruptionbudgets?limit=500`,
      'GET /apis/policy/v1/poddisruptionbudgets?limit=500',
    ]);
  });

  test('leave out the parts that an operation does not need', async () => {
    const seen = await observed(dockercoins(), { owner: false, bystanders: false, adopters: false, headroom: false });
    expect(seen.focus).toEqual([`GET /api/v1/${NS}/pods/${NAMES[0]}`]);
    expect(seen.snapshot.bystanders).toEqual({ kind: 'notSeen', why: 'It was not asked for.' });
  });

  test('do not read a pod again that was listed whole', async () => {
    const seen = await observed(dockercoins(), {
      members: 'full',
      owner: false,
      bystanders: false,
      adopters: false,
      headroom: false,
    });
    expect(seen.focus).toEqual([]);
    expect(seen.snapshot.targets[0]?.detail?.phase).toBe('Running');
  });
});

test('reads a member from a table row as kubectl prints it', async () => {
  const { snapshot } = await observed(dockercoins());
  expect(snapshot.pods.map(({ name }) => name)).toEqual(NAMES);
  expect(snapshot.pods[1]).toEqual({
    name: NAMES[1],
    uid: `0a1b2c3d-${NAMES[1]}`,
    labels: { app: 'rng', 'pod-template-hash': HASH },
    annotations: { note: 'kept' },
    owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `rng-${HASH}`, uid: '0a1b2c3d-replicaset' },
    createdAt: Date.parse('2026-11-23T21:00:00Z'),
    nodeName: 'node-1',
    status: 'Running',
    containers: { ready: 1, total: 1 },
    restarts: 2,
  });
});

test('reads the hash of up-to-date pods for a Deployment', async () => {
  const { snapshot } = await observed(dockercoins());
  expect(snapshot.controllers.map(({ kind, desired, currentHash }) => [kind, desired, currentHash])).toEqual([
    ['ReplicaSet', 3, undefined],
    ['Deployment', 3, HASH],
  ]);
});

describe('a part that can not be read', () => {
  const forbid =
    (part: string): Handler =>
    ({ path }) =>
      path.includes(part)
        ? status(
            403,
            `x is forbidden: User "sam" cannot list resource "${part}" in API group "policy" in the namespace "dockercoins"`,
          )
        : undefined;

  test('gives the reason if it is budgets', async () => {
    const { snapshot } = await observed(dockercoins(forbid('poddisruptionbudgets')));
    expect(snapshot.bystanders).toEqual({
      kind: 'notSeen',
      why: 'Pitlane is not allowed to list poddisruptionbudgets.policy in namespace dockercoins.',
    });
  });

  test('gives the reason if it is adopting controllers, and still reads the owner', async () => {
    const { snapshot } = await observed(dockercoins(forbid('daemonsets')));
    expect(snapshot.adoptersNotSeen).toBe('Pitlane is not allowed to list daemonsets.policy in namespace dockercoins.');
    expect(snapshot.controllers.map(({ kind }) => kind)).toEqual(['ReplicaSet', 'Deployment']);
  });

  test('throws if it is the pods of the service', async () => {
    await expect(observed(dockercoins(forbid(`${NS}/pods`)))).rejects.toThrow('is not allowed to list');
  });

  test('has no objects if the cluster does not serve the kind', async () => {
    const { snapshot } = await observed(
      dockercoins(({ path }) => (path.includes('autoscaling') ? status(404, 'page not found') : undefined)),
    );
    expect(snapshot.bystanders).toMatchObject({ kind: 'seen', value: { autoscalers: [] } });
  });

  test('gives the reason if the cluster has too many pods to compute headroom', async () => {
    const { snapshot } = await observed(
      dockercoins(({ path }) =>
        path === '/api/v1/pods' ? ok(jsonList([jsonPod('x')], { continue: 'more' })) : undefined,
      ),
    );
    expect(snapshot.headroom).toEqual({
      kind: 'notSeen',
      why: 'The cluster has more than 2 running pods, too many to check for room.',
    });
  });
});

describe('long lists', () => {
  const pages = (...replies: Reply[]): Handler => {
    return ({ path, query }) =>
      path.endsWith('/pods') && query.get('labelSelector') === 'app=rng' ? replies.shift() : undefined;
  };

  test('are read page by page', async () => {
    const { snapshot, survey } = await observed(
      dockercoins(pages(ok(jsonTable([jsonPod(NAMES[0])], { continue: 'c1' })), ok(jsonTable([jsonPod(NAMES[1])])))),
    );
    expect(snapshot.pods.map(({ name }) => name)).toEqual([NAMES[0], NAMES[1]]);
    expect(survey).toContain(`GET /api/v1/${NS}/pods?continue=c1&labelSelector=app=rng&limit=500`);
  });

  test('start again if the continue token has expired', async () => {
    const { snapshot } = await observed(
      dockercoins(
        pages(
          ok(jsonTable([jsonPod('rng-old')], { continue: 'c1' })),
          status(410, 'The provided continue parameter is too old'),
          ok(jsonTable([jsonPod(NAMES[0]), jsonPod(NAMES[1])])),
        ),
      ),
    );
    expect(snapshot.pods.map(({ name }) => name)).toEqual([NAMES[0], NAMES[1]]);
  });
});

describe('the pod of an operation', () => {
  test('is no target if it is deleted', async () => {
    const { snapshot } = await observed(
      dockercoins(({ path }) => (path.endsWith(`pods/${NAMES[0]}`) ? status(404, 'not found') : undefined)),
    );
    expect(snapshot.targets).toEqual([]);
  });

  test('is no target if another pod has its name', async () => {
    const other = jsonPod(NAMES[0], (pod) => ({ ...pod, metadata: { ...pod.metadata, uid: 'another' } }));
    const { snapshot } = await observed(
      dockercoins(({ path }) => (path.endsWith(`pods/${NAMES[0]}`) ? ok(other) : undefined)),
    );
    expect(snapshot.targets).toEqual([]);
  });
});
