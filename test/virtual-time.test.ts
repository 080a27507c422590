import { afterAll, beforeAll, expect, test } from 'vitest';
import { pass, startVirtualTime, stopVirtualTime } from './virtual-time.ts';

beforeAll(() => startVirtualTime());
afterAll(() => stopVirtualTime());

test('time does not pass before the last of a chain of immediates', async () => {
  const seen: string[] = [];
  const step = (left: number) => {
    if (left === 0) seen.push('last immediate');
    else setImmediate(step, left - 1);
  };
  setTimeout(() => seen.push('timer'), 1);
  setImmediate(step, 20);
  await pass(2);
  expect(seen).toEqual(['last immediate', 'timer']);
});

test('a cleared immediate neither runs nor holds time back', async () => {
  const seen: string[] = [];
  clearImmediate(setImmediate(() => seen.push('immediate')));
  const before = Date.now();
  await pass(5);
  expect([seen, Date.now() - before]).toEqual([[], 5]);
});
