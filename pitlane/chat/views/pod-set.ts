import { type Check, changedText, type Plan, type Progress, podsIn } from '../../rotation/plan.ts';
import { podOf, podRows, type Result } from '../../rotation/pod-rows.ts';
import { saysMet } from '../../rotation/proof.ts';
import { sharedFindings } from '../../rotation/shared-text.ts';
import type { PodRef } from '../../rotation/snapshot.ts';
import { compact, count, list } from '../../text/words.ts';
import { escapeInline, escapeText, seconds } from '../blocks/mrkdwn.ts';

/** Up to so many pods, each is named, and each milestone has a line. */
const MOST_IN_FULL = 3;
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

/** Open pods, or replacements, that a message names. */
const MOST_OPEN = 6;

/** `✓ rng-b85tm is out of the endpoints (0.2 s)`; for many pods `12 of 26 pods done, 3 in progress`, then the open ones. */
export function progressLines(plan: Plan, result: Result): readonly string[] {
  const { proof, tookMs = [] } = result;
  const rows = podRows(plan, result).filter(({ state }) => state !== 'leftOut');
  const isSet = podsIn(plan.operation.subject).length > 1;
  const later = new Set(rows.flatMap(({ state, uid }) => (isSet && state === 'notBegun' ? uid : [])));
  // A turn of several pods reports only its own milestones, so that others were not seen yet.
  const shown = proof
    .map((progress, index) => ({ ...progress, pod: podOf(progress)?.uid, line: lineOf(progress, tookMs[index]) }))
    .filter(({ isMet, seen, pod }) => (isMet || seen !== '') && !(pod !== undefined && later.has(pod)));
  // Two milestones may wait for the same: a missing replacement is neither created nor in rotation.
  const said = shown.filter(({ line }, index) => shown.findIndex((other) => other.line === line) === index);
  if (rows.length <= MOST_IN_FULL) {
    const notYet = later.size === 0 ? [] : [`… ${count(later.size, 'pod')} not begun`];
    return [...bounded(said.map(({ line }) => line)), ...notYet];
  }

  const done = rows.filter(({ state }) => state === 'done').length;
  const waiting = rows.length - done - later.size;
  const last = Math.max(0, ...tookMs.map((ms) => ms ?? 0));
  const summary =
    done === rows.length
      ? `✓ ${count(done, 'pod')} done${last === 0 ? '' : ` (${seconds(last)})`}`
      : compact(
          `${done} of ${rows.length} pods done`,
          waiting > 0 && `${waiting} in progress`,
          later.size > 0 && `${later.size} not begun`,
        ).join(', ');
  const open = said.filter(({ pod, isMet }) => pod !== undefined && !isMet);
  const firstOpen = [...new Map(open.toReversed().map((each) => [each.pod, each])).values()].reverse();
  const lostFirst = [...firstOpen.filter(({ isLost }) => isLost), ...firstOpen.filter(({ isLost }) => !isLost)];
  const shared = said.filter(({ pod }) => pod === undefined);
  const texts = [lostFirst, shared].map((some) => some.map(({ line }) => line));
  return [summary, ...texts.flatMap((lines) => bounded(lines, MOST_OPEN))];
}

function lineOf(progress: Progress, took: number | undefined): string {
  const { isMet, isLost, seen } = progress;
  if (!isMet) return `${isLost ? '✗' : '…'} ${escapeText(seen)}`;
  return `✓ ${escapeText(saysMet(progress))}${took === undefined ? '' : ` (${seconds(took)})`}`;
}
