import { expect } from 'vitest';
import { isLeaving, nameOf, namesOf, ownerOf, type Pod, type ReplicaSet, uidOf } from './objects.ts';
import { drainOne, rollOut } from './scenes.ts';
import type { Theme } from './suite.ts';

const cost = (value: string) => ({ 'controller.kubernetes.io/pod-deletion-cost': value });

/** Who takes a pod that gets its labels back, and who survives. */
export const adoption: Theme = (rule) => {
  rule(
    'labels and deletion cost in one patch: the restored pod is adopted and survives, the surplus goes',
    async (on) => {
      await on.service();
      await on.deployment({ replicas: 2 });
      const { drained, others } = await drainOne(on, 2);
      await on.patch('pods', nameOf(drained), { metadata: { labels: { app: 'web' }, annotations: cost('1000') } });
      await on.untilPod('adopted', nameOf(drained), (pod) => ownerOf(pod) === ownerOf(others[0] as Pod));
      const after = await on.readyPods(2);
      expect(namesOf(after)).toContain(nameOf(drained));
      expect(namesOf(others).filter((name) => !namesOf(after).includes(name))).toHaveLength(1);
      await on.untilListed(namesOf(after));
    },
  );

  rule('a pod of the lowest cost is the surplus itself, and goes as soon as it is back', async (on) => {
    await on.deployment({ replicas: 2 });
    const { drained, others } = await drainOne(on, 2);
    await on.patch('pods', nameOf(drained), { metadata: { labels: { app: 'web' }, annotations: cost('-1') } });
    await on.untilGone('pods', nameOf(drained));
    expect(namesOf(await on.readyPods(2))).toEqual(namesOf(others));
  });

  rule('readiness beats cost: a pod that comes back before it is ready is killed whatever its cost', async (on) => {
    await on.deployment({ replicas: 2 });
    const { drained, others } = await drainOne(on, 2);
    await on.makeUnready(drained);
    await on.patch('pods', nameOf(drained), { metadata: { labels: { app: 'web' }, annotations: cost('2147483647') } });
    await on.untilGone('pods', nameOf(drained));
    expect(namesOf(await on.readyPods(2))).toEqual(namesOf(others));
  });

  rule('an old ReplicaSet adopts its pod and kills it in the same sync', async (on) => {
    await on.deployment({ replicas: 1 });
    const { drained } = await drainOne(on, 1);
    await rollOut(on, 'deployments', 'example/app:v2');
    const [current] = (await on.untilPods(
      'only the new version in the Deployment',
      (pods) => pods.length === 1 && pods[0]?.spec.containers[0]?.image === 'example/app:v2',
      'app=web',
    )) as [Pod];
    const watch = await on.watch<Pod>('pods');
    await on.patch('pods', nameOf(drained), { metadata: { labels: { app: 'web' }, annotations: cost('2147483647') } });
    const { object } = await watch.event(
      'the drained pod leaving',
      ({ object: pod }) => nameOf(pod) === nameOf(drained) && isLeaving(pod),
    );
    watch.close();
    expect([ownerOf(object), ownerOf(object) === ownerOf(current)]).toEqual([
      ownerOf(drained) ?? expect.stringContaining('ReplicaSet/web-'),
      false,
    ]);
    expect(namesOf(await on.readyPods(1, 'app=web'))).toEqual([nameOf(current)]);
  });

  rule('a pod whose ReplicaSet is gone is adopted by nobody, and serves without an owner', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1, workload: { revisionHistoryLimit: 0 } });
    const { drained } = await drainOne(on, 1);
    const [old] = await on.list<ReplicaSet>('replicasets');
    await rollOut(on, 'deployments', 'example/app:v2');
    await on.untilGone('replicasets', nameOf(old));
    await on.label(drained, { app: 'web' });
    await on.patch('deployments', 'web', { spec: { replicas: 2 } });
    await on.untilListed(namesOf(await on.readyPods(3, 'app=web')));
    expect(ownerOf(await on.getPod(nameOf(drained)))).toBeUndefined();
  });

  rule('a controller of another Deployment adopts a drained pod that gets its labels', async (on) => {
    await on.deployment({ replicas: 1 });
    const { drained } = await drainOne(on, 1);
    await on.replicaSet({ name: 'debug', replicas: 1, labels: { role: 'debug' } });
    const [own] = (await on.readyPods(1, 'role=debug')) as [Pod];
    await on.patch('pods', nameOf(drained), { metadata: { labels: { role: 'debug' }, annotations: cost('1') } });
    await on.untilGone('pods', nameOf(own));
    const pod = await on.getPod(nameOf(drained));
    expect([ownerOf(pod), uidOf(pod), isLeaving(pod)]).toEqual(['ReplicaSet/debug', uidOf(drained), false]);
  });

  rule('an orphan that matches two controllers gets exactly one of them', async (on) => {
    const labels = { app: 'web', tier: 'front' };
    const orphan = await on.readyPod({ name: 'orphan', labels, metadata: { annotations: cost('1000') } });
    await on.untilPodsAreSeen();
    await on.replicaSet({ name: 'by-app', replicas: 1, labels: { app: 'web' } });
    await on.replicaSet({ name: 'by-tier', replicas: 1, labels: { tier: 'front' } });
    const pods = await on.readyPods(2);
    const adopter = ownerOf(pods.find((pod) => uidOf(pod) === uidOf(orphan)) as Pod);
    const other = ownerOf(pods.find((pod) => uidOf(pod) !== uidOf(orphan)) as Pod);
    expect([adopter, other].sort()).toEqual(['ReplicaSet/by-app', 'ReplicaSet/by-tier']);
  });

  rule('a controller reference of another kind keeps ReplicaSets away', async (on) => {
    const service = await on.service();
    const owner = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: uidOf(service), controller: true };
    await on.readyPod({ name: 'canary', metadata: { ownerReferences: [owner] } });
    await on.replicaSet({ replicas: 2 });
    await on.untilListed(namesOf(await on.readyPods(3)));
    expect(ownerOf(await on.getPod('canary'))).toBe('Service/web');
  });

  rule('an owner reference without controller does not: the pod is adopted instead of a new one made', async (on) => {
    const service = await on.service();
    const owner = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: uidOf(service) };
    await on.readyPod({ name: 'canary', metadata: { ownerReferences: [owner] } });
    await on.untilPodsAreSeen();
    const set = await on.replicaSet({ replicas: 1 });
    const { metadata } = await on.untilPod('adopted', 'canary', (pod) => ownerOf(pod) === 'ReplicaSet/web');
    expect(metadata.ownerReferences).toEqual([
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web',
        uid: uidOf(set),
        controller: true,
        blockOwnerDeletion: true,
      },
      owner,
    ]);
    expect(namesOf(await on.readyPods(1))).toEqual(['canary']);
  });

  rule('without a pod-template-hash no ReplicaSet of a Deployment adopts a pod', async (on) => {
    await on.service();
    await on.readyPod({ name: 'canary' });
    await on.deployment({ replicas: 2 });
    await on.untilListed(namesOf(await on.readyPods(3)));
    expect(ownerOf(await on.getPod('canary'))).toBeUndefined();
  });

  rule('a pod that has failed is not adopted, and does not count', async (on) => {
    const container = { image: 'busybox:1.36', command: ['false'] };
    await on.pod({ name: 'broken', container, spec: { restartPolicy: 'Never' } });
    await on.untilPod('failed', 'broken', ({ status }) => status?.phase === 'Failed');
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1 });
    await on.untilPods('one running besides', (pods) => pods.some(({ status }) => status?.phase === 'Running'));
    expect(ownerOf(await on.getPod('broken'))).toBeUndefined();
  });
};
