import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readable, sections } from '../../../test/builders/plan.ts';
import { disableOf, drainOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { foresee } from '../../rotation/foresee.ts';
import { valueIn } from '../../rotation/labels.ts';
import { DISABLED, disabledRecordOn } from '../../rotation/marks.ts';
import { inRotation } from '../../rotation/membership.ts';
import { podsChanged, writesOf } from '../../rotation/plan.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

const gated = (): SnapshotBuilder => rng().gated();
const BY_GATE = { matchLabels: { app: 'rng', enabled: 'yes' } };
const FOREIGN_GATE = { id: 'op-x', service: 'web' };

/** Name, cluster and pods, request, findings without the good ones. */
type Row = [name: string, snapshot: Snapshot, want: readonly string[], request?: Partial<ChangeRequest>];

const rows: readonly Row[] = [
  ['takes out one of four', gated().about('b85tm'), []],
  [
    'leaves out what the minimum needs',
    gated().about('b85tm', 'hfbrr', '7pt82'),
    ['leftOut BelowMinimum', 'leftOut BelowMinimum'],
  ],
  [
    'refuses a set of which nothing fits',
    gated().policy({ minReady: 4 }).about('b85tm', 'hfbrr'),
    ['refusal BelowMinimum', 'refusal BelowMinimum'],
  ],
  ['takes out all at once where the minimum is one less', gated().policy({ minReady: 2 }).about('b85tm', 'hfbrr'), []],
  ['counts pods that are disabled already', gated().disabled('x2k9d').about('b85tm'), ['refusal BelowMinimum']],
  [
    'takes out every pod with force, and says NO pods',
    gated().about('b85tm', 'hfbrr', '7pt82', 'x2k9d'),
    ['overridden BelowMinimum', 'overridden BelowMinimum', 'overridden BelowMinimum'],
    { force: true },
  ],
  ['always takes a pod that is not ready', gated().policy({ minReady: 3 }).notReady('b85tm').about('b85tm'), []],
  ['marks a straggler', gated().disabled('b85tm', null).about('b85tm'), []],
  [
    'marks a pod with another value, and keeps that value',
    gated()
      .pod('b85tm', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'no' } })
      .about('b85tm'),
    [],
  ],
  ['says who has disabled it already', gated().disabled('b85tm').about('b85tm'), ['refusal AlreadyDisabled']],
  [
    'says so where the record is unreadable',
    gated()
      .disabled('b85tm')
      .pod('b85tm', { annotations: { [DISABLED]: '{"v":1}' } })
      .about('b85tm'),
    ['refusal AlreadyDisabled'],
  ],
  ['changes the end of a disabled pod', gated().disabled('b85tm').about('b85tm'), [], { forSeconds: 1800 }],
  [
    'takes out a pod whose label was put back by hand',
    gated()
      .disabled('b85tm')
      .pod('b85tm', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' } })
      .about('b85tm'),
    [],
  ],
  [
    'refuses a pod with the mark of another Service',
    gated().disabled('b85tm', FOREIGN_GATE).about('b85tm'),
    ['refusal DisabledInAnother'],
  ],
  ['refuses without a gate, once', rng().about('b85tm', 'hfbrr'), ['refusal NoGate']],
  ['refuses a service without a selector', rng().withoutSelector().about('b85tm'), ['refusal ServiceSelectsNothing']],
  ['refuses a drained pod', gated().drained('b85tm').about('b85tm'), ['refusal AlreadyDrained']],
  ['refuses a terminating pod', gated().terminating('b85tm').about('b85tm'), ['refusal Terminating']],
  [
    'refuses a pod of another service',
    gated()
      .pod('b85tm', { labels: { app: 'web' } })
      .about('b85tm'),
    ['refusal NotAMember'],
  ],
  [
    'refuses where the owner selects by the gate',
    gated().controller('ReplicaSet', { selector: BY_GATE }).about('b85tm'),
    ['refusal OwnerSelectsGate'],
  ],
  [
    'warns during a rollout',
    gated().controller('Deployment', { isRollingOut: true }).about('b85tm'),
    ['warning RolloutUnderWay'],
  ],
  [
    'refuses the last pod of a node with Local',
    gated().service({ internalTrafficPolicy: 'Local' }).about('hfbrr'),
    ['refusal LastOnItsNode'],
  ],
  [
    'may take one of two pods of a node with Local',
    gated().service({ internalTrafficPolicy: 'Local' }).about('b85tm'),
    [],
  ],
  [
    'leaves the second of two pods of a node',
    gated().policy({ minReady: 1 }).service({ internalTrafficPolicy: 'Local' }).about('b85tm', 'x2k9d'),
    ['leftOut LastOnItsNode'],
  ],
  ['says that a budget still counts it', gated().budget('rng', {}).about('b85tm'), []],
  [
    'is held by a budget that selects by the gate',
    gated().budget('rng', { selector: BY_GATE, minAvailable: 4 }).about('b85tm'),
    ['refusal BudgetExhausted'],
  ],
  [
    'shows the average of an autoscaler',
    gated()
      .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 9 }] })
      .about('b85tm'),
    [],
  ],
  [
    'shows the average with pods that are disabled already',
    gated()
      .policy({ minReady: 1 })
      .disabled('x2k9d')
      .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 9 }] })
      .about('b85tm', 'hfbrr'),
    [],
  ],
  [
    'names the Services that lose it, and those that keep it',
    gated()
      .others({
        services: [
          { name: 'canary', selector: { enabled: 'yes' } },
          { name: 'all', selector: { app: 'rng' } },
        ],
      })
      .about('b85tm'),
    [],
  ],
  ['has an end', gated().about('b85tm'), [], { forSeconds: 1800 }],
];

describe('disable', () => {
  test.each<Row>(rows)('%s', (_, snapshot, want, request = {}) => {
    const result = planOf(snapshot, disableOf(snapshot, request));
    expect(findings(result)).toEqual(want);
    if (result.kind === 'refusal' || request.force) return;
    const after = foresee(snapshot, result);
    const isBelow = finding(result, 'BelowMinimum');
    expect(inRotation(after).length).toBeGreaterThanOrEqual(isBelow === undefined ? 0 : 3);
    for (const { uid } of podsChanged(result)) {
      const pod = after.pods.find((each) => each.uid === uid);
      expect(valueIn(pod?.labels, 'enabled')).not.toBe('yes');
      expect(pod?.owner).toEqual(snapshot.pods.find((each) => each.uid === uid)?.owner);
    }
  });

  test('has the sentences of the golden file', async () => {
    const cases = rows.map(([name, snapshot, , request]) => {
      const result = planOf(snapshot, { ...disableOf(snapshot, request), hasTick: true });
      return [name, readable(result).split('\n')] as const;
    });
    await expect(sections(cases)).toMatchFileSnapshot('golden/plan.txt');
  });

  test('removes the label and writes the record in one patch that tests both', () => {
    const snapshot = gated().about('b85tm');
    const plan = planned(planOf(snapshot, disableOf(snapshot, { because: '5xx', forSeconds: 1800 })));
    expect(writesOf(plan)).toMatchObject([
      {
        patch: [
          { op: 'test', path: '/metadata/uid' },
          { op: 'test', path: '/metadata/labels/app', value: 'rng' },
          { op: 'test', path: '/metadata/labels/enabled', value: 'yes' },
          { op: 'test', path: '/metadata/annotations', value: null },
          { op: 'remove', path: '/metadata/labels/enabled' },
          { op: 'add', path: '/metadata/annotations' },
        ],
      },
    ]);
    const [pod] = foresee(snapshot, plan).targets;
    expect(pod && disabledRecordOn(pod)).toEqual({
      v: 1,
      id: 'op-now',
      service: 'rng',
      by: 'bob',
      because: '5xx',
      at: '2026-11-24T03:12:07Z',
      until: '2026-11-24T03:42:07Z',
    });
    expect(plan.undo).toEqual([
      'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm enabled=yes',
      'kubectl -n dockercoins annotate pod rng-5f69c6b7d8-b85tm --overwrite pitlane.dev/disabled-',
    ]);
  });

  test('has only the proof left once it is written', () => {
    const snapshot = gated().disabled('b85tm', { id: 'op-now' }).about('b85tm');
    const plan = planned(planOf(snapshot, disableOf(snapshot)));
    expect([plan.hasBegun, writesOf(plan)]).toEqual([true, []]);
    expect(plan.phases[0]?.until.map(({ condition }) => condition.kind)).toEqual(['unlisted', 'adopted']);
  });

  test('keeps who disabled a pod, and why, when it changes the end', () => {
    const snapshot = gated().disabled('b85tm').about('b85tm');
    const [pod] = foresee(snapshot, planned(planOf(snapshot, disableOf(snapshot, { forSeconds: 1800 })))).targets;
    expect(pod && disabledRecordOn(pod)).toMatchObject({
      id: 'op-now',
      by: 'alice',
      because: '5xx',
      at: '2026-11-24T03:02:07Z',
      until: '2026-11-24T03:42:07Z',
    });
  });

  test('takes all pods out in one turn, also with force', () => {
    const snapshot = rng().pods(9).gated().about('b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v');
    const plan = planned(planOf(snapshot, disableOf(snapshot, { force: true })));
    expect(plan.phases.map(({ writes }) => writes.length)).toEqual([6]);
  });

  test('a drained pod that was disabled is restored as disabled', () => {
    const snapshot = gated().disabled('b85tm').about('b85tm');
    const [pod] = foresee(snapshot, planned(planOf(snapshot, drainOf(snapshot)))).targets;
    expect(JSON.parse(pod?.annotations['pitlane.dev/drain'] ?? '')).toMatchObject({ was: 'disabled' });
    expect(pod && disabledRecordOn(pod)).toMatchObject({ by: 'alice' });
  });

  test.each<[string, object]>([
    ['a name that is too long', { by: 'x'.repeat(254) }],
    ['a reason that is too long', { because: 'x'.repeat(501) }],
    ['an id that is none', { id: 'a b' }],
    ['a number as end', { until: 5 }],
    ['another version', { v: 2 }],
    ['a report that is none', { report: { channel: 7 } }],
  ])('does not believe a record with %s', (_, change) => {
    const snapshot = gated().disabled('b85tm', change).about('b85tm');
    expect(snapshot.targets.map(disabledRecordOn)).toEqual([undefined]);
  });
});
