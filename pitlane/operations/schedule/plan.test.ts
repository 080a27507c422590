import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readable, sections } from '../../../test/builders/plan.ts';
import { NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { type Plan, type Refusal, writesOf } from '../../rotation/plan.ts';
import { type Schedule, scheduleData, scheduleKey, scheduleOf, type Timetable } from '../../rotation/schedule.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { gateOperation } from '../gate/world.fixture.ts';
import { planOf } from '../planners.ts';

// NOW is Tuesday, 2026-11-24 03:12:07 UTC.
const NIGHT: Timetable = {
  cron: '0 2 * * *',
  tz: 'UTC',
  does: 'disable',
  forSeconds: 7_200,
  selector: 'track=canary',
};
const ADA = { by: 'ada', at: NOW - 3_600_000, operation: 'op-before' };

/** Four pods in rotation behind a gate, of which one is a canary. */
function world(): SnapshotBuilder {
  return rng()
    .gated()
    .pod('b85tm', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes', track: 'canary' } });
}

function withSchedules(snapshot: Snapshot, ...schedules: readonly Schedule[]): Snapshot {
  const data = Object.fromEntries(schedules.map((each) => [scheduleKey(each.id), scheduleData(each)]));
  const object = { name: 'pitlane-rng.admin', uid: 'u-admin', data: { operations: '{}', ...data } };
  return { ...snapshot, schedules: { kind: 'seen', value: { object, schedules, unreadable: [] } } };
}

const seen = (builder = world(), ...schedules: readonly Schedule[]) =>
  withSchedules(builder.about('b85tm'), ...schedules);
const without = (): Snapshot => ({
  ...world().about('b85tm'),
  schedules: { kind: 'seen', value: { schedules: [], unreadable: [] } },
});

function add(snapshot: Snapshot, change: object = {}, more: object = {}): Plan | Refusal {
  const request = { command: 'schedule add', service: 'rng', dryRun: false, force: false, ...NIGHT, ...change };
  return planOf(snapshot, { ...gateOperation(snapshot, request), hasTick: true, ...more });
}

function remove(snapshot: Snapshot, schedule: string, more: object = {}): Plan | Refusal {
  const request = { command: 'schedule remove', service: 'rng', dryRun: false, force: false, schedule };
  return planOf(snapshot, { ...gateOperation(snapshot, request), ...more });
}

const IN_THE_DAY = { cron: '0 9 * * *' };
const names = { selector: undefined, node: undefined };

/** Name, result, findings without the good ones. */
type Row = [name: string, result: () => Plan | Refusal, want: readonly string[]];

const rows: readonly Row[] = [
  ['adds a schedule', () => add(seen(), { ...IN_THE_DAY, does: 'enable', forSeconds: undefined }), []],
  ['says what it changes at once', () => add(seen()), ['warning TakesEffectNow']],
  ['changes nothing at once at its end', () => add(seen(), { forSeconds: 4_327 }), []],
  [
    'changes something at once a second before its end',
    () => add(seen(), { forSeconds: 4_328 }),
    ['warning TakesEffectNow'],
  ],
  ['says nothing of now where it begins later', () => add(seen(), { forSeconds: undefined }), []],
  [
    'says that pods stay for the minimum',
    () => add(seen(world().policy({ minReady: 4 })), IN_THE_DAY),
    ['warning BelowMinimum'],
  ],
  [
    'is about one pod more than the minimum allows',
    () => add(seen(), { ...IN_THE_DAY, selector: 'app=rng' }),
    ['warning BelowMinimum'],
  ],
  ['matches nothing', () => add(seen(), { ...IN_THE_DAY, selector: 'track=none' }), ['warning MatchesNothing']],
  ['is about a node', () => add(seen(), { ...IN_THE_DAY, ...names, node: 'node-9' }), ['warning MatchesNothing']],
  [
    'is about a pod by a part of its name',
    () => add(seen(), { ...IN_THE_DAY, ...names, pods: ['b85tm'] }),
    ['warning NamesEnd'],
  ],
  [
    'is about a pod that does not exist',
    () => add(seen(), { ...IN_THE_DAY, ...names, pods: ['b85tx'] }),
    ['refusal UnknownPod'],
  ],
  [
    'is about a pod of several',
    () => add(seen(), { ...IN_THE_DAY, ...names, pods: ['rng-5f6'] }),
    ['refusal AmbiguousPod'],
  ],
  ['asks for the gate label', () => add(seen(), { selector: 'app=rng,enabled=yes' }), ['refusal SelectorNamesGate']],
  ['is about nothing', () => add(seen(), { ...IN_THE_DAY, ...names }), ['refusal NoPods']],
  ['never ends', () => add(seen(), { forSeconds: 86_400 }), ['warning NeverEnds', 'warning TakesEffectNow']],
  [
    'ends late each day',
    () => add(seen(), { cron: '0 0-2 * * *', forSeconds: 7_200, selector: 'track=none' }),
    ['warning MatchesNothing'],
  ],
  ['ends a second before it begins again', () => add(seen(), { forSeconds: 86_399 }), ['warning TakesEffectNow']],
  ['has no tick', () => add(seen(), IN_THE_DAY, { hasTick: undefined }), ['warning NoTick']],
  ['has no gate', () => add(seen(rng())), ['refusal NoGate']],
  [
    'is of an ExternalName',
    () => add(seen(world().service({ type: 'ExternalName', selector: {} }))),
    ['refusal ServiceSelectsNothing'],
  ],
  [
    'can not see the others',
    () => add({ ...seen(), schedules: { kind: 'notSeen', why: 'Forbidden.' } }),
    ['refusal SchedulesNotSeen'],
  ],
  [
    'has two mistakes',
    () => add(seen(), { cron: '0 25 * * *', tz: 'Europe/Zurch' }),
    ['refusal InvalidCron', 'refusal UnknownTimeZone'],
  ],
  ['is there already', () => add(seen(world(), scheduleOf(NIGHT, undefined, ADA))), ['refusal AlreadyScheduled']],
  [
    'stands in pitlane.yaml already',
    () => add(seen(world().policy({ schedules: [scheduleOf(NIGHT, undefined)] }))),
    ['refusal AlreadyScheduled'],
  ],
  [
    'contradicts another one at its end',
    () => add(seen(world(), scheduleOf({ ...NIGHT, cron: '0 4 * * *', forSeconds: 60 }, undefined, ADA))),
    ['refusal Contradiction', 'warning TakesEffectNow'],
  ],
  [
    'contradicts none that is about other pods',
    () =>
      add(
        seen(world(), scheduleOf({ ...NIGHT, cron: '0 4 * * *', selector: 'track=stable' }, undefined, ADA)),
        IN_THE_DAY,
      ),
    [],
  ],
  [
    'overlaps with another one',
    () => add(seen(world(), scheduleOf({ ...NIGHT, cron: '30 9 * * *', does: 'enable' }, undefined, ADA)), IN_THE_DAY),
    ['warning Overlap'],
  ],
  [
    'agrees with another one',
    () => add(seen(world(), scheduleOf({ ...NIGHT, cron: '30 9 * * *' }, undefined, ADA)), IN_THE_DAY),
    [],
  ],
  [
    'removes a schedule',
    () => remove(seen(world(), scheduleOf(NIGHT, 'disk check', ADA)), scheduleOf(NIGHT, undefined).id),
    [],
  ],
  [
    'removes one that is unknown',
    () => remove(seen(world(), scheduleOf(NIGHT, undefined, ADA)), '000000'),
    ['refusal UnknownSchedule'],
  ],
  [
    'removes one of pitlane.yaml',
    () => remove(seen(world().policy({ schedules: [scheduleOf(NIGHT, undefined)] })), scheduleOf(NIGHT, undefined).id),
    ['refusal InConfiguration'],
  ],
  [
    'removes one that it can not see',
    () => remove({ ...seen(), schedules: { kind: 'notSeen', why: 'Forbidden.' } }, '000000'),
    ['refusal SchedulesNotSeen'],
  ],
];

describe('a schedule', () => {
  test.each<Row>(rows)('%s', (_, result, want) => expect(findings(result())).toEqual(want));

  test('has the sentences of the golden file', async () => {
    const cases = rows.map(([name, result]) => [name, readable(result()).split('\n')] as const);
    await expect(sections(cases)).toMatchFileSnapshot('golden/plan.txt');
  });

  const ID = scheduleOf(NIGHT, undefined).id;

  test('is one key of the ConfigMap, which the patch tests', () => {
    const [write] = writesOf(planned(add(seen(), { because: 'disk check' })));
    expect(write).toMatchObject({
      target: { kind: 'ConfigMap', name: 'pitlane-rng.admin', uid: 'u-admin' },
      patch: [
        { op: 'test', path: '/metadata/uid', value: 'u-admin' },
        { op: 'test', path: `/data/schedule.${ID}`, value: null },
        { op: 'add', path: `/data/schedule.${ID}` },
      ],
      inverse: [{ op: 'test' }, { op: 'test' }, { op: 'remove', path: `/data/schedule.${ID}` }],
    });
  });

  test('begins the ConfigMap where there is none', () => {
    const [write] = writesOf(planned(add(without())));
    expect(write).toMatchObject({
      kind: 'create',
      object: { metadata: { name: 'pitlane-rng.admin', annotations: { 'pitlane.dev/created-by': 'op-now' } } },
    });
  });

  test('is done once it is written by the same operation, and its removal once it is gone', () => {
    const own = scheduleOf(NIGHT, undefined, { ...ADA, operation: 'op-now' });
    const added = planned(add(seen(world(), own)));
    expect([writesOf(added), added.opposite]).toEqual([[], { schedule: ID }]);
    expect(writesOf(planned(remove(seen(), ID, { isResumed: true })))).toEqual([]);
  });

  test('is removed with the values that add it again', () => {
    const plan = planned(remove(seen(world(), scheduleOf(NIGHT, 'disk check', ADA)), ID));
    expect(plan.opposite).toEqual({ ...NIGHT, because: 'disk check' });
    expect(finding(add(seen(), plan.opposite), 'InvalidCron')).toBeUndefined();
  });
});
