import fc from 'fast-check';
import { applyPatch } from 'rfc6902';
import { describe, expect, test } from 'vitest';
import { planned } from '../../test/builders/plan.ts';
import { disableOf, drainOf, enableOf, extendOf, finishOf, restoreOf, rng } from '../../test/builders/snapshot.ts';
import { minimumInRotation } from '../rotation/capacity.ts';
import { foresee } from '../rotation/foresee.ts';
import { withoutKeys } from '../rotation/labels.ts';
import { DRAIN, type DrainRecord } from '../rotation/marks.ts';
import { inRotation } from '../rotation/membership.ts';
import {
  type PatchOperation,
  type PatchWrite,
  type Plan,
  podsChanged,
  type Refusal,
  writesOf,
} from '../rotation/plan.ts';
import { labelsToRemove } from '../rotation/release.ts';
import { matches, selectorOf, selectorOfLabelSelector } from '../rotation/selector.ts';
import type { Labels, Pod, Snapshot, TargetPod } from '../rotation/snapshot.ts';
import { planOf } from './planners.ts';

const word = fc.constantFrom('app', 'tier', 'color', 'enabled', 'team');
const value = fc.constantFrom('rng', 'yes', 'blue');
const labels = fc.dictionary(word, value, { minKeys: 1, maxKeys: 5 });
const annotations = fc.dictionary(
  fc.constantFrom('note', 'cluster-autoscaler.kubernetes.io/safe-to-evict', 'karpenter.sh/do-not-disrupt', 'a~b/c'),
  fc.constantFrom('true', 'false', ''),
);

/** A cluster in which the pod b85tm has any labels, and the service and the ReplicaSet select by some of them. */
const world = fc
  .record({
    pod: labels,
    annotations,
    service: fc.nat(31),
    owner: fc.nat(31),
    otherPods: fc.integer({ min: 4, max: 9 }),
  })
  .map(({ pod, annotations, service, owner, otherPods }) => {
    const some = (mask: number): Labels =>
      Object.fromEntries(Object.entries(pod).filter((_, index) => index === 0 || mask & (1 << index)));
    const all = { ...pod, 'pod-template-hash': '5f69c6b7d8' };
    return rng()
      .pods(otherPods)
      .service({ selector: some(service) })
      .controller('ReplicaSet', {
        selector: { matchLabels: { ...some(owner), 'pod-template-hash': '5f69c6b7d8' } },
        templateLabels: all,
      })
      .pod('', { labels: all })
      .pod('b85tm', { annotations })
      .about('b85tm');
  });

function metadata(pod: Pod): object {
  const { labels, annotations } = pod;
  return {
    uid: pod.uid,
    ...(Object.keys(labels).length > 0 ? { labels: { ...labels } } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations: { ...annotations } } : {}),
  };
}

/** The metadata after the patch, as the API server would leave it: a `test` for null passes on an absent key. */
function patched(before: object, patch: readonly PatchOperation[]): { labels: Labels; annotations: Labels } {
  const document = { metadata: structuredClone(before) };
  const operations = patch.filter((operation) => !(operation.op === 'test' && operation.value === null));
  const failures = applyPatch(document, operations as Parameters<typeof applyPatch>[1]).filter(
    (error) => error !== null,
  );
  if (failures.length > 0) throw failures[0];
  const { labels = {}, annotations = {} } = document.metadata as { labels?: Labels; annotations?: Labels };
  return { labels, annotations };
}

/** The only target of the snapshot. */
function targetOf({ targets: [target] }: Snapshot): TargetPod {
  if (target === undefined) throw new Error('the snapshot is about no pod');
  return target;
}

/** The first write of the plan. */
function patchOf(plan: Plan | Refusal): PatchWrite {
  const [write] = plan.kind === 'plan' ? writesOf(plan) : [];
  if (write?.kind !== 'patch') throw new Error(`no patch: ${JSON.stringify(plan.checks)}`);
  return write;
}

function drainWrite(snapshot: Snapshot): PatchWrite {
  return patchOf(planOf(snapshot, drainOf(snapshot)));
}

/** The snapshot with the pod as it is after the drain, released. */
function drained(snapshot: Snapshot): Snapshot {
  const { owner: _, ...pod } = targetOf(snapshot);
  const bare = { ...pod, ...patched(metadata(pod), drainWrite(snapshot).patch) };
  return {
    ...snapshot,
    targets: [bare],
    pods: snapshot.pods.map((other) => (other.uid === bare.uid ? bare : other)),
    endpoints: snapshot.endpoints.filter((endpoint) => endpoint.pod?.uid !== bare.uid),
  };
}

describe('in any cluster', () => {
  test('a drained pod is selected neither by the service nor by its owner, and no smaller set of labels is enough', () => {
    fc.assert(
      fc.property(world, (snapshot) => {
        const pod = targetOf(snapshot);
        const service = snapshot.service.selector ?? {};
        const owner = snapshot.controllers.find(({ kind }) => kind === 'ReplicaSet')?.selector ?? {};
        const { labels: left } = patched(metadata(pod), drainWrite(snapshot).patch);
        expect(matches(selectorOf(service), left)).toBe(false);
        expect(matches(selectorOfLabelSelector(owner), left)).toBe(false);
        const removed = labelsToRemove(pod.labels, [service], owner, snapshot.bystanders) ?? [];
        for (const spared of removed) {
          const fewer = withoutKeys(
            pod.labels,
            removed.filter((key) => key !== spared),
          );
          expect(matches(selectorOf(service), fewer) || matches(selectorOfLabelSelector(owner), fewer)).toBe(true);
        }
      }),
    );
  });

  test("a write's inverse gives back exactly the labels and annotations that were", () => {
    fc.assert(
      fc.property(world, (snapshot) => {
        const before = metadata(targetOf(snapshot));
        const { patch, inverse } = drainWrite(snapshot);
        const between = { uid: targetOf(snapshot).uid, ...patched(before, patch) };
        const { labels, annotations } = targetOf(snapshot);
        expect(patched(between, inverse)).toEqual({ labels, annotations });
      }),
    );
  });

  test('drain and then restore leaves the pod as it was', () => {
    fc.assert(
      fc.property(world, (snapshot) => {
        const { labels, annotations } = targetOf(snapshot);
        const gone = drained(snapshot);
        const plan = planOf(gone, restoreOf(gone));
        const end = writesOf(planned(plan)).reduce<object>(
          (state, write) =>
            write.kind === 'patch' ? { uid: targetOf(gone).uid, ...patched(state, write.patch) } : state,
          metadata(targetOf(gone)),
        );
        expect(end).toMatchObject({ labels, annotations });
        expect(Object.keys((end as { annotations: object }).annotations)).toEqual(
          expect.arrayContaining(Object.keys(annotations)),
        );
        expect((end as { annotations: object }).annotations).toEqual(annotations);
      }),
    );
  });

  test('a drained pod can be given more time once, and nothing but the record changes', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 60, max: 518_400 }), (snapshot, seconds) => {
        const gone = drained(snapshot);
        const before = targetOf(gone);
        const plan = planOf(gone, extendOf(gone, seconds));
        const write = patchOf(plan);
        const after = { ...before, ...patched(metadata(before), write.patch) };
        expect({ ...after.annotations, [DRAIN]: '' }).toEqual({ ...before.annotations, [DRAIN]: '' });
        expect(after.labels).toEqual(before.labels);
        const [was, is] = [before, after].map((pod) => JSON.parse(pod.annotations[DRAIN] ?? '') as DrainRecord);
        expect(Date.parse(is?.until ?? '') - Date.parse(was?.until ?? '')).toBe(seconds * 1000);
        expect({ ...is, until: '', extended: undefined }).toEqual({ ...was, until: '', extended: undefined });
        const again = { ...gone, targets: [after] };
        expect(writesOf(planned(planOf(again, extendOf(again, seconds))))).toEqual([]);
        expect(patched(metadata(after), write.inverse)).toEqual(patched(metadata(before), []));
        const back = planOf(again, restoreOf(again));
        const restored = writesOf(planned(back)).reduce<object>(
          (state, each) => (each.kind === 'patch' ? { uid: after.uid, ...patched(state, each.patch) } : state),
          metadata(after),
        );
        const { labels, annotations } = targetOf(snapshot);
        expect(restored).toMatchObject({ labels, annotations });
      }),
    );
  });

  test('a drained pod can be deleted, and one that is back in the service can not', () => {
    fc.assert(
      fc.property(world, (snapshot) => {
        const gone = drained(snapshot);
        expect(planOf(snapshot, finishOf(snapshot))).toMatchObject({ kind: 'refusal' });
        expect(planOf(gone, finishOf(gone))).toMatchObject({
          kind: 'plan',
          phases: [
            {
              writes: [{ kind: 'delete', target: { uid: targetOf(gone).uid }, version: targetOf(gone).detail.version }],
            },
          ],
        });
        const pod = { ...targetOf(gone), labels: { ...targetOf(gone).labels, ...targetOf(snapshot).labels } };
        const back = { ...gone, targets: [pod] };
        expect(planOf(back, finishOf(back))).toMatchObject({ kind: 'refusal' });
      }),
    );
  });

  test('a patch fails on a pod whose labels changed meanwhile', () => {
    fc.assert(
      fc.property(world, fc.constantFrom('uid', 'label'), (snapshot, what) => {
        const pod = targetOf(snapshot);
        const { patch } = drainWrite(snapshot);
        const removed =
          patch.find(({ op, path }) => op === 'remove' && path.startsWith('/metadata/labels/'))?.path ?? '';
        const key = removed.slice('/metadata/labels/'.length).replaceAll('~1', '/').replaceAll('~0', '~');
        const changed =
          what === 'uid' ? { ...pod, uid: 'another' } : { ...pod, labels: { ...pod.labels, [key]: 'other' } };
        expect(() => patched(metadata(changed), patch)).toThrow();
      }),
    );
  });
});

const SUFFIXES = ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v'];

/** A service with a gate and six pods, some of them disabled or not ready, and an operation on some of them. */
const gatedWorld = fc
  .record({
    minReady: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
    disabled: fc.subarray(SUFFIXES),
    notReady: fc.subarray(SUFFIXES),
    about: fc.shuffledSubarray(SUFFIXES, { minLength: 1 }),
    isLocal: fc.boolean(),
  })
  .map(({ minReady, disabled, notReady, about, isLocal }) => {
    const given = rng().pods(6).gated();
    if (minReady !== undefined) given.policy({ minReady });
    if (isLocal) given.service({ internalTrafficPolicy: 'Local' });
    for (const suffix of disabled) given.disabled(suffix);
    for (const suffix of notReady) given.notReady(suffix);
    return given.about(...about);
  });

describe('in any service with a gate', () => {
  test('disable never takes the service below its minimum, and never leaves a node without a pod that had one', () => {
    fc.assert(
      fc.property(gatedWorld, (snapshot) => {
        const plan = planOf(snapshot, disableOf(snapshot));
        if (plan.kind === 'refusal') return;
        const [before, after] = [snapshot, foresee(snapshot, plan)].map(inRotation);
        const least = Math.min(before?.length ?? 0, minimumInRotation(snapshot.policy.minReady, 6));
        expect(after?.length).toBeGreaterThanOrEqual(least);
        if (snapshot.service.internalTrafficPolicy === 'Local')
          expect(new Set(after?.map(({ nodeName }) => nodeName))).toEqual(
            new Set(before?.map(({ nodeName }) => nodeName)),
          );
      }),
    );
  });

  test('disable takes out as many as the minimum allows', () => {
    fc.assert(
      fc.property(gatedWorld, (snapshot) => {
        fc.pre(snapshot.service.internalTrafficPolicy !== 'Local');
        const serving = new Set(inRotation(snapshot).map(({ uid }) => uid));
        const asked = snapshot.targets.filter(({ uid }) => serving.has(uid)).length;
        const spare = Math.max(0, serving.size - minimumInRotation(snapshot.policy.minReady, 6));
        const plan = planOf(snapshot, disableOf(snapshot));
        const after = plan.kind === 'plan' ? inRotation(foresee(snapshot, plan)).length : serving.size;
        expect(serving.size - after).toBe(Math.min(asked, spare));
      }),
    );
  });

  test('disable and then enable leaves the pods as they were, and each of them twice is the same as once', () => {
    fc.assert(
      fc.property(gatedWorld, (snapshot) => {
        const plan = planOf(snapshot, disableOf(snapshot));
        if (plan.kind === 'refusal') return;
        const ours = podsChanged(plan).map(({ uid }) => uid);
        const about = (seen: Snapshot) => ({ ...seen, targets: seen.targets.filter(({ uid }) => ours.includes(uid)) });
        const after = about(foresee(snapshot, plan));
        expect(writesOf(planned(planOf(after, disableOf(after))))).toEqual([]);
        const back = foresee(after, planned(planOf(after, enableOf(after))));
        const metadataOf = ({ pods }: Snapshot) =>
          pods.map(({ uid, labels, annotations }) => ({ uid, labels, annotations }));
        expect(metadataOf(back)).toEqual(metadataOf(snapshot));
        expect(writesOf(planned(planOf(back, { ...enableOf(back), isResumed: true })))).toEqual([]);
      }),
    );
  });
});
