import { alternatives } from './words.ts';

/** `Did you mean "minReady"?`, or all known words where none is near. */
export function suggestion(text: string, known: readonly string[]): string {
  const nearest = nearestWord(text, known) ?? known.find((word) => word.toLowerCase() === text.toLowerCase());
  return nearest === undefined ? `Expected ${alternatives(known)}.` : `Did you mean "${nearest}"?`;
}

/**
 * At most 3 names, those with the fewest edits first. Compares the whole name and its last part, and allows edits up to
 * half of the pattern's length.
 */
export function nearestNames(pattern: string, names: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(pattern.length / 2));
  return names
    .map((name) => {
      const lastPart = name.slice(name.lastIndexOf('-') + 1);
      return { name, edits: Math.min(editDistance(pattern, name), editDistance(pattern, lastPart)) };
    })
    .filter(({ edits }) => edits <= limit)
    .sort(byEdits)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** How many insertions, deletions, replacements and swaps of neighbours turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let beforeThat: readonly number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwapped ? (beforeThat[j - 2] ?? 0) + 1 : substitution;
      current.push(Math.min(substitution, swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    beforeThat = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/**
 * The word for "Did you mean …?": one that begins with the text, or the one with the fewest edits (at most 1 for 3
 * characters, 2 for 5, and so on). Ties go to the first in the alphabet.
 */
export function nearestWord(text: string, known: readonly string[]): string | undefined {
  const limit = Math.floor((text.length + 1) / 2) - (text.length > 5 ? 1 : 0);
  // No known word is that long, and the time of editDistance grows with the length.
  if (text.length > 40) return undefined;
  return known
    .map((name) => ({ name, edits: text.length > 1 && name.startsWith(text) ? 0 : editDistance(text, name) }))
    .filter(({ name, edits }) => edits <= Math.min(limit, name.length - 1))
    .sort(byEdits)[0]?.name;
}

type Candidate = Readonly<{ name: string; edits: number }>;

function byEdits(a: Candidate, b: Candidate): number {
  return a.edits - b.edits || (a.name < b.name ? -1 : 1);
}
