import { expect } from 'vitest';
import { isLeaving, nameOf, namesOf, type Pod, uidOf } from './objects.ts';
import { beforeTheWrite, Crew, codes, done, drainedOfFour, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const canaryLabels = { app: 'web', 'pitlane.dev/canary': 'web' };

async function isGone(on: Space, pod: Pod): Promise<boolean> {
  return (await on.ask('GET', 'pods', nameOf(pod))).status === 404;
}

/** `finish`, as it is asked for, carried out and proven. */
export const finishing: Theme = (rule) => {
  rule('finish: a drained pod is deleted, and the four that take the traffic are left alone', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    const { plan, proof, notes } = done(await crew.finish(pod));
    expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([['gone', true]]);
    expect([codes(plan, 'warning', 'refusal'), plan.undo, notes]).toEqual([[], [], []]);
    expect(await isGone(on, pod)).toBe(true);
    expect((await on.readyPods(4)).map(uidOf)).toEqual(others.map(uidOf));
    await on.untilListed(namesOf(others));
  });

  rule('finish: the pod gets its grace period', async (on) => {
    const { crew, pod } = await drainedOfFour(on, { spec: { terminationGracePeriodSeconds: 7 } });
    const watch = await on.watch<Pod>('pods', { fieldSelector: `metadata.name=${nameOf(pod)}` });
    done(await crew.finish(pod));
    const { object } = await watch.event('marked', (event) => isLeaving(event.object));
    watch.close();
    expect(object.metadata.deletionGracePeriodSeconds).toBe(7);
  });

  rule('finish: a pod in rotation is refused, and so is one that is not there', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    const [other] = others as [Pod];
    expect(codes((await crew.finish(other)).outcome, 'refusal')).toEqual(['NotDrained']);
    done(await crew.finish(pod));
    expect((await crew.finish(pod)).outcome.kind).toBe('notUnderstood');
    expect((await on.readyPods(4)).map(uidOf)).toEqual(others.map(uidOf));
  });

  rule('finish: a pod that somebody puts back by hand in that moment is not deleted', async (on) => {
    const { pod } = await drainedOfFour(on);
    const byHand = () =>
      on.patch('pods', nameOf(pod), {
        metadata: {
          labels: { app: 'web', 'pitlane.dev/drained-from': null },
          annotations: { 'controller.kubernetes.io/pod-deletion-cost': '1000' },
        },
      });
    const { outcome, events } = await new Crew(on, {}, beforeTheWrite(byHand)).finish(pod);
    expect([outcome.kind, events.filter(({ kind }) => kind === 'wrote')]).toEqual(['refusal', []]);
    expect(isLeaving(await on.getPod(nameOf(pod)))).toBe(false);
  });

  rule('finish: a pod that changed in that moment without coming back is looked at again and deleted', async (on) => {
    const { pod } = await drainedOfFour(on);
    const note = () => on.patch('pods', nameOf(pod), { metadata: { annotations: { 'example.com/note': 'seen' } } });
    done(await new Crew(on, {}, beforeTheWrite(note)).finish(pod));
    expect(await isGone(on, pod)).toBe(true);
  });

  rule('finish: somebody else deletes it in that moment, which is as good', async (on) => {
    const { pod } = await drainedOfFour(on);
    const byHand = () => on.delete('pods', nameOf(pod));
    done(await new Crew(on, {}, beforeTheWrite(byHand)).finish(pod));
    expect(await isGone(on, pod)).toBe(true);
  });

  rule('finish: a dry run is tried on the API server and deletes nothing', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const before = await on.getPod(nameOf(pod));
    const { outcome } = await crew.finish(pod, { dryRun: true });
    if (outcome.kind !== 'proposal') throw new Error(`no proposal: ${JSON.stringify(outcome)}`);
    expect([outcome.why, outcome.tried]).toEqual(['dryRun', [`The API server would delete ${nameOf(pod)}.`]]);
    expect((await on.getPod(nameOf(pod))).metadata).toEqual(before.metadata);
  });

  rule('finish: with its replacement not ready the plan has to be confirmed', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    await on.makeUnready(others[0] as Pod);
    const { outcome } = await crew.finish(pod, { confirmed: 'not yet' });
    expect([outcome.kind, codes(outcome, 'warning')]).toEqual(['proposal', ['ReplacementNotReady']]);
    expect(isLeaving(await on.getPod(nameOf(pod)))).toBe(false);
  });

  rule('finish: a pod that was restored is refused', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    done(await crew.restore(pod));
    expect(codes((await crew.finish(pod)).outcome, 'refusal')).toEqual(['NotDrained']);
    expect(isLeaving(await on.getPod(nameOf(pod)))).toBe(false);
  });

  rule('finish: a canary in rotation is deleted, and the workload’s own pods are left alone', async (on) => {
    const before = await fourInRotation(on);
    const canary = await on.readyPod({ name: 'web-canary', labels: canaryLabels, metadata: { ownerReferences: [] } });
    await on.untilListed([...namesOf(before), nameOf(canary)]);
    done(await new Crew(on).finish(canary));
    expect(await isGone(on, canary)).toBe(true);
    expect((await on.readyPods(4)).map(uidOf)).toEqual(before.map(uidOf));
  });

  rule('finish: Kubernetes Events on the pod and on the Service tell what was done', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const { operation } = done(await crew.finish(pod));
    const note = `Finished: Pitlane was asked by U0000000AB to delete ${nameOf(pod)}, and did (operation ${operation.id}).`;
    expect(await on.untilEvent('Pod', nameOf(pod), 'Finished')).toContain(note);
    expect(await on.untilEvent('Service', 'web', 'Finished')).toContain(note);
  });
};
