import { parentPort, workerData } from 'node:worker_threads';
import { during, startVirtualTime } from '../virtual-time.ts';
import { embeddedWorld } from './embedded-world.ts';
import { generate } from './generate/generate.ts';
import { tryCase } from './try-case.ts';

const { seed, indices } = workerData as { readonly seed: number; readonly indices: readonly number[] };

startVirtualTime();
for (const index of indices) {
  const given = generate(seed, index);
  parentPort?.postMessage(await during(tryCase(given, () => embeddedWorld(given))));
}
