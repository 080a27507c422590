import { expect } from 'vitest';
import { type DaemonSet, type Deployment, nameOf, namesOf, ownerOf, type Pod } from './objects.ts';
import { drainOne, rollOut } from './scenes.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const cost = (value: string) => ({ 'controller.kubernetes.io/pod-deletion-cost': value });

/** A DaemonSet has one pod a node, and of two it keeps the older one. */
export const daemonAdoption: Theme = (rule) => {
  rule('a DaemonSet keeps the older of two pods on a node: the restored one stays', async (on) => {
    await on.daemonSet();
    const { drained, others } = await drainOne(on, 3);
    const [replacement] = others.filter(({ spec }) => spec.nodeName === drained.spec.nodeName);
    await on.label(drained, { app: 'web' });
    await on.untilGone('pods', nameOf(replacement));
    const after = await on.readyPods(3);
    expect([namesOf(after).includes(nameOf(drained)), ownerOf(await on.getPod(nameOf(drained)))]).toEqual([
      true,
      'DaemonSet/web',
    ]);
  });

  rule('a DaemonSet keeps the older pod even if it is not ready and costs nothing', async (on) => {
    await on.daemonSet();
    const { drained, others } = await drainOne(on, 3);
    const [replacement] = others.filter(({ spec }) => spec.nodeName === drained.spec.nodeName) as [Pod];
    await on.makeUnready(drained);
    await on.patch('pods', nameOf(replacement), { metadata: { annotations: cost('2147483647') } });
    await on.label(drained, { app: 'web' });
    await on.untilGone('pods', nameOf(replacement));
    expect(ownerOf(await on.getPod(nameOf(drained)))).toBe('DaemonSet/web');
  });

  rule(
    'a DaemonSet that rolls out loses both: the new pod as the younger, then the restored one as outdated',
    async (on) => {
      await on.daemonSet();
      const { drained } = await drainOne(on, 3);
      await rollOut(on, 'daemonsets', 'example/app:v2');
      const areNew = (pods: Pod[]) =>
        pods.length === 3 && pods.every(({ spec }) => spec.containers[0]?.image === 'example/app:v2');
      await on.untilPods('all of the new version', areNew, 'app=web');
      const others = await on.readyPods(3, 'app=web');
      const [replacement] = others.filter(({ spec }) => spec.nodeName === drained.spec.nodeName);
      await on.label(drained, { app: 'web' });
      await on.untilGone('pods', nameOf(replacement));
      await on.untilGone('pods', nameOf(drained));
      const after = await on.readyPods(3);
      expect(namesOf(after).filter((name) => !namesOf(others).includes(name))).toHaveLength(1);
      expect(areNew(after)).toBe(true);
    },
  );

  rule('a DaemonSet that updates on delete keeps a restored pod of the old revision', async (on) => {
    await on.daemonSet({ workload: { updateStrategy: { type: 'OnDelete' } } });
    const { drained, others } = await drainOne(on, 3);
    await rollOut(on, 'daemonsets', 'example/app:v2');
    await until(
      'the update seen',
      () => on.get<DaemonSet>('daemonsets', 'web'),
      ({ status }) => status?.observedGeneration === 2 && (status.updatedNumberScheduled ?? 0) === 0,
    );
    const [replacement] = others.filter(({ spec }) => spec.nodeName === drained.spec.nodeName);
    await on.label(drained, { app: 'web' });
    await on.untilGone('pods', nameOf(replacement));
    const after = await on.readyPods(3);
    expect(namesOf(after)).toContain(nameOf(drained));
  });

  rule(
    'a DaemonSet with the selector of a Deployment leaves its pods alone, but takes in and rolls away a restored one',
    async (on) => {
      await on.deployment({ replicas: 1 });
      const [drained] = (await on.readyPods(1)) as [Pod];
      await until(
        'a second later',
        () => Date.now(),
        (now) => now > Date.parse(drained.metadata.creationTimestamp ?? '') + 1_000,
      );
      await on.label(drained, { app: null, 'pod-template-hash': null });
      const [own] = (await on.readyPods(1, 'app=web')) as [Pod];
      await on.daemonSet();
      const before = await on.readyPods(4, 'app=web');
      await on.label(drained, { app: 'web' });
      await on.untilGone('pods', nameOf(drained));
      const after = await on.readyPods(4);
      expect(namesOf(after)).toContain(nameOf(own));
      const [younger] = before.filter(
        (pod) => ownerOf(pod) === 'DaemonSet/web' && pod.spec.nodeName === drained.spec.nodeName,
      );
      expect(namesOf(after)).not.toContain(nameOf(younger));
      expect((await on.get<Deployment>('deployments', 'web')).status?.replicas).toBe(1);
    },
  );
};
