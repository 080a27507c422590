import type { Message } from '../blocks/blocks.ts';
import { sentence } from '../blocks/blocks.ts';
import { code } from '../blocks/escape.ts';

// `task`: as people type it, `/rng drain rng-b85tm`.

const WHY = {
  expired: 'no worker was free within 60 s',
  stopped: 'its worker stopped',
} as const;

export const notRunView = (task: string, why: keyof typeof WHY): Message =>
  sentence('notRun', `Pitlane did not run ${code(task)}: ${WHY[why]}. Nothing was changed. Try again.`);

/** The operation has begun. */
export const stoppedView = (task: string, address: string, fate: 'open' | 'ended' | 'unknown'): Message =>
  sentence('stopped', `Pitlane's worker stopped during ${code(task)}. ${nextFor(fate, code(`${address} operations`))}`);

function nextFor(fate: 'open' | 'ended' | 'unknown', operations: string): string {
  switch (fate) {
    case 'open':
      return `Some of it may be done. Pitlane continues within a few minutes, and reports. ${operations} shows the state.`;
    case 'ended':
      return `The operation has ended: ${operations} shows how.`;
    case 'unknown':
      return `The cluster could not be read, so the state is unknown. Check with ${operations} before you try again.`;
  }
}
