import { expect, test } from 'vitest';
import type { Call, Connection } from './connection.ts';
import { Forbidden } from './errors.ts';
import { type Stub, stubConnection } from './fake/stub.fixture.ts';
import type { KubeList, KubeObject } from './json.ts';
import { BUDGETS, LEASES, NODES, PODS, type Resource, SERVICES } from './resource.ts';
import { WholeLists } from './whole-lists.ts';

const NAMESPACE = 'dockercoins';

function pod(name: string, labels: Readonly<Record<string, string>>, phase = 'Running', namespace = NAMESPACE) {
  return { metadata: { name, namespace, labels }, status: { phase } };
}

const PODS_OF_ALL = [
  pod('rng-a', { app: 'rng' }),
  pod('rng-b', { app: 'rng', track: 'canary' }),
  pod('job', {}, 'Succeeded'),
  pod('rng-a', { app: 'rng' }, 'Running', 'other'),
];

const listOf = (items: readonly object[], more = {}) => ({ metadata: { resourceVersion: '7', ...more }, items });

/** A server with these pods, which answers a list of the whole cluster as told. */
function server(ofCluster: unknown = listOf(PODS_OF_ALL)): Stub {
  return stubConnection((path) => (path === '/api/v1/pods' ? ofCluster : listOf([pod('asked', {})])));
}

const place = { resource: PODS, namespace: NAMESPACE };
const selected = (query: Call['query']): Call => ({ verb: 'list', place, query });

async function namesOf(connection: Connection, call: Call): Promise<readonly string[]> {
  const { body } = await connection.send<KubeList<KubeObject>>(call);
  return (body.items ?? []).map(({ metadata }) => metadata.name);
}

/** The stub, and a connection through lists that have begun with the pods of the cluster. */
function begun(stub: Stub, now: () => number = () => 0) {
  const lists = new WholeLists(now);
  lists.begin(stub.connection, PODS);
  return { lists, connection: lists.through(stub.connection) };
}

test.each<[string, Call, string[]]>([
  ['a label', selected({ labelSelector: 'app=rng', limit: 500 }), ['rng-a', 'rng-b']],
  ['labels', selected({ labelSelector: 'app=rng,track!=canary' }), ['rng-a']],
  ['a name', selected({ fieldSelector: 'metadata.name=rng-b' }), ['rng-b']],
  ['phases', selected({ fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' }), ['rng-a', 'rng-b']],
  ['nothing', selected({}), ['rng-a', 'rng-b', 'job']],
  ['a label, as a table', { ...selected({ labelSelector: 'track' }), form: 'table' }, ['rng-b']],
  [
    'phases, in all namespaces',
    { verb: 'list', place: { resource: PODS }, query: { fieldSelector: 'status.phase=Running' } },
    ['rng-a', 'rng-b', 'rng-a'],
  ],
])('answers a list by %s from the list of the cluster', async (_, call, names) => {
  const stub = server();
  const { connection } = begun(stub);
  expect(await namesOf(connection, call)).toEqual(names);
  expect((await connection.send(call)).body).toMatchObject({ metadata: { resourceVersion: '7' } });
  expect(stub.calls).toEqual(['list /api/v1/pods?limit=500']);
});

test('answers the read of one object, and counts those of a namespace', async () => {
  const stub = server();
  const { lists, connection } = begun(stub);
  const { body } = await connection.send({ verb: 'get', place: { ...place, name: 'rng-b' } });
  expect(body).toBe(PODS_OF_ALL[1]);
  expect(await lists.count(PODS, NAMESPACE)).toBe(3);
  expect(await lists.count(SERVICES, NAMESPACE)).toBeUndefined();
  expect(stub.calls).toHaveLength(1);
});

test.each<[string, Call, string]>([
  [
    'an object that the list lacks',
    { verb: 'get', place: { ...place, name: 'rng-z' } },
    'get /api/v1/namespaces/dockercoins/pods/rng-z',
  ],
  [
    'a log',
    { verb: 'get', place: { ...place, name: 'rng-a', subresource: 'log' } },
    'get /api/v1/namespaces/dockercoins/pods/rng-a/log',
  ],
  [
    'other fields',
    selected({ fieldSelector: 'spec.nodeName=node-1' }),
    'list /api/v1/namespaces/dockercoins/pods?fieldSelector=spec.nodeName=node-1',
  ],
  ['a next page', selected({ continue: 'token' }), 'list /api/v1/namespaces/dockercoins/pods?continue=token'],
  ['other kinds', { verb: 'get', place: { resource: NODES, name: 'node-1' } }, 'get /api/v1/nodes/node-1'],
  [
    'a write',
    { verb: 'patch', place: { ...place, name: 'rng-a' }, body: [] },
    'patch /api/v1/namespaces/dockercoins/pods/rng-a',
  ],
])('asks the server for %s', async (_, call, sent) => {
  const stub = server();
  await begun(stub)
    .connection.send(call)
    .catch(() => {});
  expect(stub.calls.slice(1)).toEqual([sent]);
});

test.each<[string, (call: Call) => unknown]>([
  ['has more pods than a page', () => listOf(PODS_OF_ALL, { continue: 'more' })],
  ['may not be listed', (call) => new Forbidden(call, { verb: 'list', resource: 'pods' }, {})],
])('reads the namespace once where the cluster %s', async (_, answer) => {
  const stub = server(answer({ verb: 'list', place: { resource: PODS } }));
  const { connection } = begun(stub);
  await Promise.all([
    namesOf(connection, selected({ labelSelector: 'app=rng' })),
    connection.send({ verb: 'get', place: { ...place, name: 'asked' } }).catch(() => {}),
  ]);
  expect(await namesOf(connection, selected({}))).toEqual(['asked']);
  expect(stub.calls).toEqual(['list /api/v1/pods?limit=500', 'list /api/v1/namespaces/dockercoins/pods?limit=500']);
});

test('reads an object by its name where its kind may not be listed', async () => {
  const stub = stubConnection((path) =>
    path.endsWith('/leases')
      ? new Forbidden({ verb: 'list', place: { resource: LEASES } }, { verb: 'list', resource: 'leases' }, {})
      : { metadata: { name: 'pitlane' } },
  );
  const lists = new WholeLists(() => 0);
  lists.begin(stub.connection, LEASES, NAMESPACE);
  const lease: Call = { verb: 'get', place: { resource: LEASES, namespace: NAMESPACE, name: 'pitlane' } };
  expect((await lists.through(stub.connection).send(lease)).body).toEqual({ metadata: { name: 'pitlane' } });
  expect(stub.calls.map((call) => call.split(' ')[0])).toEqual(['list', 'get']);
});

test.each<Resource>([BUDGETS, NODES])('gives the reader of a list its error: $plural', async (resource) => {
  const lists = new WholeLists(() => 0);
  const call: Call = { verb: 'list', place: { resource }, query: { limit: 500 } };
  const stub = stubConnection(() => new Forbidden(call, { verb: 'list', resource: resource.plural }, {}));
  lists.begin(stub.connection, resource);
  await expect(lists.through(stub.connection).send(call)).rejects.toThrow(Forbidden);
  expect(stub.calls).toHaveLength(1);
});

test('asks the server again after a few seconds', async () => {
  let now = 0;
  const stub = server();
  const { lists, connection } = begun(stub, () => now);
  now = 3_001;
  expect(await lists.count(PODS, NAMESPACE)).toBeUndefined();
  expect(await namesOf(connection, selected({ labelSelector: 'app=rng' }))).toEqual(['asked']);
});
