import { expect } from 'vitest';
import { type Budget, nameOf, namesOf, ownerOf, ownerReference, type Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

/** Waits until the controller counts `healthy/desired of expected, allowed`. */
function untilCounted(on: Space, want: string, name = 'web'): Promise<Budget> {
  return on.untilObject<Budget>(`budget ${want}`, 'poddisruptionbudgets', (budget) => countsOf(budget) === want, name);
}

/** Waits until the budget cannot be computed. */
function untilFailed(on: Space): Promise<Budget> {
  const isFailed = (budget: Budget) => conditionOf(budget).reason === 'SyncFailed';
  return on.untilObject('failed', 'poddisruptionbudgets', isFailed);
}

/** Drains one of two pods that a budget still matches afterwards. */
async function drainWithBudget(on: Space, spec: object): Promise<void> {
  await on.deployment({ replicas: 2, labels: { app: 'web', tier: 'front' } });
  const [pod] = await on.readyPods(2);
  await on.budget(spec, { labels: { tier: 'front' } });
  await untilCounted(on, '2/2 of 2, 0 allowed');
  await on.label(pod, { app: null });
}

function countsOf({ metadata, status }: Budget): string {
  if (status?.observedGeneration !== metadata.generation) return 'not observed yet';
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

/** How many disruptions a PodDisruptionBudget allows, what makes it fail, and which requests it refuses. */
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

  rule('a budget that matches no pods allows no disruption', async (on) => {
    await on.budget({ minAvailable: 0 });
    const budget = await untilCounted(on, '0/0 of 0, 0 allowed');
    expect(conditionOf(budget)).toEqual({
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
      message: '',
    });
  });

  rule('a budget does not count a pod that is not ready as healthy', async (on) => {
    await on.deployment({ replicas: 3 });
    const [pod] = await on.readyPods(3);
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
    'a budget with a number counts a drained pod that it still matches, and allows one disruption too many',
    async (on) => {
      await drainWithBudget(on, { minAvailable: 2 });
      // The way back is not tested: the controller does not count again when a pod stops matching (disruption.go,
      // updatePod).
      await untilCounted(on, '3/2 of 3, 1 allowed');
    },
  );

  rule(
    'a budget with a percentage expects the replicas of the controllers, and reports a drained pod that it matches',
    async (on) => {
      await drainWithBudget(on, { minAvailable: '100%' });
      await untilCounted(on, '3/2 of 2, 1 allowed');
      const unmanaged = `UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{tier: front,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
      expect(await on.untilEvent('PodDisruptionBudget', 'web', 'UnmanagedPods')).toContain(unmanaged);
    },
  );

  rule('a budget with a percentage fails for pods of a DaemonSet, and allows no disruption', async (on) => {
    await on.daemonSet();
    const [pod] = await on.readyPods(3);
    await on.budget({ minAvailable: '50%' });
    const budget = await untilFailed(on);
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

  rule('a budget with a number counts pods of a DaemonSet', async (on) => {
    await on.daemonSet();
    await on.readyPods(3);
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '3/2 of 3, 1 allowed');
  });

  rule(
    'a budget with maxUnavailable fails for all pods if it matches a canary whose controller is a Service',
    async (on) => {
      await on.deployment({ replicas: 2 });
      await on.readyPods(2);
      await on.budget({ maxUnavailable: 1 });
      await untilCounted(on, '2/1 of 2, 1 allowed');
      await on.canary(ownerReference(await on.service(), true));
      const budget = await untilFailed(on);
      expect([conditionOf(budget).message, budget.status?.disruptionsAllowed]).toEqual([
        'services does not implement the scale subresource',
        0,
      ]);
    },
  );

  rule('a budget counts a canary whose owner is a Service as healthy, and reports it', async (on) => {
    await on.deployment({ replicas: 2 });
    await on.readyPods(2);
    await on.budget({ maxUnavailable: 1 });
    await on.canary(ownerReference(await on.service()));
    await untilCounted(on, '3/1 of 2, 2 allowed');
    await on.untilEvent('PodDisruptionBudget', 'web', 'UnmanagedPods');
    expect(ownerOf(await on.getPod('canary'))).toBeUndefined();
  });

  rule('an eviction that a budget does not allow is refused with 429, with the numbers', async (on) => {
    await on.deployment({ replicas: 2 });
    const [pod] = await on.readyPods(2);
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

  rule('an eviction that a budget allows deletes the pod and uses up the allowance', async (on) => {
    await on.deployment({ replicas: 3 });
    const [first, second] = (await on.readyPods(3)) as [Pod, Pod];
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '3/2 of 3, 1 allowed');
    expect(await evict(on, nameOf(first))).toMatchObject({ status: 201, body: { status: 'Success' } });
    expect((await evict(on, nameOf(second))).status).toBe(429);
    await on.untilGone('pods', nameOf(first));
    await untilCounted(on, '3/2 of 3, 1 allowed');
  });

  rule('a budget does not refuse the removal of a label', async (on) => {
    await on.deployment({ replicas: 2 });
    const [pod] = await on.readyPods(2);
    await on.budget({ minAvailable: 2 });
    await untilCounted(on, '2/2 of 2, 0 allowed');
    await on.label(pod, { app: null });
    await untilCounted(on, '2/2 of 2, 0 allowed');
    expect(namesOf(await on.readyPods(2, 'app=web'))).not.toContain(nameOf(pod));
  });

  rule('an eviction of a pod that two budgets match is refused', async (on) => {
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
