import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { DRAINED_FROM } from '../rotation/marks.ts';

const rng = new RngOnEmbedded();

const isPodPatch = ({ method, path, query }: { method: string; path: string; query?: URLSearchParams }): boolean =>
  method === 'PATCH' &&
  new RegExp(`/namespaces/${rng.namespace}/pods/[^/?]+$`).test(path) &&
  query?.has('dryRun') !== true;

describe('a drain', () => {
  /** Does this to the first requests that fit, and lets all others pass. */
  function disturb(
    fits: (request: { method: string; path: string; query: URLSearchParams }) => boolean,
    ...verdicts: NonNullable<ReturnType<NonNullable<Parameters<typeof rng.cluster.setIntercept>[0]>>>[]
  ): void {
    rng.cluster.setIntercept((request) => (fits(request) ? (verdicts.shift() ?? 'pass') : 'pass'));
  }

  test('does not repeat a write whose answer was lost', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, 'lose-answer');
    rng.cluster.requests.clear();
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome.kind).toBe('done');
    expect(rng.cluster.requests.records.filter(isPodPatch)).toHaveLength(1);
  });

  test('repeats a write that never arrived, and reports that', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, 'drop');
    const { outcome, events } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome.kind).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).toEqual([
      {
        kind: 'retrying',
        why: `Can't patch Pod ${name} in namespace ${rng.namespace}: connection reset. Nothing was changed; attempt 2 follows.`,
      },
    ]);
  });

  test('is reported as uncertain if the write has no answer to the end: it may be applied late', async () => {
    const pod = await rng.somePod();
    rng.cluster.setIntercept((request) => (isPodPatch(request) ? 'hang' : 'pass'));
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [pod] });
    expect(outcome).toMatchObject({
      kind: 'failed',
      code: 'Unavailable',
      isUncertain: true,
      stands: [expect.any(String)],
    });
  });

  test('is reported as unchanged if the API server answers each write with an error', async () => {
    const pod = await rng.somePod();
    rng.cluster.setIntercept((request) => (isPodPatch(request) ? { status: 500 } : 'pass'));
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [pod] });
    expect(outcome).toMatchObject({ kind: 'failed', code: 'Unavailable', stands: [] });
    expect(outcome).not.toHaveProperty('isUncertain');
  });

  test('observes a pod again that changed meanwhile', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, { status: 409 }, { status: 422 });
    const { outcome, events } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome.kind).toBe('done');
    expect(events.filter(({ kind }) => kind === 'retrying')).toHaveLength(2);
  });

  test('gives up after 5 conflicts, without a change', async () => {
    const name = await rng.somePod();
    disturb(isPodPatch, ...Array.from({ length: 9 }, () => ({ status: 409 })));
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome).toMatchObject({ kind: 'failed', stands: [], undo: [] });
    expect(rng.cluster.requests.records.filter(isPodPatch).length).toBeGreaterThanOrEqual(6);
  });

  test('retries while the API server is busy', async () => {
    const name = await rng.somePod();
    disturb(
      ({ method }) => method === 'GET',
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 503 },
      'drop',
    );
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome.kind).toBe('done');
  });

  test('resumes interrupted watches', async () => {
    const name = await rng.somePod();
    const { outcome } = await rng.carryOut(
      { ...DRAIN_IT, pods: [name] },
      { onEvent: ({ kind }) => kind === 'wrote' && rng.cluster.dropConnections() },
    );
    expect(outcome.kind).toBe('done');
  });

  test('is refused if the pod is deleted between the observation and the write', async () => {
    const name = await rng.somePod();
    disturb((request) => {
      if (isPodPatch(request) && rng.pod(name)) {
        rng.cluster.api.delete('pods', rng.namespace, name, { gracePeriodSeconds: 0 });
      }
      return false;
    });
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome).toMatchObject({ kind: 'refusal', checks: [{ code: 'PodGone' }] });
  });

  test('is unfinished if the time ends before the proof', async () => {
    const name = await rng.somePod();
    disturb(({ query }) => query.get('watch') === 'true', ...Array.from({ length: 50 }, () => 'hang' as const));
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome).toMatchObject({ kind: 'unfinished', proof: [{ isMet: false }, {}, {}, {}] });
    expect(rng.pod(name)?.metadata.labels?.[DRAINED_FROM]).toBe('rng');
  });

  test('changes nothing without the permission for leases, and names it', async () => {
    const name = await rng.somePod();
    disturb(({ path, method }) => path.includes('/leases') && method === 'POST', {
      status: 403,
      body: {
        kind: 'Status',
        message: `leases.coordination.k8s.io is forbidden: User "sam" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "${rng.namespace}"`,
      },
    });
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome).toEqual({
      kind: 'failed',
      code: 'Forbidden',
      message: `User sam is not allowed to create leases.coordination.k8s.io in namespace ${rng.namespace} (403).`,
      stands: [],
      undo: [],
    });
  });

  test('is done without the permission for Events, with a note', async () => {
    const name = await rng.somePod();
    disturb(
      ({ path, method }) => path.includes('events.k8s.io') && method === 'POST',
      { status: 403 },
      { status: 403 },
    );
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    expect(outcome).toMatchObject({
      kind: 'done',
      notes: [expect.stringContaining('403')],
    });
  });

  test('with warnings waits for the confirmation of exactly that plan', async () => {
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'rng-bare', namespace: rng.namespace, labels: { app: 'rng' } },
      spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
    });
    await rng.untilInRotation(5);
    const request = { ...DRAIN_IT, pods: ['rng-bare'] };
    const asked = await rng.carryOut(request, { confirmed: 'not yet' });
    expect(asked.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    const plan = asked.outcome.kind === 'proposal' ? asked.outcome.plan : undefined;
    const confirmation = { id: 'x', request, fingerprint: 'another' };
    expect((await rng.carryOut(request, { confirmed: confirmation })).outcome).toMatchObject({ why: 'changed' });
    const right = { ...confirmation, fingerprint: plan?.fingerprint ?? '' };
    expect((await rng.carryOut(request, { confirmed: right })).outcome.kind).toBe('done');
  });
});
