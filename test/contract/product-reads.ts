import { expect } from 'vitest';
import type { Listed } from '../../pitlane/operate/outcome.ts';
import { nameOf, namesOf, type Pod } from './objects.ts';
import { Crew, done, expectKind, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** The commands `list`, `inspect`, `drained` and `evidence`. */
export const reading: Theme = (rule) => {
  rule('list shows the state of each pod, and who drained it', async (on) => {
    const labels = { app: 'web', enabled: 'yes' };
    await on.service({ selector: labels });
    await on.deployment({ replicas: 5, labels, selector: { app: 'web' } });
    const [drained, disabled, unready, leaving, good] = (await on.readyPods(5)) as [Pod, Pod, Pod, Pod, Pod];
    await on.untilListed(namesOf([drained, disabled, unready, leaving, good]));
    const crew = new Crew(on);
    done(await crew.drain(drained, { because: '5xx' }));
    await on.readyPods(6);
    await on.label(disabled, { enabled: null });
    await on.makeUnready(unready);
    await on.addFinalizer(leaving);
    await on.delete('pods', nameOf(leaving));
    const list = async () => {
      const outcome = await crew.read({ command: 'list', service: 'web', all: true });
      return outcome.kind === 'listed' ? outcome : undefined;
    };
    const areAllSeen = ({ counts }: Listed) =>
      counts['in rotation'] === 3 && counts['not ready'] === 1 && counts.terminating === 1 && counts.disabled === 1;
    const listed = await until('all states', list, (seen) => seen !== undefined && areAllSeen(seen));
    const stateOf = (pod: Pod) => listed?.members.find((member) => member.pod.name === nameOf(pod))?.state;
    expect([drained, disabled, unready, leaving, good].map(stateOf)).toEqual([
      'drained',
      'disabled',
      'not ready',
      'terminating',
      'in rotation',
    ]);
    expect(listed?.members.find(({ pod }) => pod.name === nameOf(drained))?.drained).toMatchObject({
      by: 'U0000000AB',
      because: '5xx',
    });
    await on.removeFinalizers(leaving);
  });

  rule('list notes that the selector matches no pods, and the nearest labels', async (on) => {
    await on.service({ selector: { app: 'web', track: 'stabel' } });
    await on.deployment({ replicas: 2, labels: { app: 'web', track: 'stable' } });
    await on.readyPods(2);
    const outcome = await new Crew(on).read({ command: 'list', service: 'web', all: false });
    expect(expectKind(outcome, 'listed').notes).toEqual([
      expect.stringContaining('app=web,track=stabel'),
      expect.stringMatching(/\b2\b.*app=web,track=stable/),
    ]);
  });

  rule('inspect shows the state, restarts and events of a drained pod', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    done(await crew.drain(pod));
    on.fault(pod, 'crash');
    await on.untilPod(
      'restarted',
      nameOf(pod),
      ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    const outcome = expectKind(await crew.read({ command: 'inspect', service: 'web', pod: nameOf(pod) }), 'inspected');
    expect([outcome.member.state, outcome.containers[0]?.restarts]).toEqual(['drained', 1]);
    expect(outcome.events.map(({ reason }) => reason)).toContain('Drained');
  });

  rule('drained shows drained pods and canaries', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    done(await crew.drain(pod, { because: '5xx' }));
    await on.pod({ name: 'probe', labels: { 'pitlane.dev/canary': 'web' } });
    const outcome = expectKind(await crew.read({ command: 'drained', service: 'web' }), 'drainedList');
    expect(outcome.notes).toEqual([]);
    const seen = outcome.drained.map(({ key, pod: { name }, record }) => [key, name, record?.because]);
    expect(seen.sort()).toEqual(
      [
        ['web', 'probe', undefined],
        ['web', nameOf(pod), '5xx'],
      ].sort(),
    );
  });

  rule('evidence describes a drained pod with its image, its events and who drained it', async (on) => {
    const [pod] = await fourInRotation(on);
    const crew = new Crew(on);
    done(await crew.drain(pod, { because: '5xx' }));
    const outcome = expectKind(await crew.read({ command: 'evidence', service: 'web', pod: nameOf(pod) }), 'evidence');
    const [summary, description, events] = outcome.files.map(({ text }) => text);
    expect(summary).toContain('U0000000AB');
    expect(summary).toContain('5xx');
    expect(summary).toMatch(/@sha256:[0-9a-f]{64}$/m);
    expect(JSON.parse(description ?? '')).toMatchObject({ kind: 'Pod', metadata: { name: nameOf(pod) } });
    expect(description).not.toContain('managedFields');
    expect(events).toMatch(/\bNormal Drained\b/);
  });
};
