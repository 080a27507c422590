import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planned } from '../../test/builders/plan.ts';
import { propertyRuns } from '../../test/builders/property-runs.ts';
import { drainOf, rng } from '../../test/builders/snapshot.ts';
import { desiredPods, minimumInRotation } from '../rotation/capacity.ts';
import { foresee, withReplacements } from '../rotation/foresee.ts';
import { readDrain } from '../rotation/marks.ts';
import { inRotation } from '../rotation/membership.ts';
import { type Operation, type Phase, type Plan, podsChanged, writesOf } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import { replacementOf, reserveRoom, roomFor } from '../rotation/room.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { workloadOf } from '../rotation/workload.ts';
import { planOf } from './planners.ts';

const SUFFIXES = ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v', 'zl5jt', 'r9gsk', 'w6d8p', 'c3nvh'];

const world = fc.record({
  pods: fc.integer({ min: 2, max: 10 }),
  kind: fc.constantFrom('ReplicaSet', 'DaemonSet'),
  policy: fc.record({
    minReady: fc.constantFrom(undefined, 0, 1, 2, 3, 5, '50%' as const, '80%' as const, '100%' as const),
    maxDrained: fc.integer({ min: 1, max: 6 }),
  }),
  notReady: fc.subarray(SUFFIXES, { maxLength: 3 }),
  bare: fc.subarray(SUFFIXES, { maxLength: 3 }),
  budget: fc.constantFrom(undefined, { minAvailable: 2 }, { maxUnavailable: 1 }),
  isLocal: fc.boolean(),
  free: fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined }),
  drained: fc.shuffledSubarray(SUFFIXES, { minLength: 1 }),
});

function snapshotOf({ pods, kind, policy, notReady, bare, budget, isLocal, free, drained }: World): Snapshot {
  const there = (suffixes: readonly string[]) => suffixes.filter((suffix) => SUFFIXES.indexOf(suffix) < pods);
  let given = kind === 'DaemonSet' ? rng().daemonSet(pods) : rng().pods(pods);
  given = there(notReady).reduce((builder, suffix) => builder.notReady(suffix), given.policy(policy));
  given = there(bare).reduce((builder, suffix) => builder.bare(suffix), given.desired(pods - there(bare).length));
  if (budget !== undefined) given = given.budget('rng', budget);
  if (isLocal) given = given.service({ internalTrafficPolicy: 'Local' });
  if (free !== undefined) given = given.free(free, free, 0);
  return given.about(...there(drained));
}

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** The minimum as a person works it out from the cluster before the operation. */
function minimum(snapshot: Snapshot): number {
  const owned = snapshot.pods.find(({ owner }) => owner !== undefined);
  const desired = desiredPods(snapshot, workloadOf(snapshot, owned?.owner));
  return minimumInRotation(snapshot.policy.minReady, desired);
}

/** Right after the phase's writes. */
function written(snapshot: Snapshot, phase: Phase): Snapshot {
  return foresee(snapshot, { phases: [phase] });
}

/** Controllers replace what is drained, where there is room. */
function replaced(snapshot: Snapshot, { until }: Phase): Snapshot {
  let seen = snapshot;
  for (const { condition } of until)
    for (const ref of condition.kind === 'replacementReady' ? condition.pods : []) {
      const pod = snapshot.targets.find(({ uid }) => uid === ref.uid);
      const headroom = seen.headroom.kind === 'seen' ? seen.headroom.value : undefined;
      if (pod === undefined || condition.kind !== 'replacementReady') continue;
      const wanted = replacementOf(pod, workloadOf(snapshot, condition.owner));
      if (headroom !== undefined && roomFor(wanted, headroom).fits.length === 0) continue;
      const before = seen.pods.length;
      seen = withReplacements(seen, { ...condition, pods: [ref] });
      if (headroom !== undefined && seen.pods.length > before)
        seen = { ...seen, headroom: { kind: 'seen', value: reserveRoom(wanted, headroom) } };
    }
  return seen;
}

/** Plans and carries out one phase after the other, as a process does, until nothing is left to write. */
function carriedOut(
  start: Snapshot,
  operation: Operation,
  controllers: (snapshot: Snapshot, phase: Phase) => Snapshot,
): { readonly end: Snapshot; readonly lowest: number; readonly first: Plan; readonly last: Plan } {
  const first = planned(planOf(start, operation));
  let [seen, last, lowest] = [start, first, inRotation(start).length];
  for (let rounds = 0; rounds < 60 && writesOf(last).length > 0; rounds += 1) {
    const [phase] = last.phases.filter(({ writes }) => writes.length > 0);
    if (phase === undefined) break;
    const after = written(seen, phase);
    lowest = Math.min(lowest, inRotation(after).length);
    seen = controllers(after, phase);
    last = planned(planOf(seen, resumed(operation, first)));
  }
  return { end: seen, lowest, first, last };
}

/** Pods that the first plan left out stay out. */
function resumed(operation: Operation, first: Plan): Operation {
  return { ...operation, subject: { kind: 'pods', pods: podsChanged(first) }, isResumed: true };
}

const pods = (plan: Plan) => new Set(writesOf(plan).map(({ target }) => target.uid));

describe('in any cluster, several pods', () => {
  test('never take the service below its minimum, in the plan and phase by phase', () => {
    fc.assert(
      fc.property(world, (given) => {
        const snapshot = snapshotOf(given);
        const operation = drainOf(snapshot);
        const result = planOf(snapshot, operation);
        if (result.kind === 'refusal') return;
        const before = inRotation(snapshot).length;
        const least = Math.min(before, minimum(snapshot));
        let seen = snapshot;
        for (const phase of result.phases) {
          seen = written(seen, phase);
          expect(inRotation(seen).length).toBeGreaterThanOrEqual(least);
          seen = replaced(seen, phase);
        }
        const { lowest, end } = carriedOut(snapshot, operation, replaced);
        expect(lowest).toBeGreaterThanOrEqual(least);
        const drained = end.pods.filter((pod) => readDrain(pod).kind === 'record');
        expect(drained.length).toBeLessThanOrEqual(snapshot.policy.maxDrained);
      }),
      propertyRuns(80),
    );
  });

  test('are drained as planned, even if each phase is planned again', () => {
    fc.assert(
      fc.property(world, (given) => {
        const snapshot = snapshotOf(given);
        const operation = drainOf(snapshot);
        if (planOf(snapshot, operation).kind === 'refusal') return;
        const { first, last, end } = carriedOut(snapshot, operation, replaced);
        const drained = end.pods.filter((pod) => readDrain(pod).kind === 'record').map(({ uid }) => uid);
        expect(new Set(drained)).toEqual(pods(first));
        expect(last.phases.flatMap(({ writes }) => writes)).toEqual([]);
        expect(
          progressOf(last.phases.at(-1)?.until ?? [], end).filter(
            ({ isMet, milestone }) => milestone.isRequired && !isMet,
          ),
        ).toEqual([]);
      }),
      propertyRuns(80),
    );
  });

  test('are all planned again while the replacements of the first turn are missing', () => {
    fc.assert(
      fc.property(world, (given) => {
        const snapshot = snapshotOf(given);
        const operation = drainOf(snapshot);
        const first = planOf(snapshot, operation);
        if (first.kind === 'refusal' || first.phases[0] === undefined) return;
        const half = written(snapshot, first.phases[0]);
        const rest = planned(planOf(half, resumed(operation, first)));
        const done = new Set(first.phases[0].writes.map(({ target }) => target.uid));
        expect(pods(rest)).toEqual(new Set([...pods(first)].filter((uid) => !done.has(uid))));
      }),
      propertyRuns(80),
    );
  });
});
