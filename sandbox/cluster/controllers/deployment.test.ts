import { describe, expect, it } from 'vitest';
import { newTestCluster, workload } from './cluster.fixture.ts';

describe('a Deployment', () => {
  it('gets a ReplicaSet, and that its pods, spread over the nodes', async () => {
    const cluster = newTestCluster();
    cluster.apply('deployments', workload('Deployment', { spec: { replicas: 3 } }));
    await cluster.settled();
    const [set] = cluster.api.list('replicasets', 'default');
    expect(set?.metadata.name).toMatch(/^rng-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
    expect(
      cluster
        .pods()
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['node-1', 'node-2', 'node-3']);
    expect(cluster.get('deployments', 'rng').status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 3,
    });
    expect(cluster.said('ScalingReplicaSet')).toEqual([`Scaled up replica set ${set?.metadata.name} from 0 to 3`]);
  });
});
