import { expect } from 'vitest';
import { deletionCost } from './manifests.ts';
import {
  isTerminating,
  nameOf,
  namesOf,
  namesOnlyIn,
  ownerOf,
  ownerReference,
  type Pod,
  type ReplicaSet,
  uidOf,
} from './objects.ts';
import { drainOne, rollOut, untilRolledOut } from './scenes.ts';
import type { Theme } from './suite.ts';

/** Which controller adopts a pod that gets its labels back, and which pod survives. */
export const adoption: Theme = (rule) => {
  rule(
    'a pod whose labels and deletion cost come back in one patch is adopted and survives; the surplus pod goes',
    async (on) => {
      await on.service();
      await on.deployment({ replicas: 2 });
      const { drained, others } = await drainOne(on, 2);
      await on.patch('pods', nameOf(drained), {
        metadata: { labels: { app: 'web' }, annotations: deletionCost('1000') },
      });
      await on.untilAdopted(drained, ownerOf(others[0]));
      const after = await on.readyPods(2);
      expect(namesOf(after)).toContain(nameOf(drained));
      expect(namesOnlyIn(others, after)).toHaveLength(1);
      await on.untilListed(namesOf(after));
    },
  );

  rule('a pod that comes back with the lowest deletion cost is the surplus pod, and goes at once', async (on) => {
    await on.deployment({ replicas: 2 });
    const { drained, others } = await drainOne(on, 2);
    await on.patch('pods', nameOf(drained), { metadata: { labels: { app: 'web' }, annotations: deletionCost('-1') } });
    await on.untilGone('pods', nameOf(drained));
    expect(namesOf(await on.readyPods(2))).toEqual(namesOf(others));
  });

  rule('a pod that comes back before it is ready is deleted whatever its deletion cost', async (on) => {
    await on.deployment({ replicas: 2 });
    const { drained, others } = await drainOne(on, 2);
    await on.makeUnready(drained);
    await on.patch('pods', nameOf(drained), {
      metadata: { labels: { app: 'web' }, annotations: deletionCost('2147483647') },
    });
    await on.untilGone('pods', nameOf(drained));
    expect(namesOf(await on.readyPods(2))).toEqual(namesOf(others));
  });

  rule('an old ReplicaSet adopts its pod and deletes it in the same sync', async (on) => {
    await on.deployment({ replicas: 1 });
    const { drained } = await drainOne(on, 1);
    await rollOut(on, 'deployments');
    const [current] = (await untilRolledOut(on, 1)) as [Pod];
    const watch = await on.watch<Pod>('pods');
    await on.patch('pods', nameOf(drained), {
      metadata: { labels: { app: 'web' }, annotations: deletionCost('2147483647') },
    });
    const { object } = await watch.event(
      'the drained pod terminating',
      ({ object: pod }) => nameOf(pod) === nameOf(drained) && isTerminating(pod),
    );
    watch.close();
    expect([ownerOf(object), ownerOf(object) === ownerOf(current)]).toEqual([
      ownerOf(drained) ?? expect.stringContaining('ReplicaSet/web-'),
      false,
    ]);
    expect(namesOf(await on.readyPods(1, 'app=web'))).toEqual([nameOf(current)]);
  });

  rule('a pod whose ReplicaSet is gone serves without an owner', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1, workload: { revisionHistoryLimit: 0 } });
    const { drained } = await drainOne(on, 1);
    const [old] = await on.list<ReplicaSet>('replicasets');
    await rollOut(on, 'deployments');
    await on.untilGone('replicasets', nameOf(old));
    await on.label(drained, { app: 'web' });
    await on.patch('deployments', 'web', { spec: { replicas: 2 } });
    await on.untilListed(namesOf(await on.readyPods(3, 'app=web')));
    expect(ownerOf(await on.getPod(nameOf(drained)))).toBeUndefined();
  });

  rule('another ReplicaSet adopts a drained pod that gets the labels it selects', async (on) => {
    await on.deployment({ replicas: 1 });
    const { drained } = await drainOne(on, 1);
    await on.replicaSet({ name: 'debug', replicas: 1, labels: { role: 'debug' } });
    const [own] = await on.readyPods(1, 'role=debug');
    await on.patch('pods', nameOf(drained), {
      metadata: { labels: { role: 'debug' }, annotations: deletionCost('1') },
    });
    await on.untilGone('pods', nameOf(own));
    const pod = await on.getPod(nameOf(drained));
    expect([ownerOf(pod), uidOf(pod), isTerminating(pod)]).toEqual(['ReplicaSet/debug', uidOf(drained), false]);
  });

  rule('exactly one of two matching ReplicaSets adopts an orphan', async (on) => {
    const labels = { app: 'web', tier: 'front' };
    const orphan = await on.readyPod({ name: 'orphan', labels, annotations: deletionCost('1000') });
    await on.untilPodsAreSeen();
    await on.replicaSet({ name: 'by-app', replicas: 1, labels: { app: 'web' } });
    await on.replicaSet({ name: 'by-tier', replicas: 1, labels: { tier: 'front' } });
    const pods = await on.readyPods(2);
    const adopter = ownerOf(pods.find((pod) => uidOf(pod) === uidOf(orphan)) as Pod);
    const other = ownerOf(pods.find((pod) => uidOf(pod) !== uidOf(orphan)) as Pod);
    expect([adopter, other].sort()).toEqual(['ReplicaSet/by-app', 'ReplicaSet/by-tier']);
  });

  rule('a ReplicaSet does not adopt a pod whose controller is of another kind', async (on) => {
    await on.canary(ownerReference(await on.service(), true));
    await on.replicaSet({ replicas: 2 });
    await on.untilListed(namesOf(await on.readyPods(3)));
    expect(ownerOf(await on.getPod('canary'))).toBe('Service/web');
  });

  rule('a ReplicaSet adopts a pod whose owner is not its controller, instead of creating another', async (on) => {
    const owner = ownerReference(await on.service());
    await on.canary(owner);
    await on.untilPodsAreSeen();
    const set = await on.replicaSet({ replicas: 1 });
    const { metadata } = await on.untilAdopted('canary', 'ReplicaSet/web');
    expect(metadata.ownerReferences).toEqual([{ ...ownerReference(set, true), blockOwnerDeletion: true }, owner]);
    expect(namesOf(await on.readyPods(1))).toEqual(['canary']);
  });

  rule('a ReplicaSet of a Deployment does not adopt a pod without a pod-template-hash', async (on) => {
    await on.service();
    await on.canary();
    await on.deployment({ replicas: 2 });
    await on.untilListed(namesOf(await on.readyPods(3)));
    expect(ownerOf(await on.getPod('canary'))).toBeUndefined();
  });

  rule('a ReplicaSet does not adopt or count a failed pod', async (on) => {
    const container = { image: 'busybox:1.36', command: ['false'] };
    await on.pod({ name: 'broken', container, spec: { restartPolicy: 'Never' } });
    await on.untilPod('failed', 'broken', ({ status }) => status?.phase === 'Failed');
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1 });
    await on.untilPods('one running pod', (pods) => pods.some(({ status }) => status?.phase === 'Running'));
    expect(ownerOf(await on.getPod('broken'))).toBeUndefined();
  });
};
