import { expect, test } from 'vitest';
import { Addresses } from './addresses.ts';

test('assigns addresses from the range of each node', () => {
  const addresses = new Addresses();
  expect([addresses.take(0), addresses.take(0), addresses.take(2)]).toEqual(['10.244.1.2', '10.244.1.3', '10.244.3.2']);
});

test('does not reuse the address of a deleted pod at once', () => {
  const addresses = new Addresses();
  addresses.delete(addresses.take(0));
  expect(addresses.take(0)).toBe('10.244.1.3');
});

test('does not assign the address of an existing pod', () => {
  const addresses = new Addresses();
  addresses.add('10.244.1.2');
  expect(addresses.take(0)).toBe('10.244.1.3');
});

test('assigns thousands of addresses on a node and reuses freed ones', () => {
  const addresses = new Addresses();
  const taken = Array.from({ length: 2000 }, () => addresses.take(0));
  expect(new Set(taken).size).toBe(2000);
  expect([taken[252], taken[253], taken[1999]]).toEqual(['10.244.1.254', '10.245.1.2', '10.251.1.230']);
  addresses.delete('10.244.1.77');
  expect(addresses.take(0)).toBe('10.244.1.77');
});
