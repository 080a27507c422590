import { expect } from 'vitest';
import { isLeaving, nameOf, namesOf, ownerOf, type Pod, uidOf } from './objects.ts';
import { Crew, codes, done, drainedOfFour, fourInRotation, recordOn } from './pitlane.ts';
import { rollOut, v2 } from './scenes.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

/** A creation is noted in whole seconds, and of pods of the same second a DaemonSet keeps the first by name. */
async function untilOlderThanNew({ metadata }: Pod): Promise<void> {
  const second = Date.parse(metadata.creationTimestamp ?? '');
  await until('a second old', Date.now, (now) => now >= second + 1_000);
}

/** `restore`, as it is asked for, carried out and proven. */
export const restoring: Theme = (rule) => {
  rule('restore: exactly this pod comes back; the pod that the plan names goes; no mark is left', async (on) => {
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
    const [gone, ...more] = namesOf(others).filter((name) => !namesOf(after).includes(name));
    expect(more).toEqual([]);
    expect(plan.effects.join('\n')).toContain(gone);
    const back = await on.getPod(nameOf(pod));
    expect([uidOf(back), back.metadata.labels, back.metadata.annotations, ownerOf(back)]).toEqual([
      uidOf(pod),
      pod.metadata.labels,
      pod.metadata.annotations,
      ownerOf(pod),
    ]);
    await on.untilListed(namesOf(after));
  });

  rule('restore: a pod of a DaemonSet comes back in the place of its replacement', async (on) => {
    await on.service();
    await on.daemonSet();
    const before = await on.readyPods(3);
    await on.untilListed(namesOf(before));
    const [pod] = before as [Pod];
    await untilOlderThanNew(pod);
    const crew = new Crew(on, { minReady: 2 });
    done(await crew.drain(pod));
    await on.readyPods(3, 'app=web');
    done(await crew.restore(pod));
    const after = await on.readyPods(3);
    expect(namesOf(after)).toEqual(namesOf(before));
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
  });

  rule('restore: a pod of an old revision is refused, because its owner would delete it', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await rollOut(on, 'deployments');
    const isOver = (pods: Pod[]) => pods.length === 4 && pods.every(({ spec }) => spec.containers[0]?.image === v2);
    await on.untilPods('rolled out', isOver, 'app=web');
    await on.readyPods(4, 'app=web');
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toContain('OwnerScaledDown');
    const left = await on.getPod(nameOf(pod));
    expect([isLeaving(left), left.metadata.labels?.app]).toEqual([false, undefined]);
  });

  rule('restore: a pod of an old revision of a DaemonSet is refused', async (on) => {
    await on.service();
    await on.daemonSet();
    const before = await on.readyPods(3);
    await on.untilListed(namesOf(before));
    await untilOlderThanNew(before[0] as Pod);
    const crew = new Crew(on, { minReady: 2 });
    done(await crew.drain(before[0] as Pod));
    await on.readyPods(3, 'app=web');
    await rollOut(on, 'daemonsets');
    const isOver = (pods: Pod[]) => pods.length === 3 && pods.every(({ spec }) => spec.containers[0]?.image === v2);
    await on.untilPods('rolled out', isOver, 'app=web');
    await on.readyPods(3, 'app=web');
    const { outcome } = await crew.restore(before[0] as Pod);
    expect(codes(outcome, 'refusal')).toEqual(['OldRevision']);
  });

  rule('restore: a pod that is not ready is refused until it is', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await on.makeUnready(pod);
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toContain('NotReady');
    on.fault(pod, undefined);
    await on.readyPods(5);
    done(await crew.restore(pod));
  });

  rule('restore: a pod that was never drained is refused', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    const { outcome } = await new Crew(on).restore(pod);
    expect(codes(outcome, 'refusal')).toEqual(['NotDrained']);
  });

  rule('restore: a pod whose Deployment was scaled to zero is refused', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await on.patch('deployments', 'web', { spec: { replicas: 0 } });
    await on.untilPods('none', (pods) => pods.length === 0, 'app=web');
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toContain('OwnerScaledDown');
  });

  rule('restore: a deletion cost that the pod had before is there again afterwards', async (on) => {
    const [pod] = (await fourInRotation(on)) as [Pod];
    await on.patch('pods', nameOf(pod), { metadata: { annotations: { [deletionCost]: '7' } } });
    const crew = new Crew(on);
    done(await crew.drain(pod));
    await on.readyPods(4, 'app=web');
    done(await crew.restore(pod));
    expect((await on.getPod(nameOf(pod))).metadata.annotations).toEqual({ [deletionCost]: '7' });
  });

  rule('restore: a pod that was disabled when it was drained is disabled again', async (on) => {
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
    const back = await on.untilPod('adopted', nameOf(pod), (seen) => ownerOf(seen) === ownerOf(pod));
    expect([back.metadata.labels?.app, back.metadata.labels?.enabled]).toEqual(['web', undefined]);
  });
};
