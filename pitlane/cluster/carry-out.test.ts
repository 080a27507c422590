import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import type { CreateWrite, DeleteWrite, PatchWrite } from '../rotation/plan.ts';
import { carryOut, tryOut } from './carry-out.ts';
import { fakeApi, type Handler, ok, status } from './fake/api.fixture.ts';
import { jsonPod } from './fake/objects.fixture.ts';
import { patiently } from './retry.ts';

afterEach(() => nock.cleanAll());

const NAME = 'rng-5f69c6b7d8-b85tm';
const UID = `0a1b2c3d-${NAME}`;
const PATCH: PatchWrite = {
  kind: 'patch',
  key: `drain ${UID}`,
  title: `take the label app=rng off ${NAME}`,
  target: { kind: 'Pod', name: NAME, uid: UID, namespace: 'dockercoins' },
  patch: [
    { op: 'test', path: '/metadata/uid', value: UID },
    { op: 'test', path: '/metadata/labels/app', value: 'rng' },
    { op: 'remove', path: '/metadata/labels/app' },
    { op: 'add', path: '/metadata/labels/pitlane.dev~1drained-from', value: 'rng' },
    { op: 'add', path: '/metadata/annotations/pitlane.dev~1drain', value: '{"v":1,"id":"op-1"}' },
  ],
  inverse: [],
};

const before = jsonPod(NAME);
const after = (id: string) =>
  jsonPod(NAME, (pod) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { 'pod-template-hash': 'x', 'pitlane.dev/drained-from': 'rng' },
      annotations: { 'pitlane.dev/drain': `{"v":1,"id":"${id}"}` },
    },
  }));

async function written(handler: Handler) {
  const api = fakeApi(handler);
  const waits: number[] = [];
  const patience = { now: () => 0, deadline: 10_000, sleep: async (ms: number) => void waits.push(ms) };
  const result = await carryOut(api.connection, PATCH, patience, { remainingMs: async () => 300 });
  return { result, methods: api.requests.map(({ method }) => method), waits };
}

/** Answers the writes in turn, and every read with the pod. */
const writes = (pod: unknown, ...replies: (ReturnType<Handler> | 'never')[]): Handler => {
  return ({ method }) => {
    const reply = method === 'PATCH' ? replies.shift() : ok(pod);
    return reply === 'never' ? new Promise(() => {}) : reply;
  };
};

test('writes with one JSON Patch request', async () => {
  const api = fakeApi(() => ok(after('op-1')));
  const patience = { now: () => 0, deadline: 10_000, sleep: async () => {} };
  await carryOut(api.connection, PATCH, patience, { remainingMs: async () => 300 });
  expect(api.lines()).toEqual([`PATCH /api/v1/namespaces/dockercoins/pods/${NAME}`]);
  expect(api.requests[0]?.headers.get('content-type')).toBe('application/json-patch+json');
  expect(api.requests[0]?.body).toEqual(PATCH.patch);
});

test.each([
  ['409', status(409, 'modified')],
  ['422', status(422, 'the server rejected our request due to an error in our request')],
  ['404', status(404, 'not found')],
])('does not repeat a write that fails with %s: the pod has changed', async (_, reply) => {
  const { result, methods } = await written(writes(before, reply));
  expect(result.kind).toBe('changedMeanwhile');
  expect(methods).toEqual(['PATCH']);
});

test('does not repeat a write that timed out but was applied', async () => {
  const { result, methods } = await written(writes(after('op-1'), 'never'));
  expect(result).toEqual({ kind: 'written', warnings: [] });
  expect(methods).toEqual(['PATCH', 'GET']);
});

test('reports an unknown result if neither the write nor the read after it gets an answer', async () => {
  const { result } = await written(({ method }) =>
    method === 'PATCH' ? new Promise(() => {}) : status(401, 'expired'),
  );
  expect(result).toEqual({ kind: 'unknown', why: expect.stringContaining('no answer within 0.3 s') });
});

test('repeats a write that timed out and was not applied', async () => {
  const { result, methods } = await written(writes(before, 'never', ok(after('op-1'))));
  expect(result.kind).toBe('written');
  expect(methods).toEqual(['PATCH', 'GET', 'PATCH']);
});

test('recognizes its own write that was applied late, when the repeated one fails', async () => {
  const replies: ReturnType<typeof status>[] = [ok(before), ok(after('op-1'))];
  const { result, methods } = await written(({ method }) => {
    if (method === 'GET') return replies.shift();
    return replies.length === 2 ? new Promise(() => {}) : status(422, 'rejected');
  });
  expect(result.kind).toBe('written');
  expect(methods).toEqual(['PATCH', 'GET', 'PATCH', 'GET']);
});

test('does not mistake the drain of another operation for its own write that timed out', async () => {
  const { result, methods } = await written(writes(after('op-2'), 'never', status(422, 'rejected')));
  expect(result.kind).toBe('changedMeanwhile');
  expect(methods).toEqual(['PATCH', 'GET', 'PATCH', 'GET']);
});

/** Cancels the operation while its write is in flight: the write may be applied. */
async function cancelledMeanwhile(handler: Handler) {
  const stop = new AbortController();
  const api = fakeApi((request) => {
    if (request.method === 'PATCH') stop.abort();
    return handler(request);
  });
  const patience = { now: () => 0, deadline: 10_000, sleep: async () => {}, signal: stop.signal };
  const result = await carryOut(patiently(api.connection, patience), PATCH, patience, { remainingMs: async () => 300 });
  return { kind: result.kind, methods: api.requests.map(({ method }) => method) };
}

test('waits for a write that was sent before the operator cancels', async () => {
  expect(await cancelledMeanwhile(writes(after('op-1'), ok(after('op-1'))))).toEqual({
    kind: 'written',
    methods: ['PATCH'],
  });
});

test('reads the pod if a write sent before the cancel gets no answer', async () => {
  expect(await cancelledMeanwhile(writes(after('op-1'), 'never'))).toEqual({
    kind: 'written',
    methods: ['PATCH', 'GET'],
  });
});

test('writes nothing after a cancel', async () => {
  const api = fakeApi(() => ok(after('op-1')));
  const patience = { now: () => 0, deadline: 10_000, sleep: async () => {}, signal: AbortSignal.abort() };
  const work = carryOut(patiently(api.connection, patience), PATCH, patience, { remainingMs: async () => 300 });
  await expect(work).rejects.toThrow('interrupted');
  expect(api.requests).toEqual([]);
});

test('waits as long as Retry-After says', async () => {
  const { waits } = await written(
    writes(before, { status: 429, body: '', headers: { 'retry-after': '2' } }, ok(after('op-1'))),
  );
  expect(waits).toEqual([2_000]);
});

test('does not repeat a write that a policy rejects', async () => {
  await expect(written(writes(before, status(403, 'denied by policy')))).rejects.toThrow('denied by policy');
});

const DELETION: DeleteWrite = {
  kind: 'delete',
  key: `finish ${UID}`,
  title: `delete ${NAME}`,
  target: { kind: 'Pod', name: NAME, uid: UID, namespace: 'dockercoins' },
  version: '4711',
};
const OPTIONS = {
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  preconditions: { uid: UID, resourceVersion: '4711' },
};

async function deleted(handler: Handler) {
  const api = fakeApi(handler);
  const patience = { now: () => 0, deadline: 10_000, sleep: async () => {} };
  const result = await carryOut(api.connection, DELETION, patience, { remainingMs: async () => 300 });
  return { result: result.kind, requests: api.requests.map(({ method, body }) => [method, body]) };
}

/** Answers the deletions in turn, and every read with the reply. */
const deletions = (read: ReturnType<Handler>, ...replies: (ReturnType<Handler> | 'never')[]): Handler => {
  return ({ method }) => {
    const reply = method === 'DELETE' ? replies.shift() : read;
    return reply === 'never' ? new Promise(() => {}) : reply;
  };
};

const leaving = jsonPod(NAME, (pod) => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2026-11-24T03:12:37Z' },
}));
const another = jsonPod(NAME, (pod) => ({ ...pod, metadata: { ...pod.metadata, uid: 'another' } }));

test.each<[name: string, handler: Handler, result: string, methods: readonly string[]]>([
  ['deletes with one request and both preconditions', deletions(ok(before), ok(leaving)), 'written', ['DELETE']],
  [
    'counts a pod that is gone as deleted (404)',
    deletions(status(404, 'not found'), status(404, 'not found')),
    'written',
    ['DELETE', 'GET'],
  ],
  [
    'counts no pod as deleted that is still there',
    deletions(ok(before), status(404, 'not found')),
    'changedMeanwhile',
    ['DELETE', 'GET'],
  ],
  [
    'does not delete a pod that has changed (409)',
    deletions(ok(before), status(409, 'modified')),
    'changedMeanwhile',
    ['DELETE'],
  ],
  [
    'counts a deletion without an answer as done if the pod is terminating',
    deletions(ok(leaving), 'never'),
    'written',
    ['DELETE', 'GET'],
  ],
  [
    'counts a deletion without an answer as done if the pod is gone',
    deletions(status(404, 'not found'), 'never'),
    'written',
    ['DELETE', 'GET'],
  ],
  [
    'counts a deletion without an answer as done if another pod has the name',
    deletions(ok(another), 'never'),
    'written',
    ['DELETE', 'GET'],
  ],
  [
    'repeats a deletion without an answer if the pod is unchanged',
    deletions(ok(before), 'never', ok(leaving)),
    'written',
    ['DELETE', 'GET', 'DELETE'],
  ],
  [
    'reports an unknown result if the read after a deletion gets no answer either',
    deletions(status(401, 'expired'), 'never'),
    'unknown',
    ['DELETE', 'GET'],
  ],
])('%s', async (_, handler, result, methods) => {
  const seen = await deleted(handler);
  expect(seen.result).toBe(result);
  expect(seen.requests.map(([method]) => method)).toEqual(methods);
  for (const [method, body] of seen.requests) expect(body).toEqual(method === 'DELETE' ? OPTIONS : undefined);
});

test('sends the dry run of a deletion in its body, because the API server then ignores the query', async () => {
  const { connection, requests, lines } = fakeApi(() => ok(before));
  await tryOut(connection, DELETION);
  expect(lines()).toEqual([`DELETE /api/v1/namespaces/dockercoins/pods/${NAME}`]);
  expect(requests.map(({ body }) => body)).toEqual([{ ...OPTIONS, dryRun: ['All'] }]);
});

test('returns the warnings of a dry run', async () => {
  const { connection, lines } = fakeApi(() => ({ status: 200, body: {}, headers: { warning: '299 - "be careful"' } }));
  expect((await tryOut(connection, PATCH))?.text).toContain('be careful');
  expect(lines()).toEqual([`PATCH /api/v1/namespaces/dockercoins/pods/${NAME}?dryRun=All`]);
});

const CREATION: CreateWrite = {
  kind: 'create',
  key: 'canary 1',
  title: 'create the canary rng-canary',
  target: { kind: 'Pod', name: 'rng-canary', uid: '', namespace: 'dockercoins' },
  object: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'rng-canary',
      namespace: 'dockercoins',
      labels: { app: 'rng' },
      annotations: { 'pitlane.dev/operation': 'op-1' },
    },
    spec: { containers: [] },
  },
};
const PODS_PATH = '/api/v1/namespaces/dockercoins/pods';
const madeBy = (operation: string) =>
  jsonPod('rng-canary', (pod) => ({
    ...pod,
    // Admission adds labels and annotations of its own.
    metadata: {
      ...pod.metadata,
      labels: { app: 'rng', zone: 'a' },
      annotations: { 'pitlane.dev/operation': operation, more: 'x' },
    },
  }));
const exists = status(409, 'pods "rng-canary" already exists');

test.each<
  [
    name: string,
    look: ReturnType<Handler>,
    replies: (ReturnType<Handler> | 'never')[],
    result: string,
    methods: string[],
  ]
>([
  ['a creation is one request', status(404, 'not found'), [ok(madeBy('op-1'))], 'written', ['POST']],
  [
    'does not repeat a creation without an answer if the object exists',
    ok(madeBy('op-1')),
    ['never'],
    'written',
    ['POST', 'GET'],
  ],
  [
    'repeats a creation without an answer if the object does not exist',
    status(404, 'not found'),
    ['never', ok(madeBy('op-1'))],
    'written',
    ['POST', 'GET', 'POST'],
  ],
  [
    'recognises its own object if the first request arrives after the read',
    ok(madeBy('op-1')),
    [exists],
    'written',
    ['POST', 'GET'],
  ],
  [
    'does not mistake the object of another operation for its own',
    ok(madeBy('op-2')),
    [exists],
    'changedMeanwhile',
    ['POST', 'GET'],
  ],
  [
    'does not mistake an object for its own that another operation created meanwhile',
    ok(madeBy('op-2')),
    ['never', exists],
    'changedMeanwhile',
    ['POST', 'GET', 'POST', 'GET'],
  ],
  [
    'reports an unknown result if the read after a creation gets no answer either',
    status(401, 'expired'),
    ['never'],
    'unknown',
    ['POST', 'GET'],
  ],
  [
    'does not create an object in a namespace that is gone',
    status(404, 'not found'),
    [status(404, 'not found')],
    'changedMeanwhile',
    ['POST', 'GET'],
  ],
])('%s', async (_, look, replies, want, methods) => {
  const api = fakeApi(({ method }) => {
    const reply = method === 'POST' ? replies.shift() : look;
    return reply === 'never' ? new Promise(() => {}) : reply;
  });
  const patience = { now: () => 0, deadline: 10_000, sleep: async () => {} };
  const result = await carryOut(api.connection, CREATION, patience, { remainingMs: async () => 300 });
  expect(result.kind).toBe(want);
  expect(api.requests.map(({ method }) => method)).toEqual(methods);
  const [creation] = api.requests;
  expect([creation?.line, creation?.body]).toEqual([`POST ${PODS_PATH}?fieldValidation=Strict`, CREATION.object]);
  expect(new Set(api.lines().slice(1))).toEqual(
    new Set(
      methods
        .slice(1)
        .map((method) => `${method} ${PODS_PATH}${method === 'GET' ? '/rng-canary' : '?fieldValidation=Strict'}`),
    ),
  );
});

test('sends the dry run and the strict validation of a creation in the query', async () => {
  const { connection, lines } = fakeApi(() => ok(madeBy('op-1')));
  await tryOut(connection, CREATION);
  expect(lines()).toEqual([`POST ${PODS_PATH}?dryRun=All&fieldValidation=Strict`]);
});
