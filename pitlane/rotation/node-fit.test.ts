import { expect, test } from 'vitest';
import { finding } from '../../test/builders/plan.ts';
import { podNeeds } from '../../test/builders/pod-needs.ts';
import { drainOf, rng } from '../../test/builders/snapshot.ts';
import { planOf } from '../operations/planners.ts';
import { type DaemonTemplate, unwantedBecause } from './node-fit.ts';
import type { NodeRoom } from './snapshot.ts';

const NODE: NodeRoom = {
  name: 'node-1',
  labels: { disk: 'ssd' },
  taints: [],
  isUnschedulable: true,
  isReady: true,
  free: {},
  pods: [],
};
const tainted = (key: string, effect = 'NoSchedule') => ({ ...NODE, taints: [{ key, effect }] });
const of = (needs: Parameters<typeof podNeeds>[1] = {}, more: Partial<DaemonTemplate> = {}): DaemonTemplate => ({
  needs: podNeeds({}, needs),
  ...more,
});

test.each<[name: string, node: NodeRoom, template: DaemonTemplate, want: string | undefined]>([
  ['takes a cordoned node', tainted('node.kubernetes.io/unschedulable'), of(), undefined],
  ['takes a node that is not ready', tainted('node.kubernetes.io/not-ready', 'NoExecute'), of(), undefined],
  ['takes a node that is only not preferred', tainted('dedicated', 'PreferNoSchedule'), of(), undefined],
  ['skips a tainted node', tainted('dedicated'), of(), 'tainted dedicated'],
  ['takes a taint that it tolerates', tainted('dedicated'), of({ tolerations: [{ operator: 'Exists' }] }), undefined],
  [
    'skips a node without network',
    tainted('node.kubernetes.io/network-unavailable'),
    of(),
    'tainted node.kubernetes.io/network-unavailable',
  ],
  [
    'takes it with the network of the node',
    tainted('node.kubernetes.io/network-unavailable'),
    of({}, { hostNetwork: true }),
    undefined,
  ],
  [
    'skips a node with other labels',
    NODE,
    of({ nodeSelector: { disk: 'hdd' } as never }),
    'not matched by its nodeSelector',
  ],
  ['takes a node with the labels', NODE, of({ nodeSelector: { disk: 'ssd' } as never }), undefined],
  [
    'skips the nodes that its template does not name',
    NODE,
    of({}, { nodeName: 'node-2' }),
    'its template names node node-2',
  ],
])('a DaemonSet %s', (_, node, template, want) => {
  expect(unwantedBecause(node, template)).toBe(want);
});

test('nothing replaces a pod of a DaemonSet on a node that it would not choose', () => {
  const snapshot = (taints: NodeRoom['taints']) =>
    rng().daemonSet(3).free(4_000, 4_000, 4_000).tainted(taints, [], []).about('b85tm');
  const found = (taints: NodeRoom['taints']) => {
    const given = snapshot(taints);
    const controllers = given.controllers.map((each) => ({ ...each, needs: podNeeds() }));
    return finding(planOf({ ...given, controllers }, drainOf(given)), 'NothingReplacesIt')?.message;
  };
  expect(found([])).toBeUndefined();
  expect(found([{ key: 'dedicated', effect: 'NoSchedule' }])).toBe(
    'DaemonSet rng wants no pod on node-1 (tainted dedicated), so nothing replaces rng-b85tm.',
  );
});
