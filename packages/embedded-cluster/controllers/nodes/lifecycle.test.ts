import { expect, test } from 'vitest';
import { newTestCluster, node } from '../cluster.fixture.ts';

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
