import { describe, expect, test } from 'vitest';
import { messagesOf } from './effect.ts';
import { sparingAnnotations, trackingEffects, withTracking } from './pruners.ts';
import type { Bystanders, LabelSelector } from './snapshot.ts';

const INSTANCE = 'app.kubernetes.io/instance';
const LABELS = { app: 'web', [INSTANCE]: 'shop', 'pod-template-hash': '5f69c6b7d8' };
const NONE: Bystanders = { services: [], budgets: [], networkPolicies: [], autoscalers: [] };
const bySelector: LabelSelector = { matchLabels: { [INSTANCE]: 'shop' } };
const status = { disruptionsAllowed: 1, currentHealthy: 4, desiredHealthy: 3 };

describe('the label by which Argo CD finds the pod', () => {
  test.each<[name: string, bystanders: Bystanders | undefined, adopters: readonly LabelSelector[], isOff: boolean]>([
    ['is taken off where nothing selects by it', NONE, [], true],
    [
      'stays where another Service selects by it',
      { ...NONE, services: [{ name: 'all', selector: { [INSTANCE]: 'shop' } }] },
      [],
      false,
    ],
    [
      'stays where a network policy selects by it',
      { ...NONE, networkPolicies: [{ name: 'all', podSelector: bySelector, types: ['Ingress'] }] },
      [],
      false,
    ],
    [
      'stays where a budget selects by it',
      { ...NONE, budgets: [{ name: 'all', selector: bySelector, status }] },
      [],
      false,
    ],
    [
      'is taken off where a Service that selects by it also selects by a label that goes',
      { ...NONE, services: [{ name: 'all', selector: { app: 'web', [INSTANCE]: 'shop' } }] },
      [],
      true,
    ],
    [
      'stays where a controller adopts pods without it',
      NONE,
      [{ matchExpressions: [{ key: INSTANCE, operator: 'DoesNotExist' }] }],
      false,
    ],
    ['stays where it is unknown what selects by it', undefined, [], false],
  ])('%s', (_, bystanders, adopters, isOff) => {
    const seen = bystanders ? { kind: 'seen' as const, value: bystanders } : { kind: 'notSeen' as const, why: '' };
    expect(withTracking(LABELS, ['app'], seen, adopters)).toEqual(isOff ? ['app', INSTANCE] : ['app']);
  });
});

describe('the annotations that spare a pod', () => {
  test('are added to the options that it has', () => {
    const before = { 'argocd.argoproj.io/sync-options': 'Replace=true, Prune=false', 'example.com/note': 'keep' };
    expect(sparingAnnotations(LABELS, before)).toEqual({
      'argocd.argoproj.io/sync-options': 'Replace=true,Prune=false',
      'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
    });
  });

  test('are those of the program whose label it keeps', () => {
    expect(sparingAnnotations({ 'kapp.k14s.io/app': '16' }, {})).toEqual({ 'kapp.k14s.io/delete-strategy': 'orphan' });
    expect(sparingAnnotations({ app: 'web' }, {})).toEqual({});
  });
});

test('each label that goes or stays has a sentence', () => {
  const { [INSTANCE]: _, ...without } = LABELS;
  expect(messagesOf(trackingEffects(LABELS, without)).join()).toContain('loses app.kubernetes.io/instance=shop');
  expect(messagesOf(trackingEffects(LABELS, LABELS)).join()).toContain('Prune=false');
  expect(trackingEffects({ app: 'web' }, { app: 'web' })).toEqual([]);
});
