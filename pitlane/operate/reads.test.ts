import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { until } from '../../test/virtual-time.ts';
import type { LogsRequest } from '../command/request.ts';

const rng = new RngOnEmbedded();

describe('reads', () => {
  test('list with a selector shows the matching pods, and counts all', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const listed = await rng.list({ selector: '!app' });
    expect(listed.members.map(({ pod, state }) => [pod.name, state])).toEqual([[name, 'drained']]);
    expect(listed.counts).toEqual({ 'in rotation': 4, drained: 1 });
  });

  test('list names the nearest labels if the service selects no pod', async () => {
    rng.cluster.api.mergePatch('services', rng.namespace, 'rng', { spec: { selector: { app: 'rgn' } } });
    await rng.untilInRotation(0);
    expect((await rng.list()).notes).toEqual([
      expect.stringContaining('app=rgn'),
      expect.stringMatching(/4 pods .*app=rng/),
    ]);
  });

  test('inspect shows the containers, conditions and events', async () => {
    const name = await rng.somePod();
    const outcome = await rng.pitlane.propose(
      { command: 'inspect', service: 'rng', pod: name },
      { by: 'U042', role: 'admin', requestId: 'inspect' },
    );
    expect(outcome).toMatchObject({
      kind: 'inspected',
      member: { state: 'in rotation' },
      containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1', state: 'running', restarts: 0 }],
      endpoints: [{ isReady: true }],
    });
  });

  const LOGS: LogsRequest = { command: 'logs', service: 'rng', previous: false, tail: 5, follow: false };

  test('logs names the containers of the pod if the given one does not exist', async () => {
    const name = await rng.somePod();
    const outcome = await rng.pitlane.propose(
      { ...LOGS, pod: name, container: 'sidecar' },
      { by: 'U042', role: 'admin', requestId: 'logs' },
    );
    expect(outcome).toEqual({
      kind: 'notUnderstood',
      code: 'ContainerUnknown',
      message: `${name} has no container sidecar; it has rng.`,
      instead: [`logs ${name} -c rng`],
    });
  });

  test('logs shows sidecars by default, and init containers by name', async () => {
    const name = 'with-sidecar';
    const says = (container: string, restartPolicy?: 'Always') => ({
      name: container,
      image: 'busybox:1.36',
      command: ['sh', '-c', `echo ${container} speaks${restartPolicy ? '; sleep infinity' : ''}`],
      ...(restartPolicy && { restartPolicy }),
    });
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: rng.namespace, labels: { app: 'rng' } },
      spec: { initContainers: [says('migrate'), says('proxy', 'Always')], containers: [says('app', 'Always')] },
    });
    await until('running', () => rng.pod(name)?.status.phase === 'Running');
    const logs = async (more: Partial<LogsRequest>) => {
      const outcome = await rng.pitlane.propose(
        { ...LOGS, pod: name, ...more },
        { by: 'U042', role: 'admin', requestId: 'logs' },
      );
      return outcome.kind === 'logged' ? outcome.logs.map(({ text }) => text.trim()) : outcome;
    };
    expect(await logs({})).toEqual(['app speaks', 'proxy speaks']);
    expect(await logs({ container: 'migrate' })).toEqual(['migrate speaks']);
    expect(await logs({ container: 'nosuch' })).toMatchObject({
      message: `${name} has no container nosuch; it has app, migrate and proxy.`,
    });
  });

  test('logs and inspect redact what a container wrote, and what the cluster says of it', async () => {
    const name = 'talkative';
    const lines = ['token=hunter2', '-----BEGIN PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA0Z3VS5JJ', 'GET /32'];
    const metadata = { name, namespace: rng.namespace, labels: { app: 'rng' } };
    const command = ['sh', '-c', [...lines.map((line) => `echo '${line}'`), 'sleep infinity'].join('; ')];
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata,
      spec: { containers: [{ name: 'app', image: 'busybox:1.36', command }] },
    });
    await until('running', () => rng.pod(name)?.status.phase === 'Running');
    rng.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'talkative.1', namespace: rng.namespace },
      involvedObject: { kind: 'Pod', name, namespace: rng.namespace, uid: rng.pod(name)?.metadata.uid },
      reason: 'Failed',
      message: 'exec curl -u ada:hunter2 failed',
      type: 'Warning',
    });
    const asked = (request: Parameters<typeof rng.pitlane.propose>[0]) =>
      rng.pitlane.propose(request, { by: 'U042', role: 'admin', requestId: 'reads' });
    expect(await asked({ ...LOGS, pod: name })).toMatchObject({
      logs: [{ text: 'token=<redacted>\n<redacted>\nGET /32' }],
    });
    expect(await asked({ command: 'inspect', service: 'rng', pod: name })).toMatchObject({
      events: expect.arrayContaining([expect.objectContaining({ message: 'exec curl -u ada:<redacted> failed' })]),
    });
  });

  test('logs notes that there is no earlier run', async () => {
    const name = await rng.somePod();
    const outcome = await rng.pitlane.propose(
      { ...LOGS, pod: name, previous: true },
      { by: 'U042', role: 'admin', requestId: 'logs' },
    );
    expect(outcome).toMatchObject({
      kind: 'logged',
      logs: [],
      notes: [expect.stringContaining(`Container rng of ${name} has no earlier run to show`)],
    });
  });
});
