import { expect } from 'vitest';
import { nameOf, type Pod } from './objects.ts';
import { Crew, done, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';

/** What an API server gives of the logs that it fetches from a kubelet. */
export const logs: Theme = (rule) => {
  rule('the log of a pod ends with as many lines as are asked for', async (on) => {
    const container = { image: 'busybox:1.36', command: ['sh', '-c', 'echo one; echo two; echo three; sleep 3600'] };
    await on.readyPod({ container });
    const tail = async () => (await on.ask<string>('GET', 'pods', 'web/log', { query: { tailLines: 2 } })).body;
    await on.untilPod('running', 'web', (pod: Pod) => pod.status?.phase === 'Running');
    expect(await tail()).toBe('two\nthree\n');
  });

  rule('logs: the log of a drained pod can still be read', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
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
    const outcome = await crew.read(request);
    if (outcome.kind !== 'logged') throw new Error(`not logged: ${JSON.stringify(outcome)}`);
    expect(outcome.logs.map(({ pod: name, text }) => [name, text.includes('example/app:v1 started')])).toEqual([
      [nameOf(pod), true],
    ]);
  });
};
