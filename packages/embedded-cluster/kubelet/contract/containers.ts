import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNotFound } from '../../client/kube-api.ts';
import type { ContainerStatus, Pod } from '../pod.ts';
import { isReady, type OpenCluster, Playground, until } from './playground.ts';

/** Init containers, images that can't be pulled, and hooks. */
export function podContainers(openCluster: OpenCluster): void {
  let on: Playground;
  beforeAll(async () => {
    on = await Playground.open(openCluster);
  });
  afterAll(() => on.close());

  const shell = (name: string, script: string) => ({ name, image: 'busybox', command: ['sh', '-c', script] });
  const init = ({ status }: Pod, name: string) => status?.initContainerStatuses?.find((each) => each.name === name);
  const condition = ({ status }: Pod, type: string) => status?.conditions?.find((each) => each.type === type);
  const waits = (reason: string) => (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason;

  test('init containers run one after the other, and the app starts after the last', async () => {
    const namespace = await on.namespace();
    const initContainers = [shell('first', 'echo one; sleep 0.2'), shell('second', 'sleep 1000')];
    await on.createPod(namespace, 'web', { spec: { initContainers } });
    const isSecond = (pod: Pod) => init(pod, 'second')?.state?.running !== undefined;
    const pod = await on.untilPod('in its second init container', namespace, 'web', isSecond);
    expect(init(pod, 'first')?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(pod.status?.phase).toBe('Pending');
    expect(pod.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
    expect(condition(pod, 'Initialized')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [second]',
    });
    expect(await on.logs(namespace, 'web', { container: 'first' })).toBe('one\n');
  });

  test('a failing init container is restarted with back-off, and the app never starts', async () => {
    const namespace = await on.namespace();
    await on.createPod(namespace, 'web', { spec: { initContainers: [shell('setup', 'echo oops; exit 2')] } });
    const isBackingOff = (pod: Pod) => init(pod, 'setup')?.state?.waiting?.reason === 'CrashLoopBackOff';
    const pod = await on.untilPod('backing off', namespace, 'web', isBackingOff);
    const status = init(pod, 'setup') as ContainerStatus;
    expect(status.lastState?.terminated).toMatchObject({ exitCode: 2, reason: 'Error' });
    expect([status.restartCount, pod.status?.phase]).toEqual([1, 'Pending']);
    expect(status.state?.waiting?.message).toContain('back-off 10s restarting failed container=setup pod=web_');
    expect(pod.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  });

  test('a failing init container fails a pod that is never restarted', async () => {
    const namespace = await on.namespace();
    const sidecar = { name: 'proxy', image: 'example/proxy', restartPolicy: 'Always' };
    const spec = { initContainers: [sidecar, shell('setup', 'exit 2')], restartPolicy: 'Never' };
    await on.createPod(namespace, 'job', { spec });
    const isOver = (pod: Pod) => init(pod, 'proxy')?.state?.terminated !== undefined;
    const pod = await on.untilPod('failed', namespace, 'job', isOver);
    expect(pod.status?.phase).toBe('Failed');
    expect(init(pod, 'setup')?.state?.terminated?.exitCode).toBe(2);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason).toBe('PodInitializing');
  });

  test.each(['registry.invalid/app:v1', 'app:non-existent'])(
    '%s, an image that cannot be pulled: ErrImagePull, then ImagePullBackOff, with Events',
    async (image) => {
      const namespace = await on.namespace();
      await on.createPod(namespace, 'web', { container: { image } });
      const { status } = await on.untilPod('backing off', namespace, 'web', waits('ImagePullBackOff'));
      expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(
        new RegExp(`^Back-off pulling image "${image}": ErrImagePull: failed to pull and unpack image`),
      );
      expect(status?.phase).toBe('Pending');
      const last = 'Failed Error: ImagePullBackOff';
      const events = await until(
        'told',
        () => on.events(namespace, 'web'),
        (seen) => seen.includes(last),
      );
      const own = events.filter((event) => /^(Pulling|Failed|BackOff)/.test(event)).map((event) => event.slice(0, 40));
      expect(own.sort()).toEqual([
        `BackOff Back-off pulling image "${image}"`.slice(0, 40),
        'Failed Error: ErrImagePull',
        'Failed Error: ImagePullBackOff',
        `Failed Failed to pull image "${image}": `.slice(0, 40),
        `Pulling Pulling image "${image}"`.slice(0, 40),
      ]);
    },
  );

  test.each([
    [
      'InvalidImageName',
      { image: 'Web:v1' },
      `Failed to apply default image tag "Web:v1": couldn't parse image name "Web:v1": ` +
        'invalid reference format: repository name (library/Web) must be lowercase',
    ],
    [
      'ErrImageNeverPull',
      { image: 'registry.invalid/app:v1', imagePullPolicy: 'Never' },
      'Container image "registry.invalid/app:v1" is not present with pull policy of Never',
    ],
  ])('an image that waits for %s', async (reason, container, message) => {
    const namespace = await on.namespace();
    await on.createPod(namespace, 'web', { container });
    const { status } = await on.untilPod('waiting for its image', namespace, 'web', waits(reason));
    expect(status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason, message } });
  });

  test('variables come from ConfigMaps and Secrets; the container waits for those that are missing', async () => {
    const namespace = await on.namespace();
    const create = (kind: string, name: string, data: object) =>
      on.api.create(`/api/v1/namespaces/${namespace}/${kind.toLowerCase()}s`, {
        apiVersion: 'v1',
        kind,
        metadata: { name },
        ...data,
      });
    const env = [
      { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'GREETING', value: 'hello $(WHO) from $(S_PLACE), not $$(WHO) or $(ELSEWHERE)' },
      { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
      { name: 'MISSING', valueFrom: { configMapKeyRef: { name: 'nothing', key: 'a', optional: true } } },
    ];
    const envFrom = [{ prefix: 'S_', configMapRef: { name: 'settings' } }];
    const container = { image: 'busybox', command: ['env'], env, envFrom };
    await on.createPod(namespace, 'web', { container, spec: { restartPolicy: 'Never' } });
    const waiting = ({ status }: Pod) => status?.containerStatuses?.[0]?.state?.waiting;
    const waitsFor = (message: string) =>
      on.untilPod(`waiting: ${message}`, namespace, 'web', (pod) => waiting(pod)?.message === message);
    const pod = await waitsFor('configmap "settings" not found');
    expect([waiting(pod)?.reason, pod.status?.phase]).toEqual(['CreateContainerConfigError', 'Pending']);
    await create('ConfigMap', 'settings', { data: { PLACE: 'here' } });
    await waitsFor('secret "keys" not found');
    await create('Secret', 'keys', { stringData: { other: 'x' } });
    await waitsFor(`couldn't find key token in Secret ${namespace}/keys`);
    await on.api.patch(`/api/v1/namespaces/${namespace}/secrets/keys`, { stringData: { token: 't0p' } });
    await on.untilPod('over', namespace, 'web', ({ status }) => status?.phase === 'Succeeded');
    const lines = (await on.logs(namespace, 'web')).split('\n');
    expect(lines.filter((line) => /^(WHO|GREETING|TOKEN|MISSING|S_)/.test(line)).sort()).toEqual([
      'GREETING=hello web from here, not $(WHO) or $(ELSEWHERE)',
      'S_PLACE=here',
      'TOKEN=t0p',
      'WHO=web',
    ]);
    const told = await until(
      'told',
      () => on.events(namespace, 'web'),
      (seen) => seen.includes('Failed Error: secret "keys" not found'),
    );
    expect(told).toContain('Failed Error: configmap "settings" not found');
  });

  const gone = async (namespace: string) => {
    const look = () => on.pod(namespace, 'web').catch((error) => (isNotFound(error) ? 'gone' : String(error)));
    await until('gone', look, (seen) => seen === 'gone');
  };

  test('a preStop request reaches the app before it ends', async () => {
    const namespace = await on.namespace();
    const ports = [{ name: 'http', containerPort: 80 }];
    const lifecycle = { preStop: { httpGet: { path: '/quit', port: 'http' } } };
    await on.readyPod(namespace, 'web', { container: { ports, lifecycle } });
    const stream = await on.api.stream(`/api/v1/namespaces/${namespace}/pods/web/log`, { follow: 'true' });
    await on.deletePod(namespace, 'web');
    let log = '';
    for await (const chunk of stream.setEncoding('utf8')) log += chunk;
    expect(log).toContain('GET /quit 200');
    await gone(namespace);
  });

  test('a preStop hook that fails is an Event, and the pod ends all the same', async () => {
    const namespace = await on.namespace();
    const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'exit 1'] } } };
    await on.readyPod(namespace, 'web', { container: { lifecycle } });
    await on.deletePod(namespace, 'web');
    await gone(namespace);
    const isTold = (events: string[]) => events.includes('FailedPreStopHook PreStopHook failed');
    await until('told', () => on.events(namespace, 'web'), isTold);
  });

  test('a preStop hook gets no more than the grace period', async () => {
    const namespace = await on.namespace();
    const lifecycle = { preStop: { exec: { command: ['sleep', '1000'] } } };
    await on.readyPod(namespace, 'web', { container: { lifecycle }, spec: { terminationGracePeriodSeconds: 1 } });
    await on.deletePod(namespace, 'web');
    await gone(namespace);
    expect((await on.events(namespace, 'web')).filter((event) => event.startsWith('FailedPreStop'))).toEqual([]);
  });

  test('a postStart hook that fails kills the container again and again', async () => {
    const namespace = await on.namespace();
    const lifecycle = { postStart: { exec: { command: ['false'] } } };
    await on.createPod(namespace, 'web', { container: { lifecycle } });
    const pod = await on.untilPod('backing off', namespace, 'web', waits('CrashLoopBackOff'));
    expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(137);
    expect(isReady(pod)).toBe(false);
    const isTold = (events: string[]) => events.includes('FailedPostStartHook PostStartHook failed');
    await until('told', () => on.events(namespace, 'web'), isTold);
  });
}
