import { expect, test } from 'vitest';
import { rng } from '../../test/builders/snapshot.ts';
import { valueIn } from './labels.ts';
import { patchOf, podPatch } from './patch.ts';
import type { Labels } from './snapshot.ts';

/** Kubernetes accepts them as keys of labels, and every object inherits them. */
const KEYS = ['constructor', 'toString', 'hasOwnProperty'];

test.each(KEYS)('labels without %s have no value for it', (key) => {
  const labels: Labels = { app: 'rng' };
  expect([valueIn(labels, key), valueIn({ ...labels, [key]: 'x' }, key)]).toEqual([undefined, 'x']);
  // @ts-expect-error: the compiler refuses any other lookup of a key that may be inherited.
  const unguarded = (given: Labels) => given[key];
  expect(unguarded(labels)).toBeInstanceOf(Function);
});

test.each(KEYS)('a patch of a pod takes the label %s for absent', (key) => {
  const snapshot = rng().about('b85tm');
  const [pod] = snapshot.targets;
  if (pod === undefined) throw new Error('no pod');
  const { patch } = podPatch('drain', 'add it', snapshot, pod, { labels: { [key]: 'x' } });
  expect(patch.slice(1)).toEqual([
    { op: 'test', path: `/metadata/labels/${key}`, value: null },
    { op: 'add', path: `/metadata/labels/${key}`, value: 'x' },
  ]);
});

test.each(KEYS)('the inverse of a patch removes the key %s', (key) => {
  const { inverse } = patchOf('u', [{ root: '/spec/selector', before: { app: 'rng' }, change: { [key]: 'x' } }]);
  expect(inverse.slice(1)).toEqual([
    { op: 'test', path: `/spec/selector/${key}`, value: 'x' },
    { op: 'remove', path: `/spec/selector/${key}` },
  ]);
});
