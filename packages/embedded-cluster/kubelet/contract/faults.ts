import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultAnnotation } from '../apps/fault.ts';
import type { Pod } from '../pod.ts';
import { isReady, type OpenCluster, Playground, until } from './playground.ts';

/** The visible effects of faults. */
export function podFaults(openCluster: OpenCluster): void {
  let on: Playground;
  beforeAll(async () => {
    on = await Playground.open(openCluster);
  });
  afterAll(() => on.close());

  const annotate = (namespace: string, text: string | null) =>
    on.annotate(namespace, 'web', { [faultAnnotation]: text });
  const container = ({ status }: Pod) => status?.containerStatuses?.[0];

  test('crash restarts the container once and records the end in lastState', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    await annotate(namespace, 'crash');
    const restarted = (pod: Pod) => isReady(pod) && container(pod)?.restartCount === 1;
    const pod = await on.untilPod('restarted', namespace, 'web', restarted);
    expect(container(pod)?.lastState?.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
  });

  test('crash at creation restarts the container after its first start', async () => {
    const namespace = await on.namespace();
    await on.createPod(namespace, 'web', { metadata: { annotations: { [faultAnnotation]: 'crash' } } });
    const restarted = (pod: Pod) => isReady(pod) && container(pod)?.restartCount === 1;
    await on.untilPod('restarted', namespace, 'web', restarted);
  });

  test('crash-loop leads to CrashLoopBackOff and an unready pod in phase Running', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    await annotate(namespace, 'crash-loop');
    const isWaiting = (pod: Pod) => container(pod)?.state?.waiting?.reason === 'CrashLoopBackOff';
    const pod = await on.untilPod('backing off', namespace, 'web', isWaiting);
    const { name, uid } = pod.metadata;
    expect(container(pod)).toMatchObject({
      ready: false,
      restartCount: 1,
      state: { waiting: { message: `back-off 10s restarting failed container=app pod=${name}_${namespace}(${uid})` } },
      lastState: { terminated: { exitCode: 1 } },
    });
    expect([pod.status?.phase, isReady(pod)]).toEqual(['Running', false]);
    const text = `BackOff Back-off restarting failed container app in pod ${name}_${namespace}(${uid})`;
    await until(
      'an Event',
      () => on.events(namespace, 'web'),
      (events) => events.includes(text),
    );
  });

  test('not-ready without a probe makes the pod unready until the annotation is removed', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    await annotate(namespace, 'not-ready');
    await on.untilPod('not ready', namespace, 'web', (pod) => !isReady(pod));
    await annotate(namespace, null);
    const pod = await on.untilPod('ready again', namespace, 'web', isReady);
    expect(container(pod)?.restartCount).toBe(0);
  });

  test('not-ready with a probe makes the pod unready after failureThreshold failures, with Events', async () => {
    const namespace = await on.namespace();
    const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1, failureThreshold: 2 };
    await on.readyPod(namespace, 'web', { container: { readinessProbe } });
    await annotate(namespace, 'not-ready');
    await on.untilPod('not ready', namespace, 'web', (pod) => !isReady(pod));
    const text = 'Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 503';
    await until(
      'an Event',
      () => on.events(namespace, 'web'),
      (events) => events.includes(text),
    );
    await annotate(namespace, null);
    await on.untilPod('ready again', namespace, 'web', isReady);
  });

  test('a readiness probe on a closed port keeps the pod unready, with Events', async () => {
    const namespace = await on.namespace();
    const readinessProbe = { httpGet: { path: '/healthz', port: 9090 }, periodSeconds: 1 };
    await on.createPod(namespace, 'web', { container: { readinessProbe, ports: [{ containerPort: 8080 }] } });
    const running = (pod: Pod) => container(pod)?.state?.running !== undefined;
    const { status } = await on.untilPod('running', namespace, 'web', running);
    const at = `${status?.podIP}:9090`;
    const text = `Unhealthy Readiness probe failed: Get "http://${at}/healthz": dial tcp ${at}: connect: connection refused`;
    await until(
      'an Event',
      () => on.events(namespace, 'web'),
      (events) => events.includes(text),
    );
    expect(isReady(await on.pod(namespace, 'web'))).toBe(false);
  });

  test('a failing liveness probe restarts the container', async () => {
    const namespace = await on.namespace();
    // The delay leaves time to remove the fault before the restarted container is probed.
    const livenessProbe = { tcpSocket: { port: 8080 }, initialDelaySeconds: 2, periodSeconds: 1, failureThreshold: 1 };
    await on.readyPod(namespace, 'web', { container: { livenessProbe } });
    on.kubelet.fault(`${namespace}/web`, 'not-live');
    const pod = await on.untilPod('restarted', namespace, 'web', (seen) => (container(seen)?.restartCount ?? 0) > 0);
    on.kubelet.fault(`${namespace}/web`, undefined);
    expect(container(pod)?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
    const text = 'Killing Container app failed liveness probe, will be restarted';
    await until(
      'an Event',
      () => on.events(namespace, 'web'),
      (events) => events.includes(text),
    );
    await on.untilPod('ready again', namespace, 'web', isReady);
  });

  test('a misspelt fault has no effect but an Event with the grammar', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    await annotate(namespace, 'nto-ready');
    const events = await until(
      'an Event',
      () => on.events(namespace, 'web'),
      (seen) => seen.some(isUnknownFault),
    );
    expect(events.find(isUnknownFault)).toContain('unknown fault "nto-ready", expected failing=<0 to 1>');
    expect(isReady(await on.pod(namespace, 'web'))).toBe(true);
  });

  test('refuses an unknown pod and an unknown fault', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    expect(() => on.kubelet.fault('nowhere', 'crash')).toThrow('no pod nowhere runs on the nodes of this kubelet');
    expect(() => on.kubelet.fault(`${namespace}/web`, 'tired')).toThrow('unknown fault "tired"');
  });
}

function isUnknownFault(event: string): boolean {
  return event.startsWith('UnknownFault ');
}
