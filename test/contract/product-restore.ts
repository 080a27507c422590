import { expect } from 'vitest';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { deletionCost } from './manifests.ts';
import { isTerminating, nameOf, namesOf, namesOnlyIn, ownerOf, type Pod, uidOf } from './objects.ts';
import { Crew, codes, daemonSetInRotation, done, drainedOfFour, fourInRotation, recordOn } from './pitlane.ts';
import { rollOut, untilOlderThanNewPods, untilRolledOut } from './scenes.ts';
import type { Theme } from './suite.ts';

/** The command `restore`. */
export const restoring: Theme = (rule) => {
  rule('restore brings the pod back, the surplus pod of the plan goes, and no mark remains', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    const { plan, proof } = done(await crew.restore(pod));
    expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([
      ['inRotation', true],
      ['adopted', true],
      ['surplusGone', true],
      ['unmarked', true],
    ]);
    const after = await on.readyPods(4);
    expect(namesOf(after)).toContain(nameOf(pod));
    const [gone, ...more] = namesOnlyIn(others, after);
    expect(more).toEqual([]);
    expect(messagesOf(plan.effects).join('\n')).toContain(gone);
    const back = await on.getPod(nameOf(pod));
    expect([uidOf(back), back.metadata.labels, back.metadata.annotations, ownerOf(back)]).toEqual([
      uidOf(pod),
      pod.metadata.labels,
      pod.metadata.annotations,
      ownerOf(pod),
    ]);
    await on.untilListed(namesOf(after));
  });

  rule('restore of a pod of a DaemonSet removes its replacement', async (on) => {
    const before = await daemonSetInRotation(on);
    const [pod] = before;
    await untilOlderThanNewPods(pod);
    const crew = new Crew(on, { minReady: 2 });
    done(await crew.drain(pod));
    await on.readyPods(3, 'app=web');
    done(await crew.restore(pod));
    const after = await on.readyPods(3);
    expect(namesOf(after)).toEqual(namesOf(before));
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
  });

  rule('restore refuses a pod of an old revision, because its owner would delete it', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 4);
    await on.readyPods(4, 'app=web');
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toContain('OwnerScaledDown');
    const left = await on.getPod(nameOf(pod));
    expect([isTerminating(left), left.metadata.labels?.app]).toEqual([false, undefined]);
  });

  rule('restore refuses a pod of an old revision of a DaemonSet', async (on) => {
    const [pod] = await daemonSetInRotation(on);
    await untilOlderThanNewPods(pod);
    const crew = new Crew(on, { minReady: 2 });
    done(await crew.drain(pod));
    await on.readyPods(3, 'app=web');
    await rollOut(on, 'daemonsets');
    await untilRolledOut(on, 3);
    await on.readyPods(3, 'app=web');
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toEqual(['OldRevision']);
  });

  rule('restore refuses a pod until it is ready', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await on.makeUnready(pod);
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toContain('NotReady');
    on.fault(pod, undefined);
    await on.readyPods(5);
    done(await crew.restore(pod));
  });

  rule('restore refuses a pod that is not drained', async (on) => {
    const [pod] = await fourInRotation(on);
    const { outcome } = await new Crew(on).restore(pod);
    expect(codes(outcome, 'refusal')).toEqual(['NotDrained']);
  });

  rule('restore refuses a pod whose Deployment is scaled to zero', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await on.patch('deployments', 'web', { spec: { replicas: 0 } });
    await on.untilPods('none', (pods) => pods.length === 0, 'app=web');
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toContain('OwnerScaledDown');
  });

  rule('restore gives the pod its earlier deletion cost back', async (on) => {
    const [pod] = await fourInRotation(on);
    await on.patch('pods', nameOf(pod), { metadata: { annotations: deletionCost('7') } });
    const crew = new Crew(on);
    done(await crew.drain(pod));
    await on.readyPods(4, 'app=web');
    done(await crew.restore(pod));
    expect((await on.getPod(nameOf(pod))).metadata.annotations).toEqual(deletionCost('7'));
  });

  rule('restore leaves a pod disabled that was disabled when it was drained', async (on) => {
    const labels = { app: 'web', enabled: 'yes' };
    await on.service({ selector: labels });
    await on.deployment({ replicas: 4, labels, selector: { app: 'web' } });
    const [pod, ...others] = (await on.readyPods(4)) as [Pod, ...Pod[]];
    await on.label(pod, { enabled: null });
    await on.untilListed(namesOf(others));
    const crew = new Crew(on);
    done(await crew.drain(pod));
    const drained = await on.getPod(nameOf(pod));
    expect(recordOn(drained)).toMatchObject({ was: 'disabled', labels: { app: 'web' } });
    await on.readyPods(4, 'app=web');
    await crew.restore(pod);
    const back = await on.untilAdopted(pod, ownerOf(pod));
    expect([back.metadata.labels?.app, back.metadata.labels?.enabled]).toEqual(['web', undefined]);
  });
};
