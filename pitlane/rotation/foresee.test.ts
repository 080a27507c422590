import { describe, expect, test } from 'vitest';
import { planned } from '../../test/builders/plan.ts';
import { drainOf, finishOf, NOW, restoreOf, rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { planOf } from '../operations/planners.ts';
import { foresee, withReplacements } from './foresee.ts';
import { inRotation, memberOf } from './membership.ts';
import type { Operation } from './plan.ts';
import type { Pod, PodRef, Snapshot } from './snapshot.ts';

const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };
const DAEMON = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002' };

function foreseen(given: SnapshotBuilder, operationOf: (snapshot: Snapshot) => Operation): Snapshot {
  const snapshot = given.about('b85tm');
  return foresee(snapshot, planned(planOf(snapshot, operationOf(snapshot))));
}

function podIn({ pods }: Snapshot, suffix = 'b85tm'): Pod | undefined {
  return pods.find(({ name }) => name.endsWith(suffix));
}

function listed({ endpoints }: Snapshot): readonly (string | undefined)[] {
  return endpoints.map(({ pod }) => pod?.name.slice(-5));
}

describe('the cluster right after the writes of a plan', () => {
  test('a drained pod is released, out of the endpoints, marked, and still there', () => {
    const after = foreseen(rng(), drainOf);
    const pod = podIn(after);
    expect(pod?.owner).toBeUndefined();
    expect(pod && memberOf(after, pod)).toMatchObject({ state: 'drained', drained: { id: 'op-now' } });
    expect(listed(after)).toEqual(['hfbrr', '7pt82', 'x2k9d']);
    expect(after.targets).toEqual([pod]);
  });

  test('a pod without annotations gets the whole map', () => {
    const drain = (snapshot: Snapshot) => ({ ...drainOf(snapshot), hasTick: true as const });
    expect(Object.keys(podIn(foreseen(rng(), drain))?.annotations ?? {})).toHaveLength(3);
  });

  test('a restored pod has its labels, no marks, and is listed', () => {
    const after = foreseen(rng().drained('b85tm').another('x5new'), restoreOf);
    expect(podIn(after)).toMatchObject({ labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8' }, annotations: {} });
    expect(listed(after)).toContain('b85tm');
    expect(inRotation(after)).toHaveLength(5);
  });

  test('a pod that is not ready is an unready endpoint, unless the service publishes unready addresses', () => {
    const ready = (given: SnapshotBuilder) =>
      foreseen(given.drained('b85tm').notReady('b85tm').desired(5), restoreOf).endpoints.find(({ pod }) =>
        pod?.name.endsWith('b85tm'),
      );
    expect(ready(rng())).toMatchObject({ isReady: false, isServing: false });
    expect(ready(rng().service({ publishNotReadyAddresses: true }))).toMatchObject({ isReady: true, isServing: false });
  });

  test('a finished pod is gone from the pods and the targets', () => {
    const after = foreseen(rng().canary('b85tm'), finishOf);
    expect([podIn(after), after.targets, listed(after).includes('b85tm')]).toEqual([undefined, [], false]);
  });

  test('a pod of an unknown operator keeps its owner', () => {
    const owner = { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' };
    expect(podIn(foreseen(rng().pod('b85tm', { owner }), drainOf))?.owner).toEqual(owner);
  });
});

describe('the cluster once the replacements are in rotation', () => {
  const drained = (given: SnapshotBuilder, owner = OWNER, nodeName?: string, ...suffixes: readonly string[]) => {
    const snapshot = given.snapshot();
    const pods: readonly PodRef[] = suffixes.flatMap((suffix) => podIn(snapshot, suffix) ?? []);
    const place = nodeName === undefined ? {} : { nodeName };
    return withReplacements(snapshot, { kind: 'replacementReady', pods, owner, ...place });
  };

  test('missing replacements are added', () => {
    const after = drained(rng().drained('b85tm').drained('hfbrr'), OWNER, undefined, 'b85tm', 'hfbrr');
    expect(inRotation(after)).toHaveLength(4);
    expect(new Set(after.pods.map(({ uid }) => uid)).size).toBe(6);
  });

  test('an existing replacement becomes ready', () => {
    const given = rng().drained('b85tm').another('x5new', { createdAt: NOW, status: 'Pending' }).notReady('x5new');
    const after = drained(given, OWNER, undefined, 'b85tm');
    expect(after.pods).toHaveLength(5);
    expect(inRotation(after).map(({ name }) => name.slice(-5))).toContain('x5new');
  });

  test('a ready replacement changes nothing', () => {
    const given = rng().drained('b85tm').notReady('hfbrr').another('x5new', { createdAt: NOW });
    expect(inRotation(drained(given, OWNER, undefined, 'b85tm'))).toHaveLength(3);
  });

  test('no replacement is added where the owner wants no pod', () => {
    expect(drained(rng().drained('b85tm').desired(3), OWNER, undefined, 'b85tm').pods).toHaveLength(4);
  });

  test('a replacement has no known node, except for a DaemonSet, where it has the node of the pod', () => {
    const made = ({ pods }: Snapshot) => pods.find(({ uid }) => uid.startsWith('replacement'));
    expect(made(drained(rng().drained('b85tm'), OWNER, undefined, 'b85tm'))?.nodeName).toBeUndefined();
    expect(made(drained(rng().daemonSet(3).drained('b85tm'), DAEMON, 'node-1', 'b85tm'))?.nodeName).toBe('node-1');
  });

  test('the replacement of an unready pod is in rotation', () => {
    const after = drained(rng().notReady('b85tm').drained('b85tm'), OWNER, undefined, 'b85tm');
    expect(inRotation(after)).toHaveLength(4);
  });
});
