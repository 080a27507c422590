import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readable, readableChecks, sections } from '../../../test/builders/plan.ts';
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

/** The record that the plan writes. */
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

const UNTIL = { until: '2026-11-24T04:02:07Z' };
const RESTORING = { id: 'op-restore', by: 'carol', at: '2026-11-24T03:11:00Z' };
const CASES: readonly [name: string, given: SnapshotBuilder, seconds: number, want: readonly string[]][] = [
  ['allows a drained pod', rng().drained('b85tm'), HOUR, []],
  ['allows a drained pod whose time is over', drainedFor(-HOUR), HOUR, []],
  ['refuses a pod that is not drained', rng(), HOUR, ['refusal NotDrained']],
  ['allows a disabled pod with an end', rng().gated().disabled('b85tm', UNTIL), HOUR, []],
  ['refuses a disabled pod without an end', rng().gated().disabled('b85tm'), HOUR, ['refusal HasNoEnd']],
  ['refuses too much time for a disabled pod', rng().gated().disabled('b85tm', UNTIL), 7 * DAY, ['refusal TooLong']],
  [
    'refuses a pod drained from another service',
    rng().drained('b85tm', { service: 'hasher' }),
    HOUR,
    ['refusal DrainedFromAnother'],
  ],
  [
    'refuses a marked pod without a record',
    rng().pod('b85tm', { labels: { [DRAINED_FROM]: 'rng' } }),
    HOUR,
    ['refusal RecordGone'],
  ],
  [
    'refuses a record of a later version',
    rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
    HOUR,
    ['refusal UnreadableRecord'],
  ],
  ['refuses a terminating pod', rng().drained('b85tm').terminating('b85tm'), HOUR, ['refusal Terminating']],
  [
    'refuses a pod that has ended',
    rng().drained('b85tm').pod('b85tm', {}, { phase: 'Failed' }),
    HOUR,
    ['refusal Finished'],
  ],
  [
    'refuses a pod that is being restored',
    rng().drained('b85tm', { restoring: RESTORING }),
    HOUR,
    ['refusal BeingRestored'],
  ],
  ['allows exactly 7 days from now', drainedFor(DAY), 6 * DAY, []],
  ['refuses a minute more than 7 days from now', drainedFor(DAY + 60), 6 * DAY, ['refusal TooLong']],
  ['allows 7 days where the old time is over', drainedFor(-1), 7 * DAY, []],
];

describe('extend', () => {
  test.each(CASES)('%s', (_, given, seconds, want) => {
    expect(findings(extend(given, seconds))).toEqual(want);
  });

  test.each([
    [drainedFor(DAY), 7 * DAY, `extend ${POD} 6d`],
    [drainedFor(DAY + 90), 6 * DAY, `extend ${POD} 5d23h58m`],
    [drainedFor(7 * DAY - 59), HOUR, undefined],
  ])('proposes the longest time that fits', (given, seconds, instead) => {
    expect(finding(extend(given, seconds), 'TooLong')?.instead).toBe(instead);
  });

  test('proposes to finish a pod that has ended', () => {
    const ended = rng().drained('b85tm').pod('b85tm', {}, { phase: 'Failed' });
    expect(finding(extend(ended), 'Finished')?.instead).toBe(`finish ${POD}`);
  });
});

describe('the plan of an extension', () => {
  test('replaces the record in one patch, and tests the whole of it', () => {
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
        key: `extend 9a3f6f5e-0000-4000-8000-000000000001`,
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
      'is as long as a drain by default',
      drainedFor(600).policy({ drain: { forSeconds: 1800, then: 'remind' } }),
      undefined,
      '2026-11-24T03:52:07Z',
    ],
  ])('the new time %s', (_, given, seconds, want) => {
    expect(written(planned(extend(given, seconds))).until).toBe(want);
  });

  test('writes nothing once the record has the time of this operation', () => {
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

test('extend checks have the sentences of the golden file', async () => {
  const cases = [
    ...CASES,
    ['refuses more than a day that fits', drainedFor(DAY), 7 * DAY] as const,
    ['refuses where the longest time is reached', drainedFor(7 * DAY - 59), HOUR] as const,
  ];
  const text = sections(cases.map(([name, given, seconds]) => [name, readableChecks(extend(given, seconds))]));
  await expect(text).toMatchFileSnapshot('golden/checks.golden.txt');
});

test('extend plans have the sentences of the golden file', async () => {
  const extended = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:07Z' };
  const cases: readonly (readonly [name: string, given: SnapshotBuilder])[] = [
    ['a drained pod', rng().drained('b85tm')],
    ['one that is replaced', rng().drained('b85tm').another('x5new')],
    ['one of a StatefulSet, which is not replaced', rng().statefulSet(4).pod('rng-1', { name: POD }).drained('b85tm')],
    ['one of an owner that wants no pods', rng().drained('b85tm').desired(0)],
    ['begun', rng().drained('b85tm', { extended })],
    ['a disabled pod', rng().gated().disabled('b85tm', UNTIL)],
  ];
  const withTick = (['remind', 'restore', 'finish'] as const).map((then) => {
    const snapshot = rng().drained('b85tm', { then }).about('b85tm');
    const plan = planOf(snapshot, { ...extendOf(snapshot, HOUR), hasTick: true });
    return [`a tick that will ${then}`, readable(plan).split('\n')] as const;
  });
  const text = sections([
    ...cases.map(([name, given]) => [name, readable(extend(given, HOUR)).split('\n')] as const),
    ...withTick,
  ]);
  await expect(text).toMatchFileSnapshot('golden/plans.golden.txt');
});
