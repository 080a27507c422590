import { expect } from 'vitest';
import { deletionCost } from './manifests.ts';
import { type DaemonSet, type Deployment, nameOf, namesOf, namesOnlyIn, ownerOf } from './objects.ts';
import { drainOne, imageOf, onNodeOf, rollOut, untilOlderThanNewPods, untilRolledOut, v2 } from './scenes.ts';
import type { Theme } from './suite.ts';

/** A DaemonSet has one pod on each node, and keeps the older of two. */
export const daemonAdoption: Theme = (rule) => {
  rule('a DaemonSet keeps the restored pod of two on a node, because it is older', async (on) => {
    await on.daemonSet();
    const { drained, others } = await drainOne(on, 3);
    await on.label(drained, { app: 'web' });
    await on.untilGone('pods', nameOf(onNodeOf(drained, others)));
    const after = await on.readyPods(3);
    expect([namesOf(after).includes(nameOf(drained)), ownerOf(await on.getPod(nameOf(drained)))]).toEqual([
      true,
      'DaemonSet/web',
    ]);
  });

  rule('a DaemonSet keeps the older pod even if only the younger one is ready and has a deletion cost', async (on) => {
    await on.daemonSet();
    const { drained, others } = await drainOne(on, 3);
    const replacement = onNodeOf(drained, others);
    await on.makeUnready(drained);
    await on.patch('pods', nameOf(replacement), { metadata: { annotations: deletionCost('2147483647') } });
    await on.label(drained, { app: 'web' });
    await on.untilGone('pods', nameOf(replacement));
    expect(ownerOf(await on.getPod(nameOf(drained)))).toBe('DaemonSet/web');
  });

  rule(
    'a DaemonSet that rolls out deletes both pods: the new one as the younger, then the restored one as outdated',
    async (on) => {
      await on.daemonSet();
      const { drained } = await drainOne(on, 3);
      await rollOut(on, 'daemonsets');
      await untilRolledOut(on, 3);
      const others = await on.readyPods(3, 'app=web');
      await on.label(drained, { app: 'web' });
      await on.untilGone('pods', nameOf(onNodeOf(drained, others)));
      await on.untilGone('pods', nameOf(drained));
      const after = await on.readyPods(3);
      expect(namesOnlyIn(after, others)).toHaveLength(1);
      expect(after.map(imageOf)).toEqual([v2, v2, v2]);
    },
  );

  rule('a DaemonSet that updates on delete keeps a restored pod of the old revision', async (on) => {
    await on.daemonSet({ workload: { updateStrategy: { type: 'OnDelete' } } });
    const { drained, others } = await drainOne(on, 3);
    await rollOut(on, 'daemonsets');
    await on.untilObject<DaemonSet>(
      'updated',
      'daemonsets',
      ({ status }) => status?.observedGeneration === 2 && (status.updatedNumberScheduled ?? 0) === 0,
    );
    await on.label(drained, { app: 'web' });
    await on.untilGone('pods', nameOf(onNodeOf(drained, others)));
    const after = await on.readyPods(3);
    expect(namesOf(after)).toContain(nameOf(drained));
  });

  rule(
    'a DaemonSet with the selector of a Deployment leaves its pods alone, but adopts and replaces a restored one',
    async (on) => {
      await on.deployment({ replicas: 1 });
      const [drained] = await on.readyPods(1);
      await untilOlderThanNewPods(drained);
      await on.label(drained, { app: null, 'pod-template-hash': null });
      const [own] = await on.readyPods(1, 'app=web');
      await on.daemonSet();
      const before = await on.readyPods(4, 'app=web');
      await on.label(drained, { app: 'web' });
      await on.untilGone('pods', nameOf(drained));
      const after = await on.readyPods(4);
      expect(namesOf(after)).toContain(nameOf(own));
      const ofDaemonSet = before.filter((pod) => ownerOf(pod) === 'DaemonSet/web');
      expect(namesOf(after)).not.toContain(nameOf(onNodeOf(drained, ofDaemonSet)));
      expect((await on.get<Deployment>('deployments', 'web')).status?.replicas).toBe(1);
    },
  );
};
