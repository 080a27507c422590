import { expect } from 'vitest';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { isTerminating, nameOf, namesOf, type Pod, uidOf } from './objects.ts';
import {
  beforeTheWrite,
  Crew,
  codes,
  done,
  drainedOfFour,
  expectEvents,
  expectKind,
  fourInRotation,
} from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const canaryLabels = { app: 'web', 'pitlane.dev/canary': 'web' };

async function isGone(on: Space, pod: Pod): Promise<boolean> {
  return (await on.ask('GET', 'pods', nameOf(pod))).status === 404;
}

/** The command `finish`. */
export const finishing: Theme = (rule) => {
  rule('finish deletes a drained pod and leaves the four pods in rotation alone', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    const { plan, proof, notes } = done(await crew.finish(pod));
    expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([['gone', true]]);
    expect([codes(plan, 'warning', 'refusal'), plan.undo, notes]).toEqual([['DeletedForGood'], [], []]);
    expect(await isGone(on, pod)).toBe(true);
    expect((await on.readyPods(4)).map(uidOf)).toEqual(others.map(uidOf));
    await on.untilListed(namesOf(others));
  });

  rule('finish gives the pod its grace period', async (on) => {
    const { crew, pod } = await drainedOfFour(on, { spec: { terminationGracePeriodSeconds: 7 } });
    const watch = await on.watch<Pod>('pods', { fieldSelector: `metadata.name=${nameOf(pod)}` });
    done(await crew.finish(pod));
    const { object } = await watch.event('terminating', (event) => isTerminating(event.object));
    watch.close();
    expect(object.metadata.deletionGracePeriodSeconds).toBe(7);
  });

  rule('finish names the finalizer that holds the pod, before and once its containers have ended', async (on) => {
    const { crew, pod } = await drainedOfFour(on, { spec: { terminationGracePeriodSeconds: 1 } });
    await on.addFinalizer(pod);
    const { plan, proof } = expectKind((await crew.finish(pod)).outcome, 'unfinished');
    expect(messagesOf(plan.effects).join()).toContain(
      'finalizer example.com/hold keeps it until its owner takes that off',
    );
    expect(proof[0]?.seen).toContain('its containers have ended; it is held by the finalizer example.com/hold');
    const { notes } = expectKind(await crew.read({ command: 'list', service: 'web', all: true }), 'listed');
    const drained = expectKind(await crew.read({ command: 'drained', service: 'web' }), 'drainedList');
    for (const said of [notes, drained.notes])
      expect(said.join()).toContain('its containers have ended; it is held by the finalizer example.com/hold');
    await on.removeFinalizers(pod);
    await on.untilGone('pods', nameOf(pod));
  });

  rule('finish works from the record of a pod whose Service was deleted, and list and restore say so', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await on.delete('services', 'web');
    const line = `finish ${nameOf(pod)}`;
    const said = [await crew.read({ command: 'list', service: 'web', all: false }), (await crew.restore(pod)).outcome];
    for (const outcome of said)
      expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'ServiceMissing', instead: [line] });
    const { plan } = done(await crew.finish(pod));
    expect(codes(plan, 'ok')).toContain('ServiceGone');
    expect(await isGone(on, pod)).toBe(true);
    const after = await crew.read({ command: 'list', service: 'web', all: false });
    expect(after).toMatchObject({ kind: 'notUnderstood', code: 'ServiceMissing', instead: [] });
  });

  rule('finish refuses a pod in rotation, and a missing pod', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    const [other] = others;
    expect(codes((await crew.finish(other)).outcome, 'refusal')).toEqual(['NotDrained']);
    done(await crew.finish(pod));
    expect((await crew.finish(pod)).outcome.kind).toBe('notUnderstood');
    expect((await on.readyPods(4)).map(uidOf)).toEqual(others.map(uidOf));
  });

  rule('finish does not delete a pod that is restored by hand right before the write', async (on) => {
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
    expect(isTerminating(await on.getPod(nameOf(pod)))).toBe(false);
  });

  rule('finish plans again and deletes a pod that changes right before the write but stays drained', async (on) => {
    const { pod } = await drainedOfFour(on);
    const note = () => on.patch('pods', nameOf(pod), { metadata: { annotations: { 'example.com/note': 'seen' } } });
    done(await new Crew(on, {}, beforeTheWrite(note)).finish(pod));
    expect(await isGone(on, pod)).toBe(true);
  });

  rule('finish is done if the pod is deleted by hand right before the write', async (on) => {
    const { pod } = await drainedOfFour(on);
    const byHand = () => on.delete('pods', nameOf(pod));
    done(await new Crew(on, {}, beforeTheWrite(byHand)).finish(pod));
    expect(await isGone(on, pod)).toBe(true);
  });

  rule('finish with --dry-run is tried on the API server and deletes nothing', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const before = await on.getPod(nameOf(pod));
    const { why, tried } = expectKind((await crew.finish(pod, { dryRun: true })).outcome, 'proposal');
    expect([why, tried]).toEqual(['dryRun', [expect.stringContaining(nameOf(pod))]]);
    expect((await on.getPod(nameOf(pod))).metadata).toEqual(before.metadata);
  });

  rule('finish needs a confirmation if the replacement is not ready', async (on) => {
    const { crew, pod, others } = await drainedOfFour(on);
    await on.makeUnready(others[0]);
    const { outcome } = await crew.finish(pod, { confirmed: 'not yet' });
    expect([outcome.kind, codes(outcome, 'warning')]).toEqual(['proposal', ['DeletedForGood', 'ReplacementNotReady']]);
    expect(isTerminating(await on.getPod(nameOf(pod)))).toBe(false);
  });

  rule('finish refuses a restored pod', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    done(await crew.restore(pod));
    expect(codes((await crew.finish(pod)).outcome, 'refusal')).toEqual(['NotDrained']);
    expect(isTerminating(await on.getPod(nameOf(pod)))).toBe(false);
  });

  rule('finish deletes a canary in rotation and leaves the pods of the workload alone', async (on) => {
    const before = await fourInRotation(on);
    const canary = await on.readyPod({ name: 'web-canary', labels: canaryLabels, metadata: { ownerReferences: [] } });
    await on.untilListed([...namesOf(before), nameOf(canary)]);
    done(await new Crew(on).finish(canary));
    expect(await isGone(on, canary)).toBe(true);
    expect((await on.readyPods(4)).map(uidOf)).toEqual(before.map(uidOf));
  });

  rule('finish writes Events on the pod and on the Service', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await expectEvents(on, 'Finished', done(await crew.finish(pod)), pod);
  });
};
