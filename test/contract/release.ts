import { expect } from 'vitest';
import { isReady, type Job, nameOf, namesOf, ownerOf, type Pod, type StatefulSet, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** Who lets go of a pod that loses a label, who replaces it, and who does neither. */
export const release: Theme = (rule) => {
  rule('a ReplicaSet releases a pod without the label, and makes another in its place', async (on) => {
    await on.service();
    await on.deployment({ replicas: 2 });
    const before = await on.readyPods(2);
    const [bad] = before as [Pod];
    await on.label(bad, { app: null });
    const released = await on.untilPod('released', nameOf(bad), (pod) => ownerOf(pod) === undefined);
    expect([released.metadata.ownerReferences, uidOf(released), isReady(released)]).toEqual([
      undefined,
      uidOf(bad),
      true,
    ]);
    const after = await on.readyPods(2, 'app=web');
    expect(namesOf(after).filter((name) => !namesOf(before).includes(name))).toHaveLength(1);
    await on.untilListed(namesOf(after));
  });

  rule('a release takes the owner reference and nothing else', async (on) => {
    await on.deployment({
      replicas: 1,
      labels: { app: 'web', tier: 'front' },
      annotations: { 'example.com/note': 'keep' },
    });
    const [pod] = (await on.readyPods(1)) as [Pod];
    await on.label(pod, { tier: null });
    const { metadata } = await on.untilPod('released', nameOf(pod), (seen) => ownerOf(seen) === undefined);
    const { tier: _, ...rest } = pod.metadata.labels ?? {};
    expect([metadata.labels, metadata.annotations]).toEqual([rest, { 'example.com/note': 'keep' }]);
  });

  rule('only the pod-template-hash taken off: released and replaced, but still listed', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1 });
    const [bad] = (await on.readyPods(1)) as [Pod];
    await on.label(bad, { 'pod-template-hash': null });
    await on.untilPod('released', nameOf(bad), (pod) => ownerOf(pod) === undefined);
    const pods = await on.readyPods(2);
    await on.untilListed(namesOf(pods));
  });

  rule('only a label that the Service alone asks for taken off: not listed, still owned, not replaced', async (on) => {
    await on.service({ selector: { app: 'web', enabled: 'yes' } });
    await on.deployment({ replicas: 2, labels: { app: 'web', enabled: 'yes' }, selector: { app: 'web' } });
    const [bad, good] = (await on.readyPods(2)) as [Pod, Pod];
    await on.untilListed([nameOf(bad), nameOf(good)]);
    await on.label(bad, { enabled: null });
    await on.untilListed([nameOf(good)]);
    expect(namesOf(await on.pods())).toEqual([nameOf(bad), nameOf(good)]);
    expect(ownerOf(await on.getPod(nameOf(bad)))).toBe(ownerOf(bad));
  });

  rule('a label of other value releases a pod as a missing one does', async (on) => {
    await on.deployment({ replicas: 1 });
    const [bad] = (await on.readyPods(1)) as [Pod];
    await on.label(bad, { app: 'web-debug' });
    await on.untilPod('released', nameOf(bad), (pod) => ownerOf(pod) === undefined);
    await on.readyPods(1, 'app=web');
  });

  rule('a ReplicaSet that is scaled to zero leaves a released pod alone', async (on) => {
    await on.deployment({ replicas: 2 });
    const [bad] = (await on.readyPods(2)) as [Pod];
    await on.label(bad, { app: null });
    await on.readyPods(2, 'app=web');
    await on.patch('deployments', 'web', { spec: { replicas: 0 } });
    const left = await on.untilPods('one pod left', (pods) => pods.length === 1);
    expect([namesOf(left), isReady(left[0] as Pod)]).toEqual([[nameOf(bad)], true]);
  });

  rule('a ReplicationController releases and replaces as a ReplicaSet does', async (on) => {
    await on.create('replicationcontrollers', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'web' },
      spec: {
        replicas: 1,
        selector: { app: 'web' },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'app', image: 'example/app:v1' }], ...on.cluster.placement },
        },
      },
    });
    const [bad] = (await on.readyPods(1)) as [Pod];
    expect(ownerOf(bad)).toBe('ReplicationController/web');
    await on.label(bad, { app: null });
    await on.untilPod('released', nameOf(bad), (pod) => ownerOf(pod) === undefined);
    await on.readyPods(1, 'app=web');
  });

  rule('a DaemonSet releases a pod and fills its node with another at once', async (on) => {
    await on.daemonSet();
    const before = await on.readyPods(3);
    const [bad] = before as [Pod];
    await on.label(bad, { app: null });
    await on.untilPod('released', nameOf(bad), (pod) => ownerOf(pod) === undefined);
    const after = await on.readyPods(3, 'app=web');
    const replacement = after.find((pod) => !namesOf(before).includes(nameOf(pod)));
    expect(replacement?.spec.nodeName).toBe(bad.spec.nodeName);
    expect(isReady(await on.getPod(nameOf(bad)))).toBe(true);
  });

  rule('a StatefulSet releases a pod but cannot replace it while its name is taken, and stalls', async (on) => {
    await on.statefulSet({ replicas: 2 });
    await on.readyPods(2);
    const bad = await on.label('web-0', { app: null });
    await on.untilPod('released', 'web-0', (pod) => ownerOf(pod) === undefined);
    await on.patch('statefulsets', 'web', { spec: { replicas: 3 } });
    await until(
      'one replica counted',
      () => on.get<StatefulSet>('statefulsets', 'web'),
      ({ status }) => status?.replicas === 1 && status.observedGeneration === 2,
    );
    expect(namesOf(await on.pods())).toEqual(['web-0', 'web-1']);
    // No event tells why: only the pod of that name does.
    expect((await on.eventsOn('StatefulSet', 'web')).filter((event) => !event.startsWith('SuccessfulCreate'))).toEqual(
      [],
    );
    await on.delete('pods', 'web-0');
    const pods = await on.readyPods(3);
    expect(namesOf(pods)).toEqual(['web-0', 'web-1', 'web-2']);
    expect(uidOf(pods[0])).not.toBe(uidOf(bad));
  });

  rule('a StatefulSet takes a pod back with its labels, and goes on', async (on) => {
    await on.statefulSet({ replicas: 1 });
    const [pod] = (await on.readyPods(1)) as [Pod];
    await on.label('web-0', { app: null });
    await on.untilPod('released', 'web-0', (seen) => ownerOf(seen) === undefined);
    await on.label('web-0', { app: 'web' });
    await on.untilPod('adopted', 'web-0', (seen) => ownerOf(seen) === 'StatefulSet/web');
    await on.patch('statefulsets', 'web', { spec: { replicas: 2 } });
    const pods = await on.readyPods(2);
    expect(uidOf(pods[0])).toBe(uidOf(pod));
  });

  rule('a Job keeps a pod that loses its app label, and releases one that loses its controller-uid', async (on) => {
    await on.create('jobs', {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'web' },
      spec: {
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'app', image: 'example/app:v1' }],
            ...on.cluster.placement,
          },
        },
      },
    });
    const [pod] = (await on.readyPods(1)) as [Pod];
    const tracking = 'batch.kubernetes.io/job-tracking';
    expect(pod.metadata.finalizers).toEqual([tracking]);
    await on.label(pod, { app: null });
    await on.patch('jobs', 'web', { metadata: { annotations: { 'example.com/look': 'again' } } });
    await until(
      'still one active',
      () => on.get<Job>('jobs', 'web'),
      ({ status }) => status?.active === 1,
    );
    expect(ownerOf(await on.getPod(nameOf(pod)))).toBe('Job/web');
    await on.label(pod, { 'batch.kubernetes.io/controller-uid': null });
    const released = await on.untilPod('released', nameOf(pod), (seen) => ownerOf(seen) === undefined);
    expect(released.metadata.finalizers).toBeUndefined();
    const others = await on.readyPods(1, 'batch.kubernetes.io/controller-uid');
    expect(namesOf(others)).not.toContain(nameOf(pod));
  });

  rule('nobody replaces a bare pod', async (on) => {
    await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.label(pod, { app: null });
    await on.untilListed([]);
    expect(namesOf(await on.pods())).toEqual(['web']);
  });

  rule('a pod that is already on its way out is not released', async (on) => {
    await on.deployment({ replicas: 1, metadata: {} });
    const [pod] = (await on.readyPods(1)) as [Pod];
    await on.patch('pods', nameOf(pod), { metadata: { finalizers: ['example.com/hold'] } });
    await on.delete('pods', nameOf(pod));
    await on.label(pod, { app: null });
    await on.readyPods(1, 'app=web');
    const held = await on.getPod(nameOf(pod));
    expect([ownerOf(held), held.metadata.deletionTimestamp === undefined]).toEqual([ownerOf(pod), false]);
    await on.patch('pods', nameOf(pod), { metadata: { finalizers: null } });
  });
};
