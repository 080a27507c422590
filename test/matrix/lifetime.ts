import { AsyncLocalStorage } from 'node:async_hooks';
import type { TimerOwner } from '../virtual-time.ts';

const current = new AsyncLocalStorage<Lifetime>();

/** The life of one process. Whatever `run` starts belongs to it, and its timers end with it. */
export class Lifetime implements TimerOwner {
  isOver = false;

  static current(): Lifetime | undefined {
    return current.getStore();
  }

  run<T>(work: () => T): T {
    return current.run(this, work);
  }
}

/** For a process that is killed. Each call makes another promise: reactions would pile up on a shared one. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}
