import { describe, expect, test } from 'vitest';
import { numberAsQuantity, quantity, quantityText } from './quantity.ts';

describe('a quantity', () => {
  test.each([
    ['250m', 0.25],
    ['5n', 5e-9],
    ['7u', 7e-6],
    ['1e3', 1000],
    ['2k', 2000],
    ['3E', 3e18],
    ['1Ki', 1024],
    ['64Mi', 67_108_864],
    ['1Ei', 2 ** 60],
    ['-1.5G', -1.5e9],
    ['1 cpu', 0],
  ])('%s is %d', (written, want) => {
    expect(quantity(written)).toBe(want);
  });

  test.each([
    [0, '0'],
    [1, '1'],
    [0.5, '500m'],
    [2000, '2k'],
    [1500, '1500'],
    [3e15, '3P'],
    [-4e6, '-4M'],
  ])('of the number %d is written %s', (value, want) => {
    expect(numberAsQuantity(value)).toBe(want);
  });

  test.each([
    ['requests.cpu', 0.35, '350m'],
    ['cpu', 3, '3'],
    ['memory', 192 * 1024 ** 2, '192Mi'],
    ['requests.storage', 1500, '1500'],
    ['memory', 0, '0'],
    ['pods', 1024, '1024'],
  ])('of %s %d prints as %s', (name, amount, want) => {
    expect(quantityText(name, amount)).toBe(want);
  });
});
