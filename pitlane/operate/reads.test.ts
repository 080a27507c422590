import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import type { LogsRequest } from '../command/request.ts';

const rng = new RngOnEmbedded();

describe('reads', () => {
  test('list with a selector shows those that fit, and counts all', async () => {
    const name = await rng.somePod();
    await rng.advance({ ...DRAIN_IT, pod: name });
    const listed = await rng.list({ selector: '!app' });
    expect(listed.members.map(({ pod, state }) => [pod.name, state])).toEqual([[name, 'drained']]);
    expect(listed.counts).toEqual({ 'in rotation': 4, drained: 1 });
  });

  test('a service that selects nothing names the nearest labels that would', async () => {
    rng.cluster.api.mergePatch('services', rng.namespace, 'rng', { spec: { selector: { app: 'rgn' } } });
    await rng.untilInRotation(0);
    expect((await rng.list()).notes).toEqual([
      'rng selects no pod: none carries app=rgn.',
      'Nearest: 4 pods carry app=rng.',
    ]);
  });

  test('inspect shows the containers and what happened to the pod', async () => {
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

  test('logs of a container that the pod does not have: which ones it has', async () => {
    const name = await rng.somePod();
    const outcome = await rng.pitlane.propose(
      { ...LOGS, pod: name, container: 'sidecar' },
      { by: 'U042', role: 'admin', requestId: 'logs' },
    );
    expect(outcome).toEqual({
      kind: 'notUnderstood',
      message: `${name} has no container sidecar; it has rng.`,
      instead: [`logs ${name} -c rng`],
    });
  });

  test('logs of a sidecar come with the others, those of an init container by its name', async () => {
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
    // The sandbox's kubelet takes init containers as done: there is a log, and nothing in it.
    expect(await logs({ container: 'migrate' })).toEqual(['']);
    expect(await logs({ container: 'nosuch' })).toMatchObject({
      message: `${name} has no container nosuch; it has app, migrate and proxy.`,
    });
  });

  test('logs of an earlier run that there was not: a note', async () => {
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

  test('following ends with the signal', async () => {
    const name = await rng.somePod();
    const ending = new AbortController();
    setTimeout(() => ending.abort(), 200);
    const lines = rng.pitlane.followLogs({ ...LOGS, pod: name, follow: true }, ending.signal);
    let end = await during(lines.next());
    while (!end.done) {
      end = await during(lines.next());
    }
    expect(end.value).toEqual({ kind: 'logged', logs: [], notes: [] });
  });
});
