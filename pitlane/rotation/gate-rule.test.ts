import { describe, expect, test } from 'vitest';
import { gateRule } from './gate-rule.ts';

const gate = { key: 'enabled', value: 'yes' };
const service = (labels: Record<string, string>) => ({ name: 'rng', namespace: 'dockercoins', labels });

describe('gateRule', () => {
  test('is a ConfigMap in the namespace of the Service', () => {
    expect(gateRule(service({ app: 'rng' }), gate)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'pitlane-rng.gate',
        namespace: 'dockercoins',
        labels: {
          'pitlane.dev/gate-rule': 'true',
          'app.kubernetes.io/managed-by': 'pitlane',
          'pitlane.dev/service': 'rng',
        },
      },
      data: { selector: 'app=rng', gate: 'enabled=yes' },
    });
  });

  test.each([
    ['several labels, sorted by key', { tier: 'back', app: 'rng' }, gate, 'app=rng,tier=back'],
    ['a label with a prefix', { 'app.kubernetes.io/name': 'rng' }, gate, 'app.kubernetes.io/name=rng'],
    ['a label with an empty value', { canary: '' }, gate, 'canary='],
    ['the labels without the gate', { app: 'rng', enabled: 'yes' }, gate, 'app=rng'],
    ['nothing, and so no pod, if the Service selects by the gate alone', { enabled: 'yes' }, gate, ''],
  ])('selects by %s', (_, labels, gate, selector) => {
    expect(gateRule(service(labels as Record<string, string>), gate).data.selector).toBe(selector);
  });

  test.each([
    ['a prefix', 'example.com/enabled', 'yes', 'example.com/enabled=yes'],
    ['an empty value', 'enabled', '', 'enabled='],
  ])('writes a gate with %s', (_, key, value, text) => {
    expect(gateRule(service({ app: 'rng' }), { key, value }).data.gate).toBe(text);
  });
});
