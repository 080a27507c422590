import { describe, expect, test } from 'vitest';
import { RngInSlack } from '../bad-days/rng-in-slack.ts';

const rng = new RngInSlack();
const HOUR_MS = 3_600_000;

describe('a drain whose time is up', () => {
  test('is asked about in the thread of its report, then after an hour, and not in between', async () => {
    await rng.type('/rng drain rng-a because 5xx');
    expect((await rng.tick(HOUR_MS - 60_000)).threads).toBe('');
    const first = await rng.tick(120_000);
    expect(first.answer.did).toEqual(['test/ns rng: reminded of rng-a (1)']);
    expect(first.threads).toContain('@U0ADA00000: rng-a is still drained from rng');
    expect((await rng.tick(60_000)).threads).toBe('');
    expect((await rng.tick(HOUR_MS)).threads).toContain('there is a newer reminder');
  });
});
