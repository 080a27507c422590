import { expect } from 'vitest';
import type { Labels } from './manifests.ts';
import { nameOf, namesOf, ownerOf, type Pod, uidOf } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

interface Row {
  /** Default: a node that no kubelet plays, so that the status stays as it is written here. Null: on no node. */
  node?: string | null;
  phase?: 'Pending' | 'Unknown' | 'Running';
  /** For how many minutes it has been ready; absent: it is not. */
  readyMinutes?: number;
  cost?: string;
  restarts?: number;
}

const nobodysNode = 'played-by-nobody';
const hour = 60;

/** Pods that look exactly as the row says, owned by nobody yet. A grace period of 0 ends them without a kubelet. */
async function place(on: Space, name: string, row: Row): Promise<Pod> {
  const { node = nobodysNode, phase = 'Running', readyMinutes, cost, restarts = 0 } = row;
  const annotations: Labels = cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost };
  const where = node === null ? { nodeSelector: { 'example.com/nowhere': 'yes' } } : { nodeName: node };
  const pod = await on.pod({ name, annotations, spec: { ...where, terminationGracePeriodSeconds: 0 } });
  if (node === null) return pod;
  const isReady = readyMinutes !== undefined;
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

/** One for the whole run, so that equal minutes are equal times. */
const now = Date.now();

const rows: readonly [rule: string, victim: Row, survivor: Row][] = [
  ['on no node before on a node', { node: null, cost: '5' }, { phase: 'Pending', cost: '-5' }],
  ['Pending before Unknown', { phase: 'Pending', cost: '5' }, { phase: 'Unknown', cost: '-5' }],
  ['Unknown before Running', { phase: 'Unknown', cost: '5' }, { cost: '-5' }],
  ['not ready before ready, whatever they cost', { cost: '2147483647' }, { readyMinutes: 1, cost: '-5' }],
  ['the lower cost first', { readyMinutes: 10 * hour, cost: '1' }, { readyMinutes: 1, cost: '2' }],
  ['a negative cost before none', { readyMinutes: 10 * hour, cost: '-1' }, { readyMinutes: 1 }],
  ['no cost before a positive one', { readyMinutes: 10 * hour }, { readyMinutes: 1, cost: '1' }],
  ['ready for less time first', { readyMinutes: 10 }, { readyMinutes: 50, restarts: 7 }],
  ['ready for equally long: more restarts first', { readyMinutes: 50, restarts: 3 }, { readyMinutes: 50, restarts: 2 }],
];

/** Stands for a Deployment, whose controller would see to the scale itself. */
async function owned(on: Space): Promise<object> {
  const parent = await on.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'parent' } });
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'parent', uid: uidOf(parent), controller: true };
  return { ownerReferences: [owner] };
}

/** Whom a ReplicaSet that has too many deletes. Each case lets one adopt all, and wants fewer. */
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
      await on.replicaSet({ replicas: 2, metadata: await owned(on) });
      const pods = await on.untilPods('two left', (seen) => seen.length === 2);
      expect(namesOf(pods)).toContain('alone');
    },
  );

  rule('a ReplicaSet counts the pods of its siblings on a node, as during a rollout', async (on) => {
    const metadata = await owned(on);
    const spec = { nodeName: 'node-a', terminationGracePeriodSeconds: 0 };
    await on.pod({ name: 'sibling', labels: { app: 'old' }, spec });
    await on.replicaSet({ name: 'old', labels: { app: 'old' }, replicas: 1, metadata });
    await on.untilPod('adopted', 'sibling', (pod) => ownerOf(pod) === 'ReplicaSet/old');
    await place(on, 'beside-it', { node: 'node-a', readyMinutes: 10 * hour });
    await place(on, 'alone', { node: 'node-b', readyMinutes: 1 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1, metadata });
    await on.untilGone('pods', 'beside-it');
    expect(namesOf(await on.pods('app=web'))).toEqual(['alone']);
  });

  rule('a ReplicaSet that nobody owns does not look who shares a node', async (on) => {
    await place(on, 'doubled-1', { node: 'node-a', readyMinutes: 10 * hour });
    await place(on, 'doubled-2', { node: 'node-a', readyMinutes: 10 * hour });
    await place(on, 'alone', { node: 'node-b', readyMinutes: 1 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 2 });
    await on.untilGone('pods', 'alone');
    expect(namesOf(await on.pods())).toEqual(['doubled-1', 'doubled-2']);
  });

  rule('times in the same power of two count as equal: then the smaller uid goes, restarts or not', async (on) => {
    const older = await place(on, 'older', { readyMinutes: 60 });
    const younger = await place(on, 'younger', { readyMinutes: 40, restarts: 9 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1 });
    const [left] = (await on.untilPods('one left', (seen) => seen.length === 1)) as [Pod];
    expect(nameOf(left)).toBe(uidOf(older) < uidOf(younger) ? 'younger' : 'older');
  });

  rule('with all else equal the pod that was made later goes', async (on) => {
    const old = await place(on, 'old', { readyMinutes: 50 });
    const createdAt = Date.parse(old.metadata.creationTimestamp ?? '');
    await until(
      '5 s later',
      () => Date.now() - createdAt,
      (age) => age > 5_000,
    );
    await place(on, 'new', { readyMinutes: 50 });
    await on.untilPodsAreSeen();
    await on.replicaSet({ replicas: 1 });
    await on.untilGone('pods', 'new');
    expect(namesOf(await on.pods())).toEqual(['old']);
  });

  rule('a StatefulSet deletes the highest ordinal first, one after the other', async (on) => {
    await on.statefulSet({ replicas: 3 });
    await on.readyPods(3);
    await on.patch('pods', 'web-0', {
      metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } },
    });
    const watch = await on.watch<Pod>('pods');
    await on.patch('statefulsets', 'web', { spec: { replicas: 1 } });
    await watch.event('web-1 gone', ({ type, object }) => type === 'DELETED' && nameOf(object) === 'web-1');
    watch.close();
    const gone = watch.events.filter(({ type }) => type === 'DELETED').map(({ object }) => nameOf(object));
    expect(gone).toEqual(['web-2', 'web-1']);
    expect(namesOf(await on.readyPods(1))).toEqual(['web-0']);
  });
};
