import { afterAll, beforeAll } from 'vitest';
import { during, startVirtualTime, stopVirtualTime } from '../virtual-time.ts';

/** For the cases of a file. Those that wait at once are spared the waits, and no timeout depends on the machine. */
export function inVirtualTime(): void {
  const over = Promise.withResolvers<void>();
  beforeAll(() => {
    startVirtualTime();
    void during(over.promise);
  });
  afterAll(() => {
    over.resolve();
    stopVirtualTime();
  });
}
