import { describe, expect, test } from 'vitest';
import { labelsToRemove } from './release.ts';
import type { Bystanders } from './snapshot.ts';

const NONE: Bystanders = { services: [], budgets: [], networkPolicies: [], autoscalers: [] };
const LABELS = { app: 'rng', tier: 'back', 'pod-template-hash': '5f69c6b7d8' };
const HASH = { 'pod-template-hash': '5f69c6b7d8' };

function budget(name: string, matchLabels: Record<string, string>): Bystanders['budgets'][number] {
  return { name, selector: { matchLabels }, status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0 } };
}

test.each([
  ['a label that the cluster puts back', [['app']], ['pod-template-hash', 'tier']],
  ['a set that it rejects', [['pod-template-hash', 'tier'], ['app']], undefined],
])('labelsToRemove does without %s', (_, stuck, want) => {
  const owner = { matchLabels: { app: 'rng', ...HASH } };
  expect(
    labelsToRemove(LABELS, [{ app: 'rng', tier: 'back' }], owner, { kind: 'seen', value: NONE }, [], stuck),
  ).toEqual(want);
});

describe('labelsToRemove', () => {
  test.each([
    [
      'is the label that service and owner share',
      { app: 'rng' },
      { matchLabels: { app: 'rng', ...HASH } },
      NONE,
      ['app'],
    ],
    [
      'is not a label that only the owner selects by',
      { app: 'rng' },
      { matchLabels: { app: 'rng', ...HASH } },
      NONE,
      ['app'],
    ],
    [
      'are two where service and owner share none',
      { tier: 'back' },
      { matchLabels: HASH },
      NONE,
      ['pod-template-hash', 'tier'],
    ],
    ['is one for a bare pod', { app: 'rng', tier: 'back' }, undefined, NONE, ['app']],
    [
      'is the label that a budget selects by, among equals',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      { ...NONE, budgets: [budget('b', { tier: 'back' })] },
      ['tier'],
    ],
    [
      'is the label that no network policy selects by, among equals',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      { ...NONE, networkPolicies: [{ name: 'p', podSelector: { matchLabels: { app: 'rng' } }, types: [] }] },
      ['tier'],
    ],
    [
      'puts a budget before a network policy',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      {
        ...NONE,
        budgets: [budget('b', { app: 'rng' })],
        networkPolicies: [{ name: 'p', podSelector: { matchLabels: { app: 'rng' } }, types: [] }],
      },
      ['app'],
    ],
    [
      'is the label that the fewest other Services select by, among equals',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      { ...NONE, services: [{ name: 's', selector: { app: 'rng' } }] },
      ['tier'],
    ],
    [
      'reads the expressions of an owner',
      { app: 'rng' },
      { matchExpressions: [{ key: 'tier', operator: 'In' as const, values: ['back', 'front'] }] },
      NONE,
      ['app', 'tier'],
    ],
    [
      'does not exist for an owner that only selects absent labels',
      { app: 'rng' },
      { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' as const }] },
      NONE,
      undefined,
    ],
    ['is empty for a pod that neither selects', { app: 'web' }, { matchLabels: { app: 'web' } }, NONE, []],
    [
      'is only of the owner where the service does not select the pod',
      { app: 'rng', enabled: 'yes' },
      { matchLabels: { app: 'rng', ...HASH } },
      NONE,
      ['app'],
    ],
  ])('%s', (_, service, owner, bystanders, want) => {
    const seen = { kind: 'seen', value: bystanders } as const;
    expect(labelsToRemove(LABELS, [service as Record<string, string>], owner, seen)).toEqual(want);
  });
});
