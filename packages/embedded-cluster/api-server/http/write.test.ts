import { beforeEach, describe, expect, test } from 'vitest';
import {
  deployment,
  deployments,
  jsonPatch,
  mergePatch,
  pod,
  pods,
  strategicPatch,
  useCluster,
} from './server.fixture.ts';

const { ask } = useCluster();

describe('the server', () => {
  beforeEach(async () => {
    await ask('POST', pods, pod('rng-1'));
  });

  test('refuses a JSON Patch with a failed test without naming the operation', async () => {
    const patch = [
      { op: 'test', path: '/metadata/labels/app', value: 'web' },
      { op: 'remove', path: '/metadata/labels/app' },
    ];
    expect(await ask('PATCH', `${pods}/rng-1`, patch, jsonPatch)).toMatchObject({
      code: 422,
      body: { reason: 'Invalid', message: 'the server rejected our request due to an error in our request' },
    });
    expect((await ask('GET', `${pods}/rng-1`)).body.metadata.labels).toEqual({ app: 'rng' });
  });

  test('accepts a test for null on a missing key but not below a missing map', async () => {
    const of = (path: string) => ask('PATCH', `${pods}/rng-1`, [{ op: 'test', path, value: null }], jsonPatch);
    expect((await of('/metadata/labels/gate')).code).toBe(200);
    expect((await of('/metadata/annotations/gate')).code).toBe(422);
  });

  test('answers a malformed JSON Patch with 400', async () => {
    expect((await ask('PATCH', `${pods}/rng-1`, '{', jsonPatch)).code).toBe(400);
    expect((await ask('PATCH', `${pods}/rng-1`, {}, jsonPatch)).code).toBe(400);
  });

  test('answers a stale version in a patch with a conflict', async () => {
    const stale = { metadata: { resourceVersion: '1', labels: { a: 'b' } } };
    expect((await ask('PATCH', `${pods}/rng-1`, stale, mergePatch)).code).toBe(409);
    expect((await ask('PATCH', `${pods}/rng-1`, { metadata: { labels: { a: 'b' } } }, mergePatch)).code).toBe(200);
  });

  test('merges containers by name and removes owners by uid in a strategic merge patch', async () => {
    await ask('POST', deployments, deployment());
    const containers = [
      { name: 'rng', image: 'rng:2' },
      { name: 'log', image: 'log:1' },
    ];
    const patched = await ask(
      'PATCH',
      `${deployments}/rng`,
      { spec: { template: { spec: { containers } } } },
      strategicPatch,
    );
    const images = patched.body.spec.template.spec.containers.map(({ image }: { image: string }) => image);
    expect(images).toEqual(['rng:2', 'log:1']);
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rng', uid: 'u1', controller: true };
    const owned = await ask('PATCH', `${pods}/rng-1`, { metadata: { ownerReferences: [owner] } }, strategicPatch);
    expect(owned.body.metadata.ownerReferences).toEqual([owner]);
    const released = { metadata: { ownerReferences: [{ $patch: 'delete', uid: 'u1' }] } };
    const bare = await ask('PATCH', `${pods}/rng-1`, released, strategicPatch);
    expect('ownerReferences' in bare.body.metadata).toBe(false);
  });

  test('refuses a patch with the uid of another pod of the name', async () => {
    const { code, body } = await ask('PATCH', `${pods}/rng-1`, { metadata: { uid: 'other' } }, strategicPatch);
    expect([code, body.details.causes[0].field]).toEqual([422, 'metadata.uid']);
    expect(body.message).toContain('field is immutable');
  });

  test('checks everything and changes nothing with dryRun=All', async () => {
    const path = `${pods}/rng-1?dryRun=All`;
    const { body } = await ask('PATCH', path, { metadata: { labels: { a: 'b' } } }, mergePatch);
    expect(body.metadata.labels).toEqual({ app: 'rng', a: 'b' });
    expect((await ask('PATCH', path, { metadata: { labels: { a: 'b c' } } }, mergePatch)).code).toBe(422);
    expect((await ask('GET', `${pods}/rng-1`)).body.metadata.labels).toEqual({ app: 'rng' });
  });
});

describe('the server', () => {
  test('refuses an unknown field under strict validation, else drops it with a warning', async () => {
    const path = '/apis/apps/v1/namespaces/default/daemonsets';
    const body = { ...deployment({ replicas: 3, strategy: {} }), kind: 'DaemonSet' };
    expect(await ask('POST', `${path}?fieldValidation=Strict`, body)).toMatchObject({
      code: 400,
      body: {
        message:
          'DaemonSet in version "v1" cannot be handled as a DaemonSet: strict decoding error: unknown field "spec.replicas", unknown field "spec.strategy"',
      },
    });
    const made = await ask('POST', path, body);
    expect([made.code, made.body.spec.replicas]).toEqual([201, undefined]);
    expect(made.warning).toBe('299 - "unknown field \\"spec.replicas\\"", 299 - "unknown field \\"spec.strategy\\""');
  });

  test('refuses a label that is not a string in the words of the decoder', async () => {
    expect(await ask('POST', pods, pod('a', { gate: true }))).toMatchObject({
      code: 400,
      body: {
        message:
          'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
      },
    });
  });

  test('refuses unsupported media types of requests and answers', async () => {
    expect((await ask('GET', pods, undefined, { Accept: 'text/html' })).code).toBe(406);
    expect((await ask('POST', pods, 'x', { 'Content-Type': 'text/plain' })).code).toBe(415);
    const one = { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
    expect((await ask('GET', pods, undefined, one)).code).toBe(406);
  });

  test('refuses to impersonate groups without a user', async () => {
    expect((await ask('GET', pods, undefined, { 'Impersonate-Group': 'admins' })).code).toBe(400);
  });

  test('names the forbidden action', async () => {
    const answer = await ask('GET', pods, undefined, { 'Impersonate-User': 'jane' });
    expect(answer).toMatchObject({
      code: 403,
      body: {
        message:
          'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
      },
    });
  });
});

describe('evictions', () => {
  test('are refused with the numbers of a used-up budget', async () => {
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    await ask('POST', budgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'rng' },
      spec: { minAvailable: 2, selector: { matchLabels: { app: 'rng' } } },
    });
    const full = {
      observedGeneration: 1,
      disruptionsAllowed: 0,
      currentHealthy: 2,
      desiredHealthy: 2,
      expectedPods: 2,
    };
    await ask('PATCH', `${budgets}/rng/status`, { status: full }, mergePatch);
    await ask('POST', pods, pod('rng-1'));
    await ask(
      'PATCH',
      `${pods}/rng-1/status`,
      { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      mergePatch,
    );
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'rng-1', namespace: 'default' } };
    expect(await ask('POST', `${pods}/rng-1/eviction`, eviction)).toMatchObject({
      code: 429,
      body: {
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget rng needs 2 healthy pods and has 2 currently',
            },
          ],
        },
      },
    });
    await ask('PATCH', `${budgets}/rng/status`, { status: { ...full, disruptionsAllowed: 1 } }, mergePatch);
    expect((await ask('POST', `${pods}/rng-1/eviction`, eviction)).code).toBe(201);
    expect((await ask('GET', `${budgets}/rng`)).body.status).toMatchObject({ disruptionsAllowed: 0 });
  });
});
