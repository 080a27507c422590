import { expect } from 'vitest';
import type { LogsRequest } from '../../pitlane/command/request.ts';
import { breakingAfter, LogFollower, numbered, writer } from '../builders/log-follower.ts';
import { nameOf, type Pod } from './objects.ts';
import { Crew, done, fourInRotation } from './pitlane.ts';
import { untilOlderThanNewPods } from './scenes.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const FOLLOW: LogsRequest = { command: 'logs', service: 'web', previous: false, tail: 100, follow: true };

/** Follows the logs of the pods with a label. */
class Follower extends LogFollower {
  constructor(crew: Crew, selector: string) {
    super(crew.pitlane, { ...FOLLOW, selector });
  }

  async untilLine(pod: string, text: string): Promise<void> {
    await until(
      `${text} of ${pod}`,
      () => this.of(pod),
      (lines) => lines.includes(text),
    );
  }

  async untilMark(pod: string, kind: string): Promise<void> {
    await until(
      `${pod} ${kind}`,
      () => this.kindsOf(pod),
      (kinds) => kinds.includes(kind),
    );
  }
}

function createWriter(on: Space, name: string, lines: number, then = 'sleep 3600'): Promise<Pod> {
  return on.pod({ name, labels: { app: 'web' }, container: writer(lines, then) });
}

/** `logs --follow`, and the silence of a log after a drain. */
export const followingLogs: Theme = (rule) => {
  rule('logs --follow picks up a new pod from its first line, and marks the one that is deleted', async (on) => {
    await on.service();
    await createWriter(on, 'first', 5);
    const follower = new Follower(new Crew(on), 'app=web');
    await follower.untilLine('first', 'line 5');
    await createWriter(on, 'second', 20);
    await follower.untilLine('second', 'line 20');
    await follower.untilMark('second', 'inEndpoints');
    await on.delete('pods', 'first');
    await follower.untilMark('first', 'gone');
    expect([follower.of('first'), follower.of('second')]).toEqual([numbered(5), numbered(20)]);
    expect(follower.kindsOf('second')).toEqual(['joined', 'inEndpoints']);
    // It is taken off the slices before or after it is gone.
    expect(follower.kindsOf('first')).toEqual(expect.arrayContaining(['terminating', 'gone']));
    expect(await follower.stop()).toEqual({ kind: 'logged', logs: [], notes: [] });
  });

  rule('logs --follow keeps the log of a drained pod, and marks that it is out of the endpoints', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    const follower = new Follower(crew, 'app=web');
    await until(
      'all logs are open',
      () => follower.lines.length,
      (lines) => lines >= 4,
    );
    done(await crew.drain(pod));
    await follower.untilMark(nameOf(pod), 'left');
    await follower.untilMark(nameOf(pod), 'outOfEndpoints');
    done(await crew.restore(pod));
    await follower.untilMark(nameOf(pod), 'rejoined');
    await follower.untilMark(nameOf(pod), 'inEndpoints');
    expect([...follower.kindsOf(nameOf(pod))].sort()).toEqual(['inEndpoints', 'left', 'outOfEndpoints', 'rejoined']);
    await follower.stop();
  });

  rule('logs --follow loses and repeats no line where connections break and the container restarts', async (on) => {
    await on.service();
    await createWriter(on, 'first', 1);
    const follower = new Follower(new Crew(on, {}, breakingAfter(7)), 'app=web');
    await createWriter(on, 'second', 30);
    await createWriter(on, 'third', 4, 'exit 1');
    await follower.untilLine('second', 'line 30');
    await until(
      'two runs',
      () => follower.of('third'),
      (lines) => lines.length >= 8,
    );
    expect(follower.of('second')).toEqual(numbered(30));
    expect(follower.of('third').slice(0, 8)).toEqual([...numbered(4), ...numbered(4)]);
    await follower.untilMark('third', 'restarted');
    await follower.stop();
  });

  rule('the report of a drain says for how long the log of the pod has been silent', async (on) => {
    await on.service();
    await createWriter(on, 'busy', 2_000);
    await createWriter(on, 'quiet', 2);
    // By then, one of the logs has ended.
    await untilOlderThanNewPods(...(await on.podsInRotation(2)));
    const report = done(
      await new Crew(on, { minReady: 0 }).run(
        { command: 'drain', service: 'web', pods: ['busy', 'quiet'], dryRun: false, force: true },
        { confirmed: 'any' },
      ),
    );
    const [busy, quiet] = report.silence ?? [];
    expect(busy).toMatchObject({ pod: 'busy', container: 'app' });
    expect(quiet).toMatchObject({ pod: 'quiet', isWriting: false });
    expect(quiet?.silentMs).toBeGreaterThan(busy?.silentMs ?? Number.POSITIVE_INFINITY);
  });
};
