import nock from 'nock';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeApi, type Handler, ok, type Reply, status } from './fake/api.fixture.ts';
import { event, jsonList, jsonPod } from './fake/objects.fixture.ts';
import type { JsonPod, KubeList, KubeObject } from './json.ts';
import { BUDGETS, PODS } from './resource.ts';
import type { Patience } from './retry.ts';
import { type Watched, watch } from './watch.ts';
import { WholeLists } from './whole-lists.ts';

const NS = 'dockercoins';
const WATCHED: Watched = { resource: PODS, namespace: NS };

// A busy machine may take longer than the limit of an open list.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  vi.useRealTimers();
  nock.cleanAll();
});

const [a, b] = [jsonPod('rng-a'), jsonPod('rng-b')];
const stranger: JsonPod = { ...a, metadata: { ...a.metadata, namespace: 'other', uid: 'stranger' } };
const end = { type: 'BOOKMARK', object: { metadata: bookmark('100', { 'k8s.io/initial-events-end': 'true' }) } };

function bookmark(resourceVersion: string, annotations = {}) {
  return { resourceVersion, annotations };
}

const listed = (...later: unknown[]): Reply => ({
  lines: [event('ADDED', b, '90'), event('ADDED', a, '80'), event('ADDED', stranger, '85'), end, ...later],
  then: 'hang',
});

const isOpen = (query: URLSearchParams): boolean => query.get('sendInitialEvents') === 'true';

/** A server that answers an open list of pods as told, and each other request with nothing new. */
function server(open: Reply) {
  const handler: Handler = ({ query }) => {
    if (isOpen(query)) return open;
    return query.get('watch') === 'true' ? { lines: [], then: 'hang' } : ok(jsonList([a, b]));
  };
  const api = fakeApi(handler);
  const asked = () =>
    api.requests.map(({ query }) => (isOpen(query) ? 'open list' : query.get('watch') ? 'watch' : 'list'));
  return { ...api, asked };
}

async function untilAsked({ requests }: ReturnType<typeof server>, count: number): Promise<void> {
  while (requests.length < count) await new Promise((resolve) => setImmediate(resolve));
}

async function namesIn(lists: WholeLists, { connection }: ReturnType<typeof server>): Promise<string> {
  const call = { verb: 'list', place: { resource: PODS }, query: { limit: 500 } } as const;
  const { body } = await lists.through(connection).send<KubeList<KubeObject>>(call);
  return `${body.metadata.resourceVersion}: ${(body.items ?? []).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)}`;
}

/** The first changes that a watch through the lists yields; `until` ends it. */
async function changes(
  lists: WholeLists,
  { connection }: ReturnType<typeof server>,
  count: number,
  {
    from,
    watched = WATCHED,
    until = new AbortController(),
  }: { from?: string; watched?: Watched; until?: AbortController },
): Promise<string[]> {
  const patience: Patience = { now: () => 0, deadline: 60_000, sleep: async () => {}, signal: until.signal };
  const seen: string[] = [];
  for await (const { kind, objects } of watch(lists.through(connection), watched, from, patience)) {
    seen.push(`${kind} ${objects.map(({ metadata }) => metadata.name)}`);
    if (seen.length === count) break;
  }
  until.abort();
  return seen;
}

function begun(api: ReturnType<typeof server>): WholeLists {
  const lists = new WholeLists(() => 0, new AbortController().signal);
  lists.begin(api.connection, PODS);
  return lists;
}

test('is a list in the order of the keys, and a watch from its version, in one request', async () => {
  const api = server(listed(event('MODIFIED', a, '101'), event('DELETED', b, '102')));
  const lists = begun(api);
  expect(await namesIn(lists, api)).toBe('100: dockercoins/rng-a,dockercoins/rng-b,other/rng-a');
  expect(await changes(lists, api, 2, { from: '100' })).toEqual(['put rng-a', 'gone rng-b']);
  expect(api.asked()).toEqual(['open list']);
});

test('is continued by a watch from no version: its reader has the objects', async () => {
  const api = server(listed(event('MODIFIED', b, '101')));
  expect(await changes(begun(api), api, 1, {})).toEqual(['put rng-b']);
  expect(api.asked()).toEqual(['open list']);
});

test.each<[string, Partial<Watched>, string[]]>([
  ['of a namespace', {}, ['put rng-a', 'put rng-b']],
  ['by name', { fieldSelector: 'metadata.name=rng-b' }, ['gone rng-a', 'put rng-b']],
  ['by labels, which a pod has lost', { labelSelector: 'app=rng' }, ['gone rng-a', 'put rng-b']],
])('is continued by a watch %s', async (_, selection, want) => {
  const drained = { ...a, metadata: { ...a.metadata, labels: {} } };
  const api = server(
    listed(event('MODIFIED', stranger, '101'), event('MODIFIED', drained, '102'), event('MODIFIED', b, '103')),
  );
  expect(await changes(begun(api), api, 2, { from: '100', watched: { ...WATCHED, ...selection } })).toEqual(want);
});

test('is continued once, and from its own version only', async () => {
  const api = server(listed(event('MODIFIED', a, '101')));
  const lists = begun(api);
  const other = new AbortController();
  const late = changes(lists, api, 1, { from: '99', until: other });
  await changes(lists, api, 1, { from: '100' });
  const again = changes(lists, api, 1, { from: '100', until: other });
  await untilAsked(api, 3);
  expect(api.asked()).toEqual(['open list', 'watch', 'watch']);
  other.abort();
  expect(await Promise.all([late, again])).toEqual([[], []]);
});

test.each<[string, Reply]>([
  ['has more objects than a page', { lines: Array.from({ length: 501 }, () => event('ADDED', a, '1')), then: 'hang' }],
  ['breaks off', { lines: [event('ADDED', a, '80')], then: 'break' }],
  ['ends too early', { lines: [event('ADDED', a, '80')], then: 'end' }],
  ['reports an error', { lines: [{ type: 'ERROR', object: { code: 410, message: 'too old' } }], then: 'end' }],
  ['may not be watched', status(403, 'pods is forbidden: User "sam" cannot watch resource "pods" in API group ""')],
])('is an ordinary list where it %s', async (_, reply) => {
  const api = server(reply);
  expect(await namesIn(begun(api), api)).toMatch(/^1000: /);
  expect(api.asked()).toEqual(['open list', 'list']);
});

test('is not tried again on a server that rejects it', async () => {
  const api = server(
    status(422, 'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled'),
  );
  for (let time = 0; time < 2; time += 1) await namesIn(begun(api), api);
  expect(api.asked()).toEqual(['open list', 'list', 'list']);
});

test('is an ordinary list, now and later, where a proxy holds back what is not complete', async () => {
  const api = server({ lines: [event('ADDED', a, '80')], then: 'hang' });
  const names = namesIn(begun(api), api);
  await untilAsked(api, 1);
  vi.advanceTimersByTime(2_000);
  expect(await names).toMatch(/^1000: /);
  await namesIn(begun(api), api);
  expect(api.asked()).toEqual(['open list', 'list', 'list']);
});

test('is asked for of what is watched only', async () => {
  const api = server(listed());
  const lists = begun(api);
  lists.begin(api.connection, BUDGETS);
  await untilAsked(api, 2);
  expect(api.asked()).toEqual(['open list', 'list']);
});

test.each<[string, (lists: WholeLists, ending: AbortController) => void]>([
  ['the lists are closed', (lists) => lists.close()],
  ['the watch ends', (_, ending) => ending.abort()],
])('ends without an error when %s', async (_, finish) => {
  const api = server(listed(event('MODIFIED', a, '101')));
  const lists = begun(api);
  const ending = new AbortController();
  const patience: Patience = { now: () => 0, deadline: 60_000, sleep: async () => {}, signal: ending.signal };
  let seen = 0;
  for await (const _change of watch(lists.through(api.connection), WATCHED, '100', patience)) {
    seen += 1;
    setImmediate(() => finish(lists, ending));
  }
  expect(seen).toBe(1);
  expect(api.asked()).toEqual(['open list']);
});
