import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import { controlLoops } from './control-loop.ts';
import { type Controller, SyncError } from './controller.ts';

const bugs: string[] = [];

function newLoop(controller: Partial<Controller>): {
  loop: ReturnType<typeof controlLoops>;
  add: (key: string) => void;
} {
  bugs.length = 0;
  const full: Controller = {
    name: 'test',
    keysOf: ({ object }) => [object.metadata.name],
    reconcile: () => {},
    ...controller,
  };
  const loop = controlLoops([full], Date.now, (_name, key, error) => bugs.push(`${key}: ${error}`));
  onTestFinished(() => loop.stop());
  const metadata = { name: '', uid: '1', resourceVersion: '1', creationTimestamp: '2026-03-01T03:12:07Z' };
  const add = (name: string) =>
    loop.dispatch({
      type: 'ADDED',
      resource: 'pods',
      object: { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name } },
    });
  return { loop, add };
}

describe('a control loop', () => {
  test('reconciles a key once, however often it was added', async () => {
    const looked: string[] = [];
    const { loop, add } = newLoop({ reconcile: (key) => looked.push(key) });
    for (const key of ['a', 'b', 'a', 'a']) add(key);
    await loop.settled();
    expect(looked).toEqual(['a', 'b']);
  });

  test('settles only after the keys that its own reconciliation added', async () => {
    const looked: string[] = [];
    const { loop, add } = newLoop({
      reconcile(key) {
        looked.push(key);
        if (key.length < 4) add(`${key}x`);
      },
    });
    add('x');
    await loop.settled();
    expect(looked).toEqual(['x', 'xx', 'xxx', 'xxxx']);
  });

  test('retries a refused key with growing delays and settles meanwhile', async () => {
    const at: number[] = [];
    const { loop, add } = newLoop({
      reconcile() {
        at.push(Date.now());
        if (at.length < 5) throw new ApiError(409, 'Conflict', 'the object has been modified');
      },
    });
    add('a');
    await loop.settled();
    expect(at).toHaveLength(1);
    await vi.waitFor(() => expect(at).toHaveLength(5));
    // 5 + 10 + 20 + 40 ms, less the imprecision of timers.
    expect((at[4] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(70);
    expect(bugs).toEqual([]);
  });

  test('drops a key after maxRetries', async () => {
    let looks = 0;
    const { loop, add } = newLoop({
      maxRetries: 2,
      reconcile() {
        looks++;
        throw new SyncError('not yet');
      },
    });
    add('a');
    await loop.settled();
    await vi.waitFor(() => expect(looks).toBe(3));
    add('b');
    await loop.settled();
    expect(looks).toBe(4);
  });

  test('reports unexpected errors and continues with the other keys', async () => {
    const looked: string[] = [];
    const { loop, add } = newLoop({
      reconcile(key) {
        looked.push(key);
        if (key === 'bad') throw new TypeError('oops');
      },
    });
    add('bad');
    add('good');
    await loop.settled();
    expect(looked).toEqual(['bad', 'good']);
    expect(bugs).toEqual(['bad: TypeError: oops']);
  });

  test('uses the earlier of two delays for one key', async () => {
    const looked: number[] = [];
    const begin = Date.now();
    const { loop, add } = newLoop({
      reconcile(_key, wakeAfter) {
        looked.push(Date.now() - begin);
        if (looked.length > 1) return;
        wakeAfter(60_000);
        wakeAfter(20);
      },
    });
    add('a');
    await loop.settled();
    await vi.waitFor(() => expect(looked).toHaveLength(2));
    expect(looked[1]).toBeLessThan(5_000);
  });

  test('delays a slow key without dropping it', async () => {
    const ends: number[] = [];
    const { loop, add } = newLoop({
      reconcile() {
        const until = performance.now() + 10;
        while (performance.now() < until);
        ends.push(performance.now());
        if (ends.length === 1) add('a');
      },
    });
    add('a');
    await loop.settled();
    expect(ends).toHaveLength(2);
    // 30 ms of delay and 10 ms of work, less the imprecision of timers.
    expect((ends[1] ?? 0) - (ends[0] ?? 0)).toBeGreaterThanOrEqual(38);
  });

  test('reconciles nothing after stop and resolves settled()', async () => {
    const looked: string[] = [];
    const { loop, add } = newLoop({ reconcile: (key) => looked.push(key) });
    add('a');
    const settled = loop.settled();
    loop.stop();
    await settled;
    add('b');
    await loop.settled();
    expect(looked).toEqual([]);
  });
});
