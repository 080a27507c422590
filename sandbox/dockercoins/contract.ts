import type { V1EndpointSlice } from '@kubernetes/client-node';
import { type OpenCluster, Playground, podsPath, until } from '@pitlane/embedded-cluster/kubelet/contract/playground';
import { faultAnnotation } from '@pitlane/embedded-cluster/kubelet/fault';
import type { Pod } from '@pitlane/embedded-cluster/kubelet/pod';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, serviceCaller } from '../traffic/call.ts';
import type { FindServer } from '../traffic/send.ts';
import { startTraffic, type Traffic } from '../traffic/traffic.ts';
import { dockerCoinsApps } from './apps.ts';
import { deployDockerCoins } from './deploy.ts';

const namespace = 'dockercoins';

/** DockerCoins under steady traffic, on any cluster. */
export function dockerCoinsUnderTraffic(openCluster: OpenCluster): void {
  let on: Playground;
  let caller: Caller;
  let traffic: Traffic;
  const findServer: FindServer = (podUid, port) => on.kubelet.endpoint(podUid, port);

  beforeAll(async () => {
    const openWithCaller = async () => {
      const cluster = await openCluster();
      caller = serviceCaller({ kubeConfig: cluster.kubeConfig, findServer });
      return cluster;
    };
    // The worker starts to call after `on` is assigned.
    const call: Caller['call'] = (...call) => caller.call(...call);
    on = await Playground.open(openWithCaller, { apps: dockerCoinsApps({ call, stop: () => caller.stop() }) });
    const { kubeConfig } = on.cluster;
    await deployDockerCoins({ kubeConfig });
    // EndpointSlices lag behind the Deployment's status.
    await until('4 listed', readyInSlices, (count) => count === 4);
    traffic = await startTraffic({
      kubeConfig,
      namespace,
      service: 'rng',
      path: '/32',
      ratePerSecond: 100,
      findServer,
    });
  });

  afterAll(async () => {
    await traffic.stop();
    caller.stop();
    await on.close();
  });

  const readyInSlices = async () => {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
    const labelSelector = 'kubernetes.io/service-name=rng';
    const { items } = await on.api.get<{ items: V1EndpointSlice[] }>(path, { labelSelector });
    return items.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready).length;
  };
  const rngPods = () => on.pods(namespace, 'app=rng');
  const nameOf = (pod: Pod | undefined) => pod?.metadata.name ?? '';
  const requestsTo = (name: string) => traffic.stats().pods[name]?.requests ?? 0;
  const allFailures = () => Object.values(traffic.stats().failures).reduce((sum, count) => sum + count, 0);
  const untilMore = (requests: number) => {
    const target = traffic.stats().requests + requests;
    return until(
      `${requests} requests further`,
      () => traffic.stats().requests,
      (sent) => sent >= target,
    );
  };

  test('four rng pods share the traffic without a failed request', async () => {
    const names = (await rngPods()).map(nameOf);
    expect(names.length).toBe(4);
    await until(
      'served by all',
      () => names.map(requestsTo),
      (counts) => counts.every((count) => count >= 10),
    );
    expect([allFailures(), traffic.stats().lowestReadyEndpoints]).toEqual([0, 4]);
  });

  test('a failing rng answers 500 and logs the reason, the others do not', async () => {
    const [bad, good] = (await rngPods()).map(nameOf) as [string, string];
    await on.annotate(namespace, bad, { [faultAnnotation]: 'failing=1' });
    await until(
      '5xx',
      () => traffic.stats().failures.serverError,
      (count) => count >= 5,
    );
    const why = "OSError: [Errno 24] Too many open files: '/dev/urandom'";
    expect(await on.logs(namespace, bad, { container: 'rng' })).toContain(why);
    expect(await on.logs(namespace, good, { container: 'rng' })).not.toContain(why);
    const answered = /^10\.244\.0\.7 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4} \d\d:\d\d:\d\d\] "GET \/32 HTTP\/1\.1" 200 -$/m;
    expect(await on.logs(namespace, good, { container: 'rng' })).toMatch(answered);
    expect(traffic.stats().pods[good]?.failures).toBe(0);
    await on.annotate(namespace, bad, { [faultAnnotation]: null });
    const failuresOf20 = async () => {
      const before = allFailures();
      await untilMore(20);
      return allFailures() - before;
    };
    await until('without failures', failuresOf20, (count) => count === 0);
  });

  test('a pod without its label runs without traffic, which its replacement gets', async () => {
    const before = (await rngPods()).map(nameOf);
    const [drained = ''] = before;
    const failures = allFailures();
    await on.api.patch(`${podsPath(namespace)}/${drained}`, { metadata: { labels: { app: null } } });
    const after = await until('replaced', rngPods, (pods) => pods.length === 4);
    const replacement = nameOf(after.find((pod) => !before.includes(nameOf(pod))));
    await until(
      'replacement serving',
      () => requestsTo(replacement),
      (count) => count >= 5,
    );
    const sent = requestsTo(drained);
    await untilMore(50);
    expect([requestsTo(drained), allFailures()]).toEqual([sent, failures]);
    const pod = await on.pod(namespace, drained);
    expect([pod.status?.phase, pod.metadata.ownerReferences]).toEqual(['Running', undefined]);
    expect(on.kubelet.endpoint(pod.metadata.uid, 80)).toBeDefined();
  });

  test('no request fails when a pod is deleted', async () => {
    const failures = allFailures();
    const [gone = ''] = (await rngPods()).map(nameOf);
    await on.deletePod(namespace, gone);
    const isGone = (pods: Pod[]) => pods.length === 4 && !pods.map(nameOf).includes(gone);
    await until('replaced', rngPods, isGone);
    await untilMore(50);
    expect(allFailures()).toBe(failures);
  });

  test('the worker mines, and the web page shows the speed', async () => {
    const show = async () => {
      const answer = await caller.call(namespace, 'webui', { path: '/json', timeoutMs: 2_000, from: '10.244.0.7' });
      return 'body' in answer
        ? (JSON.parse(answer.body.toString()) as { hashes: number; hashesPerSecond: number })
        : answer;
    };
    const isMining = (figures: object) => 'hashes' in figures && Number(figures.hashes) > 0;
    await until('mining', show, isMining);
    const [worker] = await on.pods(namespace, 'app=worker');
    const log = await on.logs(namespace, nameOf(worker), { container: 'worker' });
    expect(log).toMatch(/^INFO:__main__:\d+ units of work done, updating hash counter$/m);
  });

  test('every request fails when the selector matches nothing', async () => {
    await on.api.patch(`/api/v1/namespaces/${namespace}/services/rng`, { spec: { selector: { enabled: 'yes' } } });
    await until(
      'no endpoint',
      () => traffic.stats().failures.noEndpoint,
      (count) => count >= 10,
    );
    expect(traffic.stats()).toMatchObject({ readyEndpoints: 0, lowestReadyEndpoints: 0 });
  });
}
