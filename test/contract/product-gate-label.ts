import { expect } from 'vitest';
import { nameOf, namesOf, ownerOf, type Pod } from './objects.ts';
import { type Asking, beforeTheWrite, Crew, codes, done, expectEvents, type Ran } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

type Chosen = { pods?: readonly string[]; selector?: string; node?: string; forSeconds?: number; because?: string };

function toggle(crew: Crew, command: 'disable' | 'enable', chosen: Chosen, asking: Asking = {}): Promise<Ran> {
  return crew.run({ command, service: 'web', dryRun: false, force: false, ...chosen }, asking);
}

/** Four pods behind a Service with a gate, set up by hand: the label on the pods, then in the selector. */
async function gated(on: Space): Promise<[Pod, Pod, Pod, Pod]> {
  await on.service();
  await on.deployment({ replicas: 4 });
  const pods = await on.podsInRotation(4);
  for (const pod of pods) await on.label(pod, { enabled: 'yes' });
  await on.untilPodsAreSeen();
  await on.patch('services', 'web', { spec: { selector: { app: 'web', enabled: 'yes' } } });
  return (await on.podsInRotation(4)) as [Pod, Pod, Pod, Pod];
}

/** Those pods and no others exist, each with its owner. */
async function expectNoReplacement(on: Space, pods: readonly Pod[]): Promise<void> {
  const there = await on.pods();
  const owners = (all: readonly Pod[]) => all.map((pod) => `${nameOf(pod)} ${ownerOf(pod)}`).sort();
  expect(owners(there)).toEqual(owners(pods));
}

/** The commands `disable` and `enable`. */
export const gating: Theme = (rule) => {
  rule(
    'disable takes a pod out of the slices and its controller keeps it; enable brings it back as it was',
    async (on) => {
      const all = await gated(on);
      const [pod, ...others] = all;
      const crew = new Crew(on);
      const ran = done(await toggle(crew, 'disable', { pods: [nameOf(pod)], because: '5xx', forSeconds: 3_600 }));
      expect(ran.proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
        ['unlisted', true],
        ['adopted', true],
      ]);
      await on.untilListed(namesOf(others));
      await on.untilPodsAreSeen();
      await expectNoReplacement(on, all);
      const off = await on.getPod(nameOf(pod));
      expect(JSON.parse(off.metadata.annotations?.['pitlane.dev/disabled'] ?? '')).toMatchObject({
        service: 'web',
        by: 'U0000000AB',
        because: '5xx',
      });
      await expectEvents(on, 'Disabled', ran, pod);
      expect(codes((await toggle(crew, 'disable', { pods: [nameOf(pod)] })).outcome, 'refusal')).toEqual([
        'AlreadyDisabled',
      ]);
      await expectEvents(on, 'Enabled', done(await toggle(crew, 'enable', { pods: [nameOf(pod)] })), pod);
      await on.untilListed(namesOf(all));
      const back = await on.getPod(nameOf(pod));
      expect([back.metadata.labels, back.metadata.annotations]).toEqual([
        pod.metadata.labels,
        pod.metadata.annotations,
      ]);
      await expectNoReplacement(on, all);
    },
  );

  rule('disable takes out a set by a selector, and leaves out what the minimum needs', async (on) => {
    const all = await gated(on);
    const [first, second] = all;
    for (const pod of [first, second]) await on.label(pod, { track: 'canary' });
    const crew = new Crew(on, { minReady: 2 });
    done(await toggle(crew, 'disable', { selector: 'track=canary' }));
    await on.untilListed(namesOf(all.slice(2)));
    expect(codes((await toggle(crew, 'disable', { selector: 'app=web' })).outcome, 'refusal')).toEqual([
      'BelowMinimum',
      'BelowMinimum',
    ]);
    done(await toggle(crew, 'enable', { selector: 'track=canary' }));
    await on.untilListed(namesOf(all));
    const three = new Crew(on, { minReady: 3 });
    const { plan } = done(await toggle(three, 'disable', { selector: 'app=web' }, { confirmed: 'any' }));
    expect(codes(plan, 'leftOut')).toEqual(['BelowMinimum', 'BelowMinimum', 'BelowMinimum']);
    await until(
      'three are listed',
      () => on.endpoints(),
      ({ length }) => length === 3,
    );
    await expectNoReplacement(on, all);
  });

  rule('disable takes out all pods of a node', async (on) => {
    const all = await gated(on);
    const node = all[0].spec.nodeName ?? '';
    const crew = new Crew(on, { minReady: 0 });
    done(await toggle(crew, 'disable', { node }));
    await on.untilListed(namesOf(all.filter(({ spec }) => spec.nodeName !== node)));
    done(await toggle(crew, 'enable', { node }));
    await on.untilListed(namesOf(all));
  });

  rule('disable plans again if the pod changes between plan and write', async (on) => {
    const [pod] = await gated(on);
    const byHand = () => on.label(pod, { enabled: null });
    const { outcome } = await toggle(new Crew(on, {}, beforeTheWrite(byHand)), 'disable', { pods: [nameOf(pod)] });
    expect(outcome.kind).toBe('done');
    const marked = await on.getPod(nameOf(pod));
    expect([marked.metadata.labels?.enabled, Object.keys(marked.metadata.annotations ?? {})]).toEqual([
      undefined,
      ['pitlane.dev/disabled'],
    ]);
  });

  rule('a disabled pod that is drained and restored is still disabled, and enable brings it back', async (on) => {
    const [pod] = await gated(on);
    const crew = new Crew(on);
    done(await toggle(crew, 'disable', { pods: [nameOf(pod)] }));
    done(await crew.drain(pod));
    expect(codes((await toggle(crew, 'enable', { pods: [nameOf(pod)] })).outcome, 'refusal')).toEqual([
      'AlreadyDrained',
    ]);
    await on.readyPods(4, 'app=web');
    done(await crew.restore(pod));
    await on.untilAdopted(pod, ownerOf(pod));
    done(await toggle(crew, 'enable', { pods: [nameOf(pod)] }));
    await until(
      'it is listed',
      () => on.endpoints(),
      (endpoints) => endpoints.some(({ targetRef }) => targetRef?.name === nameOf(pod)),
    );
  });

  rule('disable and enable without a gate say so once', async (on) => {
    await on.service();
    await on.deployment({ replicas: 2 });
    const pods = namesOf(await on.podsInRotation(2));
    for (const command of ['disable', 'enable'] as const)
      expect(codes((await toggle(new Crew(on), command, { pods })).outcome, 'refusal')).toEqual(['NoGate']);
  });
};
