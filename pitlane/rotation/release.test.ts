import { describe, expect, test } from 'vitest';
import { labelsToRemove } from './release.ts';
import type { Bystanders } from './snapshot.ts';

const NONE: Bystanders = { services: [], budgets: [], networkPolicies: [], autoscalers: [] };
const LABELS = { app: 'rng', tier: 'back', 'pod-template-hash': '5f69c6b7d8' };
const HASH = { 'pod-template-hash': '5f69c6b7d8' };

function budget(name: string, matchLabels: Record<string, string>): Bystanders['budgets'][number] {
  return { name, selector: { matchLabels }, status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0 } };
}

describe('which labels come off', () => {
  test.each([
    ['the one that both ask for', { app: 'rng' }, { matchLabels: { app: 'rng', ...HASH } }, NONE, ['app']],
    [
      'not the one that only the owner asks for: the traffic would go on',
      { app: 'rng' },
      { matchLabels: { app: 'rng', ...HASH } },
      NONE,
      ['app'],
    ],
    [
      'two where no label is shared: the owner would keep a pod that only the service lets go',
      { tier: 'back' },
      { matchLabels: HASH },
      NONE,
      ['pod-template-hash', 'tier'],
    ],
    ['one for a bare pod', { app: 'rng', tier: 'back' }, undefined, NONE, ['app']],
    [
      'among equals the one that a budget counts by',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      { ...NONE, budgets: [budget('b', { tier: 'back' })] },
      ['tier'],
    ],
    [
      'then the one that no network policy selects by',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      { ...NONE, networkPolicies: [{ name: 'p', podSelector: { matchLabels: { app: 'rng' } }, types: [] }] },
      ['tier'],
    ],
    [
      'a budget weighs more than a network policy',
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
      'then the one that the fewest other Services select by',
      { app: 'rng', tier: 'back' },
      { matchLabels: { app: 'rng', tier: 'back' } },
      { ...NONE, services: [{ name: 's', selector: { app: 'rng' } }] },
      ['tier'],
    ],
    [
      'an owner that selects by an expression',
      { app: 'rng' },
      { matchExpressions: [{ key: 'tier', operator: 'In' as const, values: ['back', 'front'] }] },
      NONE,
      ['app', 'tier'],
    ],
    [
      'an owner that only asks for what is absent lets nothing go',
      { app: 'rng' },
      { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' as const }] },
      NONE,
      undefined,
    ],
    ['nothing for a pod that neither selects', { app: 'web' }, { matchLabels: { app: 'web' } }, NONE, []],
    [
      'only what the owner asks for, when the service does not select it',
      { app: 'rng', enabled: 'yes' },
      { matchLabels: { app: 'rng', ...HASH } },
      NONE,
      ['app'],
    ],
  ])('%s', (_, service, owner, bystanders, want) => {
    expect(labelsToRemove(LABELS, service as Record<string, string>, owner, bystanders)).toEqual(want);
  });
});
