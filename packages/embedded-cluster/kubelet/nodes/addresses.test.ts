import { expect, test } from 'vitest';
import { Addresses } from './addresses.ts';

test('each node gives out its own range', () => {
  const addresses = new Addresses();
  expect([addresses.take(0), addresses.take(0), addresses.take(2)]).toEqual(['10.244.1.2', '10.244.1.3', '10.244.3.2']);
});

test('the address of a deleted pod is not given to the next one', () => {
  const addresses = new Addresses();
  addresses.free(addresses.take(0));
  expect(addresses.take(0)).toBe('10.244.1.3');
});

test('a pod that was there before keeps its address for itself', () => {
  const addresses = new Addresses();
  addresses.keep('10.244.1.2');
  expect(addresses.take(0)).toBe('10.244.1.3');
});

test('thousands of pods on a node have different addresses, and freed ones come back', () => {
  const addresses = new Addresses();
  const taken = Array.from({ length: 2000 }, () => addresses.take(0));
  expect(new Set(taken).size).toBe(2000);
  expect([taken[252], taken[253], taken[1999]]).toEqual(['10.244.1.254', '10.245.1.2', '10.251.1.230']);
  addresses.free('10.244.1.77');
  expect(addresses.take(0)).toBe('10.244.1.77');
});
