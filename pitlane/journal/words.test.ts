import { expect, test } from 'vitest';
import type { JournalEntry } from './entry.ts';
import { standing } from './words.ts';

const NOW = 1_000_000;
const ENTRY = { heldUntil: NOW + 1 } as JournalEntry;

test.each<[Partial<JournalEntry>, string]>([
  [{}, 'a process is at work on it'],
  [{ written: ['drain u-1'] }, 'a process is at work on it, something is written'],
  [{ cancel: { by: 'ada', at: 1 } }, 'a process is at work on it, it is being cancelled'],
  [{ heldUntil: NOW }, 'pitlane is about to go on with it'],
  [{ heldUntil: 0 }, 'pitlane is about to go on with it, nothing is written yet'],
  [{ heldUntil: 0, written: ['drain u-1'] }, 'pitlane is about to go on with it, something is written'],
])('how it stands says only what is known: %j', (entry, words) => {
  expect(standing({ ...ENTRY, ...entry }, NOW).join(', ')).toBe(words);
});
