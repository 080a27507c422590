import { expect } from 'vitest';
import { configMap, deletionCost, fitsNoNode, nodeWithoutKubelet } from './manifests.ts';
import { nameOf, namesOf, ownerReference, type Pod, uidOf } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

interface Row {
  /** Default: a node without a kubelet. Null: on no node. */
  node?: string | null;
  phase?: 'Pending' | 'Unknown' | 'Running';
  /** For how many minutes the pod has been ready; absent: it is not ready. */
  readyMinutes?: number;
  cost?: string;
  restarts?: number;
}

const hour = 60;

/** Creates a pod with the status of the row and without an owner. */
async function place(on: Space, name: string, row: Row): Promise<Pod> {
  const { node = nodeWithoutKubelet, phase = 'Running', readyMinutes, cost, restarts = 0 } = row;
  const annotations = cost === undefined ? {} : deletionCost(cost);
  if (node === null) return on.pod({ name, annotations, spec: { ...fitsNoNode, terminationGracePeriodSeconds: 0 } });
  await on.idlePod({ name, annotations, spec: { nodeName: node } });
  const isReady = readyMinutes !== undefined;
  now ??= Date.now();
  const since = new Date(now - (readyMinutes ?? 0) * 60_000).toISOString().replace(/\.\d+/, '');
  const status = isReady ? 'True' : 'False';
  return on.patch<Pod>('pods', `${name}/status`, {
    status: {
      phase,
      conditions: [{ type: 'Ready', status, lastTransitionTime: since }],
      containerStatuses: [
        { name: 'app', image: 'example/app:v1', imageID: '', ready: isReady, restartCount: restarts },
      ],
    },
  });
}

/** The first pod's time for the whole run, so that equal minutes are equal times. */
let now: number | undefined;

const rows: readonly [rule: string, victim: Row, survivor: Row][] = [
  ['on no node before on a node', { node: null, cost: '5' }, { phase: 'Pending', cost: '-5' }],
  ['Pending before Unknown', { phase: 'Pending', cost: '5' }, { phase: 'Unknown', cost: '-5' }],
  ['Unknown before Running', { phase: 'Unknown', cost: '5' }, { cost: '-5' }],
  ['not ready before ready, whatever the cost', { cost: '2147483647' }, { readyMinutes: 1, cost: '-5' }],
  ['the lower cost first', { readyMinutes: 10 * hour, cost: '1' }, { readyMinutes: 1, cost: '2' }],
  ['a negative cost before none', { readyMinutes: 10 * hour, cost: '-1' }, { readyMinutes: 1 }],
  ['no cost before a positive one', { readyMinutes: 10 * hour }, { readyMinutes: 1, cost: '1' }],
  ['the one ready for less time first', { readyMinutes: 10 }, { readyMinutes: 50, restarts: 7 }],
  [
    'the one with more restarts of two ready for equally long',
    { readyMinutes: 50, restarts: 3 },
    { readyMinutes: 50, restarts: 2 },
  ],
];

/** Metadata with a controller that, other than a Deployment, does not scale its ReplicaSets. */
async function ownedMetadata(on: Space): Promise<object> {
  const parent = await on.create('configmaps', configMap({ name: 'parent' }));
  return { ownerReferences: [ownerReference(parent, true)] };
}

/** Which pods a controller with too many deletes. In each case a ReplicaSet adopts all pods and wants fewer. */
export const deletionOrder: Theme = (rule) => {
  for (const [order, victim, survivor] of rows) {
    rule(`a ReplicaSet deletes ${order}`, async (on) => {
      await place(on, 'victim', victim);
      await place(on, 'survivor', survivor);
      await on.untilPodsAreSeen();
      await on.replicaSet({ replicas: 1 });
      await on.untilGone('pods', 'victim');
      expect(namesOf(await on.pods())).toEqual(['survivor']);
    });
  }

  rule(
    'a ReplicaSet of a Deployment deletes from a node with several of its pods first, though they are older',
    async (on) => {
      await place(on, 'doubled-1', { node: 'node-a', readyMinutes: 10 * hour });
      await place(on, 'doubled-2', { node: 'node-a', readyMinutes: 10 * hour });
      await place(on, 'alone', { node: 'node-b', readyMinutes: 1 });
      await on.untilPodsAreSeen();
      await on.replicaSet({ replicas: 2, metadata: await ownedMetadata(on) });
      const pods = await on.untilPods('two pods left', (seen) => seen.length === 2);
      expect(namesOf(pods)).toContain('alone');
    },
  );

  rule('a ReplicaSet counts the pods of its siblings on a node, as during a rollout', async (on) => {
    const metadata = await ownedMetadata(on);
    const spec = { nodeName: 'node-a', terminationGracePeriodSeconds: 0 };
    await on.pod({ name: 'sibling', labels: { app: 'old' }, spec });
    await on.replicaSet({ name: 'old', labels: { app: 'old' }, replicas: 1, metadata });
    await on.untilAdopted('sibling', 'ReplicaSet/old');
    await place(on, 'beside-it', { node: 'node-a', readyMinutes: 10 * hour });
    await place(on, 'alone', { node: 'node-b', readyMinutes: 1 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1, metadata });
    await on.untilGone('pods', 'beside-it');
    expect(namesOf(await on.pods('app=web'))).toEqual(['alone']);
  });

  rule('a ReplicaSet without an owner ignores how many of its pods are on a node', async (on) => {
    await place(on, 'doubled-1', { node: 'node-a', readyMinutes: 10 * hour });
    await place(on, 'doubled-2', { node: 'node-a', readyMinutes: 10 * hour });
    await place(on, 'alone', { node: 'node-b', readyMinutes: 1 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 2 });
    await on.untilGone('pods', 'alone');
    expect(namesOf(await on.pods())).toEqual(['doubled-1', 'doubled-2']);
  });

  rule(
    'a ReplicaSet counts ready times within the same power of two as equal, and then deletes the smaller uid',
    async (on) => {
      const older = await place(on, 'older', { readyMinutes: 60 });
      const younger = await place(on, 'younger', { readyMinutes: 40, restarts: 9 });
      await on.untilPodsAreSeen();
      await on.replicaSet({ replicas: 1 });
      const [left] = (await on.untilPods('one pod left', (seen) => seen.length === 1)) as [Pod];
      expect(nameOf(left)).toBe(uidOf(older) < uidOf(younger) ? 'younger' : 'older');
    },
  );

  rule('a ReplicaSet deletes the younger of two pods that are otherwise equal', async (on) => {
    const old = await place(on, 'old', { readyMinutes: 50 });
    const createdAt = Date.parse(old.metadata.creationTimestamp ?? '');
    // Ages count as different if one is at least twice the other: the ReplicaSet has as long to decide.
    const isOldEnough = (now: number) => now - createdAt > 10_000;
    await until('10 s later', Date.now, isOldEnough);
    await place(on, 'new', { readyMinutes: 50 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1 });
    await on.untilGone('pods', 'new');
    expect(namesOf(await on.pods())).toEqual(['old']);
  });

  rule('a StatefulSet deletes the highest ordinal first, one pod at a time', async (on) => {
    await on.statefulSet({ replicas: 3 });
    await on.readyPods(3);
    await on.patch('pods', 'web-0', { metadata: { annotations: deletionCost('-5') } });
    const watch = await on.watch<Pod>('pods');
    await on.patch('statefulsets', 'web', { spec: { replicas: 1 } });
    await watch.event('web-1 gone', ({ type, object }) => type === 'DELETED' && nameOf(object) === 'web-1');
    watch.close();
    const gone = watch.events.filter(({ type }) => type === 'DELETED').map(({ object }) => nameOf(object));
    expect(gone).toEqual(['web-2', 'web-1']);
    expect(namesOf(await on.readyPods(1))).toEqual(['web-0']);
  });
};
