import { describe, expect, test } from 'vitest';
import { NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import type { Container } from '../../rotation/snapshot.ts';
import { keptByDaemonSet, possibleSurplusOfReplicaSet } from './surplus.ts';

const HOUR = 3_600_000;

/** Three equal pods on three nodes: b85tm, hfbrr, 7pt82, uids in that order. */
function three(): SnapshotBuilder {
  return rng().pods(3);
}

function restarted(restarts: number): Container {
  return { name: 'rng', image: '', hasLivenessProbe: false, isReady: true, restarts, state: 'running' };
}

describe('a ReplicaSet', () => {
  test.each<[name: string, given: SnapshotBuilder, want: string]>([
    ['deletes the pod that is not scheduled', three().pod('7pt82', { nodeName: undefined }), '7pt82'],
    [
      'deletes a pending pod before a running one',
      three().notReady('hfbrr').pod('7pt82', {}, { phase: 'Pending', isReady: false }),
      '7pt82',
    ],
    [
      'deletes a pod that is not ready, whatever its cost',
      three()
        .notReady('7pt82')
        .pod('7pt82', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '2147483647' } })
        .pod('hfbrr', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } }),
      '7pt82',
    ],
    [
      'deletes the pod of lower cost',
      three().pod('7pt82', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-1' } }),
      '7pt82',
    ],
    [
      'ignores a cost that is not an integer',
      three()
        .pod('7pt82', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': 'low' } })
        .pod(
          'hfbrr',
          { restarts: 1 },
          {
            containers: [restarted(1)],
          },
        ),
      'hfbrr',
    ],
    [
      'deletes a pod that shares its node',
      three()
        .pod('7pt82', { nodeName: 'node-2' })
        .pod('hfbrr', {}, { readyChangedAt: NOW - 40 * HOUR }),
      '7pt82',
    ],
    [
      'deletes the pod that is ready for less time',
      three().pod('7pt82', {}, { readyChangedAt: NOW - 60_000 }),
      '7pt82',
    ],
    [
      'deletes the smaller uid of about the same age, even if older',
      three().pod('b85tm', {}, { readyChangedAt: NOW - HOUR - 5000 }),
      'b85tm',
    ],
    [
      'deletes the pod with more restarts of a container',
      three().pod(
        '7pt82',
        { restarts: 3 },
        {
          containers: [restarted(3)],
        },
      ),
      '7pt82',
    ],
    [
      'deletes the pod with more restarts of a sidecar, if its containers have as many',
      three()
        .pod('7pt82', {}, { initContainers: [{ ...restarted(1), isSidecar: true }] })
        .pod('hfbrr', {}, { initContainers: [{ ...restarted(5), isSidecar: false }] }),
      '7pt82',
    ],
    [
      'counts restarts of containers before those of sidecars',
      three()
        .pod('7pt82', {}, { initContainers: [{ ...restarted(5), isSidecar: true }] })
        .pod('hfbrr', {}, { containers: [restarted(1)] }),
      'hfbrr',
    ],
    ['deletes the pod created later', three().pod('7pt82', { createdAt: NOW - 60_000 }), '7pt82'],
  ])('%s', (_, given, want) => {
    const { pods } = given.snapshot();
    expect(possibleSurplusOfReplicaSet(pods, pods, 2, NOW).map(({ name }) => name.slice(-5))).toEqual([want]);
  });

  test('deletes none when it wants as many as it has', () => {
    const { pods } = three().snapshot();
    expect(possibleSurplusOfReplicaSet(pods, pods, 3, NOW)).toEqual([]);
  });
});

describe('possibleSurplusOfReplicaSet', () => {
  const POWER_MS = 2 ** 40 / 1e6;
  const aged = (name: string, ageMs: number, of = three()) =>
    of.pod(name, { createdAt: NOW - 2 * HOUR }, { readyChangedAt: NOW - ageMs });
  const possible = (of: ReturnType<typeof three>) => {
    const { pods } = of.snapshot();
    return possibleSurplusOfReplicaSet(pods, pods, 2, NOW).map(({ name }) => name.slice(-5));
  };

  test('names one pod when no age passes a power of two', () => {
    expect(possible(aged('7pt82', POWER_MS - 10_000))).toEqual(['7pt82']);
  });

  test('names two pods when an age is about to pass a power of two', () => {
    const both = aged('b85tm', POWER_MS + 60_000, aged('7pt82', POWER_MS - 1_000));
    expect(possible(both)).toEqual(['7pt82', 'b85tm']);
  });
});

describe('possibleSurplusOfReplicaSet among equals', () => {
  test('names all pods that are equal to the first, and those between them', () => {
    const given = three()
      .pod('b85tm', { createdAt: NOW - HOUR }, { readyChangedAt: NOW - HOUR })
      .pod('7pt82', { createdAt: NOW - HOUR }, { readyChangedAt: NOW - HOUR })
      .pod('hfbrr', {}, { readyChangedAt: NOW - HOUR - 5_000 });
    const { pods } = given.snapshot();
    expect(possibleSurplusOfReplicaSet(pods, pods, 2, NOW).map(({ name }) => name.slice(-5))).toEqual([
      'b85tm',
      'hfbrr',
      '7pt82',
    ]);
  });
});

describe('keptByDaemonSet', () => {
  test('keeps the oldest, ready or not', () => {
    const { pods } = three().notReady('hfbrr').pod('hfbrr', { createdAt: 1 }).snapshot();
    expect(keptByDaemonSet(pods)?.name).toContain('hfbrr');
  });

  test('keeps the first by name of the same age', () => {
    expect(keptByDaemonSet(three().snapshot().pods)?.name).toContain('7pt82');
  });
});
