import { describe, expect, test } from 'vitest';
import { finding, planned } from '../../test/builders/plan.ts';
import { drainOf, finishOf, NOW, restoreOf, rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import type { Effect } from '../rotation/effect.ts';
import { DRAINED_FROM } from '../rotation/marks.ts';
import { type Operation, type Plan, type Refusal, writesOf } from '../rotation/plan.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { planOf } from './planners.ts';

type Ask = (snapshot: Snapshot) => Operation;

/** The plan for the pod `b85tm`. */
function plan(builder: SnapshotBuilder, ask: Ask): Plan | Refusal {
  const snapshot = builder.about('b85tm');
  return planOf(snapshot, ask(snapshot));
}

function effectsOf(builder: SnapshotBuilder, ask: Ask): readonly Effect[] {
  return planned(plan(builder, ask)).effects;
}

function effect(builder: SnapshotBuilder, ask: Ask, code: string): Effect | undefined {
  return effectsOf(builder, ask).find((each) => each.code === code);
}

const POD = 'rng-5f69c6b7d8-b85tm';
const HASH = { 'pod-template-hash': '5f69c6b7d8' };
const OWNER = {
  kind: 'ReplicaSet',
  name: 'rng-5f69c6b7d8',
  uid: '5e1c3a52-0000-4000-8000-00000000a001',
  apiVersion: 'apps/v1',
};

/** b85tm is drained and replaced by `x5new`. */
function replaced(): SnapshotBuilder {
  return rng()
    .drained('b85tm')
    .another('x5new', { createdAt: NOW - 600_000, nodeName: 'node-2' });
}

describe('a restored pod', () => {
  test('that was relabelled and one whose Service has changed are named with both values, and without a cause', () => {
    const relabelled = replaced()
      .service({ selector: { app: 'rng', tier: 'front' } })
      .pod('b85tm', { labels: { ...HASH, tier: 'back', [DRAINED_FROM]: 'rng' } });
    const found = finding(plan(relabelled, restoreOf), 'StaysOut');
    expect(found?.facts).toEqual({ selects: ['tier=front'], has: ['tier=back'] });
    expect(found?.message).not.toMatch(/\bnow\b|since/);
  });

  test('that lost a label by hand gets it because the selector asks for it, not "since the drain"', () => {
    const added = effect(replaced().service({ selector: { app: 'rng', tier: 'front' } }), restoreOf, 'AddsLabels');
    expect(added?.facts).toEqual({ labels: ['tier=front'] });
    expect(added?.message).not.toContain('since');
  });

  test('whose labels are back by hand gets none of them again, and returns to nothing', () => {
    const back = replaced()
      .listed('b85tm', true)
      .pod('b85tm', { labels: { app: 'rng', ...HASH, [DRAINED_FROM]: 'rng' }, owner: OWNER });
    const inSlices = { ...back.about('b85tm'), endpoints: rng().about('b85tm').endpoints };
    const result = planned(planOf(inSlices, restoreOf(inSlices)));
    expect(writesOf(result)[0]?.title).not.toContain('put label');
    expect(result.effects.map(({ code }) => code)).toEqual(['StaysInEndpoints', 'OwnerOwnsIt']);
    expect(result.checks.map(({ code }) => code)).toContain('OwnerKeptIt');
    expect(result.checks.map(({ code }) => code)).not.toContain('OwnerTakesItBack');
  });

  test('shows only the label that is still missing', () => {
    const half = rng()
      .drained('b85tm', { labels: { app: 'rng', ...HASH } })
      .pod('b85tm', { labels: { app: 'rng', [DRAINED_FROM]: 'rng' } });
    const [write] = writesOf(planned(plan(half, restoreOf)));
    expect(write?.title).toBe(`put label pod-template-hash=5f69c6b7d8 back on ${POD}`);
  });

  test('that is not ready dies itself where a ReplicaSet chooses, and is not said to push a ready pod out', () => {
    expect(finding(plan(replaced().notReady('b85tm'), restoreOf), 'NotReady')?.facts).toEqual({
      isUndecided: false,
      pods: [POD],
    });
  });

  test('that is not ready pushes the younger pod of its node out where a DaemonSet chooses', () => {
    const owner = {
      kind: 'DaemonSet',
      name: 'rng',
      uid: '5e1c3a52-0000-4000-8000-00000000d002',
      apiVersion: 'apps/v1',
    };
    const given = rng()
      .daemonSet(3)
      .drained('b85tm')
      .another('x5new', { createdAt: NOW - 600_000, nodeName: 'node-1', owner, labels: { app: 'rng' } })
      .notReady('b85tm');
    expect(finding(plan(given, restoreOf), 'NotReady')?.facts).toEqual({
      isUndecided: false,
      pods: ['rng-5f69c6b7d8-x5new'],
    });
  });
});

describe('a drained pod', () => {
  const FULL = rng().free(4000).quota('team', { pods: 0 });

  test('is not replaced before the quota has room, in every sentence', () => {
    const result = planned(plan(FULL, drainOf));
    expect(finding(result, 'OwnerReplacesIt')?.message).toContain('once ResourceQuota team has room');
    expect(result.effects.map(({ code }) => code)).toContain('CannotStartReplacement');
    expect(result.effects.map(({ code }) => code)).not.toContain('StartsReplacement');
  });

  const last = (): SnapshotBuilder => rng().pods(1).free(4000).policy({ minReady: 0 });

  test.each<[string, SnapshotBuilder, boolean]>([
    ['comes', last(), true],
    ['is refused by a quota', last().quota('team', { pods: 0 }), false],
    ['stays out of rotation', last().controller('ReplicaSet', { templateLabels: HASH }), false],
  ])('leaves none in rotation "until the replacement is ready" only where that %s', (_, given, isReplaced) => {
    expect(effect(given, drainOf, 'LeavesNone')?.facts).toEqual({ isReplaced });
  });
});

describe('a finished pod', () => {
  test('frees a node only of itself: a second drained pod there is named', () => {
    const given = replaced().drained('hfbrr').pod('hfbrr', { nodeName: 'node-1' }).pod('b85tm', { nodeName: 'node-1' });
    expect(effect(given, finishOf, 'FreesNode')?.facts).toEqual({ node: 'node-1', blocking: ['rng-5f69c6b7d8-hfbrr'] });
    expect(effect(replaced(), finishOf, 'FreesNode')?.facts).toEqual({ node: 'node-1', blocking: [] });
  });

  test('that has ended frees nothing', () => {
    const ended = replaced().pod('b85tm', { status: 'Error' }, { phase: 'Failed' });
    expect(effect(ended, finishOf, 'FreesNode')).toBeUndefined();
  });
});
