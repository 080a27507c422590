import { expect } from 'vitest';
import {
  isReady,
  isTerminating,
  type Job,
  nameOf,
  namesOf,
  namesOnlyIn,
  ownerOf,
  type Pod,
  type StatefulSet,
  uidOf,
} from './objects.ts';
import { onNodeOf } from './scenes.ts';
import type { Theme } from './suite.ts';

/** Which controllers release a pod that loses a label, and which replace it. */
export const release: Theme = (rule) => {
  rule('a ReplicaSet releases and replaces a pod that loses the label', async (on) => {
    await on.service();
    await on.deployment({ replicas: 2 });
    const before = await on.readyPods(2);
    const [bad] = before;
    await on.label(bad, { app: null });
    const released = await on.untilReleased(bad);
    expect([released.metadata.ownerReferences, uidOf(released), isReady(released)]).toEqual([
      undefined,
      uidOf(bad),
      true,
    ]);
    const after = await on.readyPods(2, 'app=web');
    expect(namesOnlyIn(after, before)).toHaveLength(1);
    await on.untilListed(namesOf(after));
  });

  rule('a release removes the owner reference and nothing else', async (on) => {
    await on.deployment({
      replicas: 1,
      labels: { app: 'web', tier: 'front' },
      annotations: { 'example.com/note': 'keep' },
    });
    const [pod] = await on.readyPods(1);
    await on.label(pod, { tier: null });
    const { metadata } = await on.untilReleased(pod);
    const { tier: _, ...rest } = pod.metadata.labels ?? {};
    expect([metadata.labels, metadata.annotations]).toEqual([rest, { 'example.com/note': 'keep' }]);
  });

  rule('a pod that only loses its pod-template-hash is released and replaced, but still listed', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1 });
    const [bad] = await on.readyPods(1);
    await on.label(bad, { 'pod-template-hash': null });
    await on.untilReleased(bad);
    const pods = await on.readyPods(2);
    await on.untilListed(namesOf(pods));
  });

  rule('a pod that only loses a label of the Service is not listed, but still owned and not replaced', async (on) => {
    await on.service({ selector: { app: 'web', enabled: 'yes' } });
    await on.deployment({ replicas: 2, labels: { app: 'web', enabled: 'yes' }, selector: { app: 'web' } });
    const [bad, good] = (await on.readyPods(2)) as [Pod, Pod];
    await on.untilListed([nameOf(bad), nameOf(good)]);
    await on.label(bad, { enabled: null });
    await on.untilListed([nameOf(good)]);
    expect(namesOf(await on.pods())).toEqual([nameOf(bad), nameOf(good)]);
    expect(ownerOf(await on.getPod(nameOf(bad)))).toBe(ownerOf(bad));
  });

  rule('a ReplicaSet releases a pod whose label changes its value', async (on) => {
    await on.deployment({ replicas: 1 });
    const [bad] = await on.readyPods(1);
    await on.label(bad, { app: 'web-debug' });
    await on.untilReleased(bad);
    await on.readyPods(1, 'app=web');
  });

  rule('a ReplicaSet that is scaled to zero leaves a released pod alone', async (on) => {
    await on.deployment({ replicas: 2 });
    const [bad] = await on.readyPods(2);
    await on.label(bad, { app: null });
    await on.readyPods(2, 'app=web');
    await on.patch('deployments', 'web', { spec: { replicas: 0 } });
    const left = await on.untilPods('one pod left', (pods) => pods.length === 1);
    expect([namesOf(left), isReady(left[0] as Pod)]).toEqual([[nameOf(bad)], true]);
  });

  rule('a ReplicationController releases and replaces a pod that loses the label', async (on) => {
    await on.replicationController(1);
    const [bad] = await on.readyPods(1);
    expect(ownerOf(bad)).toBe('ReplicationController/web');
    await on.label(bad, { app: null });
    await on.untilReleased(bad);
    await on.readyPods(1, 'app=web');
  });

  rule('a DaemonSet releases a pod and replaces it on its node', async (on) => {
    await on.daemonSet();
    const before = await on.readyPods(3);
    const [bad] = before;
    await on.label(bad, { app: null });
    await on.untilReleased(bad);
    const after = await on.readyPods(3, 'app=web');
    expect(namesOnlyIn(after, before)).toEqual([nameOf(onNodeOf(bad, after))]);
    expect(isReady(await on.getPod(nameOf(bad)))).toBe(true);
  });

  rule('a StatefulSet releases a pod, but stalls because the name of the pod is taken', async (on) => {
    await on.statefulSet({ replicas: 2 });
    await on.readyPods(2);
    const bad = await on.label('web-0', { app: null });
    await on.untilReleased('web-0');
    await on.patch('statefulsets', 'web', { spec: { replicas: 3 } });
    await on.untilObject<StatefulSet>(
      'with one replica',
      'statefulsets',
      ({ status }) => status?.replicas === 1 && status.observedGeneration === 2,
    );
    expect(namesOf(await on.pods())).toEqual(['web-0', 'web-1']);
    // No event tells the reason.
    expect((await on.eventsOn('StatefulSet', 'web')).filter((event) => !event.startsWith('SuccessfulCreate'))).toEqual(
      [],
    );
    await on.delete('pods', 'web-0');
    const pods = await on.readyPods(3);
    expect(namesOf(pods)).toEqual(['web-0', 'web-1', 'web-2']);
    expect(uidOf(pods[0])).not.toBe(uidOf(bad));
  });

  rule('a StatefulSet adopts a pod that gets its labels back, and scales again', async (on) => {
    await on.statefulSet({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    await on.label('web-0', { app: null });
    await on.untilReleased('web-0');
    await on.label('web-0', { app: 'web' });
    await on.untilAdopted('web-0', 'StatefulSet/web');
    await on.patch('statefulsets', 'web', { spec: { replicas: 2 } });
    const pods = await on.readyPods(2);
    expect(uidOf(pods[0])).toBe(uidOf(pod));
  });

  rule('a Job keeps a pod that loses its app label, and releases one that loses its controller-uid', async (on) => {
    await on.job();
    const [pod] = await on.readyPods(1);
    const tracking = 'batch.kubernetes.io/job-tracking';
    expect(pod.metadata.finalizers).toEqual([tracking]);
    await on.label(pod, { app: null });
    await on.patch('jobs', 'web', { metadata: { annotations: { 'example.com/look': 'again' } } });
    await on.untilObject<Job>('with one active pod', 'jobs', ({ status }) => status?.active === 1);
    expect(ownerOf(await on.getPod(nameOf(pod)))).toBe('Job/web');
    await on.label(pod, { 'batch.kubernetes.io/controller-uid': null });
    const released = await on.untilReleased(pod);
    expect(released.metadata.finalizers).toBeUndefined();
    const others = await on.readyPods(1, 'batch.kubernetes.io/controller-uid');
    expect(namesOf(others)).not.toContain(nameOf(pod));
  });

  rule('a bare pod is not replaced', async (on) => {
    await on.service();
    const pod = await on.readyPod();
    await on.untilListed(['web']);
    await on.label(pod, { app: null });
    await on.untilListed([]);
    expect(namesOf(await on.pods())).toEqual(['web']);
  });

  rule('a terminating pod is not released', async (on) => {
    await on.deployment({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    await on.addFinalizer(pod);
    await on.delete('pods', nameOf(pod));
    await on.label(pod, { app: null });
    await on.readyPods(1, 'app=web');
    const held = await on.getPod(nameOf(pod));
    expect([ownerOf(held), isTerminating(held)]).toEqual([ownerOf(pod), true]);
    await on.removeFinalizers(pod);
  });
};
