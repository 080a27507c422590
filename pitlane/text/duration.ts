import { inUnits, quote, UNITS } from './words.ts';

export const SHORTEST_SECONDS = 60;
export const LONGEST_SECONDS = 7 * UNITS.d;

export type ParsedDuration =
  | { readonly kind: 'duration'; readonly seconds: number }
  /** `message`: a whole sentence. `instead`: a valid duration to suggest. */
  | { readonly kind: 'invalid'; readonly message: string; readonly instead: string };

/** Reads `30m`, `1h30m`, `2d`, `90s`: each unit at most once, the largest first. Undefined: not a duration. */
export function readSeconds(text: string): number | undefined {
  const match = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/i.exec(text);
  if (text === '' || match === null) return undefined;
  const [, d, h, m, s] = match.map((part) => Number(part ?? 0));
  return (d ?? 0) * UNITS.d + (h ?? 0) * UNITS.h + (m ?? 0) * UNITS.m + (s ?? 0);
}

/** The time of an operation: 1 minute to 7 days. */
export function parseDuration(text: string): ParsedDuration {
  const seconds = readSeconds(text);
  if (seconds === undefined) {
    const minutes = Number(/^\d{1,9}/.exec(text)?.[0] ?? Number.NaN) * UNITS.m;
    const isValid = minutes >= SHORTEST_SECONDS && minutes <= LONGEST_SECONDS;
    return { kind: 'invalid', message: notADuration(text), instead: isValid ? formatDuration(minutes) : '30m' };
  }
  if (seconds < SHORTEST_SECONDS)
    return { kind: 'invalid', message: `${text} is too short: the shortest time is 1m.`, instead: '1m' };
  if (seconds > LONGEST_SECONDS)
    return { kind: 'invalid', message: `${text} is too long: the longest time is 7d.`, instead: '7d' };
  return { kind: 'duration', seconds };
}

export function notADuration(text: string): string {
  return `${quote(text)} is not a duration. Use d, h, m and s, such as 30m or 1h30m.`;
}

const UNIT_WORDS = '(?:d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?![a-z])';
const SPELLED_PART = `(?:(\\d{1,6}) ?|an? (?=day|hour|minute))(${UNIT_WORDS})`;
const SPELLED = new RegExp(`^(?:${SPELLED_PART}(?: and)? ?)+$`);
/** `1 day and 2 hours and 30 minutes` */
const MAX_WORDS = 8;

/**
 * A duration as people write it, at the beginning of the words: `2 hours`, `1h 30m`, `an hour`. `words`: how many of them say it.
 * `text`: the one word to write instead, from 1 minute to 7 days.
 */
export function spelledDuration(
  words: readonly string[],
): { readonly words: number; readonly text: string } | undefined {
  for (let count = Math.min(words.length, MAX_WORDS); count > 0; count -= 1) {
    const text = words.slice(0, count).join(' ').toLowerCase();
    if (text.length > 80 || !SPELLED.test(text)) continue;
    const seconds = [...text.matchAll(new RegExp(SPELLED_PART, 'g'))]
      .map(([, number = '1', unit]) => Number(number) * UNITS[unit?.[0] as keyof typeof UNITS])
      .reduce((sum, each) => sum + each, 0);
    return { words: count, text: formatDuration(Math.min(Math.max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)) };
  }
  return undefined;
}

/** The shortest text that `parseDuration` reads as this many seconds: 5400 is `1h30m`. */
export function formatDuration(seconds: number): string {
  return (
    inUnits(seconds)
      .map(([unit, number]) => `${number}${unit}`)
      .join('') || '0s'
  );
}
