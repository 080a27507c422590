import { describe, expect, test } from 'vitest';
import { finding, planned } from '../../test/builders/plan.ts';
import { drainOf, NOW, restoreOf, rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { type Plan, proofOf, type Refusal, writesOf } from '../rotation/plan.ts';
import { planOf } from './planners.ts';

const SECOND = 1000;
const OPERATOR = { kind: 'CloneSet', name: 'rng', uid: 'uid-of-an-operator', apiVersion: 'apps.kruise.io/v1alpha1' };

function drain(builder: SnapshotBuilder, suffix = 'b85tm'): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, drainOf(snapshot));
}

function restore(builder: SnapshotBuilder, suffix = 'b85tm'): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, restoreOf(snapshot));
}

/** The labels that the plan takes off. */
function removed(plan: Plan): readonly string[] {
  const [write] = writesOf(plan);
  const patch = write?.kind === 'patch' ? write.patch : [];
  const root = '/metadata/labels/';
  return patch
    .filter(({ op, path }) => op === 'remove' && path.startsWith(root))
    .map(({ path }) => path.slice(root.length));
}

describe('a drained pod is no prey for other controllers', () => {
  test('a label comes off too that another controller would adopt the pod by, and then delete it', () => {
    const given = rng()
      .service({ selector: { 'pod-template-hash': '5f69c6b7d8' } })
      .withController({ kind: 'DaemonSet', name: 'agent', selector: { matchLabels: { app: 'rng' } } });
    expect(removed(planned(drain(given)))).toEqual(['app', 'pod-template-hash']);
  });

  test('refused where no label keeps another controller away', () => {
    const selector = { matchExpressions: [{ key: 'retired', operator: 'DoesNotExist' as const }] };
    const result = drain(rng().withController({ kind: 'DaemonSet', name: 'agent', selector }));
    expect(finding(result, 'CannotBeReleased')).toMatchObject({
      level: 'refusal',
      message:
        'No label can be taken off rng-5f69c6b7d8-b85tm that would keep DaemonSet agent from adopting it, and perhaps deleting it as a pod too many.',
    });
  });

  test('a warning where other controllers could not be seen', () => {
    const snapshot = { ...rng().about('b85tm'), adoptersNotSeen: 'pitlane may not list replicasets.' };
    expect(finding(planOf(snapshot, drainOf(snapshot)), 'AdoptersNotSeen')?.level).toBe('warning');
  });
});

describe('how many pods must stay', () => {
  test('pods of an owner that was not seen count one by one', () => {
    const given = rng().withoutController('ReplicaSet').withoutController('Deployment');
    expect(finding(drain(given), 'StaysAboveMinimum')?.message).toBe(
      'rng has 4 in rotation, 3 after, and must keep 3.',
    );
  });

  test("pods of another Deployment with the same selector are not the Deployment's own", () => {
    const owner = { kind: 'ReplicaSet', name: 'other', uid: 'uid-of-other', apiVersion: 'apps/v1' };
    const root = { kind: 'Deployment', name: 'other', uid: 'uid-of-root', apiVersion: 'apps/v1' };
    const given = ['q1', 'q2', 'q3', 'q4'].reduce(
      (builder, name) => builder.another(name, { owner, uid: name, labels: { app: 'rng' } }),
      rng().withController({ ...owner, owner: root, selector: { matchLabels: { app: 'rng', hash: 'x' } } }),
    );
    expect(finding(drain(given), 'StaysAboveMinimum')?.message).toBe(
      'rng has 8 in rotation, 7 after, and must keep 6.',
    );
  });
});

describe('a budget that Kubernetes itself cannot work out', () => {
  test.each([
    ['of a DaemonSet', rng().daemonSet(4), "Kubernetes can't tell how many pods DaemonSet rng wants (it has no scale)"],
    [
      'of pods without a controller',
      rng().bare('b85tm').bare('hfbrr').bare('7pt82').bare('x2k9d'),
      'of pods without a controller it does not know how many there should be',
    ],
  ])('%s: said so, not counted', (_, given, why) => {
    expect(finding(drain(given.budget('rng', { maxUnavailable: 1 })), 'BudgetUnknown')).toEqual({
      code: 'BudgetUnknown',
      level: 'warning',
      message: `PodDisruptionBudget rng allows no eviction at all, because ${why}: whether it would bear this is not known.`,
    });
  });

  test('a whole number of minAvailable is counted all the same', () => {
    const result = drain(rng().daemonSet(4).budget('rng', { minAvailable: 3 }));
    expect(finding(result, 'BudgetAllowsIt')?.message).toBe(
      'PodDisruptionBudget rng allows it: 4 healthy, 3 must stay.',
    );
  });

  test("a selector as wide as the controller's own does not make others' pods its own", () => {
    const owner = { kind: 'ReplicaSet', name: 'other', uid: 'uid-of-other', apiVersion: 'apps/v1' };
    const status = { disruptionsAllowed: 2, currentHealthy: 5, desiredHealthy: 3 };
    const given = rng()
      .controller('ReplicaSet', { selector: { matchLabels: { app: 'rng' } } })
      .withController({ ...owner, selector: { matchLabels: { app: 'rng', color: 'green' } } })
      .another('q1', { owner, uid: 'q1', labels: { app: 'rng', color: 'green' } })
      .budget('rng', { minAvailable: '50%', status });
    expect(finding(drain(given), 'BudgetAllowsIt')?.message).toBe(
      'PodDisruptionBudget rng allows it: 5 healthy, 3 must stay.',
    );
  });
});

describe('a pod that waits for a node', () => {
  const waiting = (builder: SnapshotBuilder): SnapshotBuilder =>
    builder.pod('b85tm', { nodeName: undefined }, { phase: 'Pending', isReady: false }).listed('b85tm', 'not at all');

  test('it is not listed, holds nothing, and no Service stops listing it', () => {
    const others = [{ name: 'web', selector: { app: 'rng' } }];
    expect(planned(drain(waiting(rng()).free(500).others({ services: others }))).effects.slice(0, 3)).toEqual([
      'rng does not list rng-5f69c6b7d8-b85tm now, and does not while it is drained.',
      'ReplicaSet rng-5f69c6b7d8 starts another pod in its place: 1 of 1 nodes has room for it.',
      'rng-5f69c6b7d8-b85tm stays and waits for a node, where it then takes its CPU, memory, ports and volumes.',
    ]);
  });

  test("a DaemonSet's is replaced on the node that it is meant for, whose port it does not hold", () => {
    const container = {
      name: 'rng',
      image: '',
      hasLivenessProbe: false,
      isReady: false,
      restarts: 0,
      state: 'waiting',
    };
    const given = waiting(rng().daemonSet(3))
      .free(500, 500, 500)
      .pod('b85tm', { meantForNode: 'node-2' }, { containers: [{ ...container, hostPorts: [9100] }] });
    const plan = planned(drain(given));
    expect(finding(plan, 'HoldsHostPort')).toBeUndefined();
    expect(plan.effects[1]).toBe('DaemonSet rng starts another pod in its place: node node-2 has room for it.');
  });

  test('that a DaemonSet has adopted, and means for no node, is not replaced', () => {
    const plan = planned(drain(waiting(rng().daemonSet(3)).free(500, 500, 500)));
    expect([finding(plan, 'NothingReplacesIt')?.level, finding(plan, 'NoRoom')]).toEqual(['warning', undefined]);
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual(['unlisted', 'released']);
  });

  test('restored, it is listed once it has a node', () => {
    const given = rng().drained('b85tm').desired(5).pod('b85tm', { nodeName: undefined }, { isReady: false });
    expect(planned(restore(given)).effects[0]).toBe(
      'rng lists rng-5f69c6b7d8-b85tm again once it has a node; data planes follow within moments.',
    );
  });
});

test('a disabled pod is listed already by none', () => {
  const given = rng()
    .service({ selector: { app: 'rng', enabled: 'yes' } })
    .policy({ minReady: 0 });
  expect(planned(drain(given)).effects[0]).toBe(
    'rng does not list rng-5f69c6b7d8-b85tm now, and does not while it is drained.',
  );
});

test('where a quota leaves too little, no other pod is said to be started', () => {
  expect(planned(drain(rng().free(500).quota('limit', { pods: 0 }))).effects[1]).toBe(
    "ReplicaSet rng-5f69c6b7d8 can't start another pod in its place: ResourceQuota limit leaves too little for it.",
  );
});

test('a Service that selects drained pods begins to list it, and is not said to go on', () => {
  const services = [{ name: 'pit', selector: { 'pitlane.dev/drained-from': 'rng' } }];
  const { effects } = planned(drain(rng().others({ services })));
  expect(effects.filter((effect) => effect.startsWith('Service'))).toEqual(['Service pit also lists it from then on.']);
});

describe('pods of an operator', () => {
  const given = (): SnapshotBuilder =>
    ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce(
      (builder, suffix) => builder.pod(suffix, { owner: OPERATOR }),
      rng().withoutController('ReplicaSet').withoutController('Deployment'),
    );

  test('whether it lets go of the pod is not known, so nothing is said of a pod without a controller', () => {
    expect(planned(drain(given())).effects.at(-2)).toBe(
      'rng-5f69c6b7d8-b85tm stays alive on node-1 and keeps its CPU, memory, ports and volumes.',
    );
  });

  test('an owner that kept it is not said to be gone, and no surplus is waited for', () => {
    const plan = planned(restore(given().drained('b85tm').pod('b85tm', { owner: OPERATOR })));
    expect(finding(plan, 'OwnerKeptIt')).toMatchObject({ level: 'ok', message: 'CloneSet rng owns it already.' });
    expect(plan.effects[1]).toBe('CloneSet rng owns it already.');
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual(['inRotation', 'adopted', 'unmarked']);
  });

  test('an owner that let go of it may not take it back', () => {
    expect(finding(restore(given().drained('b85tm')), 'OwnerUnknown')?.level).toBe('warning');
  });
});

describe('who goes when a pod is restored', () => {
  test('a ReplicaSet without a Deployment does not look at the nodes', () => {
    const given = rng()
      .withoutController('Deployment')
      .controller('ReplicaSet', { owner: undefined })
      .drained('b85tm')
      .another('x5new', { createdAt: NOW - 5 * SECOND, nodeName: 'node-3' })
      .pod('x5new', {}, { readyChangedAt: NOW - 3 * SECOND });
    const crowded = given.pod('hfbrr', { nodeName: 'node-1' }).pod('7pt82', { nodeName: 'node-1' });
    expect(planned(restore(crowded)).effects[1]).toBe(
      'ReplicaSet rng-5f69c6b7d8 takes it back and deletes rng-5f69c6b7d8-x5new on node-3, a pod too many then.',
    );
  });

  const job = { kind: 'Job', name: 'rng', uid: 'uid-of-rng-job', apiVersion: 'batch/v1' };
  const jobPods = (): SnapshotBuilder =>
    ['b85tm', 'hfbrr'].reduce(
      (builder, suffix) => builder.pod(suffix, { owner: job }),
      rng().pods(2).withoutController('ReplicaSet').withoutController('Deployment'),
    );

  test('a Job deletes its youngest', () => {
    const given = jobPods()
      .withController({ ...job, desired: 2, selector: { matchLabels: { app: 'rng' } } })
      .drained('b85tm')
      .another('x5new', { owner: job, createdAt: NOW - 600 * SECOND, nodeName: 'node-2' })
      .pod('x5new', {}, { readyChangedAt: NOW - 590 * SECOND });
    expect(planned(restore(given)).effects[1]).toBe(
      'Job rng takes it back and deletes rng-5f69c6b7d8-x5new on node-2, a pod too many then.',
    );
  });

  test('a pod of a Job that is not ready would be the first to go', () => {
    const given = jobPods()
      .withController({ ...job, desired: 1, selector: { matchLabels: { app: 'rng' } } })
      .drained('b85tm')
      .notReady('b85tm');
    expect(finding(restore(given), 'NotReady')?.level).toBe('refusal');
  });

  test('a pod that is not ready is no surplus where the owner lacks one', () => {
    expect(finding(restore(rng().drained('b85tm').notReady('b85tm')), 'NotReady')?.level).toBe('warning');
  });

  test('a StatefulSet that was scaled down meanwhile deletes those beyond its number', () => {
    const given = rng().statefulSet(4).drained('rng-1').controller('StatefulSet', { desired: 3 });
    expect(planned(restore(given, 'rng-1')).effects[1]).toBe(
      'StatefulSet rng takes it back and deletes rng-3 on node-1, a pod too many then.',
    );
  });
});

test('an owner that does not select the pod any more deletes it neither for its number nor for its revision', () => {
  const given = rng()
    .drained('b85tm')
    .pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } })
    .controller('ReplicaSet', { desired: 0 })
    .controller('Deployment', { currentHash: 'another' });
  expect(
    restore(given)
      .checks.filter(({ level }) => level === 'refusal')
      .map(({ code }) => code),
  ).toEqual(['OwnerSelectsOthers']);
});

describe('a pod of an old revision of a StatefulSet', () => {
  const old = (): SnapshotBuilder =>
    rng()
      .statefulSet(3)
      .pod('rng-1', { labels: { app: 'rng', 'controller-revision-hash': 'old' } })
      .drained('rng-1')
      .controller('StatefulSet', { currentHash: 'new', update: { type: 'RollingUpdate', hasSurge: false } });

  test('would be deleted and made anew', () => {
    expect(finding(restore(old(), 'rng-1'), 'OldRevision')).toMatchObject({
      level: 'refusal',
      message: 'rng-1 is of an old revision of StatefulSet rng, which would delete it and make it anew.',
    });
  });

  test('stays with OnDelete, and below the partition', () => {
    const onDelete = old().controller('StatefulSet', { update: { type: 'OnDelete', hasSurge: false } });
    expect(finding(restore(onDelete, 'rng-1'), 'OldRevision')?.level).toBe('warning');
    const below = old().controller('StatefulSet', { update: { type: 'RollingUpdate', hasSurge: false, partition: 2 } });
    expect(finding(restore(below, 'rng-1'), 'OldRevision')).toBeUndefined();
  });
});

describe('what a quota leaves', () => {
  const limited = (): SnapshotBuilder => rng().free(500).quota('limit', { cpuMillis: 5_000 });

  test('too little for a pod that does not say how much it asks for', () => {
    const plan = drain(limited().pod('b85tm', {}, { unrequested: ['cpuMillis'] }));
    expect(finding(plan, 'QuotaExhausted')?.level).toBe('warning');
    expect(finding(drain(limited().pod('b85tm', {}, { unrequested: ['memory'] })), 'QuotaExhausted')).toBeUndefined();
  });
});

test("a node has no room where a pod's anti-affinity keeps others away", () => {
  const shunning = (selector: object): SnapshotBuilder => rng().free(500, 500).shunned('node-1', selector);
  expect(planned(drain(shunning({ matchLabels: { app: 'rng' } }))).effects[1]).toBe(
    'ReplicaSet rng-5f69c6b7d8 starts another pod in its place: 1 of 2 nodes has room for it.',
  );
  expect(planned(drain(shunning({ matchLabels: { app: 'web' } }))).effects[1]).toContain('2 of 2 nodes');
});

describe('a pod that is not ready', () => {
  test('restored among others that are not, it pushes no ready pod out and outlives one of them', () => {
    const given = ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce(
      (builder, suffix) => builder.notReady(suffix),
      rng().drained('b85tm').another('x5new', { nodeName: 'node-2' }).notReady('x5new'),
    );
    expect(finding(restore(given), 'NotReady')?.level).toBe('warning');
  });

  test("of a DaemonSet that waits for its node: only that node's pods count", () => {
    const owner = {
      kind: 'DaemonSet',
      name: 'rng',
      uid: '5e1c3a52-0000-4000-8000-00000000d002',
      apiVersion: 'apps/v1',
    };
    const given = rng()
      .daemonSet(3)
      .drained('b85tm')
      .notReady('b85tm')
      .pod('b85tm', { nodeName: undefined, meantForNode: 'node-1' })
      .another('x5new', { owner, nodeName: undefined, meantForNode: 'node-1', createdAt: NOW - 5 * SECOND })
      .pod('x5new', {}, { phase: 'Pending', isReady: false });
    expect(planned(restore(given)).effects[1]).toBe(
      'DaemonSet rng takes it back and deletes rng-5f69c6b7d8-x5new, a pod too many then.',
    );
  });
});

describe('what goes later, or may go', () => {
  test('a StatefulSet ends none beyond its number before the others are ready', () => {
    const given = rng().statefulSet(4).drained('rng-0').notReady('rng-1').controller('StatefulSet', { desired: 3 });
    const plan = planned(restore(given, 'rng-0'));
    expect(plan.effects[1]).toBe(
      'StatefulSet rng takes it back and deletes rng-3 on node-1, a pod too many then, once its other pods are ready.',
    );
    expect(
      proofOf(plan)
        .filter(({ isRequired }) => !isRequired)
        .map(({ condition }) => condition.kind),
    ).toEqual(['surplusGone']);
  });

  test('a pod that equals one which may go may go too, though neither is the first', () => {
    const waiting = { phase: 'Pending', isReady: false } as const;
    const uid = (end: string): string => `9a3f6f5e-0000-4000-8000-${end.padStart(12, '0')}`;
    // Of two ages within one power of two, and of equal ages two pods each; by uid they take turns.
    const made = (seconds: number, end: string) => ({
      createdAt: NOW - seconds * SECOND,
      nodeName: undefined,
      uid: uid(end),
    });
    const given = rng()
      .pods(3)
      .drained('b85tm')
      .pod('hfbrr', made(400, '20'), waiting)
      .pod('7pt82', made(400, '40'), waiting)
      .another('x5new', made(340, '10'))
      .pod('x5new', {}, waiting)
      .another('y5new', made(340, '30'))
      .pod('y5new', {}, waiting)
      .desired(4);
    expect(planned(restore(given)).effects[1]).toBe(
      'ReplicaSet rng-5f69c6b7d8 takes it back and deletes one of rng-5f69c6b7d8-x5new, rng-5f69c6b7d8-hfbrr, rng-5f69c6b7d8-y5new and rng-5f69c6b7d8-7pt82, a pod too many then: they are too alike to tell which.',
    );
  });
});

test('of a budget that selects more than was seen only the status tells', () => {
  const status = { disruptionsAllowed: 2, currentHealthy: 6, desiredHealthy: 4 };
  const selector = { matchExpressions: [{ key: 'app', operator: 'In' as const, values: ['rng', 'web'] }] };
  const given = ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce((builder, suffix) => builder.bare(suffix), rng());
  const result = drain(given.budget('wide', { selector, maxUnavailable: '50%', status }));
  expect(finding(result, 'BudgetUnknown')).toBeUndefined();
  expect(finding(result, 'BudgetAllowsIt')?.message).toBe(
    'PodDisruptionBudget wide allows it: 6 healthy, 4 must stay.',
  );
});
