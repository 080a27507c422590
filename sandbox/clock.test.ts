import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { startClock } from '../functions/clock.ts';
import { openSandbox } from './open.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the clock never overlaps calls, and stop waits for the last one', async () => {
  vi.useFakeTimers();
  let inProgress = 0;
  let calls = 0;
  const clock = startClock(async () => {
    calls += 1;
    inProgress += 1;
    expect(inProgress).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 150_000));
    inProgress -= 1;
  }, 60_000);
  await vi.advanceTimersByTimeAsync(59_999);
  expect(calls).toBe(0);
  await vi.advanceTimersByTimeAsync(300_001);
  expect(calls).toBe(2);
  const stopped = clock.stop();
  await vi.advanceTimersByTimeAsync(150_000);
  await stopped;
  await vi.advanceTimersByTimeAsync(300_000);
  expect({ calls, inProgress }).toEqual({ calls: 2, inProgress: 0 });
});

test('the sandbox reminds of a drained pod whose time is up', async () => {
  let skewMs = 0;
  const sandbox = await openSandbox(7, { now: () => Date.now() + skewMs, tickMs: 20 });
  try {
    await sandbox.people.you.type(`/rng drain ${sandbox.bad} because 5xx`);
    await sandbox.settled();
    const [drained] = sandbox.workspace.messages;
    await wait(60);
    expect(sandbox.workspace.messages.some(({ text }) => text.includes('still drained'))).toBe(false);
    skewMs = 3_600_000;
    await expect
      .poll(() => sandbox.workspace.messages.at(-1)?.text, { timeout: 5_000 })
      .toMatch(/is still drained from rng/);
    expect(sandbox.workspace.messages.at(-1)).toMatchObject({ channel: drained?.channel, thread: drained?.ts });
    // A tick is not the outcome of a command.
    expect(await sandbox.settled()).toEqual([]);
  } finally {
    await sandbox.close();
  }
});
