import { expect } from 'vitest';
import { type Deployment, isLeaving, nameOf, namesOf, ownerOf, type Pod, type ReplicaSet, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const propagation = (propagationPolicy: string) => ({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy });
const nobody = '00000000-0000-4000-8000-000000000000';

/** What goes with what is deleted, and what stays. */
export const garbage: Theme = (rule) => {
  rule('a deleted Deployment takes its ReplicaSet and pods along, but not a drained pod', async (on) => {
    await on.deployment({ replicas: 2 });
    const [drained] = (await on.readyPods(2)) as [Pod];
    await on.label(drained, { app: null });
    await on.readyPods(2, 'app=web');
    await on.delete('deployments', 'web', propagation('Background'));
    await on.untilPods('only the drained pod left', (pods) => pods.length === 1);
    expect([namesOf(await on.pods()), await on.list('replicasets')]).toEqual([[nameOf(drained)], []]);
    expect(isLeaving(await on.getPod(nameOf(drained)))).toBe(false);
  });

  rule('deleted in the foreground, a Deployment stays until its pods are gone', async (on) => {
    await on.deployment({ replicas: 1 });
    const [pod] = (await on.readyPods(1)) as [Pod];
    await on.patch('pods', nameOf(pod), { metadata: { finalizers: ['example.com/hold'] } });
    await on.delete('deployments', 'web', propagation('Foreground'));
    await on.untilPod('leaving', nameOf(pod), isLeaving);
    const { metadata } = await on.get<Deployment>('deployments', 'web');
    expect([metadata.finalizers, metadata.deletionTimestamp === undefined]).toEqual([['foregroundDeletion'], false]);
    await on.patch('pods', nameOf(pod), { metadata: { finalizers: null } });
    await on.untilGone('deployments', 'web');
    expect(await on.pods()).toEqual([]);
  });

  rule('deleted as an orphanage, a Deployment leaves a ReplicaSet that one of the same selector adopts', async (on) => {
    await on.deployment({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    await on.delete('deployments', 'web', propagation('Orphan'));
    await on.untilGone('deployments', 'web');
    const [set, ...others] = await on.list<ReplicaSet>('replicasets');
    expect([ownerOf(set as ReplicaSet), others]).toEqual([undefined, []]);
    await on.deployment({ replicas: 1 });
    await until(
      'adopted',
      () => on.list<ReplicaSet>('replicasets'),
      ([only]) => ownerOf(only as ReplicaSet) === 'Deployment/web',
    );
    expect([(await on.list('replicasets')).map(uidOf), namesOf(await on.readyPods(1))]).toEqual([
      [uidOf(set)],
      [nameOf(pod)],
    ]);
  });

  for (const controller of [true, false]) {
    rule(
      `a canary that a Service owns, ${controller ? 'as' : 'but not as'} its controller, dies with it`,
      async (on) => {
        const service = await on.service();
        const owner = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: uidOf(service), controller };
        await on.readyPod({ name: 'canary', metadata: { ownerReferences: [owner] } });
        await on.delete('services', 'web');
        await on.untilGone('pods', 'canary');
        await until(
          'slices gone',
          () => on.slices(),
          (slices) => slices.length === 0,
        );
      },
    );
  }

  rule('with one owner alive, only the reference to the one that is gone is removed', async (on) => {
    const settings = await on.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'alive' },
    });
    const service = await on.service();
    const alive = { apiVersion: 'v1', kind: 'ConfigMap', name: 'alive', uid: uidOf(settings) };
    const gone = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: uidOf(service) };
    await on.readyPod({ name: 'canary', metadata: { ownerReferences: [alive, gone] } });
    await on.delete('services', 'web');
    const pod = await on.untilPod('with one owner', 'canary', ({ metadata }) => metadata.ownerReferences?.length === 1);
    expect([pod.metadata.ownerReferences, isLeaving(pod)]).toEqual([[alive], false]);
  });

  rule('an owner of the same name and another uid is no owner: the pod goes', async (on) => {
    await on.service();
    const owner = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: nobody };
    await on.pod({ name: 'canary', metadata: { ownerReferences: [owner] } });
    await on.untilGone('pods', 'canary');
  });

  rule('a pod deleted with its finalizer on stays, terminating, until the finalizer is off', async (on) => {
    await on.readyPod({ metadata: { finalizers: ['example.com/hold'] } });
    await on.delete('pods', 'web');
    const pod = await on.untilPod('ended', 'web', ({ status }) => status?.containerStatuses?.[0]?.ready === false);
    expect([isLeaving(pod), pod.metadata.finalizers]).toEqual([true, ['example.com/hold']]);
    await on.patch('pods', 'web', { metadata: { finalizers: null } });
    await on.untilGone('pods', 'web');
  });
};
