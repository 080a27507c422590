import { expect, test, vi } from 'vitest';
import { cachedSecret } from './cached-secret.ts';

const MINUTE = 60_000;
const DEADLINE = 0;

function world() {
  let now = 0;
  const stale: unknown[] = [];
  let stored = { value: 'first' };
  let failure: Error | undefined;
  const read = vi.fn(async (_deadline: number) => {
    if (failure) throw failure;
    return stored;
  });
  const secret = cachedSecret({ read, now: () => now, onStale: (error) => stale.push(error) });
  return {
    secret,
    read,
    stale,
    pass: (ms: number) => {
      now += ms;
    },
    store: (value: string) => {
      stored = { value };
    },
    fail: (error: Error | undefined) => {
      failure = error;
    },
  };
}

test('is read once, also by requests at the same time', async () => {
  const { secret, read } = world();
  const [first, second] = await Promise.all([secret.get(DEADLINE), secret.get(DEADLINE)]);
  expect(first).toBe(second);
  expect(await secret.get(DEADLINE)).toBe(first);
  expect(read).toHaveBeenCalledTimes(1);
});

test('is read again when it is refused, but at most once a minute', async () => {
  const { secret, read, pass, store } = world();
  const first = await secret.get(DEADLINE);
  store('second');
  const second = await secret.renew(first, DEADLINE);
  expect(second.value).toBe('second');
  expect(read).toHaveBeenCalledTimes(2);

  // Refusals of the old one need no read, and a storm of refusals of the new one needs none for a minute.
  expect(await secret.renew(first, DEADLINE)).toBe(second);
  for (let i = 0; i < 100; i += 1) expect(await secret.renew(second, DEADLINE)).toBe(second);
  expect(read).toHaveBeenCalledTimes(2);
  pass(MINUTE);
  await Promise.all(Array.from({ length: 100 }, () => secret.renew(second, DEADLINE)));
  expect(read).toHaveBeenCalledTimes(3);
});

test('stays in use while it can not be read again, and that is reported', async () => {
  const { secret, stale, pass, fail } = world();
  const first = await secret.get(DEADLINE);
  const down = new Error('down');
  fail(down);
  expect(await secret.renew(first, DEADLINE)).toBe(first);
  pass(11 * MINUTE);
  expect(await secret.get(DEADLINE)).toBe(first);
  expect(stale).toEqual([down, down]);
});

test('is read again after ten minutes, so that a replaced one does not work for ever', async () => {
  const { secret, pass, store } = world();
  await secret.get(DEADLINE);
  store('second');
  pass(10 * MINUTE - 1);
  expect((await secret.get(DEADLINE)).value).toBe('first');
  pass(1);
  expect((await secret.get(DEADLINE)).value).toBe('second');
});

test('that can not be read at first is tried again after 10 s', async () => {
  const { secret, read, pass, fail } = world();
  fail(new Error('down'));
  await expect(secret.get(DEADLINE)).rejects.toThrow('down');
  await expect(secret.get(DEADLINE)).rejects.toThrow('down');
  expect(read).toHaveBeenCalledTimes(1);
  pass(10_000);
  fail(undefined);
  expect((await secret.get(DEADLINE)).value).toBe('first');
});
