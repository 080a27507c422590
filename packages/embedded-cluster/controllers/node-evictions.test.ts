import { describe, expect, test } from 'vitest';
import { barePod, newTestCluster, type TestCluster } from './cluster.fixture.ts';

const maintenance = { key: 'maintenance', effect: 'NoExecute' };

async function podsOnTaintedNode(tolerations: Record<string, object[]>): Promise<TestCluster> {
  const cluster = newTestCluster({ nodes: ['node-1'] });
  for (const [name, each] of Object.entries(tolerations)) {
    cluster.apply('pods', barePod(name, { spec: { tolerations: each } }));
  }
  await cluster.settled();
  cluster.patch('nodes', 'node-1', { spec: { taints: [maintenance] } });
  await cluster.settled();
  return cluster;
}

function names(cluster: TestCluster): string[] {
  return cluster.pods().map(({ metadata }) => metadata.name);
}

describe('a NoExecute taint', () => {
  test('deletes the pods that do not tolerate it, with an Event', async () => {
    const cluster = await podsOnTaintedNode({ meek: [], tough: [{ key: 'maintenance', operator: 'Exists' }] });
    expect(names(cluster)).toEqual(['tough']);
    expect(cluster.eventMessages('TaintManagerEviction')).toEqual(['Marking for deletion Pod default/meek']);
  });

  test('deletes a tolerating pod after tolerationSeconds', async () => {
    const cluster = await podsOnTaintedNode({
      patient: [{ key: 'maintenance', operator: 'Exists', tolerationSeconds: 60 }],
    });
    expect(names(cluster)).toEqual(['patient']);
    cluster.clock.now += 61_000;
    cluster.patch('nodes', 'node-1', { spec: { taints: [maintenance, { key: 'other', effect: 'PreferNoSchedule' }] } });
    await cluster.settled();
    expect(names(cluster)).toEqual([]);
  });

  test('deletes no pod when it is removed in time', async () => {
    const cluster = await podsOnTaintedNode({
      patient: [{ key: 'maintenance', operator: 'Exists', tolerationSeconds: 60 }],
    });
    cluster.patch('nodes', 'node-1', { spec: { taints: null } });
    await cluster.settled();
    expect(cluster.eventMessages('TaintManagerEviction')).toEqual(['Cancelling deletion of Pod default/patient']);
    cluster.clock.now += 61_000;
    cluster.patch('nodes', 'node-1', { spec: { taints: [maintenance] } });
    await cluster.settled();
    expect(names(cluster)).toEqual(['patient']);
  });
});
