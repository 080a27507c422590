import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import { type Controller, ControllerLoop, SyncError } from './controller.ts';

const bugs: string[] = [];

function newLoop(controller: Partial<Controller>): { loop: ControllerLoop; add: (key: string) => void } {
  bugs.length = 0;
  const full: Controller = {
    name: 'test',
    keysOf: ({ object }) => [object.metadata.name],
    reconcile: () => {},
    ...controller,
  };
  const loop = new ControllerLoop([full], Date.now, (_name, key, error) => bugs.push(`${key}: ${error}`));
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
  test('looks at a key once, however often it was added meanwhile', async () => {
    const looked: string[] = [];
    const { loop, add } = newLoop({ reconcile: (key) => looked.push(key) });
    for (const key of ['a', 'b', 'a', 'a']) add(key);
    await loop.settled();
    expect(looked).toEqual(['a', 'b']);
  });

  test('is settled only when the keys that its own work added are done too', async () => {
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

  test('tries a refused key again, later and later, and the wait for that does not keep it from being settled', async () => {
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
    // 5 + 10 + 20 + 40 ms, less what timers may be early.
    expect((at[4] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(70);
    expect(bugs).toEqual([]);
  });

  test('gives a key up after maxRetries', async () => {
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

  test('reports what is no refusal, and goes on with the other keys', async () => {
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

  test('of two moments for one key the earlier counts', async () => {
    const looked: number[] = [];
    const begin = Date.now();
    const { loop, add } = newLoop({
      reconcile(key, queue) {
        looked.push(Date.now() - begin);
        if (looked.length > 1) return;
        queue.addAfter(key, 60_000);
        queue.addAfter(key, 20);
      },
    });
    add('a');
    await loop.settled();
    await vi.waitFor(() => expect(looked).toHaveLength(2));
    expect(looked[1]).toBeLessThan(5_000);
  });

  test('lets a key rest that takes long, but does not forget it', async () => {
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
    // 30 ms of rest and 10 ms of work, less what timers may be early.
    expect((ends[1] ?? 0) - (ends[0] ?? 0)).toBeGreaterThanOrEqual(38);
  });

  test('stopped does nothing more, and whoever waits for it is let go', async () => {
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
