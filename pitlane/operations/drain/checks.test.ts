import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readableChecks, sections } from '../../../test/builders/plan.ts';
import { podNeeds, withHostPort } from '../../../test/builders/pod-needs.ts';
import { drainOf, NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { DRAIN } from '../../rotation/marks.ts';
import type { Plan, Refusal } from '../../rotation/plan.ts';
import type { PodNeeds } from '../../rotation/pod-needs.ts';
import type { Claim, JobState, Snapshot } from '../../rotation/snapshot.ts';
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

/** The template was changed while the Deployment is paused. */
const paused = (builder: SnapshotBuilder): SnapshotBuilder =>
  builder.controller('Deployment', {
    isRollingOut: true,
    rollout: { strategy: 'RollingUpdate', maxUnavailable: 1, maxSurge: 1, isPaused: true },
  });

const JOB = { kind: 'Job', name: 'worker', uid: 'uid-of-worker', apiVersion: 'batch/v1' };

/** Four pods of a Job; a minimum of 1 leaves only its own findings. */
const ofJob = (job: JobState, desired = 4): SnapshotBuilder =>
  rng()
    .withoutController('ReplicaSet')
    .withoutController('Deployment')
    .pod('', { owner: JOB })
    .withController({ ...JOB, desired, job, selector: { matchLabels: { app: 'rng' } } })
    .policy({ minReady: 1 });

const CLONE_SET = { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' };

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
    'warns once of an owner of an unknown kind that can be read',
    rng()
      .pod('', { owner: CLONE_SET })
      .withController({ ...CLONE_SET, desired: 4 }),
    ['warning NothingReplacesIt'],
  ],
  [
    'warns once of an owner of an unknown kind that another one owns',
    rng()
      .pod('', { owner: CLONE_SET })
      .withController({ ...CLONE_SET, desired: 4, owner: { ...CLONE_SET, kind: 'GameCluster', uid: 'v' } }),
    ['warning NothingReplacesIt'],
  ],
  [
    'counts the pods of an owner that has no number of its own',
    rng()
      .pod('', { owner: CLONE_SET })
      .withController({ ...CLONE_SET, desired: 1, isUncounted: true })
      .notReady('hfbrr'),
    ['warning NothingReplacesIt', 'refusal BelowMinimum'],
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
  ['warns that a Job starts another pod', ofJob({ state: 'running' }), ['warning JobStartsAnother']],
  ['warns of a Job that wants no more pods', ofJob({ state: 'running' }, 0), ['warning NothingReplacesIt']],
  ['warns of a suspended Job', ofJob({ state: 'suspended' }, 0), ['warning NothingReplacesIt']],
  ['warns of a work queue with a success', ofJob({ state: 'winding down' }), ['warning NothingReplacesIt']],
  ['warns of a complete Job', ofJob({ state: 'complete' }, 0), ['warning OwnerInactive']],
  ['warns of a Job that has failed', ofJob({ state: 'failed' }), ['warning OwnerInactive']],
  [
    'warns of a Job that another program looks after',
    ofJob({ state: 'running', managedBy: 'kueue.x-k8s.io/multikueue' }),
    ['warning OwnerInactive'],
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
  [
    'warns that a paused Deployment with a changed template makes the pod an old revision',
    paused(rng()).controller('Deployment', { updatedPods: 0 }),
    ['warning RolloutPaused'],
  ],
  [
    'warns that a pod of the old revision can not be restored where a Deployment was paused half way',
    paused(rng()).controller('Deployment', { updatedPods: 1, currentHash: '7c9d8b6f44' }),
    ['warning RolloutPaused'],
  ],
  [
    'warns of a Deployment that was paused half way, whose pod has the new revision',
    paused(rng()).controller('Deployment', { updatedPods: 1 }),
    ['warning RolloutPaused'],
  ],
  [
    'allows a paused Deployment whose template is the same',
    paused(rng()).controller('Deployment', { isRollingOut: false }),
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
          needs: podNeeds({}, { containers: [withHostPort(8080)] }),
        },
      ),
    ['warning HoldsHostPort'],
  ],
  [
    'warns of a held ReadWriteOncePod volume',
    rng().pod(
      'b85tm',
      {},
      {
        needs: podNeeds({}, { claims: ['data'] }),
        claims: [{ name: 'data', accessModes: ['ReadWriteOncePod'] }],
      },
    ),
    ['warning HoldsVolume'],
  ],
  [
    'warns that another pod has the ReadWriteOncePod volume of a pod without a node',
    withVolume({ isAttached: true }, 'ReadWriteOncePod')
      .free(500)
      .claimInUse('data')
      .pod('b85tm', { nodeName: undefined }),
    ['warning HoldsVolume'],
  ],
  [
    'allows it where no pod has the ReadWriteOncePod volume yet',
    withVolume({ isAttached: true }, 'ReadWriteOncePod').free(500).pod('b85tm', { nodeName: undefined }),
    [],
  ],
  ['allows with exactly enough room', rng().free(100, 0, 0), []],
  ['warns that no node has room', rng().free(99, 0, 0), ['warning NoRoom']],
  ['warns that the node of a DaemonSet pod has no room', rng().daemonSet(3).free(0, 500, 500), ['warning NoRoom']],
  [
    'warns that no node has a device left',
    rng()
      .free(500)
      .pod('b85tm', {}, { needs: podNeeds({ 'example.com/gpu': 1 }) }),
    ['warning NoRoom'],
  ],
  ['warns that other pods may have to go', preempting(), ['warning MayPreempt']],
  ['warns that the policy of the priority is to wait', preempting({ preempts: false }), ['warning NoRoom']],
  ['warns of a volume that stays attached', withVolume({ isAttached: true }).free(500, 500), ['warning HoldsVolume']],
  ['allows it where only the node of the volume has room', withVolume({ isAttached: true }).free(500, 0), []],
  ['allows it where the volume needs no attaching', withVolume({ isAttached: false }).free(500, 500), []],
  ['warns that no node reaches the volume', withVolume({ isAttached: false, nodes: [] }).free(500), ['warning NoRoom']],
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

/** A pod that is more urgent than those that fill the node. */
function preempting(change: Partial<PodNeeds> = {}): SnapshotBuilder {
  const needs = podNeeds({ cpu: 100 }, { priority: 10, ...change });
  const batch = { name: 'batch-x', uid: 'x', namespace: 'jobs', workload: 'Deployment batch', priority: 0 };
  return rng()
    .pod('b85tm', {}, { needs })
    .free(0)
    .occupied('node-1', { ...batch, requests: { cpu: 100 }, hostPorts: [] });
}

function withVolume(volume: Claim['volume'], accessMode = 'ReadWriteOnce'): SnapshotBuilder {
  const needs = podNeeds({ cpu: 100 }, { claims: ['data'] });
  return rng().pod('b85tm', {}, { needs, claims: [{ name: 'data', accessModes: [accessMode], volume }] });
}

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
      'proposes to wait for a replacement that is starting',
      rng()
        .pod('hfbrr', { createdAt: NOW - 30_000, status: 'ContainerCreating' })
        .notReady('hfbrr'),
      'list',
    ],
    [
      'proposes to scale up beside a young pod that fails',
      rng()
        .pod('hfbrr', { createdAt: NOW - 30_000, status: 'CrashLoopBackOff', restarts: 2 })
        .notReady('hfbrr'),
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

  test('names no pod that goes for a replacement that the API server refuses', () => {
    const codes = (given: SnapshotBuilder) => planned(drain(given)).effects.map(({ code }) => code);
    const refused = preempting().asked({ kind: 'refused', why: 'pods "rng-x" is forbidden' });
    expect(codes(preempting())).toContain('MayEndPods');
    expect(codes(refused)).not.toContain('MayEndPods');
  });

  test('names the missing port instead of more pods', () => {
    const snapshot = rng().about('b85tm');
    const given: Snapshot = {
      ...snapshot,
      service: { ...snapshot.service, ports: [{ name: 'http', target: 'http' }] },
      endpoints: snapshot.endpoints.map((endpoint, index) => ({ ...endpoint, ports: index === 0 ? ['http'] : [] })),
    };
    const refused = finding(planOf(given, drainOf(given)), 'BelowMinimum');
    expect(refused?.message).toContain('3 ready pods are listed without port http (no container port is named http)');
    expect(refused?.instead).toBe('list');
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
