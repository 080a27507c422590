import { describe, expect, test } from 'vitest';
import { isSameTemplate, templateHash } from './template-hash.ts';

const template = { metadata: { labels: { app: 'rng' } }, spec: { containers: [{ name: 'rng', image: 'rng:v0.1' }] } };

describe('the hash of a pod template', () => {
  test('is 8 to 10 letters that spell no word', () => {
    for (let build = 0; build < 200; build++) {
      const hash = templateHash({ ...template, metadata: { annotations: { build: String(build) } } }, undefined);
      expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    }
  });

  test('is the same for the same template, and another for another or after a collision', () => {
    const hash = templateHash(template, undefined);
    expect(templateHash(structuredClone(template), undefined)).toBe(hash);
    expect(templateHash({ ...template, metadata: { labels: { app: 'web' } } }, undefined)).not.toBe(hash);
    expect(templateHash(template, 1)).not.toBe(hash);
  });
});

describe('two templates are the same', () => {
  test.each([
    ['with the keys in another order', { spec: template.spec, metadata: template.metadata }, true],
    [
      'with the hash on one of them',
      { ...template, metadata: { labels: { app: 'rng', 'pod-template-hash': 'x' } } },
      true,
    ],
    [
      'with null, empty lists and empty maps for nothing',
      { ...template, metadata: { creationTimestamp: null, annotations: {}, labels: { app: 'rng' } } },
      true,
    ],
    ['but not with another image', { ...template, spec: { containers: [{ name: 'rng', image: 'rng:v0.2' }] } }, false],
    [
      'but not with the containers in another order',
      { ...template, spec: { containers: [{ name: 'log', image: 'log' }, ...template.spec.containers] } },
      false,
    ],
  ])('%s', (_name, other, want) => {
    expect(isSameTemplate(template, other)).toBe(want);
  });
});
