import { expect } from 'vitest';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { mortal } from './mortal.ts';
import { nameOf, namesOf, type Pod } from './objects.ts';
import { Crew, codes, done, drainedOfFour, expectEvents, expectKind, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const debug = (pod: Pod, change: object = {}) =>
  ({
    command: 'debug',
    service: 'web',
    pods: [nameOf(pod)],
    dryRun: false,
    force: false,
    ...change,
  }) as ChangeRequest;

interface Debugged {
  spec: { ephemeralContainers?: { name: string; image: string; targetContainerName?: string; stdin?: boolean }[] };
  status: { ephemeralContainerStatuses?: { name: string; state: { running?: object } }[] };
}

const debuggersIn = async (on: Space, pod: Pod) =>
  (await on.get<Debugged>('pods', nameOf(pod))).spec.ephemeralContainers ?? [];

/** The command `debug`. */
export const debugging: Theme = (rule) => {
  rule(
    'debug starts a container in a drained pod, with the processes of its container, and restarts nothing',
    async (on) => {
      const { crew, pod, others } = await drainedOfFour(on);
      const report = done(await crew.run(debug(pod)));
      const { proof, plan } = report;
      expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([['debuggable', true]]);
      const [container, ...more] = await debuggersIn(on, pod);
      expect([container, more]).toMatchObject([{ image: 'busybox', targetContainerName: 'app', stdin: true }, []]);
      expect(plan.next).toEqual([`kubectl -n ${on.name} attach -it ${nameOf(pod)} -c ${container?.name}`]);
      const { status } = await on.get<Debugged>('pods', nameOf(pod));
      expect(status.ephemeralContainerStatuses).toMatchObject([{ name: container?.name, state: { running: {} } }]);
      expect((await on.getPod(nameOf(pod))).status?.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual(
        [0],
      );
      await expectEvents(on, 'DebugContainer', report, pod);
      await on.untilListed(namesOf(others));
    },
  );

  rule('debug is refused in a pod in rotation unless it is forced', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    const { outcome } = await crew.run(debug(pod));
    expect(codes(expectKind(outcome, 'refusal'), 'refusal')).toEqual(['NotDrained']);
    expect(await debuggersIn(on, pod)).toEqual([]);
    done(await crew.run(debug(pod, { force: true })));
    expect(await debuggersIn(on, pod)).toHaveLength(1);
    expect((await on.podsInRotation(4)).map(nameOf)).toContain(nameOf(pod));
  });

  rule('debug that is killed at its write, or asked for twice, adds one container', async (on) => {
    const { pod } = await drainedOfFour(on);
    for (const most of [0, 1]) {
      const asking = { requestId: 'request-debug' };
      await new Crew(on, {}, mortal(most).through).run(debug(pod), asking).catch(() => undefined);
    }
    const { outcome } = await new Crew(on).run(debug(pod), { requestId: 'request-debug' });
    expect(['done', 'repeated', 'running']).toContain(outcome.kind);
    expect((await debuggersIn(on, pod)).length).toBeLessThanOrEqual(1);
    done(await new Crew(on).run(debug(pod)));
  });

  rule('debug says why the container does not start', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const { outcome } = await crew.run(debug(pod, { image: 'registry.invalid/tools:v1' }), {
      deadline: Date.now() + 8_000,
    });
    const { proof } = expectKind(outcome, 'unfinished');
    expect(proof[0]?.seen).toMatch(/ErrImagePull|ImagePullBackOff/);
  });

  rule('a second debug container is added behind the first, with another target', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    done(await crew.run(debug(pod)));
    expect(codes((await crew.run(debug(pod, { target: 'nope' }))).outcome, 'refusal')).toEqual(['UnknownContainer']);
    done(await crew.run(debug(pod, { target: 'app' })));
    expect(new Set((await debuggersIn(on, pod)).map(({ name }) => name)).size).toBe(2);
  });

  rule('debug with --dry-run is accepted by the API server, and adds nothing', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const { outcome } = await crew.run(debug(pod, { dryRun: true }));
    expect(expectKind(outcome, 'proposal').tried).toHaveLength(1);
    expect(await debuggersIn(on, pod)).toEqual([]);
  });
};
