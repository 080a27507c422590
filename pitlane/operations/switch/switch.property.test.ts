import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planned } from '../../../test/builders/plan.ts';
import { inRotation } from '../../rotation/membership.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { readyPodsWith } from '../../rotation/switch.ts';
import { GateWorld } from '../gate/world.fixture.ts';
import { BLUE, BLUE_PODS, blueGreen, GREEN, GREEN_PODS, gatedBlueGreen, planSwitchTo } from './world.fixture.ts';

/** Two sets with any pods that are not ready, by selector or by gate, widened or not. */
const world = fc
  .record({
    isByGate: fc.boolean(),
    widen: fc.boolean(),
    unready: fc.subarray([...BLUE_PODS, ...GREEN_PODS]),
    annotations: fc.constantFrom<Record<string, string>>({}, { 'example.com/note': 'a~b/c' }),
  })
  .map(({ isByGate, widen, unready, annotations }) => {
    const builder = isByGate ? gatedBlueGreen() : blueGreen().service({ annotations });
    for (const suffix of unready) builder.notReady(suffix);
    for (const suffix of GREEN_PODS) builder.pod(suffix, { annotations });
    return { make: () => new GateWorld(builder, false), widen, gate: isByGate ? 'enabled' : undefined };
  });

/** What decides about traffic. */
function traffic({ service, pods, endpoints }: Snapshot): object {
  return {
    selector: service.selector,
    labels: pods.map(({ labels }) => labels),
    listed: endpoints.map(({ pod }) => pod?.uid),
  };
}

const isAllowed = (snapshot: Snapshot, request: object, id?: string) =>
  planSwitchTo(snapshot, request, id).kind === 'plan';

describe('switch', () => {
  test('never leaves fewer pods in rotation than before, or than the target has, unless it is forced', () => {
    fc.assert(
      fc.property(world, fc.nat(12), ({ make, widen, gate }, most) => {
        const here = make();
        const least = Math.min(
          here.fewest,
          readyPodsWith(here.snapshot, { key: 'version', value: 'green' }, gate).length,
        );
        for (const [label, id] of [
          ['version=green', 'op-1'],
          ['version=green', 'op-2'],
        ] as const) {
          const request = { ...GREEN, label, widen };
          if (isAllowed(here.snapshot, request))
            here.carryOut(request, { id, force: false, ...(id === 'op-1' && { most }) });
        }
        expect(here.fewest).toBeGreaterThanOrEqual(least);
      }),
    );
  });

  test('moves all traffic to the target', () => {
    fc.assert(
      fc.property(world, ({ make, widen, gate }) => {
        const here = make();
        here.carryOut({ ...GREEN, widen });
        const green = readyPodsWith(here.snapshot, { key: 'version', value: 'green' }, gate);
        expect(inRotation(here.snapshot)).toEqual(green);
      }),
    );
  });

  test('and its undo leave everything as it was', () => {
    fc.assert(
      fc.property(world, ({ make, widen }) => {
        const here = make();
        const before = traffic(here.snapshot);
        const { opposite } = planned(planSwitchTo(here.snapshot, { widen, force: true }));
        // Without any pod in rotation, no set had the traffic.
        fc.pre(opposite?.label !== undefined);
        here.carryOut({ ...GREEN, widen }, { id: 'op-1' });
        here.carryOut({ ...GREEN, ...opposite }, { id: 'op-2' });
        expect(traffic(here.snapshot)).toEqual(before);
      }),
    );
  });

  test('carried out twice does the same as once', () => {
    fc.assert(
      fc.property(world, ({ make, widen }) => {
        const here = make();
        here.carryOut({ ...GREEN, widen }, { id: 'op-1' });
        const once = traffic(here.snapshot);
        expect(here.carryOut({ ...GREEN, widen }, { id: 'op-2' })).toBe(0);
        expect(traffic(here.snapshot)).toEqual(once);
      }),
    );
  });

  test.each([
    ['finished and taken back', true],
    ['taken back half way', false],
  ])('killed after any write, then %s, leaves everything as it was', (_, isFinished) => {
    fc.assert(
      fc.property(world, fc.nat(12), fc.nat(12), ({ make, widen }, most, mostBack) => {
        const here = make();
        const before = traffic(here.snapshot);
        here.carryOut({ ...GREEN, widen }, { id: 'op-1', most });
        if (isFinished) here.carryOut({ ...GREEN, widen }, { id: 'op-2' });
        here.carryOut({ ...BLUE, widen }, { id: 'op-3', most: mostBack });
        here.carryOut({ ...BLUE, widen }, { id: 'op-4' });
        expect(traffic(here.snapshot)).toEqual(before);
      }),
    );
  });
});
