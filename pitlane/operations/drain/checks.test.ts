import { describe, expect, test } from 'vitest';
import { findings } from '../../../test/builders/plan.ts';
import { drainOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { DRAIN } from '../../rotation/marks.ts';
import type { Operation, Plan, Refusal } from '../../rotation/plan.ts';
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

describe('what stands in the way of a drain', () => {
  const cases: readonly [name: string, given: SnapshotBuilder, want: readonly string[], suffix?: string][] = [
    ['a healthy pod of 4 may be drained', rng(), []],
    ['3 of 4 is exactly the minimum', rng().notReady('hfbrr').policy({ minReady: 2 }), []],
    ['refuses to go below the minimum', rng().notReady('hfbrr'), ['refusal BelowMinimum']],
    ['refuses to drain the last ready pod', rng().pods(1), ['refusal BelowMinimum']],
    ['one of two may go', rng().pods(2), []],
    [
      'a minimum as a per cent is of the desired pods, rounded up: 3 of 4 for 75%',
      rng().policy({ minReady: '75%' }),
      [],
    ],
    ['76% of 4 is 4', rng().policy({ minReady: '76%' }), ['refusal BelowMinimum']],
    ['a pod that is not ready may always be drained', rng().notReady('b85tm').policy({ minReady: 4 }), []],
    [
      'a pod that the slices do not list yet takes no traffic',
      rng().listed('b85tm', 'not at all').policy({ minReady: 4 }),
      [],
    ],
    [
      'slices that still list a pod whose label is gone do not count it',
      rng().drained('hfbrr').listed('hfbrr', true).policy({ minReady: 3 }),
      ['refusal BelowMinimum'],
    ],
    [
      'a canary does not raise what is desired',
      rng().another('debug').canary('debug').policy({ minReady: '100%' }),
      [],
    ],
    ['a service without a selector', rng().withoutSelector(), ['refusal ServiceSelectsNothing']],
    ['an ExternalName service', rng().service({ type: 'ExternalName' }), ['refusal ServiceSelectsNothing']],
    ['a pod that is drained already', rng().drained('b85tm'), ['refusal AlreadyDrained']],
    [
      'a pod that is being restored',
      rng().drained('b85tm', { restoring: { id: 'x', by: 'carol', at: '2026-11-24T03:12:00Z' } }),
      ['refusal BeingRestored'],
    ],
    [
      'a record of a later version is left alone',
      rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
      ['refusal UnreadableRecord'],
    ],
    [
      'marked as drained, but its record is gone',
      rng().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
      ['refusal RecordGone'],
    ],
    ['a terminating pod', rng().terminating('b85tm'), ['refusal Terminating']],
    [
      'a pod that has ended',
      rng().pod('b85tm', { status: 'Evicted' }, { phase: 'Failed', isReady: false }),
      ['refusal Finished'],
    ],
    ['a pod of another service', rng().another('web', { labels: { app: 'web' } }), ['refusal NotAMember'], 'web'],
    [
      'a StatefulSet cannot replace a pod whose name is taken',
      rng().statefulSet(4),
      ['refusal NameStaysTaken'],
      'rng-1',
    ],
    ['nothing replaces a bare pod', rng().bare('b85tm'), ['warning NothingReplacesIt']],
    ['nothing replaces a canary', rng().another('debug').canary('debug'), ['warning NothingReplacesIt'], 'debug'],
    [
      'nothing replaces a pod of an unknown kind of owner',
      rng().pod('b85tm', { owner: { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' } }),
      ['warning NothingReplacesIt'],
    ],
    [
      'an operator of another group has a StatefulSet of its own',
      rng().pod('b85tm', {
        owner: { kind: 'StatefulSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1beta1' },
      }),
      ['warning NothingReplacesIt'],
    ],
    [
      'a ReplicaSet below an operator that pitlane does not know',
      rng().controller('ReplicaSet', {
        owner: { kind: 'Rollout', name: 'rng', uid: 'u', apiVersion: 'argoproj.io/v1alpha1' },
      }),
      ['warning RootUnknown'],
    ],
    [
      'an operator above the Deployment does not change how many pods must stay',
      belowOperator(rng().notReady('hfbrr')),
      ['warning RootUnknown', 'refusal BelowMinimum'],
    ],
    [
      'a rollout is under way below an operator',
      belowOperator(rng()).controller('Deployment', { isRollingOut: true }),
      ['warning RootUnknown', 'warning RolloutUnderWay'],
    ],
    ['the owner is gone', rng().withoutController('ReplicaSet'), ['warning OwnerNotSeen']],
    ['the owner is being deleted', rng().controller('ReplicaSet', { deletedAt: 1 }), ['warning OwnerBeingDeleted']],
    [
      'the owner is an old revision that wants no pods',
      rng().controller('ReplicaSet', { desired: 0 }),
      ['warning OwnerScaledDown'],
    ],
    [
      'a DaemonSet with outdated pods that it leaves alone until they are deleted',
      rng()
        .daemonSet(3)
        .policy({ minReady: 1 })
        .controller('DaemonSet', { isRollingOut: true, update: { type: 'OnDelete', hasSurge: false } }),
      [],
    ],
    ['a rollout is under way', rng().controller('Deployment', { isRollingOut: true }), ['warning RolloutUnderWay']],
    ['a budget bears one more disruption', rng().budget('rng', { minAvailable: 3 }), []],
    ['a budget bears no disruption', rng().budget('rng', { minAvailable: 4 }), ['refusal BudgetExhausted']],
    ['a budget as a per cent is of the desired pods, rounded up', rng().budget('rng', { maxUnavailable: '25%' }), []],
    ['a budget of maxUnavailable 0', rng().budget('rng', { maxUnavailable: 0 }), ['refusal BudgetExhausted']],
    [
      'a budget counts pods, not its own lagging status',
      rng().notReady('hfbrr').policy({ minReady: 1 }).budget('rng', { minAvailable: 3 }),
      ['refusal BudgetExhausted'],
    ],
    [
      'a budget does not count a pod that is listed without being ready',
      rng()
        .service({ publishNotReadyAddresses: true })
        .notReady('hfbrr')
        .listed('hfbrr', true)
        .policy({ minReady: 1 })
        .budget('rng', { minAvailable: 3 }),
      ['refusal BudgetExhausted'],
    ],
    [
      'a budget over more pods than ours is taken from its status',
      rng().budget('all', {
        selector: {},
        minAvailable: 9,
        status: { disruptionsAllowed: 3, currentHealthy: 12, desiredHealthy: 9 },
      }),
      ['warning BudgetStillCountsIt'],
    ],
    ['a budget of other pods', rng().budget('web', { selector: { matchLabels: { app: 'web' } }, minAvailable: 9 }), []],
    ['a budget without a selector selects nothing', rng().budget('none', { selector: undefined, minAvailable: 9 }), []],
    [
      'a budget that would go on counting the drained pod',
      rng()
        .pod('b85tm', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', tier: 'a' } })
        .budget('tier', { selector: { matchLabels: { tier: 'a' } }, minAvailable: 0 }),
      ['warning BudgetStillCountsIt'],
    ],
    [
      'budgets that could not be read',
      rng().othersNotSeen('may not list poddisruptionbudgets'),
      ['warning BudgetsNotSeen'],
    ],
    [
      'with Local traffic the last pod of its node',
      rng().service({ internalTrafficPolicy: 'Local' }),
      ['refusal LastOnItsNode'],
      'hfbrr',
    ],
    ['with Local traffic a pod that has a neighbour', rng().service({ internalTrafficPolicy: 'Local' }), [], 'b85tm'],
    [
      '3 of 3 drained',
      rng().pods(8).drained('hfbrr').drained('7pt82').drained('x2k9d').policy({ minReady: 1 }),
      ['refusal TooManyDrained'],
    ],
    [
      'of 3 drained one has ended, and one is back in rotation by hand',
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
    ['2 of 3 drained', rng().pods(8).drained('hfbrr').drained('7pt82').policy({ minReady: 1 }), []],
    [
      'a gate that somebody has half set up',
      rng().service({ annotations: { 'pitlane.dev/gate': '{"v":1,"label":"enabled=yes"}' } }),
      ['warning GateHalfDone'],
    ],
    [
      'a gate made by hand, the template forgotten',
      rng()
        .service({ selector: { app: 'rng', enabled: 'yes' } })
        .pod('rng', {})
        .pod('', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' } }),
      ['warning ReplacementStaysOut'],
    ],
    [
      'a DaemonSet pod that holds a host port',
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
      'a volume that one pod at a time may use',
      rng().pod('b85tm', {}, { claims: [{ name: 'data', accessModes: ['ReadWriteOncePod'] }] }),
      ['warning HoldsVolume'],
    ],
    ['exactly enough room for the replacement', rng().free(100, 0, 0), []],
    ['no node has room for the replacement', rng().free(99, 0, 0), ['warning NoRoom']],
    ['a DaemonSet needs the room on the same node', rng().daemonSet(3).free(0, 500, 500), ['warning NoRoom']],
    ['a quota leaves no pod', rng().free(500).quota('team', { pods: 0 }), ['warning QuotaExhausted']],
  ];

  test.each(cases)('%s', (_, given, want, suffix) => {
    expect(findings(drain(given, suffix))).toEqual(want);
  });
});

describe('how a refusal reads', () => {
  test('the numbers, and what to type instead', () => {
    const [refusal] = drain(rng().notReady('hfbrr')).checks.filter(({ level }) => level === 'refusal');
    expect(refusal).toEqual({
      code: 'BelowMinimum',
      level: 'refusal',
      message: 'rng has 3 pods in rotation and must keep 3 of 4: scale it up first.',
      instead: 'kubectl -n dockercoins scale deployment rng --replicas=5',
      isForceable: true,
    });
  });

  test.each<[name: string, given: SnapshotBuilder, want: string | undefined]>([
    [
      'a minimum of 90%: 10 pods are the first number that leaves 9',
      rng().policy({ minReady: '90%' }),
      'kubectl -n dockercoins scale deployment rng --replicas=10',
    ],
    ['a minimum of 100%: no number of pods helps', rng().policy({ minReady: '100%' }), undefined],
    [
      'an autoscaler would take the scaling back: its own minimum is raised',
      rng()
        .notReady('hfbrr')
        .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 8 }] }),
      `kubectl -n dockercoins patch hpa rng --patch '{"spec":{"minReplicas":5}}'`,
    ],
    [
      'an autoscaler that is at its maximum',
      rng()
        .notReady('hfbrr')
        .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 4 }] }),
      undefined,
    ],
  ])('what to type instead: %s', (_, given, want) => {
    const [refusal] = drain(given).checks.filter(({ level }) => level === 'refusal');
    expect(refusal?.code).toBe('BelowMinimum');
    expect(refusal?.instead).toBe(want);
    expect(refusal?.message.includes('scale it up first')).toBe(want !== undefined);
  });

  test.each<[name: string, given: SnapshotBuilder, want: string]>([
    [
      'one drained of at most one',
      rng().pods(8).drained('hfbrr').policy({ maxDrained: 1 }),
      '1 pod is drained from rng already (rng-5f69c6b7d8-hfbrr) and at most 1 may be: restore or finish one first.',
    ],
    [
      'being deleted',
      rng().terminating('b85tm'),
      'rng-5f69c6b7d8-b85tm is being deleted, to be gone by 2026-11-24 03:12:02 UTC.',
    ],
    [
      'drained, and back by hand with the record left on it',
      rng()
        .drained('b85tm')
        .pod('b85tm', { labels: { app: 'rng' } }),
      "rng-5f69c6b7d8-b85tm was drained from rng by alice at 2026-11-24 03:02:07 UTC, until 2026-11-24 04:02:07 UTC, because 5xx; its labels were put back by hand, and pitlane's marks are still on it.",
    ],
    [
      'budgets that could not be read',
      rng().othersNotSeen('Pitlane may not list poddisruptionbudgets.'),
      'Whether a PodDisruptionBudget allows it is not known: Pitlane may not list poddisruptionbudgets.',
    ],
  ])('%s', (_, given, want) => {
    expect(drain(given).checks.filter(({ level }) => level !== 'ok')[0]?.message).toBe(want);
  });

  test('neighbours on the node are counted', () => {
    const given = rng().pods(7).service({ internalTrafficPolicy: 'Local' });
    expect(drain(given).checks.find(({ code }) => code === 'NotLastOnItsNode')?.message).toBe(
      '2 other pods in rotation on node-1.',
    );
  });

  test('who drained it, when, until when and why', () => {
    expect(drain(rng().drained('b85tm')).checks.at(-1)).toMatchObject({
      message:
        'rng-5f69c6b7d8-b85tm is already drained from rng: by alice at 2026-11-24 03:02:07 UTC, until 2026-11-24 04:02:07 UTC, because 5xx.',
      instead: 'restore rng-5f69c6b7d8-b85tm',
    });
  });

  test('a pod that is gone', () => {
    const snapshot = rng().about('b85tm');
    const gone = { ...snapshot, targets: [], pods: snapshot.pods.filter(({ name }) => !name.endsWith('b85tm')) };
    expect(planOf(gone, drainOf(snapshot)).checks).toMatchObject([
      { code: 'PodGone', message: 'rng-5f69c6b7d8-b85tm is gone.' },
    ]);
  });

  test('another pod has its name now', () => {
    const snapshot = rng().about('b85tm');
    const name = 'rng-5f69c6b7d8-b85tm';
    const other: Operation = {
      ...drainOf(snapshot),
      subject: { kind: 'pods', pods: [{ name, uid: 'an earlier uid' }] },
    };
    expect(planOf(snapshot, other).checks[0]?.message).toBe(
      'rng-5f69c6b7d8-b85tm was deleted; another pod has its name now.',
    );
  });

  test('--force sets aside what an admin may override, and the plan says what', () => {
    expect(findings(drain(rng().pods(1), 'b85tm', { force: true }))).toEqual(['overridden BelowMinimum']);
  });

  test('--force does not help against what nobody may override', () => {
    const refused = drain(rng().drained('b85tm'), 'b85tm', { force: true });
    expect(findings(refused)).toEqual(['refusal AlreadyDrained']);
    expect(refused).toMatchObject({ kind: 'refusal', isForceable: false });
  });

  test('a refusal is forceable only if every one of them is', () => {
    expect(drain(rng().pods(1).budget('rng', { minAvailable: 1 }))).toMatchObject({ isForceable: true });
  });
});
