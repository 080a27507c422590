import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/pod.ts';
import { timestamp } from '../../api/time.ts';
import { deletionCost, inDeletionOrder } from './deletion-order.ts';

const now = Date.parse('2026-03-01T03:12:07Z');
const minute = 60_000;

interface Given {
  node?: string | null;
  phase?: 'Pending' | 'Unknown' | 'Running';
  ready?: boolean;
  cost?: string;
  readyForMs?: number;
  restarts?: number;
  sidecarRestarts?: number;
  ageMs?: number;
  uid?: string;
}

const started = { image: '', imageID: '', ready: true };

function pod(name: string, given: Given): Pod {
  const { node = 'node-1', phase = 'Running', ready = true, cost, ageMs = 60 * minute } = given;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: given.uid ?? name,
      resourceVersion: '1',
      creationTimestamp: timestamp(now - ageMs),
      ...(cost !== undefined && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: {
      ...(node !== null && { nodeName: node }),
      containers: [],
      initContainers: [{ name: 'proxy', restartPolicy: 'Always' }],
    },
    status: {
      phase,
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: timestamp(now - (given.readyForMs ?? 60 * minute)),
        },
      ],
      containerStatuses: [{ ...started, name: 'rng', restartCount: given.restarts ?? 0 }],
      initContainerStatuses: [{ ...started, name: 'proxy', restartCount: given.sidecarRestarts ?? 0 }],
    },
  };
}

/** Name, the pod that is deleted, the pod that stays. */
const rules: [string, Given, Given][] = [
  ['a pod without a node before one with a node', { node: null, phase: 'Running' }, { phase: 'Pending' }],
  ['Pending before Unknown', { phase: 'Pending', ready: false }, { phase: 'Unknown', ready: false }],
  ['Unknown before Running', { phase: 'Unknown' }, { phase: 'Running', ready: false }],
  ['not ready before ready', { ready: false }, { ready: true }],
  ['not ready with the highest cost before ready with cost -5', { ready: false, cost: '2147483647' }, { cost: '-5' }],
  ['the lower deletion cost', { cost: '-1' }, {}],
  ['a missing cost, which is 0, before cost 1', {}, { cost: '1' }],
  [
    'the lower cost before the shorter ready time',
    { cost: '1', readyForMs: 60 * minute },
    { cost: '2', readyForMs: minute },
  ],
  [
    'ready for 30 minutes before ready for 40, across a power of two',
    { readyForMs: 30 * minute, uid: 'b' },
    { readyForMs: 40 * minute, uid: 'a' },
  ],
  [
    'the smaller uid when ready for 40 and 50 minutes, within a power of two',
    { readyForMs: 50 * minute, uid: 'a' },
    { readyForMs: 40 * minute, uid: 'b' },
  ],
  [
    'the smaller uid before more restarts, within a power of two',
    { readyForMs: 50 * minute, uid: 'a' },
    { readyForMs: 40 * minute, uid: 'b', restarts: 9 },
  ],
  ['more restarts', { restarts: 2 }, { restarts: 1 }],
  ['more restarts of a sidecar when the restarts are equal', { restarts: 1, sidecarRestarts: 1 }, { restarts: 1 }],
  ['the later creation', { ageMs: minute, uid: 'b' }, { ageMs: 60 * minute, uid: 'a' }],
  [
    'the smaller uid when created 40 and 50 minutes ago',
    { ageMs: 50 * minute, uid: 'a' },
    { ageMs: 40 * minute, uid: 'b' },
  ],
];

describe('a ReplicaSet deletes first', () => {
  test.each(rules)('%s', (_rule, goes, stays) => {
    const [one, other] = [pod('goes', goes), pod('stays', stays)];
    const order = (pods: Pod[]) => inDeletionOrder(pods, () => 1, now).map(({ metadata }) => metadata.name);
    expect(order([one, other])).toEqual(['goes', 'stays']);
    expect(order([other, one])).toEqual(['goes', 'stays']);
  });

  test('the pod on the node with more related pods, whatever its age', () => {
    const rank = (each: Pod) => (each.spec.nodeName === 'crowded' ? 2 : 1);
    const pods = [pod('alone', { node: 'empty', readyForMs: minute }), pod('crowded', { node: 'crowded' })];
    expect(inDeletionOrder(pods, rank, now).map(({ metadata }) => metadata.name)).toEqual(['crowded', 'alone']);
  });
});

describe('a deletion cost', () => {
  test.each([
    ['5', 5],
    ['-5', -5],
    ['0', 0],
    ['2147483647', 2147483647],
    ['2147483648', 0],
    ['+10', 0],
    ['008', 0],
    ['', 0],
    ['1.5', 0],
  ])('%j counts as %d', (written, cost) => {
    expect(deletionCost(pod('rng', { cost: written }))).toBe(cost);
  });
});
