import { expect } from 'vitest';
import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { fitsNoNode } from './manifests.ts';
import { type Deployment, nameOf, namesOf, ownerOf, type Pod, type Resource } from './objects.ts';
import { Crew, codes, daemonSetInRotation, done, drainedOfFour, expectKind, fourInRotation } from './pitlane.ts';
import { untilOlderThanNewPods } from './scenes.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

/** An owner that the cluster does not have. The garbage collector spares what belongs to a version that no API serves. */
const ownedBy = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [
    { apiVersion, kind, name, uid: '0b0b0b0b-0000-4000-8000-000000000001', controller: true, blockOwnerDeletion: true },
  ],
});

/** What owns a pod, and what that owner does. */
export const owners: Theme = (rule) => {
  rule('drain of the only pod proposes to scale the Rollout that scales the ReplicaSet', async (on) => {
    await on.service();
    await on.replicaSet({ replicas: 1, metadata: ownedBy('argoproj.io/v0', 'Rollout', 'shop') });
    const [pod] = await on.podsInRotation(1);
    const { outcome } = await new Crew(on).drain(pod);
    expect(codes(outcome, 'warning', 'refusal')).toEqual(['RootUnknown', 'BelowMinimum']);
    expect(instead(outcome)).toEqual([`kubectl -n ${on.name} scale rollout shop --replicas=2`]);
  });

  rule('drain of the only pod proposes no line where an unknown kind scales the Deployment', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1, metadata: ownedBy('example.com/v1', 'Shop', 'shop') });
    const [pod] = await on.podsInRotation(1);
    const { outcome } = await new Crew(on).drain(pod);
    expect([codes(outcome, 'refusal'), instead(outcome)]).toEqual([['BelowMinimum'], []]);
  });

  rule('drain warns once of a pod whose owner is of an unknown kind', async (on) => {
    await on.service();
    const metadata = ownedBy('apps.kruise.io/v0', 'CloneSet', 'game');
    for (const name of ['one', 'two']) await on.readyPod({ name, metadata });
    const [pod] = await on.podsInRotation(2);
    const { outcome } = await new Crew(on).drain(nameOf(pod), { confirmed: 'not yet' });
    expect(codes(outcome, 'warning')).toEqual(['NothingReplacesIt']);
  });

  rule(
    'drain from a paused Deployment with a changed template, and the restore of that pod once it is resumed',
    async (on) => {
      const [pod] = await fourInRotation(on);
      await on.patch('deployments', 'web', { spec: { paused: true, template: changedTemplate } });
      await on.untilObject<Deployment>('has the change', 'deployments', ({ status }) => !status?.updatedReplicas);
      const crew = new Crew(on);
      const { plan } = done(await crew.drain(pod));
      expect(codes(plan, 'warning', 'refusal')).toEqual(['RolloutPaused']);
      // The replacement is of the old revision too.
      const pods = await on.readyPods(4, 'app=web');
      expect(new Set(pods.map(hashOf))).toEqual(new Set([hashOf(pod)]));
      await on.patch('deployments', 'web', { spec: { paused: false } });
      await on.untilPods(
        'new revision',
        (seen) => seen.length === 4 && !seen.some((each) => hashOf(each) === hashOf(pod)),
        'app=web',
      );
      await on.readyPods(4, 'app=web');
      const { outcome } = await crew.restore(pod);
      expect(codes(outcome, 'refusal')).toEqual(['OwnerScaledDown']);
    },
  );

  rule('restore to a Deployment that was paused half way warns that the pod goes once it is resumed', async (on) => {
    await on.service();
    await on.deployment({ replicas: 4, workload: { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } });
    const [pod] = await on.podsInRotation(4);
    const crew = new Crew(on);
    done(await crew.drain(pod));
    await on.readyPods(4, 'app=web');
    // The new pod never becomes ready, so the rollout stands still.
    await on.patch('deployments', 'web', { spec: { template: { spec: fitsNoNode } } });
    await on.untilPods('one new pod', (seen) => seen.some((each) => hashOf(each) !== hashOf(pod)), 'app=web');
    await on.patch('deployments', 'web', { spec: { paused: true } });
    const { plan } = done(await crew.restore(pod));
    expect(codes(plan, 'warning')).toEqual(['OldRevision', 'RolloutPaused']);
    expect(namesOf(await on.readyPods(4, `app=web,pod-template-hash=${hashOf(pod)}`))).toContain(nameOf(pod));
  });

  rule('drain from a Job, which starts another, and the restore, after which one of them goes', async (on) => {
    await on.service();
    await on.job({ spec: { parallelism: 3, completions: 3 } });
    const [pod] = await olderThanOthers(await on.podsInRotation(3));
    const crew = new Crew(on);
    const drained = done(await crew.drain(pod));
    expect(codes(drained.plan, 'warning', 'refusal')).toEqual(['JobStartsAnother']);
    await on.readyPods(3, 'app=web');
    const { plan } = done(await crew.restore(pod));
    expect(codes(plan, 'refusal')).toEqual([]);
    expect(namesOf(await on.readyPods(3))).toContain(nameOf(pod));
  });

  rule('drain from an Indexed Job, and the restore in place of the other pod of its index', async (on) => {
    await on.service();
    await on.job({ spec: { parallelism: 2, completions: 2, completionMode: 'Indexed' } });
    const [pod] = await olderThanOthers(await on.podsInRotation(2));
    const crew = new Crew(on, { minReady: 1 });
    done(await crew.drain(pod));
    const others = await on.readyPods(2, 'app=web');
    expect(others.map(indexOf).sort()).toEqual(['0', '1']);
    const twin = others.find((other) => indexOf(other) === indexOf(pod));
    const restored = done(await crew.restore(pod));
    expect(messagesOf(restored.plan.effects).join()).toContain(nameOf(twin as Pod));
    const left = await on.readyPods(2);
    expect(namesOf(left)).toContain(nameOf(pod));
    expect(left.map(indexOf).sort()).toEqual(['0', '1']);
  });

  rule('restore to a Job that was suspended meanwhile is refused, because it would delete the pod', async (on) => {
    await on.service();
    await on.job({ spec: { parallelism: 2 } });
    const [pod] = await on.podsInRotation(2);
    const crew = new Crew(on, { minReady: 1 });
    done(await crew.drain(pod));
    await on.readyPods(2, 'app=web');
    await on.patch('jobs', 'web', { spec: { suspend: true } });
    await on.untilPods('only the drained pod', (pods) => pods.length === 1);
    const { outcome } = await crew.restore(pod);
    expect(codes(outcome, 'refusal')).toEqual(['OwnerScaledDown']);
  });

  rule('restore to a Deployment that was made anew says so, and its new ReplicaSet adopts the pod', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await remake(on, 'deployments', () => on.deployment({ replicas: 4 }));
    const restored = done(await crew.restore(pod));
    expect(codes(restored.plan, 'ok')).toContain('OwnerMadeAnew');
    expect(restored.proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual(BACK);
    const back = await on.getPod(nameOf(pod));
    expect(ownerOf(back)).toBe(ownerOf(pod));
    expect(back.metadata.ownerReferences?.[0]?.uid).not.toBe(pod.metadata.ownerReferences?.[0]?.uid);
    expect(await on.readyPods(4)).toHaveLength(4);
  });

  rule('restore to a ReplicaSet without a Deployment that was made anew warns of its template', async (on) => {
    await on.service();
    await on.replicaSet({ replicas: 3 });
    const [pod] = await on.podsInRotation(3);
    const crew = new Crew(on);
    done(await crew.drain(pod));
    await remake(on, 'replicasets', () => on.replicaSet({ replicas: 3 }));
    const restored = done(await crew.restore(pod));
    expect(codes(restored.plan, 'warning')).toEqual(['OwnerMadeAnew']);
    expect(namesOf(await on.readyPods(3))).toContain(nameOf(pod));
  });

  rule('restore to a DaemonSet that was made anew removes the newer pod of the node', async (on) => {
    const before = await daemonSetInRotation(on);
    const [pod] = before;
    await untilOlderThanNewPods(pod);
    const crew = new Crew(on, { minReady: 2 });
    done(await crew.drain(pod));
    await remake(on, 'daemonsets', () => on.daemonSet(), before.length);
    const restored = done(await crew.restore(pod));
    expect(codes(restored.plan, 'ok')).toContain('OwnerMadeAnew');
    expect(namesOf(await on.readyPods(before.length))).toContain(nameOf(pod));
  });

  rule('restore to a Deployment that was made anew with another template is refused', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await remake(on, 'deployments', () =>
      on.deployment({ replicas: 4, annotations: { 'example.com/changed': 'yes' } }),
    );
    expect(codes((await crew.restore(pod)).outcome, 'refusal')).toEqual(['OwnerGone']);
  });

  rule('drain takes off the label by which Argo CD finds a pod, and restore puts it back', async (on) => {
    const { crew, pod } = await drainedOfFour(on, { labels: SHOP, selector: { app: 'web' } });
    const drained = await on.getPod(nameOf(pod));
    expect(Object.keys(drained.metadata.labels ?? {}).sort()).toEqual([
      'pitlane.dev/drained-from',
      'pod-template-hash',
    ]);
    done(await crew.restore(pod));
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
  });

  rule(
    'drain spares a pod from Argo CD that keeps its label for a Service, and restore takes the marks off',
    async (on) => {
      await on.service({ name: 'all', selector: INSTANCE });
      const { crew, pod } = await drainedOfFour(on, { labels: SHOP, selector: { app: 'web' }, annotations: OPTIONS });
      const drained = await on.getPod(nameOf(pod));
      expect(drained.metadata.labels).toMatchObject(INSTANCE);
      expect(drained.metadata.annotations).toMatchObject({
        'argocd.argoproj.io/sync-options': 'Replace=true,Prune=false',
        'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
      });
      done(await crew.restore(pod));
      expect((await on.getPod(nameOf(pod))).metadata.annotations).toEqual(OPTIONS);
    },
  );
};

const INSTANCE = { 'app.kubernetes.io/instance': 'shop' };
const SHOP = { app: 'web', ...INSTANCE };
const OPTIONS = { 'argocd.argoproj.io/sync-options': 'Replace=true' };

/** What a restored pod of a ReplicaSet goes through. */
const BACK = ['inRotation', 'adopted', 'surplusGone', 'unmarked'].map((kind) => [kind, true]);

/** Deletes the workload with its pods, and makes another of its name; the drained pod stays. */
async function remake(on: Space, resource: Resource, make: () => Promise<unknown>, count?: number): Promise<void> {
  const wanted = count ?? (await on.pods('app=web')).length;
  await on.delete(resource, 'web');
  await on.untilPods('only the drained pod', (pods) => pods.length === 1);
  await on.untilGone(resource, 'web');
  await make();
  await on.readyPods(wanted, 'app=web');
}

/** Resolves once a pod that becomes ready is ready for less time: Kubernetes keeps that in whole seconds. */
async function olderThanOthers(pods: [Pod, ...Pod[]]): Promise<[Pod, ...Pod[]]> {
  const times = pods
    .flatMap(({ status }) => status?.conditions ?? [])
    .map((each) => Date.parse(`${each.lastTransitionTime}`));
  await until('a second later', Date.now, (now) => now > Math.max(...times) + 1_000);
  return pods;
}

const indexOf = ({ metadata }: Pod) => metadata.labels?.['batch.kubernetes.io/job-completion-index'];
const changedTemplate = { metadata: { annotations: { 'example.com/changed': 'yes' } } };
const hashOf = ({ metadata }: Pod) => metadata.labels?.['pod-template-hash'];

function instead(outcome: Parameters<typeof expectKind>[0]): readonly string[] {
  return expectKind(outcome, 'refusal').checks.flatMap((check) => check.instead ?? []);
}
