import { type Check, changedText, type Plan, podsChanged, podsIn, THE_POD } from '../../rotation/plan.ts';
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
  return pods.length > MOST_IN_FULL ? [escapeInline(named(pods.map(({ name }) => name)))] : [];
}

interface Said {
  readonly text: string;
  readonly pod?: string | undefined;
}

type ToText = (sentence: string) => string;

/** Sentences that differ only by the name of their pod are one sentence. `total`: the pods that may be meant by "all". */
export function grouped(said: readonly Said[], total: number, toText: ToText): readonly string[] {
  const groups = Map.groupBy(said, ({ text, pod }) => (pod === undefined ? text : text.replaceAll(pod, THE_POD)));
  return [...groups].map(([shared, [first, ...others]]) => {
    const { text = '', pod } = first ?? {};
    const pods = [...new Set([pod, ...others.map((other) => other.pod)].filter((name) => name !== undefined))];
    if (pods.length > 1) {
      const all = total === 2 ? 'both pods' : `all ${total} pods`;
      const who = pods.length === total ? all : `${pods.length} pods (${named(pods)})`;
      return `${toText(who)}: ${toText(shared.replace(`${THE_POD}: `, '').replaceAll(THE_POD, 'each'))}`;
    }
    return pod === undefined || text.includes(pod) || total < 2 ? toText(text) : `${toText(pod)}: ${toText(text)}`;
  });
}

/** The sentences of the findings of a level; of those with the same code only the first few. */
export function sentencesOf(
  plan: Pick<Plan, 'operation' | 'checks'>,
  level: Check['level'],
  toText: ToText = (text) => text,
): readonly string[] {
  const total = podsIn(plan.operation.subject).length;
  const changed = podsChanged(plan);
  const isOfAll = level === 'leftOut' || level === 'refusal';
  const said = (found: readonly Check[]) =>
    grouped(
      found.map(({ message: text, pod }) => ({ text, pod })),
      isOfAll ? total : changed.length,
      toText,
    );
  // Skip other findings about pods that are left out: nothing happens to those pods.
  const isAbout = (pod: string) => isOfAll || changed.some(({ name }) => name === pod);
  const found = plan.checks.filter((check) => check.level === level && (check.pod === undefined || isAbout(check.pod)));
  if (total < 2) return bounded(said(found));
  const byCode = [...Map.groupBy(found, ({ code }) => code).values()];
  return bounded(byCode.flatMap((same) => bounded(said(same), MOST_ALIKE + 1)));
}

/** The first lines, and the number of the others. */
export function bounded(lines: readonly string[], most = MOST_LINES): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}

function named(names: readonly string[]): string {
  return list(
    names.map((name) => (name.length <= LONGEST_NAME ? name : `…${name.slice(-LONGEST_NAME)}`)),
    MOST_NAMED,
  );
}
