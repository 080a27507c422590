import { expect } from 'vitest';
import {
  type DaemonSet,
  type Deployment,
  nameOf,
  namesOf,
  ownerOf,
  type Pod,
  type ReplicaSet,
  uidOf,
} from './objects.ts';
import { rollOut, v2 } from './scenes.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const imageOf = ({ spec }: Pod) => spec.containers[0]?.image;
const revisionOf = ({ metadata }: ReplicaSet) => metadata.annotations?.['deployment.kubernetes.io/revision'];

function untilRolledOut(on: Space, count: number, image = v2): Promise<Pod[]> {
  const areNew = (pods: Pod[]) => pods.length === count && pods.every((pod) => imageOf(pod) === image);
  return on.untilPods(`${count} pods of ${image} and no others`, areNew, 'app=web');
}

/**
 * The most pods that a Deployment asked for at a time, by the changes of its ReplicaSets. Its own status adds up theirs,
 * which may be of different moments, and skips states that pass quickly.
 */
function mostWanted(changes: readonly ReplicaSet[]): number {
  const wanted = new Map<string, number>();
  const sums = changes.map((set) => {
    wanted.set(nameOf(set), set.spec?.replicas ?? 0);
    return Array.from(wanted.values()).reduce((sum, replicas) => sum + replicas, 0);
  });
  return Math.max(...sums);
}

/** How a change of the template spreads, and how it is taken back. */
export const rollout: Theme = (rule) => {
  rule('a Deployment keeps its minimum available and its maximum in all through a rollout', async (on) => {
    await on.deployment({ replicas: 4, workload: { strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } } });
    await on.readyPods(4);
    await until(
      'all available',
      () => on.get<Deployment>('deployments', 'web'),
      ({ status }) => status?.availableReplicas === 4,
    );
    const watch = await on.watch<Deployment>('deployments');
    const parts = await on.watch<ReplicaSet>('replicasets');
    await rollOut(on, 'deployments');
    await watch.event(
      'complete',
      ({ object: { status } }) =>
        status?.updatedReplicas === 4 &&
        status.replicas === 4 &&
        status.availableReplicas === 4 &&
        status.observedGeneration === 2,
    );
    watch.close();
    parts.close();
    const counts = watch.events.map(({ object: { status } }) => status);
    expect(Math.min(...counts.map((status) => status?.availableReplicas ?? 0))).toBeGreaterThanOrEqual(3);
    expect(mostWanted(parts.events.map(({ object }) => object))).toBe(5);
    await untilRolledOut(on, 4);
  });

  rule('a Deployment without room for a surplus takes one away before it adds one', async (on) => {
    await on.deployment({ replicas: 2, workload: { strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } } });
    await on.readyPods(2);
    const parts = await on.watch<ReplicaSet>('replicasets');
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 2);
    parts.close();
    expect(mostWanted(parts.events.map(({ object }) => object))).toBe(2);
  });

  rule('a Deployment that recreates ends all old pods before it starts a new one', async (on) => {
    await on.deployment({ replicas: 2, workload: { strategy: { type: 'Recreate' } } });
    const old = await on.readyPods(2);
    const watch = await on.watch<Pod>('pods', { labelSelector: 'app=web' });
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 2);
    const events = await watch.untilEvents(
      'two new pods',
      (seen) => seen.filter(({ type, object }) => type === 'ADDED' && imageOf(object) === v2).length === 2,
    );
    watch.close();
    // The kubelet says that a pod has ended before it is deleted, and that is what counts.
    const hasEnded = ({ status }: Pod) => status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const ended = new Set<string>();
    const whenFirstMade = events.slice(
      0,
      events.findIndex(({ object }) => imageOf(object) === v2),
    );
    for (const { type, object } of whenFirstMade) {
      if (type === 'DELETED' || hasEnded(object)) ended.add(nameOf(object));
    }
    expect([...ended].sort()).toEqual(namesOf(old));
  });

  rule('the same template again is the same ReplicaSet again, with a new revision', async (on) => {
    await on.deployment({ replicas: 1 });
    await on.readyPods(1);
    const [first] = (await on.list<ReplicaSet>('replicasets')) as [ReplicaSet];
    expect(revisionOf(first)).toBe('1');
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 1);
    await rollOut(on, 'deployments', 'example/app:v1');
    await untilRolledOut(on, 1, 'example/app:v1');
    const sets = await on.list<ReplicaSet>('replicasets');
    const again = sets.find((set) => uidOf(set) === uidOf(first)) as ReplicaSet;
    expect([sets.length, revisionOf(again), again.spec?.replicas]).toEqual([2, '3', 1]);
    expect(again.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
    expect(
      (await on.get<Deployment>('deployments', 'web')).metadata.annotations?.['deployment.kubernetes.io/revision'],
    ).toBe('3');
  });

  rule(
    'a rollback makes the ReplicaSet of a pod drained before the rollout current again: it can come back',
    async (on) => {
      await on.deployment({ replicas: 1 });
      const [drained] = (await on.readyPods(1)) as [Pod];
      await on.label(drained, { app: null });
      await on.readyPods(1, 'app=web');
      await rollOut(on, 'deployments');
      await untilRolledOut(on, 1);
      await rollOut(on, 'deployments', 'example/app:v1');
      await untilRolledOut(on, 1, 'example/app:v1');
      const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '1' };
      await on.patch('pods', nameOf(drained), { metadata: { labels: { app: 'web' }, annotations } });
      await on.untilPod('adopted', nameOf(drained), (pod) => ownerOf(pod) === ownerOf(drained));
      expect(namesOf(await on.readyPods(1, 'app=web'))).toEqual([nameOf(drained)]);
    },
  );

  rule('a rollout does not see a drained pod', async (on) => {
    await on.deployment({ replicas: 2 });
    const [drained] = (await on.readyPods(2)) as [Pod];
    await on.label(drained, { app: null });
    await on.readyPods(2, 'app=web');
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 2);
    const pod = await on.getPod(nameOf(drained));
    expect([imageOf(pod), pod.metadata.deletionTimestamp]).toEqual(['example/app:v1', undefined]);
    await until(
      'complete',
      () => on.get<Deployment>('deployments', 'web'),
      ({ status }) => status?.updatedReplicas === 2 && status.replicas === 2,
    );
  });

  rule('a paused Deployment keeps its pods when the template changes, and still scales', async (on) => {
    await on.deployment({ replicas: 1 });
    await on.readyPods(1);
    await on.patch('deployments', 'web', { spec: { paused: true } });
    await rollOut(on, 'deployments');
    await on.patch('deployments', 'web', { spec: { replicas: 2 } });
    const pods = await on.readyPods(2);
    expect(pods.map(imageOf)).toEqual(['example/app:v1', 'example/app:v1']);
    expect(await on.list('replicasets')).toHaveLength(1);
    await on.patch('deployments', 'web', { spec: { paused: null } });
    await untilRolledOut(on, 2);
  });

  rule('a Deployment says how far it is in two conditions', async (on) => {
    await on.deployment({ replicas: 1 });
    const conditions = async () =>
      ((await on.get<Deployment>('deployments', 'web')).status?.conditions ?? []).map(
        ({ type, status, reason, message }) => [type, status, reason, message],
      );
    const isComplete = (seen: unknown[][]) => seen.some(([, , reason]) => reason === 'NewReplicaSetAvailable');
    const [set] = await until(
      'a ReplicaSet',
      () => on.list<ReplicaSet>('replicasets'),
      ({ length }) => length === 1,
    );
    expect(await until('complete', conditions, isComplete)).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.'],
      ['Progressing', 'True', 'NewReplicaSetAvailable', `ReplicaSet "${nameOf(set)}" has successfully progressed.`],
    ]);
  });

  rule(
    'a rollout that gets nowhere within its deadline says so, and leaves the old pods where they are',
    async (on) => {
      await on.deployment({
        replicas: 2,
        workload: { progressDeadlineSeconds: 2, strategy: { rollingUpdate: { maxUnavailable: 0 } } },
      });
      const old = await on.readyPods(2);
      const annotations = { 'kubelet.pitlane.dev/fault': 'not-ready' };
      await on.patch('deployments', 'web', { spec: { template: { metadata: { annotations } } } });
      const progressing = async () =>
        (await on.get<Deployment>('deployments', 'web')).status?.conditions?.find(({ type }) => type === 'Progressing');
      const { status, message } =
        (await until('out of time', progressing, (seen) => seen?.reason === 'ProgressDeadlineExceeded')) ?? {};
      const sets = await on.list<ReplicaSet>('replicasets');
      const [stuck] = sets.filter(({ spec }) => spec?.template?.metadata?.annotations !== undefined);
      expect([status, message]).toEqual(['False', `ReplicaSet "${nameOf(stuck)}" has timed out progressing.`]);
      const pods = namesOf(await on.pods());
      expect(namesOf(old).filter((name) => !pods.includes(name))).toEqual([]);
    },
  );

  rule('a DaemonSet replaces its pods one node at a time', async (on) => {
    await on.daemonSet();
    await on.readyPods(3);
    await until(
      'all available',
      () => on.get<DaemonSet>('daemonsets', 'web'),
      ({ status }) => status?.numberAvailable === 3,
    );
    const watch = await on.watch<DaemonSet>('daemonsets');
    await rollOut(on, 'daemonsets');
    await untilRolledOut(on, 3);
    await watch.event(
      'complete',
      ({ object: { status } }) => status?.updatedNumberScheduled === 3 && status.numberAvailable === 3,
    );
    watch.close();
    expect(Math.max(...watch.events.map(({ object: { status } }) => status?.numberUnavailable ?? 0))).toBe(1);
    const revisions = await on.list<ReplicaSet & { revision: number }>('controllerrevisions');
    expect(revisions.map(({ revision }) => revision).sort()).toEqual([1, 2]);
  });

  rule('a StatefulSet replaces its pods from the highest ordinal down, under their old names', async (on) => {
    await on.statefulSet({ replicas: 2 });
    const before = await on.readyPods(2);
    const watch = await on.watch<Pod>('pods');
    await rollOut(on, 'statefulsets');
    const after = await untilRolledOut(on, 2);
    watch.close();
    const gone = watch.events.filter(({ type }) => type === 'DELETED').map(({ object }) => nameOf(object));
    expect([gone, namesOf(after)]).toEqual([['web-1', 'web-0'], namesOf(before)]);
  });
};
