import { describe, expect, test } from 'vitest';
import { isSameTemplate, templateHash } from './template-hash.ts';

const template = { metadata: { labels: { app: 'rng' } }, spec: { containers: [{ name: 'rng', image: 'rng:v0.1' }] } };

describe('the hash of a pod template', () => {
  test('has 8 to 10 letters without vowels', () => {
    for (let build = 0; build < 200; build++) {
      const hash = templateHash({ ...template, metadata: { annotations: { build: String(build) } } }, undefined);
      expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    }
  });

  test('is the same for the same template and differs for another one or after a collision', () => {
    const hash = templateHash(template, undefined);
    expect(templateHash(structuredClone(template), undefined)).toBe(hash);
    expect(templateHash({ ...template, metadata: { labels: { app: 'web' } } }, undefined)).not.toBe(hash);
    expect(templateHash(template, 1)).not.toBe(hash);
  });
});

describe('two templates', () => {
  test.each([
    ['are the same with the keys in another order', { spec: template.spec, metadata: template.metadata }, true],
    [
      'are the same when one of them has the hash',
      { ...template, metadata: { labels: { app: 'rng', 'pod-template-hash': 'x' } } },
      true,
    ],
    [
      'are the same with nulls and empty maps instead of missing fields',
      { ...template, metadata: { creationTimestamp: null, annotations: {}, labels: { app: 'rng' } } },
      true,
    ],
    ['differ by the image', { ...template, spec: { containers: [{ name: 'rng', image: 'rng:v0.2' }] } }, false],
    [
      'differ by the order of the containers',
      { ...template, spec: { containers: [{ name: 'log', image: 'log' }, ...template.spec.containers] } },
      false,
    ],
  ])('%s', (_name, other, want) => {
    expect(isSameTemplate(template, other)).toBe(want);
  });
});
