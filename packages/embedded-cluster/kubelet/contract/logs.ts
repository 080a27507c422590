import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from '../pod.ts';
import { isReady, type OpenCluster, Playground, podsPath } from './playground.ts';

/** The logs that `kubectl logs` gets from the API server. */
export function podLogs(openCluster: OpenCluster): void {
  let on: Playground;
  beforeAll(async () => {
    on = await Playground.open(openCluster);
  });
  afterAll(() => on.close());

  const talkative = { image: 'busybox', command: ['sh', '-c', 'echo one; echo two; echo three; sleep infinity'] };

  test('returns all lines, the last lines, timestamps and a limit of bytes', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'job', { container: talkative });
    expect(await on.logs(namespace, 'job')).toBe('one\ntwo\nthree\n');
    expect(await on.logs(namespace, 'job', { tailLines: '1' })).toBe('three\n');
    expect(await on.logs(namespace, 'job', { limitBytes: '6' })).toBe('one\ntw');
    expect(await on.logs(namespace, 'job', { sinceSeconds: '3600', tailLines: '2' })).toBe('two\nthree\n');
    const withTime = await on.logs(namespace, 'job', { timestamps: 'true', tailLines: '1' });
    expect(withTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/);
  });

  test('follows new lines until the container ends', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    const stream = await on.api.stream(`${podsPath(namespace)}/web/log`, { container: 'app', follow: 'true' });
    const seen: string[] = [];
    for await (const line of createInterface(stream)) {
      seen.push(line);
      // The first line proves that the log is being followed.
      if (seen.length === 1) on.kubelet.fault(`${namespace}/web`, 'crash');
    }
    expect(seen).toEqual(['example/app:v1 started', 'fatal: unexpected error, exiting']);
  });

  test('keeps the log before a crash as the previous one', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    const path = `400 BadRequest previous terminated container "app" in pod "web" not found`;
    expect(await on.logs(namespace, 'web', { previous: 'true' })).toBe(path);
    on.kubelet.fault(`${namespace}/web`, 'crash');
    const restarted = (pod: Pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1;
    await on.untilPod('restarted', namespace, 'web', restarted);
    const previous = await on.logs(namespace, 'web', { previous: 'true' });
    expect(previous).toBe('example/app:v1 started\nfatal: unexpected error, exiting\n');
    expect(await on.logs(namespace, 'web')).toBe('example/app:v1 started\n');
  });

  test('refuses an unknown container', async () => {
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    expect(await on.logs(namespace, 'web', { container: 'side' })).toBe(
      '400 BadRequest container side is not valid for pod web',
    );
  });
}
