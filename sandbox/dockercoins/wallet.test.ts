import { expect, test } from 'vitest';
import { Wallet } from './wallet.ts';

const start = Date.parse('2026-11-24T03:12:07Z');

test('the mining speed is that of the last 10 seconds', () => {
  const wallet = new Wallet();
  for (let second = 0; second < 20; second++) wallet.add(start + second * 1000, second < 10 ? 1000 : 8);
  expect([wallet.hashes, wallet.hashesPerSecond(start + 19_000)]).toEqual([10_080, 8]);
});
