import { describe, expect, test } from 'vitest';
import { findings, planned } from '../../../test/builders/plan.ts';
import { extendOf, NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { DRAIN, DRAINED_FROM, type DrainRecord } from '../../rotation/marks.ts';
import { type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { planOf } from '../planners.ts';

const POD = 'rng-5f69c6b7d8-b85tm';
const HOUR = 3_600;
const DAY = 24 * HOUR;

function extend(builder: SnapshotBuilder, forSeconds?: number): Plan | Refusal {
  const snapshot = builder.about('b85tm');
  return planOf(snapshot, extendOf(snapshot, forSeconds));
}

/** What the plan writes. */
function written(plan: Plan): DrainRecord {
  const [write] = writesOf(plan);
  const added = write?.kind === 'patch' ? write.patch.find(({ op }) => op === 'add') : undefined;
  return JSON.parse(added && 'value' in added ? String(added.value) : 'null') as DrainRecord;
}

/** With so many seconds left. */
function drainedFor(seconds: number): SnapshotBuilder {
  return rng().drained('b85tm', { until: new Date(NOW + seconds * 1000).toISOString() });
}

function withoutLimit(): SnapshotBuilder {
  const builder = rng().drained('b85tm');
  const [pod] = builder.about('b85tm').targets;
  const { until: _, ...record } = JSON.parse(pod?.annotations[DRAIN] ?? '') as DrainRecord;
  return builder.pod('b85tm', { annotations: { [DRAIN]: JSON.stringify(record) } });
}

describe('what stands in the way of an extension', () => {
  const restoring = { id: 'op-restore', by: 'carol', at: '2026-11-24T03:11:00Z' };
  const cases: readonly [name: string, given: SnapshotBuilder, seconds: number, want: readonly string[]][] = [
    ['a drained pod', rng().drained('b85tm'), HOUR, []],
    ['a drained pod whose time is over', drainedFor(-HOUR), HOUR, []],
    ['a pod that is not drained', rng(), HOUR, ['refusal NotDrained']],
    [
      'a pod drained from another service',
      rng().drained('b85tm', { service: 'hasher' }),
      HOUR,
      ['refusal DrainedFromAnother'],
    ],
    ['its record is gone', rng().pod('b85tm', { labels: { [DRAINED_FROM]: 'rng' } }), HOUR, ['refusal RecordGone']],
    [
      'a record of a later version',
      rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
      HOUR,
      ['refusal UnreadableRecord'],
    ],
    ['a terminating pod', rng().drained('b85tm').terminating('b85tm'), HOUR, ['refusal Terminating']],
    ['a pod that has ended', rng().drained('b85tm').pod('b85tm', {}, { phase: 'Failed' }), HOUR, ['refusal Finished']],
    ['a restore is under way', rng().drained('b85tm', { restoring }), HOUR, ['refusal BeingRestored']],
    ['exactly 7 days from now', drainedFor(DAY), 6 * DAY, []],
    ['a minute more than 7 days from now', drainedFor(DAY + 60), 6 * DAY, ['refusal TooLong']],
    ['the longest time at once, where the old one is over', drainedFor(-1), 7 * DAY, []],
  ];
  test.each(cases)('%s', (_, given, seconds, want) => {
    expect(findings(extend(given, seconds))).toEqual(want);
  });

  test.each([
    [
      drainedFor(DAY),
      7 * DAY,
      `${POD} stays drained until 2026-11-25 03:12:07 UTC, and 7 d more would be over 7 d from now: at most 6 d more fit.`,
      `extend ${POD} 6d`,
    ],
    [
      drainedFor(DAY + 90),
      6 * DAY,
      `${POD} stays drained until 2026-11-25 03:13:37 UTC, and 6 d more would be over 7 d from now: at most 5 d 23 h more fit.`,
      `extend ${POD} 5d23h58m`,
    ],
    [
      drainedFor(7 * DAY - 59),
      HOUR,
      `${POD} stays drained until 2026-12-01 03:11:08 UTC, and 1 h more would be over 7 d from now: it has the longest time already.`,
      undefined,
    ],
  ])('what fits is said', (given, seconds, message, instead) => {
    const [found] = extend(given, seconds).checks;
    expect([found?.message, found?.instead]).toEqual([message, instead]);
  });

  test('of a pod that has ended the end is told', () => {
    const [found] = extend(rng().drained('b85tm').pod('b85tm', {}, { phase: 'Failed' })).checks;
    expect(found?.instead).toBe(`finish ${POD}`);
  });
});

describe('the plan of an extension', () => {
  test('one patch on the record, which tests the whole of it', () => {
    const given = rng().drained('b85tm');
    const before = given.about('b85tm').targets[0]?.annotations[DRAIN] ?? '';
    const plan = planned(extend(given, HOUR));
    const after = JSON.stringify({
      ...(JSON.parse(before) as DrainRecord),
      until: '2026-11-24T05:02:07Z',
      extended: { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:07Z' },
    });
    expect(writesOf(plan)).toMatchObject([
      {
        kind: 'patch',
        title: `give ${POD} 1 h more`,
        patch: [
          { op: 'test', path: '/metadata/uid', value: '9a3f6f5e-0000-4000-8000-000000000001' },
          { op: 'test', path: '/metadata/annotations/pitlane.dev~1drain', value: before },
          { op: 'add', path: '/metadata/annotations/pitlane.dev~1drain', value: after },
        ],
        inverse: [
          { op: 'test', path: '/metadata/uid' },
          { op: 'test', path: '/metadata/annotations/pitlane.dev~1drain', value: after },
          { op: 'add', path: '/metadata/annotations/pitlane.dev~1drain', value: before },
        ],
      },
    ]);
    expect(proofOf(plan)).toMatchObject([{ condition: { kind: 'extended', id: 'op-now' }, isRequired: true }]);
    expect(plan.undo).toEqual([`kubectl -n dockercoins annotate pod ${POD} --overwrite 'pitlane.dev/drain=${before}'`]);
  });

  test.each<[name: string, given: SnapshotBuilder, seconds: number | undefined, want: string]>([
    ['is counted from the end of the time that is left', drainedFor(600), HOUR, '2026-11-24T04:22:07Z'],
    ['is counted from now where that is over', drainedFor(-600), HOUR, '2026-11-24T04:12:07Z'],
    ['is counted from now where there was no limit', withoutLimit(), HOUR, '2026-11-24T04:12:07Z'],
    [
      'is counted from now where the old time can not be read',
      rng().drained('b85tm', { until: 'soon' }),
      HOUR,
      '2026-11-24T04:12:07Z',
    ],
    [
      'is as long as a drain by default',
      drainedFor(600).policy({ drain: { forSeconds: 1800, then: 'remind' } }),
      undefined,
      '2026-11-24T03:52:07Z',
    ],
  ])('the new time %s', (_, given, seconds, want) => {
    expect(written(planned(extend(given, seconds))).until).toBe(want);
  });

  test.each([
    ['remind', 'then pitlane reminds you to restore or finish it'],
    ['restore', 'then pitlane restores it if it is ready and has not restarted, else reminds you'],
    ['finish', 'then pitlane keeps its evidence and deletes it'],
  ] as const)('says until when, and that it will %s', (then, want) => {
    expect(planned(extend(rng().drained('b85tm', { then }), HOUR)).effects).toEqual([
      `${POD} stays drained until 2026-11-24 05:02:07 UTC, for another 1 h 50 min; ${want}.`,
    ]);
  });

  test.each<[name: string, given: SnapshotBuilder, want: readonly string[]]>([
    [
      'another stands in for it',
      rng().drained('b85tm').another('x5new'),
      ['Meanwhile another stands in for it: ReplicaSet rng-5f69c6b7d8 has 4 of 4 pods without it.'],
    ],
    ['nothing stands in for a StatefulSet pod', rng().statefulSet(4).pod('rng-1', { name: POD }).drained('b85tm'), []],
    ['nothing stands in for it where none is wanted', rng().drained('b85tm').desired(0), []],
  ])('%s', (_, given, want) => {
    expect(planned(extend(given, HOUR)).effects.slice(1)).toEqual(want);
  });

  test('once the record says that this operation did, nothing is left to write', () => {
    const extended = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:07Z' };
    const plan = planned(extend(rng().drained('b85tm', { extended }), 7 * DAY));
    expect([writesOf(plan), plan.checks, proofOf(plan).length]).toEqual([[], [], 1]);
    const again = planned(extend(rng().drained('b85tm', { extended: { ...extended, id: 'op-before' } }), HOUR));
    expect(written(again).extended?.id).toBe('op-now');
  });

  test('is the same for the same input, survives JSON, and its fingerprint ignores the clock', () => {
    const plan = planned(extend(rng().drained('b85tm'), HOUR));
    expect(planned(extend(rng().drained('b85tm'), HOUR))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const snapshot = { ...rng().drained('b85tm').about('b85tm'), at: NOW + 60_000 };
    expect(planned(planOf(snapshot, extendOf(snapshot, HOUR))).fingerprint).toBe(plan.fingerprint);
  });
});
