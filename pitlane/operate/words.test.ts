import { expect, test } from 'vitest';
import type { Progress } from '../rotation/plan.ts';
import { lateNotes } from './words.ts';

const POD = { name: 'rng-b85tm', uid: 'u1' };

function progress(isMet: boolean, withinSeconds = 300): Progress {
  return {
    milestone: {
      key: 'unlisted u1',
      condition: { kind: 'unlisted', pod: POD },
      title: 'its replacement is in rotation',
      withinSeconds,
      isRequired: false,
    },
    isMet,
    isLost: false,
    seen: 'rng-x5new: Pending',
  };
}

test.each<[name: string, given: Progress, waitedMs: number, want: readonly string[]]>([
  ['does not note a reached milestone', progress(true), 8_000, []],
  [
    'notes a milestone that was not reached in its time',
    progress(false),
    301_000,
    ['Not yet after 300 s: its replacement is in rotation (rng-x5new: Pending).'],
  ],
  [
    'notes the length of a wait that ended early',
    progress(false),
    8_400,
    ['Not yet after 8 s: its replacement is in rotation (rng-x5new: Pending).'],
  ],
])('%s', (_, given, waitedMs, want) => {
  expect(lateNotes([given], waitedMs)).toEqual(want);
});
