import { expect } from 'vitest';
import type { Listed } from '../../pitlane/operate/outcome.ts';
import { nameOf, namesOf, type Pod } from './objects.ts';
import { Crew, done, fourInRotation } from './pitlane.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** `list`, `inspect`, `drained` and `evidence`. */
export const reading: Theme = (rule) => {
  rule('list: each pod in its state, with who drained it', async (on) => {
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
    await on.patch('pods', nameOf(leaving), { metadata: { finalizers: ['example.com/hold'] } });
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
    await on.patch('pods', nameOf(leaving), { metadata: { finalizers: null } });
  });

  rule('list: a service that selects nothing says so, and names the nearest labels', async (on) => {
    await on.service({ selector: { app: 'web', track: 'stabel' } });
    await on.deployment({ replicas: 2, labels: { app: 'web', track: 'stable' } });
    await on.readyPods(2);
    const outcome = await new Crew(on).read({ command: 'list', service: 'web', all: false });
    expect(outcome.kind === 'listed' ? outcome.notes : outcome).toEqual([
      'web selects no pod: none carries app=web,track=stabel.',
      'Nearest: 2 pods carry app=web,track=stable.',
    ]);
  });

  rule('inspect: a drained pod shows its record, its restarts and its events', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const crew = new Crew(on);
    done(await crew.drain(pod));
    on.fault(pod, 'crash');
    await on.untilPod(
      'restarted',
      nameOf(pod),
      ({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    const outcome = await crew.read({ command: 'inspect', service: 'web', pod: nameOf(pod) });
    if (outcome.kind !== 'inspected') throw new Error(`not inspected: ${JSON.stringify(outcome)}`);
    expect([outcome.member.state, outcome.containers[0]?.restarts]).toEqual(['drained', 1]);
    expect(outcome.events.map(({ reason }) => reason)).toContain('Drained');
  });

  rule('drained: what is drained, and what joins as a canary', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const crew = new Crew(on);
    done(await crew.drain(pod, { because: '5xx' }));
    await on.pod({ name: 'probe', labels: { 'pitlane.dev/canary': 'web' } });
    const outcome = await crew.read({ command: 'drained', service: 'web' });
    if (outcome.kind !== 'drainedList') throw new Error(`no list: ${JSON.stringify(outcome)}`);
    expect(outcome.notes).toEqual([]);
    const seen = outcome.drained.map(({ key, pod: { name }, record }) => [key, name, record?.because]);
    expect(seen.sort()).toEqual(
      [
        ['web', 'probe', undefined],
        ['web', nameOf(pod), '5xx'],
      ].sort(),
    );
  });

  rule('evidence: a drained pod is described, with its image, its events and who drained it', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const crew = new Crew(on);
    done(await crew.drain(pod, { because: '5xx' }));
    const outcome = await crew.read({ command: 'evidence', service: 'web', pod: nameOf(pod) });
    if (outcome.kind !== 'evidence') throw new Error(`no evidence: ${JSON.stringify(outcome)}`);
    const [summary, description, events] = outcome.files.map(({ text }) => text);
    expect(summary).toMatch(/^Drained +from web by U0000000AB, /m);
    expect(summary).toMatch(/^Reason +5xx$/m);
    expect(summary).toMatch(/^ +digest +\S*@sha256:[0-9a-f]{64}$/m);
    expect(JSON.parse(description ?? '')).toMatchObject({ kind: 'Pod', metadata: { name: nameOf(pod) } });
    expect(description).not.toContain('managedFields');
    expect(events).toContain(' Normal Drained: ');
  });
};
