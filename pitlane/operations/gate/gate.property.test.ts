import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planned } from '../../../test/builders/plan.ts';
import { rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { unlabelled } from '../../rotation/gate.ts';
import { inRotation } from '../../rotation/membership.ts';
import { GateWorld, OFF, ON, planGate } from './world.fixture.ts';

const SUFFIXES = ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v'];
const some = fc.subarray(SUFFIXES);

/** Services with any pods that are not ready, drained or terminating, and annotations of others. */
const world = fc
  .record({
    isInstalled: fc.boolean(),
    kind: fc.constantFrom('deployment', 'daemonSet', 'statefulSet'),
    unready: some,
    drained: some,
    selector: fc.constantFrom<Record<string, string>>({ app: 'rng' }, { app: 'rng', 'example.com/tier': 'web' }),
    annotations: fc.constantFrom<Record<string, string>>({}, { 'example.com/note': 'a~b/c' }),
    label: fc.constantFrom(undefined, 'enabled=yes', 'example.com/live=1', 'on='),
  })
  .map(({ isInstalled, kind, unready, drained, selector, annotations, label }) => {
    const labelled = (builder: SnapshotBuilder) =>
      SUFFIXES.reduce(
        (each, suffix) => each.pod(suffix, { labels: { ...selector, 'pod-template-hash': '5f69c6b7d8' }, annotations }),
        builder,
      );
    const base =
      kind === 'deployment' ? rng().pods(6) : kind === 'daemonSet' ? rng().daemonSet(6) : rng().statefulSet(6);
    const built = kind === 'statefulSet' ? base : labelled(base);
    if (kind !== 'statefulSet') {
      for (const suffix of unready) built.notReady(suffix);
      if (kind === 'deployment') {
        for (const suffix of drained.slice(0, 2)) built.drained(suffix);
        built.desired(6 - Math.min(2, drained.length));
      }
    }
    const used = kind === 'statefulSet' ? { app: 'rng' } : selector;
    built.service({ selector: used, annotations });
    for (const each of ['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'])
      built.controller(each, {
        templateLabels: { ...used, ...(each === 'ReplicaSet' && { 'pod-template-hash': '5f69c6b7d8' }) },
      });
    return { make: () => new GateWorld(built, isInstalled), label: label === undefined ? {} : { label }, isInstalled };
  });

describe('gate on and gate off', () => {
  test('change nothing that is left when both are done', () => {
    fc.assert(
      fc.property(world, ({ make, label }) => {
        const here = make();
        const before = here.state();
        expect(here.carryOut({ ...ON, ...label })).toBeGreaterThan(0);
        here.carryOut(OFF, { id: 'op-off' });
        expect(here.state()).toEqual(before);
      }),
    );
  });

  test('carried out twice do the same as once', () => {
    fc.assert(
      fc.property(world, ({ make, label }) => {
        const here = make();
        here.carryOut({ ...ON, ...label }, { id: 'op-1' });
        const once = here.state();
        expect(here.carryOut({ ...ON, ...label }, { id: 'op-2' })).toBe(0);
        expect(here.state()).toEqual(once);
        here.carryOut(OFF, { id: 'op-3' });
        expect(here.carryOut(OFF, { id: 'op-4' })).toBe(0);
      }),
    );
  });

  test.each([
    [ON, ON],
    [ON, OFF],
    [OFF, OFF],
    [OFF, ON],
  ])('killed after any write of %j, %j ends right', (first, second) => {
    fc.assert(
      fc.property(world, fc.nat(30), fc.nat(30), ({ make, label }, most, mostOfSecond) => {
        const here = make();
        const before = here.state();
        const asked = (request: object) => (request === ON ? { ...ON, ...label } : request);
        if (first === OFF) here.carryOut(asked(ON), { id: 'op-0' });
        here.carryOut(asked(first), { most, id: 'op-1' });
        here.carryOut(asked(second), { most: mostOfSecond, id: 'op-2' });
        here.carryOut(asked(second), { id: 'op-3' });
        if (second === OFF) expect(here.state()).toEqual(before);
        else {
          const plan = planned(planGate(here.snapshot, asked(ON), 'op-4'));
          expect(plan.phases.flatMap(({ writes }) => writes)).toEqual([]);
        }
      }),
    );
  });

  test('never have fewer pods in rotation than before', () => {
    fc.assert(
      fc.property(world, fc.nat(30), ({ make, label }, most) => {
        const here = make();
        const before = here.fewest;
        here.carryOut({ ...ON, ...label }, { most });
        here.carryOut(OFF, { id: 'op-off' });
        here.carryOut({ ...ON, ...label }, { id: 'op-again' });
        expect(here.fewest).toBe(before);
      }),
    );
  });

  test('give traffic to a pod that comes at any moment, at the latest after the next run', () => {
    fc.assert(
      fc.property(world, fc.nat(30), ({ make, label }, most) => {
        const here = make();
        here.carryOut({ ...ON, ...label }, { most });
        here.newPod();
        here.carryOut({ ...ON, ...label }, { id: 'op-again' });
        const [key = '', value = ''] = (label.label ?? 'enabled=yes').split('=');
        expect(unlabelled(here.snapshot, { key, value })).toEqual([]);
        const ready = here.snapshot.pods.filter(
          ({ labels, detail }) => labels['pitlane.dev/drained-from'] === undefined && detail?.isReady,
        );
        expect(inRotation(here.snapshot).length).toBe(ready.length);
      }),
    );
  });
});
