import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNotFound } from '../../client/kube-api.ts';
import type { Pod } from '../pod.ts';
import { isReady, type OpenCluster, Playground, podsPath, until } from './playground.ts';

/** The lifecycle of pods on the kubelet's nodes. */
export function podLifecycle(openCluster: OpenCluster): void {
  let on: Playground;
  beforeAll(async () => {
    on = await Playground.open(openCluster, { lingerMs: 1_000 });
  });
  afterAll(() => on.close());

  test('registers ready nodes without the taint of new nodes, with a lease each', async () => {
    interface Node {
      metadata: { name: string };
      spec: { taints?: { key: string }[] };
      status: { conditions: { type: string; status: string }[] };
    }
    const nodes = () => on.api.get<{ items: Node[] }>('/api/v1/nodes').then(({ items }) => items.map(summary));
    const summary = ({ metadata, spec, status }: Node) => [
      metadata.name,
      status.conditions.find(({ type }) => type === 'Ready')?.status,
      (spec.taints ?? []).map(({ key }) => key).join(),
    ];
    const want = [
      ['node-1', 'True', ''],
      ['node-2', 'True', ''],
    ];
    await until('ready and untainted', nodes, (seen) => JSON.stringify(seen) === JSON.stringify(want));
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
    const { items } = await on.api.get<{ items: { spec: { holderIdentity: string } }[] }>(path);
    expect(items.map(({ spec }) => spec.holderIdentity)).toEqual(['node-1', 'node-2']);
  });

  test('makes four pods of a Deployment ready with two status writes and an address each', async () => {
    const namespace = await on.namespace();
    const before = on.kubelet.requests()['PATCH pods/status'] ?? 0;
    await on.api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, deployment(4));
    const pods = await until(
      'four ready pods',
      () => on.pods(namespace),
      (seen) => seen.length === 4 && seen.every(isReady),
    );
    const addresses = pods.map(({ status }) => status?.podIP ?? '');
    expect(new Set(addresses).size).toBe(4);
    expect(addresses.filter((address) => !/^10\.244\.[12]\.\d+$/.test(address))).toEqual([]);
    expect((on.kubelet.requests()['PATCH pods/status'] ?? 0) - before).toBe(8);
    const [first] = pods;
    expect(first?.status).toMatchObject({ phase: 'Running', hostIP: '127.0.0.1', podIPs: [{ ip: addresses[0] }] });
    expect(first?.status?.containerStatuses?.[0]).toMatchObject({ ready: true, started: true, restartCount: 0 });
  });

  test('a pod answers only on the port that it listens on', async () => {
    const namespace = await on.namespace();
    const { metadata } = await on.readyPod(namespace, 'web', { container: { ports: [{ containerPort: 8080 }] } });
    const { port } = on.kubelet.endpoint(metadata.uid, 8080) ?? { port: 0 };
    expect(await get(port, '/hello')).toBe('web example/app:v1 GET /hello\n');
    expect(on.kubelet.endpoint(metadata.uid, 80)).toBeUndefined();
  });

  test('a deleted pod finishes open requests and answers new ones for a moment', async () => {
    const namespace = await on.namespace();
    const { metadata } = await on.readyPod(namespace, 'web');
    on.kubelet.fault(metadata.uid, 'slow=500ms');
    const { port } = on.kubelet.endpoint(metadata.uid) ?? { port: 0 };
    const begun = get(port, '/before');
    await on.deletePod(namespace, 'web');
    const isKilling = (events: string[]) => events.includes('Killing Stopping container app');
    await until('stopping', () => on.events(namespace, 'web'), isKilling);
    // Proxies still send requests until they see the change of the endpoints.
    expect(await get(port, '/after')).toBe('web example/app:v1 GET /after\n');
    expect(await begun).toBe('web example/app:v1 GET /before\n');
    await until(
      'gone',
      () => on.pod(namespace, 'web').catch(ifGone),
      (seen) => seen === 'gone',
    );
    expect(on.kubelet.endpoint(metadata.uid)).toBeUndefined();
  });

  test.each([
    ['that succeeds', ['true'], 'Succeeded', 0],
    ['that fails', ['sh', '-c', 'echo oops; exit 3'], 'Failed', 3],
  ])('a command %s', async (_, command, phase, exitCode) => {
    const namespace = await on.namespace();
    const container = { image: 'busybox:1.36', command };
    await on.createPod(namespace, 'job', { container, spec: { restartPolicy: 'Never' } });
    const { status } = await on.untilPod('finished', namespace, 'job', (pod) => pod.status?.phase === phase);
    expect(status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(exitCode);
  });

  test('a pod past its deadline fails with DeadlineExceeded and stops serving', async () => {
    const namespace = await on.namespace();
    // The start time is cut to whole seconds, so at least 1 of 2 seconds is left.
    const { metadata } = await on.readyPod(namespace, 'canary', { spec: { activeDeadlineSeconds: 2 } });
    const { status } = await on.untilPod('failed', namespace, 'canary', (pod) => pod.status?.phase === 'Failed');
    expect(status).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
    expect(on.kubelet.endpoint(metadata.uid)).toBeUndefined();
  });

  test('a readiness gate keeps a pod unready until its condition is True', async () => {
    const namespace = await on.namespace();
    const gate = 'lb.example.com/attached';
    await on.createPod(namespace, 'gated', { spec: { readinessGates: [{ conditionType: gate }] } });
    const hasReason = ({ status }: Pod) =>
      status?.conditions?.some(({ reason }) => reason === 'ReadinessGatesNotReady');
    await on.untilPod('running behind its gate', namespace, 'gated', (pod) => hasReason(pod) === true);
    const conditions = [{ type: gate, status: 'True' }];
    await on.api.patch(`${podsPath(namespace)}/gated/status`, { status: { conditions } });
    const { status } = await on.untilPod('ready', namespace, 'gated', isReady);
    expect(status?.conditions?.filter(({ reason }) => reason !== undefined)).toEqual([]);
  });

  test('the status and its conditions tell which generation of the pod they are of', async () => {
    const namespace = await on.namespace();
    const { metadata } = await on.readyPod(namespace, 'web');
    const path = `${podsPath(namespace)}/web`;
    await on.api.patch(path, { spec: { activeDeadlineSeconds: 5_000 } });
    const seen = async () => {
      const { status } = await on.api.get<Pod>(path);
      return [status, ...(status?.conditions ?? [])].map((part) => part?.observedGeneration);
    };
    expect(metadata.generation).toBe(1);
    await until('seen', seen, (generations) => generations.join() === '2,2,2,2,2,2');
  });

  test('an ephemeral container runs beside the app', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    const debug = { name: 'debugger', image: 'busybox', command: ['sleep', 'infinity'], targetContainerName: 'app' };
    await on.api.patch(`${podsPath(namespace)}/web/ephemeralcontainers`, { spec: { ephemeralContainers: [debug] } });
    const running = (pod: Pod) => pod.status?.ephemeralContainerStatuses?.[0]?.state?.running !== undefined;
    const { status } = await on.untilPod('with a running ephemeral container', namespace, 'web', running);
    expect(status?.containerStatuses?.[0]).toMatchObject({ ready: true, restartCount: 0 });
  });

  test('an init container completes before the app starts', async () => {
    const namespace = await on.namespace();
    const initContainers = [{ name: 'prepare', image: 'busybox' }];
    const { status } = await on.readyPod(namespace, 'web', { spec: { initContainers } });
    expect(status?.initContainerStatuses?.[0]).toMatchObject({
      ready: true,
      state: { terminated: { exitCode: 0, reason: 'Completed' } },
    });
  });

  test('a sidecar runs beside the app and ends after it', async () => {
    const namespace = await on.namespace();
    const initContainers = [{ name: 'proxy', image: 'example/proxy', restartPolicy: 'Always' }];
    const container = { image: 'busybox', command: ['sh', '-c', 'sleep 1; exit 0'] };
    const { status } = await on.readyPod(namespace, 'job', {
      container,
      spec: { initContainers, restartPolicy: 'Never' },
    });
    expect(status?.initContainerStatuses?.[0]).toMatchObject({ ready: true, started: true, state: { running: {} } });
    const isOver = (pod: Pod) => pod.status?.initContainerStatuses?.[0]?.state?.terminated !== undefined;
    const over = await on.untilPod('finished', namespace, 'job', isOver);
    expect(over.status?.phase).toBe('Succeeded');
  });

  test('a new node gets a pod of a DaemonSet', async () => {
    const namespace = await on.namespace();
    const labels = { app: 'agent' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'example/agent' }] } };
    await on.api.create(`/apis/apps/v1/namespaces/${namespace}/daemonsets`, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: labels }, template },
    });
    const readyOn = async () =>
      (await on.pods(namespace))
        .filter(isReady)
        .map(({ spec }) => spec.nodeName)
        .sort();
    await until('one on each node', readyOn, (names) => names.join() === 'node-1,node-2');
    await on.kubelet.addNode({ name: 'node-3' });
    await until('one on the new node too', readyOn, (names) => names.join() === 'node-1,node-2,node-3');
  });
}

function deployment(replicas: number): object {
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'example/app:v1' }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
}

function get(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve(text);
    });
    sent.on('error', reject).end();
  });
}

function ifGone(error: unknown): string {
  return isNotFound(error) ? 'gone' : String(error);
}
