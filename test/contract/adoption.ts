import { expect } from 'vitest';
import {
  type DaemonSet,
  type Deployment,
  isLeaving,
  nameOf,
  namesOf,
  ownerOf,
  type Pod,
  type ReplicaSet,
  uidOf,
} from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const cost = (value: string) => ({ 'controller.kubernetes.io/pod-deletion-cost': value });

/** Takes `app` off one pod of the workload, and waits for the replacement. */
async function drainOne(on: Space, count: number): Promise<{ drained: Pod; others: Pod[] }> {
  const [drained] = (await on.readyPods(count)) as [Pod];
  // Kubernetes compares whole seconds, and the replacement is to be the younger one.
  await until(
    'a second later',
    () => Date.now(),
    (now) => now > Date.parse(drained.metadata.creationTimestamp ?? '') + 1_000,
  );
  await on.label(drained, { app: null });
  await on.untilPod('released', nameOf(drained), (pod) => ownerOf(pod) === undefined);
  return { drained, others: await on.readyPods(count, 'app=web') };
}

async function rollOut(on: Space, resource: 'deployments' | 'daemonsets', image: string): Promise<void> {
  await on.patchStrategic(resource, 'web', { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } });
}

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
    await on.replicaSet({ replicas: 1 });
    await on.untilPods('one running besides', (pods) => pods.some(({ status }) => status?.phase === 'Running'));
    expect(ownerOf(await on.getPod('broken'))).toBeUndefined();
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
