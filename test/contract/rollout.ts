import { expect } from 'vitest';
import { deletionCost } from './manifests.ts';
import {
  type DaemonSet,
  type Deployment,
  type KubeObject,
  nameOf,
  namesOf,
  ownerOf,
  type Pod,
  type ReplicaSet,
  uidOf,
} from './objects.ts';
import { imageOf, rollOut, untilRolledOut, v2 } from './scenes.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const revisionOf = ({ metadata }: KubeObject) => metadata.annotations?.[revisionKey];

/**
 * The most replicas that a Deployment wanted at a time, from the changes of its ReplicaSets. The status of the Deployment
 * is not exact: it adds up counts of different moments, and misses short states.
 */
function mostWanted(changes: readonly ReplicaSet[]): number {
  const wanted = new Map<string, number>();
  const sums = changes.map((set) => {
    wanted.set(nameOf(set), set.spec?.replicas ?? 0);
    return Array.from(wanted.values()).reduce((sum, replicas) => sum + replicas, 0);
  });
  return Math.max(...sums);
}

/**
 * The fewest old pods that a Deployment wanted before a new one was available. Later steps rely on the counts in the
 * statuses of the sets, which may be stale (rolling.go, scaleDownOldReplicaSetsForRollingUpdate).
 */
function fewestOld(changes: readonly ReplicaSet[], old: ReplicaSet | undefined): number {
  const isOld = (set: ReplicaSet) => old !== undefined && uidOf(set) === uidOf(old);
  const end = changes.findIndex((set) => !isOld(set) && (set.status?.availableReplicas ?? 0) > 0);
  return Math.min(...changes.slice(0, end).flatMap((set) => (isOld(set) ? (set.spec?.replicas ?? 0) : [])));
}

/** How a change of the template is rolled out and rolled back. */
export const rollout: Theme = (rule) => {
  rule(
    'a Deployment removes no more old pods than it may before a new one is available, and adds no more than it may',
    async (on) => {
      await on.deployment({
        replicas: 4,
        workload: { strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
      });
      await on.readyPods(4);
      await on.untilObject<Deployment>('available', 'deployments', ({ status }) => status?.availableReplicas === 4);
      const watch = await on.watch<Deployment>('deployments');
      const sets = await on.watch<ReplicaSet>('replicasets');
      const [old] = await on.list<ReplicaSet>('replicasets');
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
      sets.close();
      const changes = sets.events.map(({ object }) => object);
      expect(fewestOld(changes, old)).toBe(3);
      expect(mostWanted(changes)).toBe(5);
      await untilRolledOut(on, 4);
    },
  );

  rule('a Deployment without maxSurge removes a pod before it adds one', async (on) => {
    await on.deployment({ replicas: 2, workload: { strategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } } });
    await on.readyPods(2);
    const sets = await on.watch<ReplicaSet>('replicasets');
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 2);
    sets.close();
    expect(mostWanted(sets.events.map(({ object }) => object))).toBe(2);
  });

  rule('a Deployment with the strategy Recreate ends all old pods before it starts new ones', async (on) => {
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
    // A Deployment waits for old pods to end, which the kubelet reports before they are deleted.
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

  rule('a Deployment uses the old ReplicaSet of a template again, with a new revision', async (on) => {
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
    expect(revisionOf(await on.get<Deployment>('deployments', 'web'))).toBe('3');
  });

  rule('a revision of a Deployment has 64 bits', async (on) => {
    await on.deployment({ replicas: 0 });
    const sets = () => on.list<ReplicaSet>('replicasets');
    const [first] = await until('a ReplicaSet', sets, ({ length }) => length === 1);
    await on.patch('replicasets', nameOf(first), {
      metadata: { annotations: { [revisionKey]: '3546343826724305832' } },
    });
    await rollOut(on, 'deployments');
    await on.untilObject<Deployment>('numbered', 'deployments', (it) => revisionOf(it) === '3546343826724305833');
  });

  rule('a pod that was drained before a rollout is adopted again after the rollback', async (on) => {
    await on.deployment({ replicas: 1 });
    const [drained] = await on.readyPods(1);
    await on.label(drained, { app: null });
    await on.readyPods(1, 'app=web');
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 1);
    await rollOut(on, 'deployments', 'example/app:v1');
    await untilRolledOut(on, 1, 'example/app:v1');
    await on.patch('pods', nameOf(drained), {
      metadata: { labels: { app: 'web' }, annotations: deletionCost('1') },
    });
    await on.untilAdopted(drained, ownerOf(drained));
    expect(namesOf(await on.readyPods(1, 'app=web'))).toEqual([nameOf(drained)]);
  });

  rule('a rollout leaves a drained pod alone', async (on) => {
    await on.deployment({ replicas: 2 });
    const [drained] = await on.readyPods(2);
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

  rule('a Deployment has the conditions Available and Progressing', async (on) => {
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

  rule('a rollout that makes no progress within its deadline fails, and leaves the old pods alone', async (on) => {
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
      (await until('past its deadline', progressing, (seen) => seen?.reason === 'ProgressDeadlineExceeded')) ?? {};
    const sets = await on.list<ReplicaSet>('replicasets');
    const [stuck] = sets.filter(({ spec }) => spec?.template?.metadata?.annotations !== undefined);
    expect([status, message]).toEqual(['False', `ReplicaSet "${nameOf(stuck)}" has timed out progressing.`]);
    const pods = namesOf(await on.pods());
    expect(namesOf(old).filter((name) => !pods.includes(name))).toEqual([]);
  });

  rule('a DaemonSet replaces its pods one node at a time', async (on) => {
    await on.daemonSet();
    await on.readyPods(3);
    await on.untilObject<DaemonSet>('available', 'daemonsets', ({ status }) => status?.numberAvailable === 3);
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

  rule('a StatefulSet replaces its pods from the highest ordinal down, with the same names', async (on) => {
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
