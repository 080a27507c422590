import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { Forbidden } from './errors.ts';
import { fakeApi, type Handler, ok, type Reply, status } from './fake/api.fixture.ts';
import { event, jsonList, jsonPod } from './fake/objects.fixture.ts';
import type { JsonPod } from './json.ts';
import { PODS } from './resource.ts';
import type { Patience } from './retry.ts';
import { type Change, watch } from './watch.ts';

afterEach(() => nock.cleanAll());

const WATCHED = { resource: PODS, namespace: 'dockercoins', labelSelector: 'app=rng' };

/** Watches until `count` changes arrived. Returns the changes, the requested versions and the waits. */
async function changes(count: number, handler: Handler) {
  const api = fakeApi(handler);
  const waits: number[] = [];
  const ending = new AbortController();
  const patience: Patience = {
    now: () => 0,
    deadline: 60_000,
    sleep: async (ms) => void waits.push(ms),
    signal: ending.signal,
  };
  const seen: string[] = [];
  for await (const change of watch<JsonPod>(api.connection, WATCHED, '100', patience)) {
    seen.push(describeChange(change));
    if (seen.length === count) break;
  }
  ending.abort();
  const asked = api.requests.map(({ query }) => query.get('resourceVersion') ?? 'list');
  return { seen, asked, waits };
}

function describeChange({ kind, objects }: Change<JsonPod>): string {
  return `${kind} ${objects.map(({ metadata }) => metadata.name).join(' ')}`;
}

const inTurn = (...replies: Reply[]): Handler => {
  return () => replies.shift() ?? { lines: [], then: 'hang' };
};

const [a, b] = [jsonPod('rng-a'), jsonPod('rng-b')];

test('yields changes in order', async () => {
  const { seen } = await changes(
    3,
    inTurn({
      lines: [event('ADDED', a, '101'), event('MODIFIED', a, '102'), event('DELETED', a, '103')],
      then: 'hang',
    }),
  );
  expect(seen).toEqual(['put rng-a', 'put rng-a', 'gone rng-a']);
});

test('resumes a broken watch from the last version', async () => {
  const { seen, asked } = await changes(
    2,
    inTurn({ lines: [event('ADDED', a, '101')], then: 'break' }, { lines: [event('ADDED', b, '102')], then: 'hang' }),
  );
  expect(seen).toEqual(['put rng-a', 'put rng-b']);
  expect(asked).toEqual(['100', '101']);
});

test('resumes an ended watch from the last bookmark', async () => {
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '150' } } };
  const { asked } = await changes(
    1,
    inTurn({ lines: [bookmark], then: 'end' }, { lines: [event('ADDED', b, '151')], then: 'hang' }),
  );
  expect(asked).toEqual(['100', '150']);
});

test('receives an event again that was cut off', async () => {
  const whole = JSON.stringify(event('ADDED', b, '102'));
  const { seen, asked } = await changes(
    2,
    inTurn({ lines: [event('ADDED', a, '101'), whole.slice(0, 40)], then: 'end' }, { lines: [whole], then: 'hang' }),
  );
  expect(seen).toEqual(['put rng-a', 'put rng-b']);
  expect(asked).toEqual(['100', '101']);
});

test.each<[string, Reply]>([
  ['410 as an answer', status(410, 'too old resource version')],
  ['410 as an event', { lines: [{ type: 'ERROR', object: { kind: 'Status', code: 410 } }], then: 'end' }],
])('%s: lists everything again and watches from there', async (_, expired) => {
  const { seen, asked } = await changes(
    2,
    inTurn(expired, ok(jsonList([a, b], { resourceVersion: '300' })), {
      lines: [event('DELETED', a, '301')],
      then: 'hang',
    }),
  );
  expect(seen).toEqual(['all rng-a rng-b', 'gone rng-a']);
  expect(asked).toEqual(['100', 'list', '300']);
});

test('backs off from a server that refuses connections', async () => {
  const { waits } = await changes(
    1,
    inTurn(
      { fails: 'refused' },
      { fails: 'refused' },
      { fails: 'refused' },
      { lines: [event('ADDED', a, '101')], then: 'hang' },
    ),
  );
  expect(waits).toEqual([200, 400, 800]);
});

test('throws Forbidden without the permission to watch', async () => {
  const message =
    'pods is forbidden: User "sam" cannot watch resource "pods" in API group "" in the namespace "dockercoins"';
  await expect(changes(1, () => status(403, message))).rejects.toBeInstanceOf(Forbidden);
});
