import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sentence } from '../blocks/blocks.ts';
import { liveMessage } from './live-message.ts';

let shown: string[];
let finishEdit: (() => void)[];

beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  finishEdit = [];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Each edit lasts until the test ends it. */
function slow() {
  return liveMessage(
    (message) => {
      shown.push(message.text);
      return new Promise((resolve) => finishEdit.push(resolve));
    },
    () => {},
  );
}

function quick(onError: (error: unknown) => void = () => {}, edit = async () => {}) {
  return liveMessage(async (message) => {
    shown.push(message.text);
    await edit();
  }, onError);
}

test('shows the first state at once, and the newest of the others a second later', async () => {
  const live = quick();
  live.show(sentence('running', '1'));
  await vi.advanceTimersByTimeAsync(1);
  live.show(sentence('running', '2'));
  live.show(sentence('running', '3'));
  await vi.advanceTimersByTimeAsync(998);
  expect(shown).toEqual(['1']);
  await vi.advanceTimersByTimeAsync(2);
  expect(shown).toEqual(['1', '3']);
});

test('shows the last state', async () => {
  const live = quick();
  live.show(sentence('running', '1'));
  await vi.advanceTimersByTimeAsync(10);
  live.show(sentence('running', '2'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown).toEqual(['1', '2']);
});

test('starts an edit only after the one before has ended', async () => {
  const live = slow();
  live.show(sentence('running', '1'));
  await vi.advanceTimersByTimeAsync(1);
  live.show(sentence('running', '2'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown).toEqual(['1']);
  finishEdit[0]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(shown).toEqual(['1', '2']);
});

test('settles after the edit in progress, and drops the one that waits', async () => {
  const live = slow();
  live.show(sentence('running', '1'));
  await vi.advanceTimersByTimeAsync(1);
  live.show(sentence('running', '2'));
  let isSettled = false;
  const settled = live.settle().then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(2_000);
  expect({ isSettled, shown }).toEqual({ isSettled: false, shown: ['1'] });
  finishEdit[0]?.();
  await settled;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(shown).toEqual(['1']);
});

test('reports a failed edit and tries the next one', async () => {
  const errors: unknown[] = [];
  const live = quick(
    (error) => errors.push(error),
    () => Promise.reject(new Error('ratelimited')),
  );
  live.show(sentence('running', '1'));
  await vi.advanceTimersByTimeAsync(1);
  live.show(sentence('running', '2'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown).toEqual(['1', '2']);
  expect(errors.map(String)).toEqual(['Error: ratelimited', 'Error: ratelimited']);
});
