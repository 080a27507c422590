import { expect } from 'vitest';
import { nameOf, type Pod } from './objects.ts';
import { Crew, done, expectKind, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';

/** Logs, which the API server fetches from a kubelet. */
export const logs: Theme = (rule) => {
  rule('a log has as many of the last lines as the request asks for', async (on) => {
    const container = { image: 'busybox:1.36', command: ['sh', '-c', 'echo one; echo two; echo three; sleep 3600'] };
    await on.readyPod({ container });
    const tail = async () => (await on.ask<string>('GET', 'pods', 'web/log', { query: { tailLines: 2 } })).body;
    await on.untilPod('running', 'web', (pod: Pod) => pod.status?.phase === 'Running');
    expect(await tail()).toBe('two\nthree\n');
  });

  rule('logs shows the log of a drained pod', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    done(await crew.drain(pod));
    const request = {
      command: 'logs',
      service: 'web',
      pod: nameOf(pod),
      previous: false,
      tail: 50,
      follow: false,
    } as const;
    const { logs } = expectKind(await crew.read(request), 'logged');
    expect(logs.map(({ pod: name, text }) => [name, text.includes('example/app:v1 started')])).toEqual([
      [nameOf(pod), true],
    ]);
  });

  rule('evidence has the logs of the containers, and those from before a restart', async (on) => {
    await on.service();
    const env = [{ name: 'DB_PASSWORD', value: 'hunter2' }];
    const command = ['sh', '-c', 'echo token=hunter2; echo I begin; sleep 0.2; exit 3'];
    const container = { image: 'busybox:1.36', command, env };
    await on.pod({ labels: { app: 'web' }, container });
    const hasRestarted = (pod: Pod) => (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
    await on.untilPod('restarted', 'web', hasRestarted);
    const outcome = await new Crew(on).read({ command: 'evidence', service: 'web', pod: 'web' });
    const { files } = expectKind(outcome, 'evidence');
    const [name] = files.map((file) => file.name).slice(3);
    expect(files.map((file) => file.name)).toEqual([
      'summary.txt',
      'pod.json',
      'events.txt',
      name,
      name?.replace('.log', '.previous.log'),
    ]);
    expect(files.at(-1)?.text).toBe('token=<redacted>\nI begin\n');
    expect(files[0]?.text).toMatch(/\bError, exit code 3\b/m);
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  rule('evidence has the repeated errors first, also those from before a restart, with their times', async (on) => {
    await on.service();
    const script =
      'echo ready; echo error: no redis 1; echo error: no redis 2; echo failed with token=hunter2; sleep 0.2; exit 3';
    await on.pod({ labels: { app: 'web' }, container: { image: 'busybox:1.36', command: ['sh', '-c', script] } });
    await on.untilPod('restarted', 'web', ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    const outcome = await new Crew(on).read({ command: 'evidence', service: 'web', pod: 'web' });
    const { files, findings } = expectKind(outcome, 'evidence');
    const summary = files[0]?.text;
    expect(summary).toMatch(
      /^Evidence of pod web, .*\n\nErrors in the logs, the most frequent first:\n {2}2 × in app\b/,
    );
    expect(summary).toMatch(/^ {2}2 × in app before its restart, 20\d\d-.* UTC.*:\n {4}error: no redis 2\n/m);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['LogErrors', 'ContainerEnded']));
    expect(summary).toContain('failed with token=<redacted>');
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });
};
