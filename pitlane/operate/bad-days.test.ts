import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { DRAINED_FROM } from '../rotation/marks.ts';

const rng = new RngOnEmbedded();

const isPodPatch = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'PATCH' && new RegExp(`/namespaces/${rng.namespace}/pods/[^/]+$`).test(path);

describe('bad days', () => {
  /** Does this to the first requests that fit, and lets all others pass. */
  function disturb(
    fits: (request: { method: string; path: string; query: URLSearchParams }) => boolean,
    ...verdicts: NonNullable<ReturnType<NonNullable<Parameters<typeof rng.cluster.setIntercept>[0]>>>[]
  ): void {
    rng.cluster.setIntercept((request) => (fits(request) ? (verdicts.shift() ?? 'pass') : 'pass'));
  }

  test('a write whose answer was lost is not written twice', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, 'lose-answer');
    rng.cluster.requests.clear();
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
    expect(rng.cluster.requests.records.filter(isPodPatch)).toHaveLength(1);
  });

  test('a write that never arrived is written again, and told', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, 'drop');
    const { outcome, events } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).toEqual([
      {
        kind: 'retrying',
        why: `Can't patch Pod ${name} in namespace ${rng.namespace}: connection reset. Nothing was changed; attempt 2 follows.`,
      },
    ]);
  });

  test('a pod that changed meanwhile is looked at again', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, { status: 409 }, { status: 422 });
    const { outcome, events } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).toHaveLength(2);
  });

  test('a pod that changes all the time: given up after 5 times, nothing changed', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, ...Array.from({ length: 9 }, () => ({ status: 409 })));
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({ kind: 'failed', stands: [], undo: [] });
    expect(rng.cluster.requests.records.filter(isPodPatch).length).toBeGreaterThanOrEqual(6);
  });

  test('a busy and stumbling API server is waited for', async () => {
    const name = await rng.somePod();
    disturb(
      ({ method }) => method === 'GET',
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 503 },
      'drop',
    );
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome.kind).toBe('done');
  });

  test('watches that are cut while we wait are resumed', async () => {
    const name = await rng.somePod();
    const { outcome } = await rng.advance(
      { ...DRAIN_IT, pod: name },
      { onEvent: ({ kind }) => kind === 'wrote' && rng.cluster.dropConnections() },
    );
    expect(outcome.kind).toBe('done');
  });

  test('the pod is deleted between the look and the write: a clear refusal', async () => {
    const name = await rng.somePod();
    disturb((request) => {
      if (isPodPatch(request) && rng.pod(name)) {
        rng.cluster.api.delete('pods', rng.namespace, name, { gracePeriodSeconds: 0 });
      }
      return false;
    });
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({ kind: 'refusal', checks: [{ code: 'PodGone' }] });
  });

  test('out of time before the proof is in: unfinished, with what is still missing', async () => {
    const name = await rng.somePod();
    disturb(({ query }) => query.get('watch') === 'true', ...Array.from({ length: 50 }, () => 'hang' as const));
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({ kind: 'unfinished', proof: [{ isMet: false }, {}, {}, {}] });
    expect(rng.pod(name)?.metadata.labels?.[DRAINED_FROM]).toBe('rng');
  });

  test('no right to leases: the missing permission, nothing changed', async () => {
    const name = await rng.somePod();
    disturb(({ path, method }) => path.includes('/leases') && method === 'POST', {
      status: 403,
      body: {
        kind: 'Status',
        message: `leases.coordination.k8s.io is forbidden: User "sam" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "${rng.namespace}"`,
      },
    });
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toEqual({
      kind: 'failed',
      message: `User sam is not allowed to create leases.coordination.k8s.io in namespace ${rng.namespace} (403).`,
      stands: [],
      undo: [],
    });
  });

  test('no right to write Events: done all the same, with a note', async () => {
    const name = await rng.somePod();
    disturb(
      ({ path, method }) => path.includes('events.k8s.io') && method === 'POST',
      { status: 403 },
      { status: 403 },
    );
    const { outcome } = await rng.advance({ ...DRAIN_IT, pod: name });
    expect(outcome).toMatchObject({
      kind: 'done',
      notes: [expect.stringContaining('No Kubernetes Event was written')],
    });
  });

  test('a plan with warnings waits for a confirmation of exactly that plan', async () => {
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'rng-bare', namespace: rng.namespace, labels: { app: 'rng' } },
      spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
    });
    await rng.untilInRotation(5);
    const request = { ...DRAIN_IT, pod: 'rng-bare' };
    const asked = await rng.advance(request, { confirmed: 'not yet' });
    expect(asked.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    const plan = asked.outcome.kind === 'proposal' ? asked.outcome.plan : undefined;
    const confirmation = {
      id: 'x',
      request,
      pod: plan?.operation.pod ?? { name: '', uid: '' },
      fingerprint: 'another',
    };
    expect((await rng.advance(request, { confirmed: confirmation })).outcome).toMatchObject({ why: 'changed' });
    const right = { ...confirmation, fingerprint: plan?.fingerprint ?? '' };
    expect((await rng.advance(request, { confirmed: right })).outcome.kind).toBe('done');
  });
});
