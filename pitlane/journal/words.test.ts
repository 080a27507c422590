import { expect, test } from 'vitest';
import type { JournalEntry } from './entry.ts';
import { standing } from './words.ts';

const NOW = 1_000_000;
const ENTRY = { heldUntil: NOW + 1 } as JournalEntry;

test.each<[Partial<JournalEntry>, string]>([
  [{}, 'in progress'],
  [{ written: ['drain u-1'] }, 'in progress, some changes are made'],
  [{ cancel: { by: 'ada', at: 1 } }, 'in progress, being cancelled'],
  [{ heldUntil: NOW }, 'about to be resumed'],
  [{ heldUntil: 0 }, 'about to be resumed, no changes are made yet'],
  [{ heldUntil: 0, written: ['drain u-1'] }, 'about to be resumed, some changes are made'],
])('says only what is known of an unfinished operation: %j', (entry, words) => {
  expect(standing({ ...ENTRY, ...entry }, NOW).join(', ')).toBe(words);
});
