import type { V1Taint } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { newTestCluster, node, type TestCluster } from './cluster.fixture.ts';

test('a new node gets the deprecated names of its labels, a TTL for secrets and one Event', async () => {
  const cluster = newTestCluster({ nodes: [] });
  cluster.apply('nodes', node('node-1', { labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } }));
  await cluster.settled();
  const { labels, annotations } = cluster.get('nodes', 'node-1').metadata;
  expect(labels).toMatchObject({ 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'amd64' });
  expect(annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '0' });
  cluster.patch('nodes', 'node-1', { metadata: { labels: { 'kubernetes.io/arch': 'arm64' } } });
  await cluster.settled();
  expect(cluster.get('nodes', 'node-1').metadata.labels).toMatchObject({ 'beta.kubernetes.io/arch': 'arm64' });
  const events = cluster.api.list('events', 'default').filter(({ reason }) => reason === 'RegisteredNode');
  expect(events.map(({ message }) => message)).toEqual(['Node node-1 event: Registered Node node-1 in Controller']);
});

const taintsOf = (cluster: TestCluster, name: string) =>
  (cluster.get('nodes', name).spec.taints ?? []).map(({ key, effect }: V1Taint) => `${key} ${effect}`);

function setReady(cluster: TestCluster, name: string, status: 'True' | 'False'): Promise<void> {
  const conditions = [{ type: 'Ready', status }];
  cluster.api.mergePatch('nodes', undefined, name, { status: { conditions } }, { subresource: 'status' });
  return cluster.settled();
}

test('evicts no pods while no node is ready', async () => {
  const cluster = newTestCluster({ nodes: ['node-1', 'node-2'] });
  await setReady(cluster, 'node-1', 'False');
  expect(taintsOf(cluster, 'node-1')).toEqual([
    'node.kubernetes.io/not-ready NoSchedule',
    'node.kubernetes.io/not-ready NoExecute',
  ]);
  await setReady(cluster, 'node-2', 'False');
  for (const name of ['node-1', 'node-2'])
    expect(taintsOf(cluster, name)).toEqual(['node.kubernetes.io/not-ready NoSchedule']);
  await setReady(cluster, 'node-2', 'True');
  expect([taintsOf(cluster, 'node-1').length, taintsOf(cluster, 'node-2')]).toEqual([2, []]);
});

test('a node that is made anew is registered anew', async () => {
  const cluster = newTestCluster({ nodes: ['node-1', 'node-2'] });
  await cluster.settled();
  cluster.remove('nodes', 'node-2');
  cluster.apply('nodes', node('node-2'));
  await cluster.settled();
  const messages = (reason: string) => cluster.eventMessages(reason).filter((each) => each.includes('node-2'));
  expect([messages('RemovingNode').length, messages('RegisteredNode').length]).toEqual([1, 2]);
});
