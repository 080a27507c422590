import { describe, expect, test } from 'vitest';
import { findings, planned, readable, sections } from '../../../test/builders/plan.ts';
import { rng } from '../../../test/builders/snapshot.ts';
import { gateTroubles, stragglersOf } from '../../rotation/gate.ts';
import { gateRule } from '../../rotation/gate-rule.ts';
import { valueIn } from '../../rotation/labels.ts';
import { DISABLED, GATE } from '../../rotation/marks.ts';
import type { RuleObject, Snapshot } from '../../rotation/snapshot.ts';
import { GateWorld, ON, planGate } from './world.fixture.ts';

const RECORD = {
  v: 1,
  label: 'enabled=yes',
  via: 'admission',
  newPods: 'in',
  by: 'ada',
  at: '2026-11-24T03:00:00Z',
  id: 'op-1',
};
const recorded = (change: object = {}) => ({ [GATE]: JSON.stringify({ ...RECORD, ...change }) });
const GATED = { app: 'rng', enabled: 'yes' };
const HASH = { 'pod-template-hash': '5f69c6b7d8' };
const { metadata, data } = gateRule(
  { name: 'rng', namespace: 'dockercoins', labels: { app: 'rng' } },
  { key: 'enabled', value: 'yes' },
);
const RULE: RuleObject = { ...metadata, uid: 'uid-of-rule', version: '7', annotations: {}, data: { ...data } };

/** A gate that is on, with all pods labelled. */
function gated(pods = 4) {
  const builder = rng().pods(pods).service({ selector: GATED, annotations: recorded() }).gate(true, RULE);
  for (const suffix of ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].slice(0, pods))
    builder.pod(suffix, { labels: { ...GATED, ...HASH } });
  return builder;
}

const policy = () => rng().gate(true);
const none = () => rng().gate(false);
const other = { name: 'hasher', selector: { app: 'hasher', enabled: 'yes' } };
const shared = { name: 'all', selector: { enabled: 'yes' } };
const percent = (maxUnavailable: number) => ({ strategy: 'RollingUpdate', maxUnavailable, maxSurge: 0 }) as const;

type Row = readonly [name: string, given: Snapshot, request: object, want: readonly string[]];

const ON_ROWS: readonly Row[] = [
  ['sets up by admission where the policy is installed', policy().snapshot(), {}, []],
  ['sets up by template where it is not', none().snapshot(), {}, ['warning NoPolicy', 'warning PodsRestart']],
  [
    'says that the policy is unknown',
    rng().gate('Quota.').snapshot(),
    {},
    ['warning PolicyUnknown', 'warning PodsRestart'],
  ],
  ['sets up by template if asked', policy().snapshot(), { via: 'template' }, ['warning PodsRestart']],
  ['needs the policy if asked for admission', none().snapshot(), { via: 'admission' }, ['refusal PolicyNotInstalled']],
  [
    'must know of the policy if asked for admission',
    rng().gate('x').snapshot(),
    { via: 'admission' },
    ['refusal PolicyUnknown'],
  ],
  [
    'refuses an ExternalName',
    policy().service({ type: 'ExternalName' }).snapshot(),
    {},
    ['refusal ServiceSelectsNothing'],
  ],
  ['refuses a Service without selector', policy().withoutSelector().snapshot(), {}, ['refusal ServiceSelectsNothing']],
  ['warns of a service without pods', policy().pods(0).snapshot(), {}, ['warning NoMembers']],
  ['refuses another gate', gated().snapshot(), { label: 'live=1' }, ['refusal AnotherGate']],
  [
    'refuses another value of the gate',
    gated().snapshot(),
    { label: 'enabled=no' },
    ['refusal AnotherGate', 'refusal SelectorHasAnotherValue'],
  ],
  [
    'refuses a second gate beside one made by hand',
    policy().service({ selector: GATED }).snapshot(),
    { label: 'live=1' },
    ['refusal AnotherGate'],
  ],
  [
    'refuses a half-done gate with another label',
    policy().service({ annotations: recorded() }).snapshot(),
    { label: 'live=1' },
    ['refusal AnotherGate'],
  ],
  [
    'refuses a record that it can not read',
    policy()
      .service({ annotations: { [GATE]: '{}' } })
      .snapshot(),
    {},
    ['refusal GateUnreadable'],
  ],
  [
    'refuses a forged record with an invalid label',
    policy()
      .service({ annotations: recorded({ label: 'a b=c' }) })
      .snapshot(),
    {},
    ['refusal GateUnreadable'],
  ],
  [
    'refuses a key of the selector with another value',
    policy().snapshot(),
    { label: 'app=web' },
    ['refusal SelectorHasAnotherValue'],
  ],
  [
    'refuses the key of the gate with another value',
    policy()
      .service({ selector: { app: 'rng', enabled: 'maybe' } })
      .snapshot(),
    { label: 'enabled=yes' },
    ['refusal AnotherGate', 'refusal SelectorHasAnotherValue'],
  ],
  [
    'refuses the only label of the selector',
    policy().snapshot(),
    { label: 'app=rng' },
    ['refusal GateIsWholeSelector'],
  ],
  [
    'refuses a key of a Service over the same pods',
    policy()
      .others({ services: [shared] })
      .snapshot(),
    {},
    ['refusal GateKeyInUse'],
  ],
  [
    'allows the key of a Service over other pods',
    policy()
      .others({ services: [other] })
      .snapshot(),
    {},
    [],
  ],
  [
    'refuses a key of the workload',
    policy()
      .controller('ReplicaSet', { selector: { matchLabels: { ...GATED, ...HASH } } })
      .snapshot(),
    {},
    ['refusal GateKeyInUse'],
  ],
  [
    'refuses a key of a budget',
    policy()
      .budget('rng', { selector: { matchExpressions: [{ key: 'enabled', operator: 'Exists' }] } })
      .snapshot(),
    {},
    ['refusal GateKeyInUse'],
  ],
  [
    'refuses a key of a NetworkPolicy',
    policy()
      .others({ networkPolicies: [{ name: 'deny', podSelector: { matchLabels: { enabled: 'no' } }, types: [] }] })
      .snapshot(),
    {},
    ['refusal GateKeyInUse'],
  ],
  [
    'warns where other selectors can not be read',
    policy().othersNotSeen('Forbidden.').snapshot(),
    {},
    ['warning OthersNotSeen'],
  ],
  [
    'refuses a pod with another value',
    policy()
      .pod('b85tm', { labels: { app: 'rng', ...HASH, enabled: 'no' } })
      .snapshot(),
    {},
    ['refusal GateValueDiffers'],
  ],
  ['is done where the gate is on', gated().snapshot(), {}, []],
  [
    'labels a straggler',
    gated()
      .pod('b85tm', { labels: { app: 'rng', ...HASH } })
      .snapshot(),
    {},
    [],
  ],
  [
    'leaves a disabled pod',
    gated()
      .pod('b85tm', { labels: { app: 'rng', ...HASH }, annotations: { [DISABLED]: '{}' } })
      .snapshot(),
    {},
    [],
  ],
  ['takes over a gate made by hand', gated().service({ annotations: {} }).gate(true).snapshot(), {}, []],
  ['refuses to change the way', gated().snapshot(), { via: 'template' }, ['refusal AnotherWay']],
  [
    'sets up anew a gate that is being removed',
    policy()
      .service({ annotations: recorded({ removing: { by: 'bob', at: '2026-11-24T03:00:00Z', id: 'op-2' } }) })
      .snapshot(),
    {},
    [],
  ],
  [
    'refuses new pods outside for a workload that serves',
    policy().snapshot(),
    { newPods: 'out' },
    ['refusal NewPodsStayOut'],
  ],
  [
    'lets new pods wait where the templates have the label',
    policy().controller('Deployment', { templateLabels: GATED }).snapshot(),
    { newPods: 'out' },
    [],
  ],
  [
    'allows a rollout that stays at the minimum',
    none()
      .policy({ minReady: 3 })
      .controller('Deployment', { rollout: percent(1) })
      .snapshot(),
    {},
    ['warning NoPolicy', 'warning PodsRestart'],
  ],
  [
    'refuses one that goes below it',
    none()
      .policy({ minReady: 3 })
      .controller('Deployment', { rollout: percent(2) })
      .snapshot(),
    {},
    ['warning NoPolicy', 'warning PodsRestart', 'refusal BelowMinimum'],
  ],
  [
    'refuses Recreate',
    none()
      .controller('Deployment', { rollout: { strategy: 'Recreate', maxUnavailable: 4, maxSurge: 0 } })
      .snapshot(),
    {},
    ['warning NoPolicy', 'warning PodsRestart', 'refusal BelowMinimum'],
  ],
  [
    'goes below the minimum by force',
    none()
      .controller('Deployment', { rollout: percent(2) })
      .snapshot(),
    { force: true },
    ['warning NoPolicy', 'warning PodsRestart', 'overridden BelowMinimum'],
  ],
  [
    'refuses a paused Deployment',
    none()
      .controller('Deployment', { rollout: { ...percent(1), isPaused: true } })
      .snapshot(),
    {},
    ['warning NoPolicy', 'refusal RolloutPaused'],
  ],
  [
    'waits for a rollout under way',
    none().controller('Deployment', { isRollingOut: true }).snapshot(),
    {},
    ['warning NoPolicy', 'refusal RolloutUnderWay', 'warning PodsRestart'],
  ],
  [
    'restarts nothing with OnDelete',
    none()
      .daemonSet(4)
      .controller('DaemonSet', { rollout: { strategy: 'OnDelete', maxUnavailable: 0, maxSurge: 0 } })
      .snapshot(),
    {},
    ['warning NoPolicy'],
  ],
  [
    'names drained pods first',
    none().policy({ minReady: 2 }).drained('b85tm').snapshot(),
    {},
    ['warning NoPolicy', 'warning PodsRestart', 'warning DrainedPodsBecomeOld'],
  ],
  [
    'refuses the template of an operator',
    none()
      .controller('Deployment', {
        owner: { kind: 'Rollout', name: 'rng', uid: 'u', apiVersion: 'argoproj.io/v1alpha1' },
      })
      .snapshot(),
    {},
    ['warning NoPolicy', 'refusal UnknownOwner'],
  ],
  [
    'refuses the template of a bare ReplicaSet',
    none().withoutController('Deployment').controller('ReplicaSet', { owner: undefined }).snapshot(),
    {},
    ['warning NoPolicy', 'refusal TemplateNotWritable'],
  ],
  [
    'warns that Helm may undo it',
    none()
      .controller('Deployment', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } })
      .snapshot(),
    {},
    ['warning NoPolicy', 'warning PodsRestart', 'warning MayBeReverted'],
  ],
];

const OFF = { command: 'gate off' };
const OFF_ROWS: readonly Row[] = [
  ['removes the gate', gated().snapshot(), OFF, []],
  ['has nothing to do without a gate', policy().snapshot(), OFF, []],
  ['removes a gate made by hand', gated().service({ annotations: {} }).gate(true).snapshot(), OFF, []],
  [
    'names disabled pods that get traffic again',
    gated()
      .pod('b85tm', { labels: { app: 'rng', ...HASH }, annotations: { [DISABLED]: '{}' } })
      .snapshot(),
    OFF,
    ['warning DisabledPodsReturn'],
  ],
  [
    'rolls labelled templates back',
    gated()
      .controller('Deployment', { templateLabels: GATED, annotations: { [GATE]: 'rng' } })
      .snapshot(),
    OFF,
    ['warning PodsRestart'],
  ],
  [
    'names the schedules that switch pods by the gate',
    gated()
      .policy({ schedules: [{ id: 'morning', cron: '0 9 * * 1-5', tz: 'UTC', does: 'enable', pods: ['rng-a'] }] })
      .snapshot(),
    OFF,
    ['warning SchedulesNeedGate'],
  ],
  [
    'rolls back the labelled template of a workload that has no pods',
    gated()
      .controller('Deployment', { templateLabels: GATED, annotations: { [GATE]: 'rng' } })
      .pods(0)
      .snapshot(),
    OFF,
    [],
  ],
  [
    'leaves a template that Pitlane has not labelled',
    gated().controller('Deployment', { templateLabels: GATED }).snapshot(),
    OFF,
    [],
  ],
  [
    'refuses a record that it can not read',
    gated()
      .service({ annotations: { [GATE]: 'x' } })
      .snapshot(),
    OFF,
    ['refusal GateUnreadable'],
  ],
  [
    'refuses a selector that was edited',
    gated()
      .service({ selector: { app: 'rng', enabled: 'no' } })
      .snapshot(),
    OFF,
    ['refusal SelectorHasAnotherValue'],
  ],
];

describe.each([
  ['gate on', ON_ROWS],
  ['gate off', OFF_ROWS],
])('%s', (name, rows) => {
  test.each(rows)('%s', (_, given, request, want) => {
    const plan = planGate(given, request);
    expect(findings(plan)).toEqual(want);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('says so', async () => {
    const text = rows.map(([row, given, request]) => [row, readable(planGate(given, request)).split('\n')] as const);
    await expect(sections(text)).toMatchFileSnapshot(`golden/${name.replace(' ', '-')}.golden.txt`);
  });
});

describe('a plan of gate on', () => {
  const writes = (given: Snapshot, request: object = {}) =>
    planned(planGate(given, request)).phases.map((phase) => phase.writes.map(({ target }) => target.kind));

  test('writes record and rule, then labels, then the selector', () => {
    expect(writes(policy().pods(2).snapshot())).toEqual([['Service', 'ConfigMap'], ['Pod', 'Pod'], ['Service'], []]);
  });

  test('rolls the templates out before it changes the selector', () => {
    expect(writes(none().pods(2).snapshot(), { force: true })).toEqual([
      ['Service'],
      ['Pod', 'Pod'],
      ['Deployment'],
      ['Service'],
      [],
    ]);
  });

  test('writes nothing where the gate is on', () => {
    expect(writes(gated().snapshot()).flat()).toEqual([]);
  });

  test('rewrites a rule that was edited', () => {
    expect(
      writes(
        gated()
          .gate(true, { ...RULE, data: { ...RULE.data, gate: 'enabled=no' } })
          .snapshot(),
      )[0],
    ).toEqual(['ConfigMap']);
  });

  test('does not depend on the pods for what a person confirms', () => {
    const prints = [3, 4].map(
      (pods) => planned(planGate(none().policy({ minReady: 1 }).pods(pods).desired(4).snapshot())).fingerprint,
    );
    expect(prints[0]).toBe(prints[1]);
  });
});

describe('a gate that is on', () => {
  test.each([
    ['has no troubles', gated(), []],
    ['is not in the selector any more', gated().service({ selector: { app: 'rng' } }), ['GateNotInSelector']],
    [
      'has another value in the selector',
      gated().service({ selector: { app: 'rng', enabled: 'no' } }),
      ['GateValueChanged'],
    ],
    ['was made by hand', gated().service({ annotations: {} }), ['GateNotRecorded']],
    ['can not be read', gated().service({ annotations: { [GATE]: '[]' } }), ['GateUnreadable']],
    ['has lost its rule', gated().gate(true), ['GateRuleGone']],
    ['has another rule', gated().gate(true, { ...RULE, data: {} }), ['GateRuleChanged']],
    ['has a rule that is not applied', gated().gate(false, RULE), ['GateRuleNotInForce']],
    [
      'is no longer in the template',
      gated().service({ annotations: recorded({ via: 'template' }) }),
      ['GateNotInTemplate'],
    ],
  ])('%s', (_, builder, want) => {
    expect(gateTroubles(builder.snapshot()).map(({ code }) => code)).toEqual(want);
  });

  test('has the pods without the label as stragglers, except disabled ones', () => {
    const bare = { app: 'rng', ...HASH };
    const snapshot = gated()
      .pod('b85tm', { labels: bare })
      .pod('hfbrr', { labels: bare, annotations: { [DISABLED]: '{}' } })
      .snapshot();
    expect(stragglersOf(snapshot).map(({ name }) => name.slice(-5))).toEqual(['b85tm']);
    expect(stragglersOf({ ...snapshot, service: { ...snapshot.service, annotations: {} } })).toEqual([]);
  });
});

test('a gate is set up while pods that come outside wait without the label', () => {
  const builder = gated()
    .service({ annotations: {} })
    .controller('Deployment', { templateLabels: GATED })
    .pod('b85tm', { labels: { app: 'rng', ...HASH } });
  const here = new GateWorld(builder, false);
  here.carryOut({ ...ON, newPods: 'out' });
  expect(here.snapshot.pods.map(({ labels }) => valueIn(labels, 'enabled'))).toEqual([undefined, 'yes', 'yes', 'yes']);
  expect(here.fewest).toBe(3);
});
