import { expect, test } from 'vitest';
import { Forbidden } from './errors.ts';
import { stubConnection } from './fake/stub.fixture.ts';
import { NODES, PODS } from './resource.ts';
import { sharingReads } from './shared-reads.ts';

const NODE = { verb: 'get', place: { resource: NODES, name: 'node-1' } } as const;
const LIST = { verb: 'list', place: { resource: PODS, namespace: 'dockercoins' } } as const;

test('sends the same read once within a few seconds, and every other request', async () => {
  let now = 0;
  const { connection, calls } = stubConnection(() => ({}));
  const shared = sharingReads(connection, () => now);
  await Promise.all([shared.send(NODE), shared.send(NODE), shared.send(LIST)]);
  await shared.send({ ...LIST, query: { limit: 1 } });
  now = 3_000;
  await shared.send(NODE);
  now = 3_001;
  await shared.send(NODE);
  await shared.send({ ...NODE, verb: 'delete' });
  await shared.send({ ...NODE, verb: 'delete' });
  expect(calls).toEqual([
    'get /api/v1/nodes/node-1',
    'list /api/v1/namespaces/dockercoins/pods',
    'list /api/v1/namespaces/dockercoins/pods?limit=1',
    'get /api/v1/nodes/node-1',
    'delete /api/v1/nodes/node-1',
    'delete /api/v1/nodes/node-1',
  ]);
});

test('shares an error too', async () => {
  const { connection, calls } = stubConnection(
    (_, call) => new Forbidden(call, { verb: 'get', resource: 'nodes' }, {}),
  );
  const shared = sharingReads(connection, () => 0);
  const results = await Promise.allSettled([shared.send(NODE), shared.send(NODE)]);
  expect([results.map(({ status }) => status), calls.length]).toEqual([['rejected', 'rejected'], 1]);
});
