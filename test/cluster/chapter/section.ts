import type { Shell } from './shell.ts';

/** A stretch of the chapter, typed alike on each cluster; what it means is asserted on each. */
export interface Section {
  name: string;
  run(shell: Shell): Promise<void>;
}
