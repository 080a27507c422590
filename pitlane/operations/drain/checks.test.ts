import { describe, expect, test } from 'vitest';
import { finding, findings, readableChecks, sections } from '../../../test/builders/plan.ts';
import { drainOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { DRAIN } from '../../rotation/marks.ts';
import type { Plan, Refusal } from '../../rotation/plan.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

function drain(builder: SnapshotBuilder, suffix = 'b85tm', change: Parameters<typeof drainOf>[1] = {}): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, drainOf(snapshot, change));
}

/** The Deployment belongs to an object of an operator, which has no number of pods of its own. */
function belowOperator(builder: SnapshotBuilder): SnapshotBuilder {
  const owner = { kind: 'MyApp', name: 'rng', uid: 'uid-of-rng-app', apiVersion: 'example.com/v1' };
  return builder.controller('Deployment', { owner }).withController({ ...owner, desired: 1, isRollingOut: false });
}

const GATE_BY_POLICY = JSON.stringify({
  v: 1,
  label: 'enabled=yes',
  via: 'admission',
  newPods: 'in',
  by: 'U042',
  at: '2026-11-24T03:12:00Z',
  id: 'op-1',
});

const CASES: readonly [name: string, given: SnapshotBuilder, want: readonly string[], suffix?: string][] = [
  ['allows a healthy pod of 4', rng(), []],
  ['allows 2 in rotation where the minimum is 2', rng().notReady('hfbrr').policy({ minReady: 2 }), []],
  ['refuses to go below the minimum', rng().notReady('hfbrr'), ['refusal BelowMinimum']],
  ['refuses the last ready pod', rng().pods(1), ['refusal BelowMinimum']],
  ['allows one of two', rng().pods(2), []],
  ['allows 3 of 4 with a minimum of 75%', rng().policy({ minReady: '75%' }), []],
  ['rounds 76% of 4 up to 4', rng().policy({ minReady: '76%' }), ['refusal BelowMinimum']],
  ['allows a pod that is not ready', rng().notReady('b85tm').policy({ minReady: 4 }), []],
  [
    'allows a pod that is not in the EndpointSlices yet',
    rng().listed('b85tm', 'not at all').policy({ minReady: 4 }),
    [],
  ],
  [
    'does not count a drained pod that is still in the EndpointSlices',
    rng().drained('hfbrr').listed('hfbrr', true).policy({ minReady: 3 }),
    ['refusal BelowMinimum'],
  ],
  ['does not count a canary as desired', rng().another('debug').canary('debug').policy({ minReady: '100%' }), []],
  ['refuses without a selector', rng().withoutSelector(), ['refusal ServiceSelectsNothing']],
  ['refuses an ExternalName service', rng().service({ type: 'ExternalName' }), ['refusal ServiceSelectsNothing']],
  ['refuses a drained pod', rng().drained('b85tm'), ['refusal AlreadyDrained']],
  [
    'refuses a pod that is being restored',
    rng().drained('b85tm', { restoring: { id: 'x', by: 'carol', at: '2026-11-24T03:12:00Z' } }),
    ['refusal BeingRestored'],
  ],
  [
    'refuses a record of a later version',
    rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
    ['refusal UnreadableRecord'],
  ],
  [
    'refuses a marked pod without a record',
    rng().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
    ['refusal RecordGone'],
  ],
  ['refuses a terminating pod', rng().terminating('b85tm'), ['refusal Terminating']],
  [
    'refuses a pod that has ended',
    rng().pod('b85tm', { status: 'Evicted' }, { phase: 'Failed', isReady: false }),
    ['refusal Finished'],
  ],
  ['refuses a pod of another service', rng().another('web', { labels: { app: 'web' } }), ['refusal NotAMember'], 'web'],
  ['refuses a pod of a StatefulSet', rng().statefulSet(4), ['refusal NameStaysTaken'], 'rng-1'],
  ['warns that nothing replaces a bare pod', rng().bare('b85tm'), ['warning NothingReplacesIt']],
  [
    'warns that nothing replaces a canary',
    rng().another('debug').canary('debug'),
    ['warning NothingReplacesIt'],
    'debug',
  ],
  [
    'warns of an owner of an unknown kind',
    rng().pod('b85tm', { owner: { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' } }),
    ['warning NothingReplacesIt'],
  ],
  [
    'warns of a StatefulSet of another API group',
    rng().pod('b85tm', {
      owner: { kind: 'StatefulSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1beta1' },
    }),
    ['warning NothingReplacesIt'],
  ],
  [
    'warns of an unknown owner of the ReplicaSet',
    rng().controller('ReplicaSet', {
      owner: { kind: 'Rollout', name: 'rng', uid: 'u', apiVersion: 'argoproj.io/v1alpha1' },
    }),
    ['warning RootUnknown'],
  ],
  [
    'takes the minimum from the Deployment below an unknown owner',
    belowOperator(rng().notReady('hfbrr')),
    ['warning RootUnknown', 'refusal BelowMinimum'],
  ],
  [
    'warns of a rollout below an unknown owner',
    belowOperator(rng()).controller('Deployment', { isRollingOut: true }),
    ['warning RootUnknown', 'warning RolloutUnderWay'],
  ],
  ['warns that the owner is gone', rng().withoutController('ReplicaSet'), ['warning OwnerNotSeen']],
  [
    'warns that the owner is being deleted',
    rng().controller('ReplicaSet', { deletedAt: 1 }),
    ['warning OwnerBeingDeleted'],
  ],
  ['warns that the owner wants no pods', rng().controller('ReplicaSet', { desired: 0 }), ['warning OwnerScaledDown']],
  [
    'allows a DaemonSet with OnDelete and outdated pods',
    rng()
      .daemonSet(3)
      .policy({ minReady: 1 })
      .controller('DaemonSet', { isRollingOut: true, update: { type: 'OnDelete', hasSurge: false } }),
    [],
  ],
  ['warns of a rollout', rng().controller('Deployment', { isRollingOut: true }), ['warning RolloutUnderWay']],
  ['allows what a budget allows', rng().budget('rng', { minAvailable: 3 }), []],
  ['refuses what a budget does not allow', rng().budget('rng', { minAvailable: 4 }), ['refusal BudgetExhausted']],
  ["takes a budget's percentage of the desired pods", rng().budget('rng', { maxUnavailable: '25%' }), []],
  ['refuses with maxUnavailable 0', rng().budget('rng', { maxUnavailable: 0 }), ['refusal BudgetExhausted']],
  [
    "counts healthy pods instead of the budget's status",
    rng().notReady('hfbrr').policy({ minReady: 1 }).budget('rng', { minAvailable: 3 }),
    ['refusal BudgetExhausted'],
  ],
  [
    'does not count a published pod that is not ready as healthy',
    rng()
      .service({ publishNotReadyAddresses: true })
      .notReady('hfbrr')
      .listed('hfbrr', true)
      .policy({ minReady: 1 })
      .budget('rng', { minAvailable: 3 }),
    ['refusal BudgetExhausted'],
  ],
  [
    'uses the status of a budget that selects more pods',
    rng().budget('all', {
      selector: {},
      minAvailable: 9,
      status: { disruptionsAllowed: 3, currentHealthy: 12, desiredHealthy: 9 },
    }),
    ['warning BudgetStillCountsIt'],
  ],
  [
    'ignores a budget of other pods',
    rng().budget('web', { selector: { matchLabels: { app: 'web' } }, minAvailable: 9 }),
    [],
  ],
  ['ignores a budget without a selector', rng().budget('none', { selector: undefined, minAvailable: 9 }), []],
  [
    'warns of a budget that still counts the drained pod',
    rng()
      .pod('b85tm', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', tier: 'a' } })
      .budget('tier', { selector: { matchLabels: { tier: 'a' } }, minAvailable: 0 }),
    ['warning BudgetStillCountsIt'],
  ],
  [
    'warns that budgets could not be read',
    rng().othersNotSeen('Pitlane may not list poddisruptionbudgets.'),
    ['warning BudgetsNotSeen'],
  ],
  [
    'refuses the last pod of a node with Local traffic',
    rng().service({ internalTrafficPolicy: 'Local' }),
    ['refusal LastOnItsNode'],
    'hfbrr',
  ],
  [
    'allows a pod with a neighbour on its node with Local traffic',
    rng().service({ internalTrafficPolicy: 'Local' }),
    [],
    'b85tm',
  ],
  [
    'refuses the fourth drained pod of 3',
    rng().pods(8).drained('hfbrr').drained('7pt82').drained('x2k9d').policy({ minReady: 1 }),
    ['refusal TooManyDrained'],
  ],
  [
    'does not count pods that have ended or are back in rotation as drained',
    rng()
      .pods(8)
      .drained('hfbrr')
      .drained('7pt82')
      .pod('7pt82', {}, { phase: 'Failed' })
      .drained('x2k9d')
      .pod('x2k9d', { labels: { app: 'rng', 'pitlane.dev/drained-from': 'rng' } })
      .policy({ minReady: 1, maxDrained: 2 }),
    [],
  ],
  ['allows the third drained pod of 3', rng().pods(8).drained('hfbrr').drained('7pt82').policy({ minReady: 1 }), []],
  [
    'warns of a half-done gate',
    rng().service({ annotations: { 'pitlane.dev/gate': '{"v":1,"label":"enabled=yes"}' } }),
    ['warning GateHalfDone'],
  ],
  [
    'warns that the replacement stays out of rotation',
    rng()
      .service({ selector: { app: 'rng', enabled: 'yes' } })
      .pod('rng', {})
      .pod('', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' } }),
    ['warning ReplacementStaysOut'],
  ],
  [
    'allows a drain whose replacement gets the gate label from the admission policy',
    rng()
      .service({ selector: { app: 'rng', enabled: 'yes' }, annotations: { 'pitlane.dev/gate': GATE_BY_POLICY } })
      .pod('', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' } }),
    [],
  ],
  [
    'warns of a held host port',
    rng()
      .daemonSet(3)
      .pod(
        'b85tm',
        {},
        {
          containers: [
            {
              name: 'rng',
              image: 'i',
              hostPorts: [8080],
              hasLivenessProbe: false,
              isReady: true,
              restarts: 0,
              state: 'running',
            },
          ],
        },
      ),
    ['warning HoldsHostPort'],
  ],
  [
    'warns of a held ReadWriteOncePod volume',
    rng().pod('b85tm', {}, { claims: [{ name: 'data', accessModes: ['ReadWriteOncePod'] }] }),
    ['warning HoldsVolume'],
  ],
  ['allows with exactly enough room', rng().free(100, 0, 0), []],
  ['warns that no node has room', rng().free(99, 0, 0), ['warning NoRoom']],
  ['warns that the node of a DaemonSet pod has no room', rng().daemonSet(3).free(0, 500, 500), ['warning NoRoom']],
  [
    'warns in the words of the API server that it refuses the replacement',
    rng().asked({ kind: 'refused', why: 'pods "rng-x" is forbidden: exceeded quota: team' }),
    ['warning ReplacementRefused'],
  ],
  [
    'reads no quota that the API server was asked about',
    rng()
      .free(500)
      .quota('team', { pods: 0 })
      .asked({ kind: 'accepted', labels: { app: 'rng' } }),
    [],
  ],
  [
    'reads the quotas where the API server was not asked',
    rng().free(500).quota('team', { pods: 0 }).asked({ kind: 'notAsked', why: 'Pitlane may not.' }),
    ['warning QuotaExhausted'],
  ],
  [
    'warns that a policy gives the replacement labels that keep it out',
    rng().asked({ kind: 'accepted', labels: { app: 'quarantine' } }),
    ['warning ReplacementStaysOut'],
  ],
  ['warns of an exhausted quota', rng().free(500).quota('team', { pods: 0 }), ['warning QuotaExhausted']],
];

describe('drain', () => {
  test.each(CASES)('%s', (_, given, want, suffix) => {
    expect(findings(drain(given, suffix))).toEqual(want);
  });
});

describe('a refused drain', () => {
  test.each<[name: string, given: SnapshotBuilder, want: string | undefined]>([
    [
      'proposes to scale up by one',
      rng().notReady('hfbrr'),
      'kubectl -n dockercoins scale deployment rng --replicas=5',
    ],
    [
      'proposes the first number of pods that leaves 90%',
      rng().policy({ minReady: '90%' }),
      'kubectl -n dockercoins scale deployment rng --replicas=10',
    ],
    ['proposes nothing where no number of pods leaves 100%', rng().policy({ minReady: '100%' }), undefined],
    [
      'proposes to raise the minimum of an autoscaler, which would undo the scaling',
      rng()
        .notReady('hfbrr')
        .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 8 }] }),
      `kubectl -n dockercoins patch hpa rng --patch '{"spec":{"minReplicas":5}}'`,
    ],
    [
      'proposes nothing where an autoscaler is at its maximum',
      rng()
        .notReady('hfbrr')
        .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 4 }] }),
      undefined,
    ],
  ])('%s', (_, given, want) => {
    expect(finding(drain(given), 'BelowMinimum')).toMatchObject({ level: 'refusal', isForceable: true });
    expect(finding(drain(given), 'BelowMinimum')?.instead).toBe(want);
  });

  test.each([
    ['AlreadyDrained', rng().drained('b85tm'), 'restore rng-5f69c6b7d8-b85tm'],
    ['TooManyDrained', rng().pods(8).drained('hfbrr').policy({ maxDrained: 1 }), 'restore rng-5f69c6b7d8-hfbrr'],
  ])('proposes a restore for %s', (code, given, want) => {
    expect(finding(drain(given), code)?.instead).toBe(want);
  });

  test.each<[name: string, change: (snapshot: Snapshot) => Snapshot]>([
    ['is gone', ({ pods, ...snapshot }) => ({ ...snapshot, pods: pods.slice(1), targets: [] })],
    ['has been replaced by another of its name', (snapshot) => ({ ...snapshot, targets: [] })],
  ])('refuses where the pod %s', (_, change) => {
    const snapshot = rng().about('b85tm');
    expect(findings(planOf(change(snapshot), drainOf(snapshot)))).toEqual(['refusal PodGone']);
  });

  test('lists what --force overrides', () => {
    expect(findings(drain(rng().pods(1), 'b85tm', { force: true }))).toEqual(['overridden BelowMinimum']);
  });

  test('stays refused with --force where the refusal cannot be overridden', () => {
    const refused = drain(rng().drained('b85tm'), 'b85tm', { force: true });
    expect(findings(refused)).toEqual(['refusal AlreadyDrained']);
    expect(refused).toMatchObject({ kind: 'refusal', isForceable: false });
  });

  test('is forceable only if each refusal is', () => {
    expect(drain(rng().pods(1).budget('rng', { minAvailable: 1 }))).toMatchObject({ isForceable: true });
  });
});

test('drain checks have the sentences of the golden file', async () => {
  const more: typeof CASES = [
    ['refuses one more than the one that may be drained', rng().pods(8).drained('hfbrr').policy({ maxDrained: 1 }), []],
    [
      'refuses a pod whose labels were put back by hand',
      rng()
        .drained('b85tm')
        .pod('b85tm', { labels: { app: 'rng' } }),
      [],
    ],
    ['counts neighbours on the node', rng().pods(7).service({ internalTrafficPolicy: 'Local' }), []],
    ['refuses without a pod in rotation left', rng().pods(1).policy({ minReady: 1 }), []],
  ];
  const snapshot = rng().about('b85tm');
  const gone = { ...snapshot, targets: [], pods: snapshot.pods.slice(1) };
  const text = sections([
    ...[...CASES, ...more].map(([name, given, , suffix]) => [name, readableChecks(drain(given, suffix))] as const),
    ['refuses a pod that is gone', readableChecks(planOf(gone, drainOf(snapshot)))],
    ['refuses a pod that was replaced', readableChecks(planOf({ ...snapshot, targets: [] }, drainOf(snapshot)))],
  ]);
  await expect(text).toMatchFileSnapshot('golden/checks.golden.txt');
});
