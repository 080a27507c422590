import { expect } from 'vitest';
import { configMap } from './manifests.ts';
import {
  type Deployment,
  isTerminating,
  type KubeObject,
  nameOf,
  namesOf,
  ownerOf,
  ownerReference,
  type ReplicaSet,
  uidOf,
} from './objects.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const propagation = (propagationPolicy: string) => ({ apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy });

/** Which dependents are deleted with an object, and which stay. */
export const garbage: Theme = (rule) => {
  rule('deleting a Deployment deletes its ReplicaSet and pods, but not a drained pod', async (on) => {
    await on.deployment({ replicas: 2 });
    const [drained] = await on.readyPods(2);
    await on.label(drained, { app: null });
    await on.readyPods(2, 'app=web');
    await on.delete('deployments', 'web', propagation('Background'));
    await on.untilPods('only the drained pod left', (pods) => pods.length === 1);
    expect([namesOf(await on.pods()), await on.list('replicasets')]).toEqual([[nameOf(drained)], []]);
    expect(isTerminating(await on.getPod(nameOf(drained)))).toBe(false);
  });

  rule('a Deployment that is deleted in the foreground stays until its pods are gone', async (on) => {
    await on.deployment({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    await on.addFinalizer(pod);
    await on.delete('deployments', 'web', propagation('Foreground'));
    await on.untilPod('terminating', nameOf(pod), isTerminating);
    const deployment = await on.get<Deployment>('deployments', 'web');
    expect([deployment.metadata.finalizers, isTerminating(deployment)]).toEqual([['foregroundDeletion'], true]);
    await on.removeFinalizers(pod);
    await on.untilGone('deployments', 'web');
    expect(await on.pods()).toEqual([]);
  });

  rule(
    'a Deployment that is deleted with orphans leaves its ReplicaSet to the next one with the same selector',
    async (on) => {
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
    },
  );

  for (const controller of [true, false]) {
    rule(
      `deleting a Service deletes a canary that it owns ${controller ? 'and controls' : 'but does not control'}`,
      async (on) => {
        await on.canary(ownerReference(await on.service(), controller));
        await on.delete('services', 'web');
        await on.untilGone('pods', 'canary');
        await on.untilSlices('slices gone', (slices) => slices.length === 0);
      },
    );
  }

  rule('deleting one of two owners only removes the reference to it', async (on) => {
    const alive = ownerReference(await on.create('configmaps', configMap()));
    await on.canary(alive, ownerReference(await on.service()));
    await on.delete('services', 'web');
    const pod = await on.untilPod('with one owner', 'canary', ({ metadata }) => metadata.ownerReferences?.length === 1);
    expect([pod.metadata.ownerReferences, isTerminating(pod)]).toEqual([[alive], false]);
  });

  rule('two objects that own each other are deleted in the foreground', async (on) => {
    const first = await on.create('configmaps', configMap({ name: 'first' }));
    const reference = (owner: KubeObject) => ({ ...ownerReference(owner), blockOwnerDeletion: true });
    const ownerReferences = [reference(first)];
    const second = await on.create('configmaps', configMap({ name: 'second', metadata: { ownerReferences } }));
    await on.patch('configmaps', 'first', { metadata: { ownerReferences: [reference(second)] } });
    await on.delete('configmaps', 'first', propagation('Foreground'));
    await on.untilGone('configmaps', 'first');
    await on.untilGone('configmaps', 'second');
  });

  rule('an object that is deleted with orphans loses the finalizer once they no longer refer to it', async (on) => {
    const owner = await on.create('configmaps', configMap({ name: 'owner' }));
    const ownerReferences = [{ ...ownerReference(owner), blockOwnerDeletion: true }];
    await on.create('configmaps', configMap({ name: 'orphan', metadata: { ownerReferences } }));
    await on.delete('configmaps', 'owner', propagation('Orphan'));
    await on.untilGone('configmaps', 'owner');
    expect((await on.get('configmaps', 'orphan')).metadata.ownerReferences).toBeUndefined();
  });

  rule('a pod whose owner has another uid, though the same name, is deleted', async (on) => {
    const owner = { ...ownerReference(await on.service()), uid: '00000000-0000-4000-8000-000000000000' };
    await on.pod({ name: 'canary', metadata: { ownerReferences: [owner] } });
    await on.untilGone('pods', 'canary');
  });

  rule('a deleted pod with a finalizer stays terminating until the finalizer is removed', async (on) => {
    await on.readyPod({ metadata: { finalizers: ['example.com/hold'] } });
    await on.delete('pods', 'web');
    const pod = await on.untilPod('ended', 'web', ({ status }) => status?.containerStatuses?.[0]?.ready === false);
    expect([isTerminating(pod), pod.metadata.finalizers]).toEqual([true, ['example.com/hold']]);
    await on.removeFinalizers('web');
    await on.untilGone('pods', 'web');
  });
};
