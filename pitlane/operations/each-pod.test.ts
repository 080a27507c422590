import { describe, expect, test } from 'vitest';
import { finding, findings, planned, writtenIn } from '../../test/builders/plan.ts';
import {
  drainOf,
  extendOf,
  finishOf,
  NOW,
  restoreOf,
  rng,
  type SnapshotBuilder,
} from '../../test/builders/snapshot.ts';
import { messagesOf } from '../rotation/effect.ts';
import { type Operation, type Plan, podsIn, proofOf, type Refusal } from '../rotation/plan.ts';
import { planOf } from './planners.ts';

const MINUTE = 60_000;
const OTHER = { kind: 'ReplicaSet', name: 'other', uid: 'uid-of-other', apiVersion: 'apps/v1' };

function drain(builder: SnapshotBuilder, suffixes: readonly string[], change?: Parameters<typeof drainOf>[1]) {
  const snapshot = builder.about(...suffixes);
  return planOf(snapshot, drainOf(snapshot, change));
}

function restore(builder: SnapshotBuilder, ...suffixes: readonly string[]): Plan | Refusal {
  const snapshot = builder.about(...suffixes);
  return planOf(snapshot, restoreOf(snapshot));
}

function finish(builder: SnapshotBuilder, ...suffixes: readonly string[]): Plan | Refusal {
  const snapshot = builder.about(...suffixes);
  return planOf(snapshot, finishOf(snapshot));
}

/** `leftOut BelowMinimum hfbrr` of everything that is not plainly good. */
function findingsByPod({ checks }: Plan | Refusal): readonly string[] {
  return checks
    .filter(({ level }) => level !== 'ok')
    .map(({ level, code, pod }) => `${level} ${code} ${pod?.slice(-5)}`);
}

function proofKinds(plan: Plan): readonly string[] {
  return proofOf(plan).map(({ condition }) => condition.kind);
}

describe('a turn drains', () => {
  test.each<[name: string, given: SnapshotBuilder, pods: string[], want: string[][]]>([
    ['one at a time where 3 of 4 must stay', rng(), ['b85tm', 'hfbrr'], [['b85tm'], ['hfbrr']]],
    ['two where exactly 2 of 4 must stay', rng().policy({ minReady: 2 }), ['b85tm', 'hfbrr'], [['b85tm', 'hfbrr']]],
    [
      'two and then one where 2 of 4 must stay',
      rng().policy({ minReady: 2 }),
      ['b85tm', 'hfbrr', '7pt82'],
      [['b85tm', 'hfbrr'], ['7pt82']],
    ],
    [
      'pods that get no traffic with the others',
      rng().notReady('b85tm').notReady('hfbrr').policy({ minReady: 1 }),
      ['b85tm', 'hfbrr', '7pt82'],
      [['b85tm', 'hfbrr', '7pt82']],
    ],
    [
      'at most five side by side',
      rng().pods(10).policy({ minReady: 1, maxDrained: 10 }),
      ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v'],
      [['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn'], ['m4c6v']],
    ],
    [
      'one at a time where a budget allows one disruption',
      rng().policy({ minReady: 1 }).budget('rng', { minAvailable: 3 }),
      ['b85tm', 'hfbrr'],
      [['b85tm'], ['hfbrr']],
    ],
    [
      'pods of a DaemonSet on their own nodes',
      rng().daemonSet(4).policy({ minReady: 2 }),
      ['b85tm', 'hfbrr', '7pt82'],
      [['b85tm', 'hfbrr'], ['7pt82']],
    ],
  ])('%s', (_, given, pods, want) => {
    const plan = planned(drain(given, pods));
    expect(writtenIn(plan)).toEqual(want);
    expect(findings(plan)).toEqual([]);
  });

  test('no pod before the replacements of the turn before are ready', () => {
    const plan = planned(drain(rng(), ['b85tm', 'hfbrr']));
    expect(plan.phases.map(({ until }) => until.map(({ condition }) => condition.kind))).toEqual([
      ['unlisted', 'released', 'replacementCreated', 'replacementReady'],
      ['unlisted', 'released', 'replacementCreated', 'replacementReady', 'unlisted', 'released'],
    ]);
  });

  test('one pod at a time where only --force allows it', () => {
    const plan = planned(drain(rng().policy({ minReady: 4 }), ['b85tm', 'hfbrr'], { force: true }));
    expect(writtenIn(plan)).toEqual([['b85tm'], ['hfbrr']]);
    expect(findingsByPod(plan)).toEqual(['overridden BelowMinimum b85tm', 'overridden BelowMinimum hfbrr']);
  });

  test('without an override where a turn can wait', () => {
    expect(findings(drain(rng(), ['b85tm', 'hfbrr'], { force: true }))).toEqual([]);
  });

  test('with a warning where an earlier replacement takes the last room', () => {
    const given = rng().free(150, 0, 0).policy({ minReady: 1 });
    expect(findingsByPod(drain(given, ['b85tm', 'hfbrr']))).toEqual(['warning NoRoom hfbrr']);
  });

  test.each([
    ['and the API server was not asked', undefined],
    ['though the API server accepts one', { kind: 'accepted' as const, labels: { app: 'rng' } }],
  ])('with a warning where an earlier replacement takes the last of a quota, %s', (_, answer) => {
    const given = rng().free(900, 900).quota('team', { pods: 1 }).policy({ minReady: 1 });
    const pods = ['b85tm', 'hfbrr'];
    expect(findingsByPod(drain(answer ? given.asked(answer) : given, pods))).toEqual(['warning QuotaExhausted hfbrr']);
  });
});

describe('a drain of several pods leaves out', () => {
  test.each<[name: string, given: SnapshotBuilder, pods: string[], drained: string[], want: string[]]>([
    [
      'one that is drained',
      rng().drained('b85tm').another('x5new'),
      ['b85tm', 'hfbrr'],
      ['hfbrr'],
      ['leftOut AlreadyDrained b85tm'],
    ],
    [
      'one that is being deleted',
      rng().pods(5).terminating('hfbrr'),
      ['b85tm', 'hfbrr'],
      ['b85tm'],
      ['leftOut Terminating hfbrr'],
    ],
    [
      'the fourth where at most 3 may be drained',
      rng().pods(8),
      ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn'],
      ['b85tm', 'hfbrr', '7pt82'],
      ['leftOut TooManyDrained x2k9d', 'leftOut TooManyDrained q7wzn'],
    ],
    [
      'one whose turn needs a replacement without room',
      rng().free(0),
      ['b85tm', 'hfbrr'],
      ['b85tm'],
      ['leftOut BelowMinimum hfbrr', 'warning NoRoom hfbrr', 'warning NoRoom b85tm'],
    ],
    [
      'the last of its node with Local traffic',
      rng().pods(6).policy({ minReady: 1 }).service({ internalTrafficPolicy: 'Local' }),
      ['b85tm', 'x2k9d'],
      ['b85tm'],
      ['leftOut LastOnItsNode x2k9d'],
    ],
    [
      'none where pods of two workloads are drained in turns',
      ['q1new', 'q2new', 'q3new', 'q4new'].reduce(
        (builder, name) => builder.another(name, { owner: OTHER, uid: name, labels: { app: 'rng' } }),
        rng().withController({ ...OTHER, desired: 4, selector: { matchLabels: { app: 'rng', hash: 'x' } } }),
      ),
      ['q1new', 'b85tm', 'hfbrr'],
      ['q1new', 'b85tm', 'hfbrr'],
      [],
    ],
    [
      'one that nothing replaces',
      rng().bare('b85tm').bare('hfbrr').bare('7pt82').bare('x2k9d').desired(0),
      ['b85tm', 'hfbrr'],
      ['b85tm'],
      ['warning NothingReplacesIt hfbrr', 'leftOut BelowMinimum hfbrr', 'warning NothingReplacesIt b85tm'],
    ],
  ])('%s', (_, given, pods, drained, want) => {
    const plan = planned(drain(given, pods));
    expect(writtenIn(plan).flat()).toEqual(drained);
    expect(findingsByPod(plan)).toEqual(want);
  });

  test('one that is gone', () => {
    const snapshot = rng().about('b85tm', 'hfbrr');
    const gone = {
      ...snapshot,
      targets: snapshot.targets.slice(1),
      pods: snapshot.pods.filter(({ name }) => !name.endsWith('b85tm')),
    };
    const plan = planned(planOf({ ...gone, ...{ policy: { ...gone.policy, minReady: 2 } } }, drainOf(snapshot)));
    expect(findingsByPod(plan)).toEqual(['leftOut PodGone b85tm']);
    expect(writtenIn(plan)).toEqual([['hfbrr']]);
  });

  test('all pods where each is refused, and is refused', () => {
    const refused = drain(rng().drained('b85tm').terminating('hfbrr'), ['b85tm', 'hfbrr']);
    expect(refused).toMatchObject({ kind: 'refusal', isForceable: false });
    expect(findingsByPod(refused)).toEqual(['refusal AlreadyDrained b85tm', 'refusal Terminating hfbrr']);
  });

  test('all pods where each refusal is forceable, and is forceable', () => {
    const refused = drain(rng().policy({ minReady: 4 }), ['b85tm', 'hfbrr']);
    expect(refused).toMatchObject({ kind: 'refusal', isForceable: true });
  });

  test('no pod where there is none, and is refused', () => {
    expect(drain(rng(), [])).toMatchObject({ kind: 'refusal', checks: [{ code: 'NoPods' }], isForceable: false });
  });
});

test.each(['b85tm', 'b85tm hfbrr'])('the plan of a selection that matches %s keeps how it was selected', (suffixes) => {
  const snapshot = rng().about(...suffixes.split(' '));
  const operation = drainOf(snapshot);
  const by = '--node node-1';
  const subject = { kind: 'pods' as const, pods: podsIn(operation.subject), by };
  expect(planned(planOf(snapshot, { ...operation, subject })).operation.subject).toEqual(subject);
  const refused = planOf({ ...snapshot, targets: [], pods: [] }, { ...operation, subject });
  expect(refused).toMatchObject({ kind: 'refusal', operation: { subject } });
});

test('a drain of a set leaves out pods of another service, a terminating and a drained pod, each with its reason', () => {
  const given = rng()
    .pods(6)
    .policy({ minReady: 1 })
    .pod('b85tm', { labels: { app: 'hasher' } })
    .terminating('hfbrr')
    .drained('7pt82');
  const plan = planned(drain(given, ['b85tm', 'hfbrr', '7pt82', 'x2k9d']));
  expect(findingsByPod(plan)).toEqual([
    'leftOut NotAMember b85tm',
    'leftOut Terminating hfbrr',
    'leftOut AlreadyDrained 7pt82',
  ]);
  expect(writtenIn(plan)).toEqual([['x2k9d']]);
});

test('does not count the pods of this drain as drained before', () => {
  const given = rng().pods(8).drained('hfbrr').policy({ minReady: 1, maxDrained: 2 });
  const plan = planned(drain(given, ['b85tm', '7pt82', 'x2k9d']));
  const left = plan.checks.filter(({ level }) => level === 'leftOut');
  expect(left.map(({ code, pod, instead }) => [code, pod?.slice(-5), instead])).toEqual([
    ['TooManyDrained', '7pt82', 'restore rng-5f69c6b7d8-hfbrr'],
    ['TooManyDrained', 'x2k9d', 'restore rng-5f69c6b7d8-hfbrr'],
  ]);
});

describe('an operation that has begun', () => {
  const begun = { id: 'op-now', at: '2026-11-24T03:12:00Z' };

  test('waits for the replacement of the pod that it has drained, and drains the next one then', () => {
    const plan = planned(drain(rng().drained('b85tm', begun), ['hfbrr', 'b85tm']));
    expect(writtenIn(plan)).toEqual([[], ['hfbrr']]);
    expect(plan.hasBegun).toBe(true);
    expect(findings(plan)).toEqual([]);
  });

  test('drains the next one at once where the replacement is ready', () => {
    const plan = planned(drain(rng().drained('b85tm', begun).another('x5new', { createdAt: NOW }), ['b85tm', 'hfbrr']));
    expect(writtenIn(plan)).toEqual([['hfbrr']]);
  });

  test('counts on the replacements that are not ready yet, and on those that are not created yet', () => {
    const given = rng()
      .pods(6)
      .policy({ minReady: 5 })
      .drained('b85tm', begun)
      .drained('hfbrr', begun)
      .another('x5new', { createdAt: NOW, nodeName: undefined, status: 'Pending' })
      .notReady('x5new');
    const plan = planned(drain(given, ['b85tm', 'hfbrr', '7pt82']));
    expect(writtenIn(plan)).toEqual([[], ['7pt82']]);
    expect(findings(plan)).toEqual([]);
  });

  test('does not count on a pod of the owner that was not ready before', () => {
    const given = rng()
      .pods(5)
      .policy({ minReady: 4 })
      .notReady('x2k9d')
      .drained('b85tm', begun)
      .another('x5new', { createdAt: NOW });
    expect(findingsByPod(drain(given, ['b85tm', 'hfbrr']))).toEqual(['leftOut BelowMinimum hfbrr']);
  });

  test('first waits for the proof of the pod whose labels are back', () => {
    const restoring = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:00Z' };
    const given = rng()
      .drained('b85tm')
      .drained('hfbrr', { restoring })
      .pod('hfbrr', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8' } })
      .another('x5new', { createdAt: NOW - 10 * MINUTE })
      .another('y5new', { createdAt: NOW - 9 * MINUTE, nodeName: 'node-1' });
    const plan = planned(restore(given, 'b85tm', 'hfbrr'));
    expect(writtenIn(plan)).toEqual([[], ['b85tm'], ['hfbrr', 'b85tm']]);
  });

  test('counts a restored pod without marks as done', () => {
    const snapshot = rng().drained('hfbrr').another('x5new').about('b85tm', 'hfbrr');
    const plan = planned(planOf(snapshot, { ...restoreOf(snapshot), isResumed: true }));
    expect(writtenIn(plan)).toEqual([['hfbrr'], ['hfbrr']]);
    expect(findings(plan)).toEqual([]);
  });
});

describe('the plan of several pods', () => {
  /** Kind, pods and title of what the last phase waits for, as far as it is about replacements. */
  const replacements = (plan: Plan) =>
    proofOf(plan).flatMap(({ condition, title }) =>
      'pods' in condition ? [[condition.kind, condition.pods.map(({ name }) => name.slice(-5)), title]] : [],
    );

  test('counts the replacements of one owner together', () => {
    expect(replacements(planned(drain(rng().policy({ minReady: 2 }), ['b85tm', 'hfbrr'])))).toEqual([
      ['replacementCreated', ['b85tm', 'hfbrr'], '2 replacements created'],
      ['replacementReady', ['b85tm', 'hfbrr'], '2 replacements in rotation'],
    ]);
  });

  test('counts them by node for a DaemonSet', () => {
    const plan = planned(drain(rng().daemonSet(4).policy({ minReady: 2 }), ['b85tm', 'hfbrr']));
    expect(replacements(plan).map(([kind, pods]) => [kind, pods])).toEqual([
      ['replacementCreated', ['b85tm']],
      ['replacementReady', ['b85tm']],
      ['replacementCreated', ['hfbrr']],
      ['replacementReady', ['hfbrr']],
    ]);
  });

  test('names the pod in each milestone, and has no key twice', () => {
    const plan = planned(drain(rng().daemonSet(4).policy({ minReady: 2 }), ['b85tm', 'hfbrr']));
    const keys = proofOf(plan).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { title } of proofOf(plan)) expect(title).toMatch(/rng-(b85tm|hfbrr)/);
  });

  test('does not require a shared milestone that one of the pods may miss', () => {
    const plan = planned(drain(rng().free(150, 0, 0).policy({ minReady: 1 }), ['b85tm', 'hfbrr']));
    const required = proofOf(plan).flatMap(({ condition, isRequired }) => ('pods' in condition ? isRequired : []));
    expect(required).toEqual([false, false]);
  });

  test('has one sentence for all pods', () => {
    const plan = planned(drain(rng().pods(5).pod('7pt82', { name: 'rng' }), ['b85tm', 'hfbrr', 'rng']));
    expect(plan.effects.filter(({ code }) => code === 'LeavesEndpoints')).toHaveLength(1);
    expect(messagesOf(plan.effects).join(' ')).not.toContain('\u0000');
  });

  test('does not mix up a pod with the service of its name, or with pods whose names begin alike', () => {
    const given = rng()
      .pods(5)
      .pod('b85tm', { name: 'rng' })
      .pod('hfbrr', { name: 'rng-1' })
      .pod('7pt82', { name: 'rng-10' });
    const snapshot = { ...given.snapshot() };
    const targets = snapshot.pods.filter(({ name }) => ['rng', 'rng-1', 'rng-10'].includes(name));
    const about = {
      ...snapshot,
      targets: targets as typeof snapshot.targets,
      policy: { ...snapshot.policy, minReady: 1 },
    };
    expect(planned(planOf(about, drainOf(about))).effects[0]?.message).toMatch(
      /^Each pod leaves the endpoints of rng\./,
    );
  });

  test('has the kubectl lines of at most three pods', () => {
    const given = rng().pods(8).policy({ minReady: 1, maxDrained: 8 });
    expect(planned(drain(given, ['b85tm', 'hfbrr', '7pt82'])).undo).toHaveLength(9);
    expect(planned(drain(given, ['b85tm', 'hfbrr', '7pt82', 'x2k9d'])).undo).toEqual([]);
  });

  test('is the same for the same input and survives JSON', () => {
    const plan = planned(drain(rng().pods(8).drained('x2k9d'), ['b85tm', 'hfbrr', 'x2k9d']));
    expect(drain(rng().pods(8).drained('x2k9d'), ['b85tm', 'hfbrr', 'x2k9d'])).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('has another fingerprint for other pods, other turns and other pods left out', () => {
    const prints = [
      drain(rng().pods(8), ['b85tm', 'hfbrr']),
      drain(rng().pods(8), ['b85tm', '7pt82']),
      drain(rng().pods(8).policy({ minReady: 7 }), ['b85tm', 'hfbrr']),
      drain(rng().pods(8).drained('x2k9d'), ['b85tm', 'hfbrr', 'x2k9d']),
      drain(rng().pods(8).drained('q7wzn'), ['b85tm', 'hfbrr', 'q7wzn']),
    ].map((plan) => planned(plan).fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  test('has the fingerprint of the same plan at another time', () => {
    const at = (now: number) => {
      const snapshot = { ...rng().pods(8).about('b85tm', 'hfbrr'), at: now };
      return planned(planOf(snapshot, drainOf(snapshot))).fingerprint;
    };
    expect(at(NOW)).toBe(at(NOW + MINUTE));
  });
});

describe('a restore of several pods', () => {
  const replacedTwice = () =>
    rng()
      .drained('b85tm')
      .drained('hfbrr')
      .another('x5new', { createdAt: NOW - 10 * MINUTE, nodeName: 'node-2' })
      .pod('x5new', {}, { readyChangedAt: NOW - 10 * MINUTE })
      .another('y5new', { createdAt: NOW - 30 * MINUTE, nodeName: 'node-1' })
      .pod('y5new', {}, { readyChangedAt: NOW - 30 * MINUTE });

  test('restores one after the other, and keeps the deletion cost of each until the last one is back', () => {
    const plan = planned(restore(replacedTwice(), 'b85tm', 'hfbrr'));
    expect(writtenIn(plan)).toEqual([['b85tm'], ['hfbrr'], ['b85tm', 'hfbrr']]);
    expect(plan.phases.map(({ lease }) => lease)).toEqual(['namespace', 'namespace', 'none']);
    expect(plan.phases[0]?.until.map(({ condition }) => condition.kind)).toEqual([
      'inRotation',
      'adopted',
      'surplusGone',
    ]);
    expect(proofKinds(plan)).toEqual([
      'inRotation',
      'adopted',
      'surplusGone',
      'unmarked',
      'inRotation',
      'adopted',
      'surplusGone',
      'unmarked',
    ]);
  });

  test('names another surplus pod for each', () => {
    const { effects } = planned(restore(replacedTwice(), 'b85tm', 'hfbrr'));
    const named = effects.flatMap(({ message }) => /[xy]5new/.exec(message)?.[0] ?? []);
    expect(named.sort()).toEqual(['x5new', 'y5new']);
  });

  test('names no surplus pod for the second where there is only one replacement', () => {
    const given = rng()
      .drained('b85tm')
      .drained('hfbrr')
      .another('x5new', { createdAt: NOW - 10 * MINUTE });
    const { effects } = planned(restore(given, 'b85tm', 'hfbrr'));
    expect(effects.filter(({ message }) => message.includes('x5new'))).toHaveLength(1);
  });

  test('leaves out a pod that is not drained', () => {
    const plan = planned(restore(replacedTwice(), 'b85tm', 'x2k9d'));
    expect(findingsByPod(plan)).toEqual(['leftOut NotDrained x2k9d']);
  });

  test('names the surplus pod on each node of a DaemonSet', () => {
    const owner = {
      kind: 'DaemonSet',
      name: 'rng',
      uid: '5e1c3a52-0000-4000-8000-00000000d002',
      apiVersion: 'apps/v1',
    };
    const given = rng()
      .daemonSet(3)
      .drained('b85tm')
      .drained('hfbrr')
      .another('x5new', { nodeName: 'node-1', owner, labels: { app: 'rng' }, createdAt: NOW - MINUTE })
      .another('y5new', { nodeName: 'node-2', owner, labels: { app: 'rng' }, createdAt: NOW - MINUTE });
    const { effects } = planned(restore(given, 'b85tm', 'hfbrr'));
    expect(effects.filter(({ message }) => /x5new on node-1|y5new on node-2/.test(message))).toHaveLength(2);
  });
});

describe('a finish of several pods', () => {
  test('deletes five at a time', () => {
    const suffixes = ['b85tm', 'hfbrr', '7pt82', 'x2k9d', 'q7wzn', 'm4c6v'];
    const given = suffixes.reduce((builder, suffix) => builder.drained(suffix), rng().pods(6).desired(0));
    expect(writtenIn(planned(finish(given, ...suffixes)))).toEqual([suffixes.slice(0, 5), ['m4c6v']]);
  });

  test('counts pods that are gone as done', () => {
    const snapshot = rng().drained('b85tm').another('x5new').about('b85tm');
    const gone = { name: 'rng-gone', uid: 'uid-of-gone' };
    const operation: Operation = {
      ...finishOf(snapshot),
      subject: { kind: 'pods', pods: [...podsIn(finishOf(snapshot).subject), gone] },
    };
    const plan = planned(planOf(snapshot, operation));
    expect(writtenIn(plan)).toEqual([['b85tm']]);
    expect(proofKinds(plan)).toEqual(['gone', 'gone']);
  });

  test('deletes canaries only down to the minimum', () => {
    const given = rng().pods(4).desired(2).policy({ minReady: 3 }).canary('b85tm').canary('hfbrr');
    expect(findingsByPod(finish(given, 'b85tm', 'hfbrr'))).toEqual([
      'leftOut BelowMinimum hfbrr',
      'warning DeletedForGood b85tm',
    ]);
  });
});

test('an extension of several pods needs one turn', () => {
  const snapshot = rng().drained('b85tm').drained('hfbrr').about('b85tm', 'hfbrr', '7pt82');
  const plan = planned(planOf(snapshot, extendOf(snapshot, 3600)));
  expect(writtenIn(plan)).toEqual([['b85tm', 'hfbrr']]);
  expect(finding(plan, 'NotDrained')).toMatchObject({ level: 'leftOut', pod: snapshot.targets[2]?.name });
});
