import { parentPort, workerData } from 'node:worker_threads';
import { embeddedWorld } from './embedded-world.ts';
import { generate } from './generate/generate.ts';
import { tryCase } from './try-case.ts';

/** So many cases wait beside each other for their clusters. */
const SIDE_BY_SIDE = 6;

const { seed, indices } = workerData as { readonly seed: number; readonly indices: readonly number[] };
const queue = indices.values();

await Promise.all(
  Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (const index of queue) {
      const told = generate(seed, index);
      parentPort?.postMessage(await tryCase(told, () => embeddedWorld(told)));
    }
  }),
);
