import { expect } from 'vitest';
import { type Budget, nameOf, namesOf, ownerOf, type Pod, uidOf } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** `healthy/desired of expected, allowed`, as soon as the controller has seen the spec and counted right. */
function untilCounted(on: Space, want: string, name = 'web'): Promise<Budget> {
  return until(
    `budget ${want}`,
    () => on.get<Budget>('poddisruptionbudgets', name),
    (budget) => countsOf(budget) === want,
  );
}

function countsOf({ metadata, status }: Budget): string {
  if (status?.observedGeneration !== metadata.generation) return 'not seen yet';
  const { currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed } = status ?? {};
  return `${currentHealthy}/${desiredHealthy} of ${expectedPods}, ${disruptionsAllowed} allowed`;
}

const evict = (on: Space, name: string) =>
  on.ask('POST', 'pods', `${name}/eviction`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: on.name } },
  });

const conditionOf = ({ status }: Budget) => {
  const [{ type, status: value, reason, message } = {}] = status?.conditions ?? [];
  return { type, status: value, reason, message };
};

/** How many pods a PodDisruptionBudget lets go, what makes it fail, and whom it stops. */
export const budgets: Theme = (rule) => {
  const arithmetic: [spec: Record<string, unknown>, replicas: number, want: string][] = [
    [{ minAvailable: 2 }, 3, '3/2 of 3, 1 allowed'],
    [{ minAvailable: 3 }, 3, '3/3 of 3, 0 allowed'],
    [{ minAvailable: 4 }, 3, '3/4 of 3, 0 allowed'],
    [{ minAvailable: '50%' }, 3, '3/2 of 3, 1 allowed'],
    [{ minAvailable: '100%' }, 3, '3/3 of 3, 0 allowed'],
    [{ maxUnavailable: 1 }, 3, '3/2 of 3, 1 allowed'],
    [{ maxUnavailable: '50%' }, 3, '3/1 of 3, 2 allowed'],
    [{ maxUnavailable: 5 }, 3, '3/0 of 3, 3 allowed'],
  ];
  for (const [spec, replicas, want] of arithmetic) {
    rule(`a budget with ${JSON.stringify(spec)} and ${replicas} ready pods counts ${want}`, async (on) => {
      await on.deployment({ replicas });
      await on.readyPods(replicas);
      await on.budget(spec);
      await untilCounted(on, want);
    });
  }

  rule('a budget that matches nobody allows nothing', async (on) => {
    await on.budget({ minAvailable: 0 });
    const budget = await untilCounted(on, '0/0 of 0, 0 allowed');
    expect(conditionOf(budget)).toEqual({
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
      message: '',
    });
  });

  rule('a pod that is not ready is not healthy', async (on) => {
    await on.deployment({ replicas: 3 });
    const [pod] = (await on.readyPods(3)) as [Pod];
    await on.budget({ minAvailable: 2 });
    expect(conditionOf(await untilCounted(on, '3/2 of 3, 1 allowed'))).toEqual({
      type: 'DisruptionAllowed',
      status: 'True',
      reason: 'SufficientPods',
      message: '',
    });
    await on.makeUnready(pod);
    await untilCounted(on, '2/2 of 3, 0 allowed');
  });

  rule(
    'a drained pod that a budget by number still matches counts, so that one disruption too many is allowed',
    async (on) => {
      const labels = { app: 'web', tier: 'front' };
      await on.deployment({ replicas: 2, labels });
      const [pod] = (await on.readyPods(2)) as [Pod];
      await on.budget({ minAvailable: 2 }, { labels: { tier: 'front' } });
      await untilCounted(on, '2/2 of 2, 0 allowed');
      await on.label(pod, { app: null });
      // Nothing counts anew when a pod stops matching: the controller asks which budget the changed pod belongs to
      // (disruption.go, updatePod). So the way back is not asked here.
      await untilCounted(on, '3/2 of 3, 1 allowed');
    },
  );

  rule('a budget by per cent expects what controllers want, and reports a drained pod that it matches', async (on) => {
    const labels = { app: 'web', tier: 'front' };
    await on.deployment({ replicas: 2, labels });
    const [pod] = (await on.readyPods(2)) as [Pod];
    await on.budget({ minAvailable: '100%' }, { labels: { tier: 'front' } });
    await untilCounted(on, '2/2 of 2, 0 allowed');
    await on.label(pod, { app: null });
    await untilCounted(on, '3/2 of 2, 1 allowed');
    const unmanaged = `UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{tier: front,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
    expect(await on.untilEvent('PodDisruptionBudget', 'web', 'UnmanagedPods')).toContain(unmanaged);
  });

  rule('a budget by per cent fails for pods of a DaemonSet, and then allows nothing', async (on) => {
    await on.daemonSet();
    const [pod] = (await on.readyPods(3)) as [Pod];
    await on.budget({ minAvailable: '50%' });
    const isFailed = (budget: Budget) => conditionOf(budget).reason === 'SyncFailed';
    const budget = await until('failed', () => on.get<Budget>('poddisruptionbudgets', 'web'), isFailed);
    expect([conditionOf(budget), budget.status?.disruptionsAllowed]).toEqual([
      {
        type: 'DisruptionAllowed',
        status: 'False',
        reason: 'SyncFailed',
        message: 'daemonsets.apps does not implement the scale subresource',
      },
      0,
    ]);
    expect((await evict(on, nameOf(pod))).status).toBe(429);
  });

  rule('a budget by number is fine with pods of a DaemonSet', async (on) => {
    await on.daemonSet();
    await on.readyPods(3);
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '3/2 of 3, 1 allowed');
  });

  rule('a canary that a Service controls makes a budget with maxUnavailable fail for all', async (on) => {
    await on.deployment({ replicas: 2 });
    await on.readyPods(2);
    await on.budget({ maxUnavailable: 1 });
    await untilCounted(on, '2/1 of 2, 1 allowed');
    const service = await on.service();
    const owner = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: uidOf(service), controller: true };
    await on.readyPod({ name: 'canary', metadata: { ownerReferences: [owner] } });
    const isFailed = (budget: Budget) => conditionOf(budget).reason === 'SyncFailed';
    const budget = await until('failed', () => on.get<Budget>('poddisruptionbudgets', 'web'), isFailed);
    expect([conditionOf(budget).message, budget.status?.disruptionsAllowed]).toEqual([
      'services does not implement the scale subresource',
      0,
    ]);
  });

  rule('a canary that a Service owns without controlling it counts as healthy, and is reported', async (on) => {
    await on.deployment({ replicas: 2 });
    await on.readyPods(2);
    await on.budget({ maxUnavailable: 1 });
    const service = await on.service();
    const owner = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: uidOf(service) };
    await on.readyPod({ name: 'canary', metadata: { ownerReferences: [owner] } });
    await untilCounted(on, '3/1 of 2, 2 allowed');
    await on.untilEvent('PodDisruptionBudget', 'web', 'UnmanagedPods');
    expect(ownerOf(await on.getPod('canary'))).toBeUndefined();
  });

  rule('an eviction that a budget does not allow is refused with 429, and says what is missing', async (on) => {
    await on.deployment({ replicas: 2 });
    const [pod] = (await on.readyPods(2)) as [Pod];
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '2/2 of 2, 0 allowed');
    const { status, body } = await evict(on, nameOf(pod));
    expect([status, body]).toEqual([
      429,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        reason: 'TooManyRequests',
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget web needs 2 healthy pods and has 2 currently',
            },
          ],
        },
        code: 429,
      },
    ]);
    expect(namesOf(await on.readyPods(2))).toContain(nameOf(pod));
  });

  rule('an eviction that a budget allows deletes the pod and uses the allowance up', async (on) => {
    await on.deployment({ replicas: 3 });
    const [first, second] = (await on.readyPods(3)) as [Pod, Pod];
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '3/2 of 3, 1 allowed');
    expect(await evict(on, nameOf(first))).toMatchObject({ status: 201, body: { status: 'Success' } });
    expect((await evict(on, nameOf(second))).status).toBe(429);
    await on.untilGone('pods', nameOf(first));
    await untilCounted(on, '3/2 of 3, 1 allowed');
  });

  rule('no budget stops a label from being taken off', async (on) => {
    await on.deployment({ replicas: 2 });
    const [pod] = (await on.readyPods(2)) as [Pod];
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '2/2 of 2, 0 allowed');
    await on.label(pod, { app: null });
    await untilCounted(on, '2/2 of 2, 0 allowed');
    expect(namesOf(await on.readyPods(2, 'app=web'))).not.toContain(nameOf(pod));
  });

  rule('a pod that two budgets match cannot be evicted at all', async (on) => {
    await on.readyPod();
    await on.budget({ minAvailable: 0 });
    await on.budget({ minAvailable: 0 }, { name: 'other' });
    await untilCounted(on, '1/0 of 1, 1 allowed');
    await untilCounted(on, '1/0 of 1, 1 allowed', 'other');
    const { status, body } = await evict(on, 'web');
    expect([status, body.message]).toEqual([
      500,
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    ]);
  });
};
