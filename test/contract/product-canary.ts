import { expect } from 'vitest';
import type { CanaryRequest } from '../../pitlane/operations/canary/canary.ts';
import { canaryRecordOn } from '../../pitlane/rotation/marks.ts';
import { type Budget, isTerminating, type KubeObject, nameOf, namesOf, ownerOf, type Pod, uidOf } from './objects.ts';
import { Crew, codes, daemonSetInRotation, done, expectEvents, expectKind, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

interface Quota extends KubeObject {
  status?: { used?: Record<string, string> };
}

const CANARY = 'pitlane.dev/canary';

function start(change: Partial<CanaryRequest> = {}): CanaryRequest {
  return { command: 'canary start', service: 'web', dryRun: false, force: false, count: 1, out: false, ...change };
}

const stop = (...pods: string[]) => ({ command: 'canary stop', service: 'web', pods, dryRun: false, force: false });

function canariesOf(on: Space): Promise<Pod[]> {
  return on.list<Pod>('pods', CANARY);
}

/** Starts one canary, and fails unless it is in rotation beside the pods that were there. */
async function startOne(on: Space, before: readonly Pod[], change: Partial<CanaryRequest> = {}): Promise<Pod> {
  done(await new Crew(on).run(start(change)));
  const [canary, ...others] = await canariesOf(on);
  if (canary === undefined) throw new Error('there is no canary');
  expect(others).toEqual([]);
  await on.untilListed([...namesOf(before), nameOf(canary)]);
  return canary;
}

/** The controllers have looked at the canary since: each has made a change that it was asked for after the start. */
async function expectUntouched(on: Space, before: readonly Pod[], canary: Pod): Promise<void> {
  const [victim] = before;
  if (victim === undefined) throw new Error('there is no pod');
  await on.delete('pods', nameOf(victim));
  const after = await on.readyPods(before.length + 1, 'app=web');
  expect(after.map(uidOf)).toContain(uidOf(canary));
  const kept = await on.getPod(nameOf(canary));
  expect([isTerminating(kept), ownerOf(kept)]).toEqual([false, ownerOf(canary)]);
}

const allowed = ({ status, metadata }: Budget) =>
  status?.observedGeneration === metadata.generation ? status?.disruptionsAllowed : undefined;

/** The commands `canary start` and `canary stop`. */
export const canaries: Theme = (rule) => {
  rule('a canary of a Deployment joins the service, and no ReplicaSet adopts it', async (on) => {
    const before = await fourInRotation(on);
    const canary = await startOne(on, before, { env: ['LOG_LEVEL=debug'], args: ['--verbose'], because: '5xx' });
    expect(canary.metadata.labels).toEqual({ app: 'web', [CANARY]: 'web' });
    expect(ownerOf(canary)).toBeUndefined();
    expect(canaryRecordOn({ labels: {}, annotations: {}, ...canary.metadata })).toMatchObject({
      from: 'Deployment web',
      because: '5xx',
      env: ['LOG_LEVEL'],
    });
    expect(canary.spec).toMatchObject({
      activeDeadlineSeconds: 1500,
      containers: [{ env: [{ name: 'LOG_LEVEL', value: 'debug' }], args: ['--verbose'] }],
    });
    await expectUntouched(on, before, canary);
  });

  rule('a canary of a DaemonSet with the labels of the service is not adopted', async (on) => {
    const before = await daemonSetInRotation(on);
    const canary = await startOne(on, before);
    expect(ownerOf(canary)).toBe('Service/web');
    await expectUntouched(on, before, canary);
  });

  rule('a canary beside a Deployment and a DaemonSet needs --from, and neither adopts it', async (on) => {
    await on.service();
    await on.deployment({ replicas: 2 });
    await on.daemonSet();
    const before = await on.podsInRotation(2 + on.cluster.nodeNames.length);
    const { outcome } = await new Crew(on).run(start());
    expect(codes(outcome, 'refusal')).toEqual(['SeveralWorkloads', 'SeveralWorkloads']);
    const canary = await startOne(on, before, { from: 'deployment/web' });
    expect(ownerOf(canary)).toBe('Service/web');
    await expectUntouched(on, before, canary);
  });

  rule('a canary lacks a label that the service does not need, where a broad ReplicaSet selects it', async (on) => {
    await on.service();
    await on.deployment({
      replicas: 2,
      labels: { app: 'web', tier: 'front' },
      selector: { app: 'web', tier: 'front' },
    });
    const before = await on.podsInRotation(2);
    await on.replicaSet({
      name: 'broad',
      replicas: 1,
      labels: { tier: 'front', broad: 'yes' },
      selector: { tier: 'front' },
    });
    await on.readyPods(3, 'tier=front');
    const canary = await startOne(on, before);
    expect(canary.metadata.labels).toEqual({ app: 'web', [CANARY]: 'web' });
    expect(ownerOf(canary)).toBeUndefined();
    await expectUntouched(on, before, canary);
  });

  rule('a canary is not adopted by a broad ReplicaSet that selects the labels of the service', async (on) => {
    const before = await fourInRotation(on);
    await on.replicaSet({ name: 'broad', replicas: 1, labels: { app: 'web', broad: 'yes' }, selector: { app: 'web' } });
    const all = await on.podsInRotation(5);
    const canary = await startOne(on, all, { from: 'web' });
    expect(ownerOf(canary)).toBe('Service/web');
    await expectUntouched(on, all, canary);
    expect(before).toHaveLength(4);
  });

  for (const spec of [{ minAvailable: 2 }, { maxUnavailable: 1 }, { minAvailable: '50%' }]) {
    rule(`a budget with ${JSON.stringify(spec)} keeps counting beside a canary of a Deployment`, async (on) => {
      const before = await fourInRotation(on);
      await on.budget(spec);
      const counted = await on.untilObject<Budget>(
        'counted',
        'poddisruptionbudgets',
        (each) => (allowed(each) ?? 0) > 0,
      );
      await startOne(on, before);
      const more = (allowed(counted) ?? 0) + 1;
      const budget = await on.untilObject<Budget>('more', 'poddisruptionbudgets', (each) => allowed(each) === more);
      expect(budget.status?.conditions?.[0]).toMatchObject({ type: 'DisruptionAllowed', status: 'True' });
    });
  }

  rule('a canary that would stop a budget from counting is refused', async (on) => {
    await fourInRotation(on);
    await on.replicaSet({ name: 'broad', replicas: 1, labels: { app: 'web', broad: 'yes' }, selector: { app: 'web' } });
    await on.podsInRotation(5);
    await on.budget({ maxUnavailable: 1 });
    expect(codes((await new Crew(on).run(start())).outcome, 'refusal')).toEqual(['BudgetWouldBreak']);
    expect(await canariesOf(on)).toEqual([]);
  });

  rule('a canary started with --out joins once it gets the label of the gate', async (on) => {
    const labels = { app: 'web', enabled: 'yes' };
    await on.service({ selector: labels });
    await on.deployment({ replicas: 2, labels, selector: { app: 'web' } });
    const before = await on.podsInRotation(2);
    done(await new Crew(on).run(start({ out: true })));
    const [canary] = await canariesOf(on);
    if (canary === undefined) throw new Error('there is no canary');
    await on.untilListed(namesOf(before));
    expect(canary.metadata.labels).toEqual({ app: 'web', [CANARY]: 'web' });
    await on.label(canary, { enabled: 'yes' });
    await on.untilListed([...namesOf(before), nameOf(canary)]);
    await expectUntouched(on, before, canary);
  });

  rule('--out is refused without a gate', async (on) => {
    await fourInRotation(on);
    expect(codes((await new Crew(on).run(start({ out: true }))).outcome, 'refusal')).toEqual(['NoGate']);
  });

  rule('two deliveries of the same request start one set of canaries', async (on) => {
    const before = await fourInRotation(on);
    const asking = { requestId: 'twice' };
    const [first, second] = await Promise.all([
      new Crew(on).run(start({ count: 2 }), asking),
      new Crew(on).run(start({ count: 2 }), asking),
    ]);
    expect(['done', 'running', 'repeated']).toContain(first?.outcome.kind);
    expect(['done', 'running', 'repeated']).toContain(second?.outcome.kind);
    const found = await canariesOf(on);
    expect(found).toHaveLength(2);
    await on.untilListed([...namesOf(before), ...namesOf(found)]);
  });

  rule('a canary with --dry-run is tried on the API server and not created', async (on) => {
    await fourInRotation(on);
    const { outcome } = await new Crew(on).run(start({ dryRun: true }));
    expect(expectKind(outcome, 'proposal').tried).toEqual([expect.stringContaining('Accepted: create web-canary-')]);
    expect(await canariesOf(on)).toEqual([]);
  });

  rule('a canary that a quota does not admit is refused', async (on) => {
    await fourInRotation(on);
    await on.create('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few' },
      spec: { hard: { pods: '4' } },
    });
    await on.untilObject<Quota>('counted', 'resourcequotas', ({ status }) => status?.used?.pods === '4', 'few');
    expect(codes((await new Crew(on).run(start())).outcome, 'refusal')).toEqual(['QuotaExhausted']);
  });

  rule('a canary whose image is never pulled is reported with the reason', async (on) => {
    const before = await fourInRotation(on);
    const image = 'registry.invalid/web:v2';
    const { outcome } = await new Crew(on).run(start({ image }), { deadline: Date.now() + 10_000 });
    const { proof } = expectKind(outcome, 'unfinished');
    expect(proof.map(({ isMet, seen }) => [isMet, seen])).toEqual([[false, expect.stringContaining(image)]]);
    await on.untilListed(namesOf(before));
    const [canary] = await canariesOf(on);
    done(await new Crew(on).run(stop(nameOf(canary as Pod)), { confirmed: 'any' }));
    expect(await canariesOf(on)).toEqual([]);
  });

  rule('Kubernetes ends a canary at its deadline, and the Service keeps its pods', async (on) => {
    const before = await fourInRotation(on);
    const canary = await startOne(on, before);
    await on.patch('pods', nameOf(canary), { spec: { activeDeadlineSeconds: 1 } });
    const ended = await on.untilPod('ended', nameOf(canary), ({ status }) => status?.phase === 'Failed');
    expect(ended.status?.reason).toBe('DeadlineExceeded');
    await on.untilListed(namesOf(before));
    done(await new Crew(on).run(stop(nameOf(canary)), { confirmed: 'any' }));
    expect(await canariesOf(on)).toEqual([]);
  });

  rule('a canary leaves the endpoints before it is deleted, and is not adopted meanwhile', async (on) => {
    const before = await fourInRotation(on);
    const canary = await startOne(on, before);
    const stopping = new Crew(on).run(stop(nameOf(canary)), { confirmed: 'any' });
    await on.untilPod('without its label', nameOf(canary), ({ metadata }) => metadata.labels?.app === undefined);
    await on.untilListed(namesOf(before));
    const kept = await on.getPod(nameOf(canary));
    expect([isTerminating(kept), ownerOf(kept), kept.metadata.labels]).toEqual([false, undefined, { [CANARY]: 'web' }]);
    done(await stopping);
    expect(await canariesOf(on)).toEqual([]);
    expect((await on.readyPods(4)).map(uidOf)).toEqual(before.map(uidOf));
  });

  rule('canary stop deletes canaries, and no other pod', async (on) => {
    const before = await fourInRotation(on);
    const crew = new Crew(on);
    const canary = await startOne(on, before);
    const [other] = before;
    expect(codes((await crew.run(stop(nameOf(other)))).outcome, 'refusal')).toEqual(['NotACanary']);
    await expectEvents(on, 'CanaryStopped', done(await crew.run(stop(nameOf(canary)), { confirmed: 'any' })), canary);
    expect((await on.readyPods(4)).map(uidOf)).toEqual(before.map(uidOf));
  });

  rule('drain and restore work on a canary that the Service controls', async (on) => {
    const before = await daemonSetInRotation(on);
    const canary = await startOne(on, before);
    const crew = new Crew(on);
    done(await crew.drain(canary, { confirmed: 'any' }));
    await on.untilListed(namesOf(before));
    done(await crew.restore(canary, { confirmed: 'any' }));
    await on.untilListed([...namesOf(before), nameOf(canary)]);
    await expectUntouched(on, before, canary);
  });

  rule('a canary goes with its Service', async (on) => {
    const before = await fourInRotation(on);
    const canary = await startOne(on, before);
    await on.delete('services', 'web');
    await on.untilGone('pods', nameOf(canary));
    expect((await on.readyPods(4)).map(uidOf)).toEqual(before.map(uidOf));
  });
};
