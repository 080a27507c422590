import type { Shell } from './shell.ts';

/** A part of the chapter: the same commands and assertions on each cluster. */
export interface Section {
  name: string;
  run(shell: Shell): Promise<void>;
}
