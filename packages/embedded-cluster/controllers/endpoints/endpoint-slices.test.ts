import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import {
  barePod,
  newTestCluster,
  node,
  readyCondition,
  service,
  setStatus,
  type TestCluster,
  workload,
} from '../cluster.fixture.ts';

interface Changes {
  replicas?: number;
  spec?: object;
  selector?: object | null;
}

async function rngService({ replicas = 2, ...changes }: Changes = {}): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.apply('deployments', workload('Deployment', { spec: { replicas } }));
  cluster.apply('services', service(changes));
  await cluster.settled();
  return cluster;
}

/** The slices of the EndpointSlice controller, without mirrored ones. */
function slices(cluster: TestCluster): readonly KubeObject[] {
  return cluster.api.list('endpointslices', 'default').filter(({ metadata: { labels } }) => {
    const isItsOwn = labels?.['endpointslice.kubernetes.io/managed-by'] === 'endpointslice-controller.k8s.io';
    return isItsOwn && labels['kubernetes.io/service-name'] === 'rng';
  });
}

interface Endpoint {
  conditions: { ready: boolean; serving: boolean; terminating: boolean };
  targetRef: { name: string };
}

function endpoints(cluster: TestCluster): Endpoint[] {
  return slices(cluster).flatMap((slice) => slice.endpoints ?? []);
}

function names(cluster: TestCluster): string[] {
  return endpoints(cluster).map(({ targetRef }) => targetRef.name);
}

function conditionsOf(cluster: TestCluster, pod: Pod): object | undefined {
  return endpoints(cluster).find(({ targetRef }) => targetRef.name === pod.metadata.name)?.conditions;
}

describe('the EndpointSlices of a Service', () => {
  test('list the pods with address, node, zone and conditions', async () => {
    const cluster = newTestCluster({ nodes: [] });
    cluster.apply('nodes', node('node-1', { labels: { 'topology.kubernetes.io/zone': 'eu-west-1a' } }));
    const owner = cluster.apply('services', service({ labels: { team: 'mining' } }));
    cluster.apply('pods', barePod('rng-1', { spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    const [slice] = slices(cluster);
    const [pod] = cluster.pods();
    expect(slice?.metadata.name).toMatch(/^rng-[a-z0-9]{5}$/);
    expect(slice?.metadata.labels).toEqual({
      team: 'mining',
      'kubernetes.io/service-name': 'rng',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
    expect(slice?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Service',
        name: 'rng',
        uid: owner.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(slice).toMatchObject({ addressType: 'IPv4', ports: [{ name: '', port: 80, protocol: 'TCP' }] });
    expect(slice?.endpoints).toEqual([
      {
        addresses: [pod?.status.podIP],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-1',
        targetRef: { kind: 'Pod', namespace: 'default', name: 'rng-1', uid: pod?.metadata.uid },
        zone: 'eu-west-1a',
      },
    ]);
  });

  test('list an unready pod as neither serving nor ready', async () => {
    const cluster = await rngService();
    const [pod] = cluster.pods() as [Pod];
    setStatus(cluster.api, pod, { conditions: [readyCondition(false, cluster.clock.now)] });
    await cluster.settled();
    expect(conditionsOf(cluster, pod)).toEqual({ ready: false, serving: false, terminating: false });
  });

  test('list a terminating pod as serving but not ready', async () => {
    const cluster = await rngService();
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { finalizers: ['pitlane.dev/test'] } });
    cluster.remove('pods', pod.metadata.name);
    await cluster.settled();
    expect(conditionsOf(cluster, pod)).toEqual({ ready: false, serving: true, terminating: true });
  });

  test('drop a pod that loses the label without listing it as terminating', async () => {
    const cluster = await rngService();
    const [pod] = cluster.pods() as [Pod];
    const seen: boolean[] = [];
    cluster.api.subscribe(({ resource, object }) => {
      if (resource !== 'endpointslices') return;
      for (const { conditions } of object.endpoints as Endpoint[]) seen.push(conditions.terminating);
    });
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    expect(names(cluster)).not.toContain(pod.metadata.name);
    expect(names(cluster)).toHaveLength(2);
    expect(seen).not.toContain(true);
  });

  test.each(['Succeeded', 'Failed'])('do not list a pod that has %s', async (phase) => {
    const cluster = newTestCluster();
    cluster.apply('services', service());
    cluster.apply('pods', barePod('rng-1', { spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    expect(names(cluster)).toEqual(['rng-1']);
    setStatus(cluster.api, cluster.get('pods', 'rng-1'), { phase });
    await cluster.settled();
    expect(names(cluster)).toEqual([]);
  });

  test('list a pod on a missing node only with publishNotReadyAddresses', async () => {
    for (const publishNotReadyAddresses of [false, true]) {
      const cluster = newTestCluster();
      cluster.apply('services', service({ spec: { publishNotReadyAddresses } }));
      cluster.apply('pods', barePod('rng-1', { spec: { nodeName: 'vanished' } }));
      await cluster.settled();
      expect(names(cluster)).toEqual(publishNotReadyAddresses ? ['rng-1'] : []);
    }
  });

  test('list every pod as ready with publishNotReadyAddresses', async () => {
    const cluster = newTestCluster();
    cluster.readiness = () => false;
    cluster.apply('services', service({ spec: { publishNotReadyAddresses: true } }));
    cluster.apply('pods', barePod('rng-1', { spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    expect(endpoints(cluster)[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false });
  });

  test('are one empty slice when the Service selects nothing', async () => {
    const cluster = newTestCluster();
    cluster.apply('services', service());
    await cluster.settled();
    expect(slices(cluster)).toHaveLength(1);
    expect(endpoints(cluster)).toEqual([]);
  });

  test('hold 100 endpoints each', async () => {
    const cluster = await rngService({ replicas: 250 });
    expect(
      slices(cluster)
        .map((slice) => slice.endpoints.length)
        .sort(),
    ).toEqual([100, 100, 50]);
  });

  test('are split by the number of a named port on the pods', async () => {
    const cluster = newTestCluster();
    cluster.apply('services', service({ spec: { ports: [{ port: 80, targetPort: 'http' }] } }));
    const containers = [{ name: 'rng', image: 'rng', ports: [{ name: 'http', containerPort: 8080 }] }];
    cluster.apply('pods', barePod('rng-1', { spec: { nodeName: 'node-1' } }));
    cluster.apply('pods', barePod('rng-2', { spec: { nodeName: 'node-1', containers } }));
    await cluster.settled();
    const ports = slices(cluster).map((slice) => [slice.ports[0].port, slice.endpoints[0].targetRef.name]);
    expect(ports.sort()).toEqual([
      [80, 'rng-1'],
      [8080, 'rng-2'],
    ]);
  });

  test('stay unchanged when the whole selector is removed', async () => {
    const cluster = await rngService();
    const before = names(cluster);
    cluster.patch('services', 'rng', { spec: { selector: null } });
    cluster.patch('deployments', 'rng', { spec: { replicas: 0 } });
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
    expect(names(cluster)).toEqual(before);
  });

  test('do not exist for a Service without a selector', async () => {
    const cluster = await rngService({ selector: null });
    expect(slices(cluster)).toEqual([]);
  });

  test('are deleted with the Service', async () => {
    const cluster = await rngService();
    cluster.remove('services', 'rng');
    await cluster.settled();
    expect(slices(cluster)).toEqual([]);
    expect(cluster.api.get('endpoints', 'default', 'rng')).toBeUndefined();
  });

  test('record the Ready transition that caused them until a change of labels clears it', async () => {
    const annotation = 'endpoints.kubernetes.io/last-change-trigger-time';
    const cluster = await rngService();
    cluster.clock.now += 60_000;
    const [pod] = cluster.pods() as [Pod];
    setStatus(cluster.api, pod, { conditions: [readyCondition(false, cluster.clock.now)] });
    await cluster.settled();
    expect(slices(cluster)[0]?.metadata.annotations?.[annotation]).toBe('2026-03-01T03:13:07Z');
    cluster.apply('services', service({ name: 'other' }));
    cluster.patch('deployments', 'rng', { spec: { replicas: 0 } });
    await cluster.settled();
    cluster.apply('pods', barePod('bare', { metadata: { labels: { app: 'web' } }, spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    cluster.patch('services', 'rng', { spec: { selector: { app: 'web' } } });
    await cluster.settled();
    cluster.patch('pods', 'bare', { metadata: { labels: { app: 'else' } } });
    await cluster.settled();
    expect(slices(cluster)[0]?.metadata.annotations?.[annotation]).toBeUndefined();
  });

  test('correspond to the Endpoints object, which omits terminating pods', async () => {
    const cluster = await rngService();
    const [pod, other] = cluster.pods() as [Pod, Pod];
    setStatus(cluster.api, pod, { conditions: [readyCondition(false, cluster.clock.now)] });
    await cluster.settled();
    expect(cluster.get('endpoints', 'rng').subsets).toMatchObject([
      {
        addresses: [{ ip: other.status.podIP, targetRef: { name: other.metadata.name } }],
        notReadyAddresses: [{ ip: pod.status.podIP }],
        ports: [{ port: 80, protocol: 'TCP' }],
      },
    ]);
    cluster.patch('pods', pod.metadata.name, { metadata: { finalizers: ['pitlane.dev/test'] } });
    cluster.remove('pods', pod.metadata.name);
    await cluster.settled();
    expect(JSON.stringify(cluster.get('endpoints', 'rng').subsets)).not.toContain(pod.metadata.name);
  });
});
