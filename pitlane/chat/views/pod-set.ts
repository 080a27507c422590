import { type Check, changedText, type Plan, podsIn } from '../../rotation/plan.ts';
import { sharedFindings } from '../../rotation/shared-text.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { list } from '../../text/words.ts';
import { escapeInline } from '../blocks/escape.ts';

/** Up to so many pods, each is named, and each milestone has a line. */
export const MOST_IN_FULL = 3;
const MOST_NAMED = 4;
/** How many lines of a list a message shows. */
const MOST_LINES = 12;
/** How many findings of one code a message shows. */
const MOST_ALIKE = 3;
/** The end of a long name tells pods apart. */
const LONGEST_NAME = 63;

/** Escaped. */
export function subjectOf(plan: Pick<Plan, 'operation' | 'checks'>): string {
  return escapeInline(changedText(plan));
}

/** `rng-a, rng-b, rng-c and 23 more`, where the heading gives only the number of the pods; escaped. */
export function namesOf(pods: readonly PodRef[]): readonly string[] {
  const names = pods.map(({ name }) => (name.length <= LONGEST_NAME ? name : `…${name.slice(-LONGEST_NAME)}`));
  return pods.length > MOST_IN_FULL ? [escapeInline(list(names, MOST_NAMED))] : [];
}

/** The sentences of the findings of a level; of those with the same code only the first few. */
export function sentencesOf(
  { operation, checks }: Pick<Plan, 'operation' | 'checks'>,
  level: Check['level'],
  toText: (sentence: string) => string = (text) => text,
): readonly string[] {
  const found = checks.map((check) => (check.level === level ? { ...check, message: toText(check.message) } : check));
  const shared = sharedFindings({ operation, checks: found }).filter((check) => check.level === level);
  const byCode = [...Map.groupBy(shared, ({ code }) => code).values()].map((same) =>
    same.map(({ message }) => message),
  );
  const isSet = podsIn(operation.subject).length > 1;
  return bounded(byCode.flatMap((same) => (isSet ? bounded(same, MOST_ALIKE + 1) : same)));
}

/** The first lines, and the number of the others. */
export function bounded(lines: readonly string[], most = MOST_LINES): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}
