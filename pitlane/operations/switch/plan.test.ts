import { describe, expect, test } from 'vitest';
import { findings, planned, readable, sections } from '../../../test/builders/plan.ts';
import { NOW, rng } from '../../../test/builders/snapshot.ts';
import { DISABLED, GATE, SWITCH } from '../../rotation/marks.ts';
import { progressOf } from '../../rotation/proof.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { readSwitch } from '../../rotation/switch.ts';
import { GateWorld } from '../gate/world.fixture.ts';
import { BLUE, blueGreen, GREEN, GREEN_PODS, gatedBlueGreen, planSwitchTo } from './world.fixture.ts';

const hpa = { name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 1, max: 9 };
const unready = (...suffixes: readonly string[]) =>
  suffixes.reduce((builder, suffix) => builder.notReady(suffix), blueGreen());
const record = (change: object) => ({
  [SWITCH]: JSON.stringify({
    v: 1,
    id: 'op-1',
    from: 'version=blue',
    to: 'version=green',
    by: 'ada',
    at: '2026-11-24T03:00:00Z',
    ...change,
  }),
});
const widened = (both: object = {}, least = 4) =>
  blueGreen().service({ selector: { app: 'rng' }, annotations: record({ least, both }) });
const third = () => blueGreen().another('c3nvh', { labels: { app: 'rng', version: 'red' } });
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

type Row = readonly [name: string, given: Snapshot, request: object, want: readonly string[]];

const ROWS: readonly Row[] = [
  ['moves the traffic in one write', blueGreen().snapshot(), {}, []],
  [
    'says what autoscalers see',
    blueGreen()
      .others({ autoscalers: [hpa] })
      .snapshot(),
    {},
    [],
  ],
  ['is held while one pod too few is ready', unready('q7wzn').snapshot(), {}, ['refusal TargetTooSmall']],
  [
    'asks to scale up a set that is too small',
    blueGreen()
      .another('c3nvh', { labels: { app: 'rng', version: 'blue' } })
      .snapshot(),
    {},
    ['refusal TargetTooSmall'],
  ],
  ['may go to as few pods as serve now', unready('q7wzn').notReady('b85tm').snapshot(), {}, []],
  ['can be forced', unready('q7wzn').snapshot(), { force: true }, ['overridden TargetTooSmall']],
  ['says that NO pods would be left', unready(...GREEN_PODS).snapshot(), {}, ['refusal TargetTooSmall']],
  ['can be forced to NO pods', unready(...GREEN_PODS).snapshot(), { force: true }, ['overridden TargetTooSmall']],
  ['names the values that exist', blueGreen().snapshot(), { label: 'version=gren' }, ['refusal NoTargetPods']],
  [
    'refuses a set without pods by force too',
    rng().snapshot(),
    { label: 'app=web', force: true },
    ['refusal NoTargetPods'],
  ],
  ['says that it is switched already', blueGreen().snapshot(), { label: 'version=blue' }, []],
  [
    'says who has switched it already',
    blueGreen()
      .service({ selector: { app: 'rng', version: 'green' }, annotations: record({}) })
      .snapshot(),
    {},
    [],
  ],
  ['widens in three phases', blueGreen().snapshot(), { widen: true }, []],
  ['does not widen over a third set', third().snapshot(), { widen: true }, ['refusal OthersWouldGetTraffic']],
  ['switches beside a third set', third().snapshot(), {}, []],
  [
    'does not widen a selector of one label',
    blueGreen()
      .service({ selector: { version: 'blue' } })
      .snapshot(),
    { widen: true },
    ['refusal KeyIsWholeSelector'],
  ],
  ['finishes a switch that was widened', widened().snapshot(), {}, []],
  ['holds both sets for 6 seconds', widened({ since: ago(5) }).snapshot(), {}, []],
  ['narrows after 6 seconds', widened({ since: ago(6) }).snapshot(), {}, []],
  ['notes a time of the future anew', widened({ since: ago(-60) }).snapshot(), {}, []],
  ['goes back from a widened state at once', widened().snapshot(), { label: 'version=blue' }, []],
  ['keeps to the number from before it was widened', widened({}, 5).snapshot(), {}, ['refusal TargetTooSmall']],
  ['refuses a third set while widened', widened().snapshot(), { label: 'version=red' }, ['refusal SwitchUnfinished']],
  ['refuses another key while widened', widened().snapshot(), { label: 'app=web' }, ['refusal SwitchUnfinished']],
  [
    'refuses a Service without selector',
    blueGreen().withoutSelector().snapshot(),
    {},
    ['refusal ServiceSelectsNothing'],
  ],
  [
    'refuses where nodes would lose their last endpoint',
    blueGreen()
      .service({ externalTrafficPolicy: 'Local' })
      .pod('q7wzn', { nodeName: 'node-2' })
      .pod('r9gsk', { nodeName: 'node-2' })
      .pod('zl5jt', { nodeName: 'node-2' })
      .pod('m4c6v', { nodeName: 'node-2' })
      .snapshot(),
    {},
    ['refusal NodesLoseEndpoints'],
  ],
  [
    'warns of a rollout of the target',
    blueGreen().controller('Deployment', { isRollingOut: true }).snapshot(),
    {},
    ['warning RolloutUnderWay'],
  ],
  [
    'counts only enabled pods of the target',
    blueGreen({ blue: { enabled: 'yes' }, green: { enabled: 'yes' } })
      .pod('q7wzn', { labels: { app: 'rng', version: 'green' } })
      .service({ selector: { app: 'rng', version: 'blue', enabled: 'yes' } })
      .snapshot(),
    {},
    ['refusal TargetTooSmall'],
  ],
  [
    'needs a gate if the selector has no such key',
    rng()
      .pod('b85tm', { labels: { app: 'rng', version: 'blue' } })
      .snapshot(),
    {},
    ['refusal NoGate'],
  ],
  ['corrects a key that no pod has', gatedBlueGreen().snapshot(), { label: 'vresion=green' }, ['refusal UnknownKey']],
  ['names no key that is not near', rng().snapshot(), { label: 'zone=a' }, ['refusal UnknownKey']],
  ['refuses the gate itself', gatedBlueGreen().snapshot(), { label: 'enabled=no' }, ['refusal KeyIsGate']],
  ['moves the traffic by the gate', gatedBlueGreen().snapshot(), {}, []],
  ['warns that new pods get the gate label', gatedBlueGreen('in').snapshot(), {}, ['warning NewPodsJoin']],
  ['widens by the gate', gatedBlueGreen().snapshot(), { widen: true }, []],
  [
    'is held by the gate while one pod too few is ready',
    gatedBlueGreen().notReady('q7wzn').snapshot(),
    {},
    ['refusal TargetTooSmall'],
  ],
  ['names values by the gate', gatedBlueGreen().snapshot(), { label: 'version=grey' }, ['refusal NoTargetPods']],
  [
    'warns of pods that were disabled by hand',
    gatedBlueGreen()
      .pod('q7wzn', { annotations: { [DISABLED]: '{"v":1,"by":"eve"}' } })
      .pod('m4c6v', {
        annotations: {
          [DISABLED]: '{"v":1,"id":"op-1","by":"eve","at":"2026-11-24T03:00:00Z","switch":"version=blue"}',
        },
      })
      .snapshot(),
    {},
    ['warning DisabledPodsReturn'],
  ],
  ['says that the gate is switched already', gatedBlueGreen().snapshot(), { label: 'version=blue' }, []],
  [
    'refuses a gate that is half removed',
    gatedBlueGreen()
      .service({
        annotations: {
          [GATE]: JSON.stringify({
            v: 1,
            label: 'enabled=yes',
            via: 'template',
            newPods: 'in',
            by: 'ada',
            at: '2026-11-24T03:00:00Z',
            id: 'a',
            removing: { by: 'ada', at: '2026-11-24T03:00:00Z', id: 'b' },
          }),
        },
      })
      .snapshot(),
    {},
    ['refusal GateHalfDone'],
  ],
];

test.each(ROWS)('%s', (_, given, request, want) => {
  expect(findings(planSwitchTo(given, request))).toEqual(want);
});

test('each finding and phase in words', async () => {
  const texts = ROWS.map(
    ([name, given, request]) => [name, readable(planSwitchTo(given, request)).split('\n')] as const,
  );
  await expect(sections(texts)).toMatchFileSnapshot('golden/switch.golden.txt');
});

describe('the plan', () => {
  const openPhases = (given: Snapshot, request: object = {}) =>
    planned(planSwitchTo(given, request)).phases.map(({ writes }) => writes.length);

  test('has what is left of a widened switch', () => {
    expect(openPhases(blueGreen().snapshot(), { widen: true })).toEqual([1, 1, 1]);
    expect(openPhases(widened().snapshot())).toEqual([0, 1, 1]);
    expect(openPhases(widened({ since: ago(5) }).snapshot())).toEqual([0, 0, 1]);
    expect(openPhases(widened().snapshot(), BLUE)).toEqual([1]);
  });

  test('names pods that are published although they are not ready', () => {
    const given = blueGreen().notReady('q7wzn').service({ publishNotReadyAddresses: true }).snapshot();
    const codes = planned(planSwitchTo(given, { force: true })).effects.map(({ code }) => code);
    expect([codes.includes('ServesWithUnready'), codes.includes('ServesAlone')]).toEqual([true, false]);
  });

  test('takes no pod out before the slices list every ready pod of the target', () => {
    const waitsIn = (given: Snapshot) =>
      planned(planSwitchTo(given)).phases.findIndex(
        ({ writes, until }) => writes.length > 0 || progressOf(until, given).some(({ isMet }) => !isMet),
      );
    const own = record({ id: 'op-now', gate: 'enabled=yes', least: 4 });
    const labelled = () => {
      const builder = gatedBlueGreen().service({ annotations: own });
      for (const suffix of GREEN_PODS)
        builder.pod(suffix, { labels: { app: 'rng', version: 'green', enabled: 'yes' } });
      return builder;
    };
    expect(waitsIn(labelled().listed('q7wzn', 'not at all').snapshot())).toBe(1);
    expect(waitsIn(labelled().snapshot())).toBe(2);
    const held = () => widened({ since: ago(6) });
    expect(waitsIn(held().listed('q7wzn', 'not at all').snapshot())).toBe(0);
    expect(waitsIn(held().snapshot())).toBe(2);
    expect(waitsIn(widened({ since: ago(5) }).snapshot())).toBe(1);
  });

  test('tests the uid and the whole selector', () => {
    const [write] = planned(planSwitchTo(blueGreen().snapshot())).phases[0]?.writes ?? [];
    expect(write?.kind === 'patch' && write.patch.slice(0, 2)).toEqual([
      { op: 'test', path: '/metadata/uid', value: blueGreen().snapshot().service.uid },
      { op: 'test', path: '/spec/selector', value: { app: 'rng', version: 'blue' } },
    ]);
  });

  test('has the values of the opposite command, and none if the former pods had several', () => {
    expect(planned(planSwitchTo(blueGreen().snapshot(), { widen: true })).opposite).toEqual({
      label: 'version=blue',
      widen: true,
    });
    expect(planned(planSwitchTo(gatedBlueGreen().snapshot())).opposite).toEqual({ label: 'version=blue' });
    const mixed = gatedBlueGreen().pod('b85tm', { labels: { app: 'rng', version: 'red', enabled: 'yes' } });
    expect(planned(planSwitchTo(mixed.snapshot())).opposite).toBeUndefined();
    const here = new GateWorld(blueGreen(), false);
    here.carryOut(GREEN, { id: 'op-1' });
    expect(planned(planSwitchTo(here.snapshot, GREEN, 'op-1'))).toMatchObject({
      hasBegun: true,
      opposite: { label: 'version=blue' },
    });
  });

  test('by the gate that has moved no pod is taken back by its record', () => {
    const here = new GateWorld(gatedBlueGreen(), false);
    here.carryOut(GREEN, { id: 'op-1', most: 1 });
    expect(readSwitch(here.snapshot.service)).toMatchObject({ to: 'version=green', least: 4 });
    expect(here.carryOut(BLUE, { id: 'op-2' })).toBe(1);
    expect(readSwitch(here.snapshot.service)).toMatchObject({ to: 'version=blue' });
    expect(here.carryOut(BLUE, { id: 'op-3' })).toBe(0);
  });

  test('ignores a record that is no such record', () => {
    for (const text of [
      '{',
      '{"v":2}',
      '{"v":1,"to":"a b=c"}',
      JSON.stringify({ v: 1, id: 'a', to: 'version=green', both: 1 }),
    ])
      expect(
        findings(
          planSwitchTo(
            blueGreen()
              .service({ annotations: { [SWITCH]: text } })
              .snapshot(),
          ),
        ),
      ).toEqual([]);
  });
});
