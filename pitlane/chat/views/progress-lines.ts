import { type Plan, type Progress, podsChanged, podsIn, writesOf } from '../../rotation/plan.ts';
import { saysMet } from '../../rotation/proof.ts';
import { count } from '../../text/words.ts';
import { escapeText } from '../blocks/escape.ts';
import { seconds } from '../blocks/time.ts';
import { bounded, MOST_IN_FULL } from './pod-set.ts';

interface Result {
  readonly plan: Plan;
  readonly proof: readonly Progress[];
  /** Titles of the writes that are missing. */
  readonly left?: readonly string[] | undefined;
  /** Milliseconds from the first write to the milestone; undefined: not known. */
  readonly tookMs?: (progress: Progress, index: number) => number | undefined;
}

/** Open pods, or replacements, that a message names. */
const MOST_OPEN = 6;

/** `✓ rng-b85tm is out of the endpoints (0.2 s)`; for many pods `12 of 26 pods done, 3 in progress`, then the open ones. */
export function progressLines({ plan, proof, left = [], tookMs }: Result): readonly string[] {
  const pods = podsChanged(plan);
  const met = new Set(proof.flatMap((progress) => (progress.isMet ? (podOf(progress) ?? []) : [])));
  const later = notBegun(plan, left, met);
  const begun = proof.filter((progress) => !later.has(podOf(progress)));
  const took = new Map(proof.map((progress, index) => [progress, tookMs?.(progress, index)]));
  // A turn of several pods reports only its own milestones, so that others were not seen yet.
  const lines = begun
    .filter(({ isMet, seen }) => isMet || seen !== '')
    .map((progress) => ({ ...progress, pod: podOf(progress), line: lineOf(progress, took.get(progress)) }));
  // Two milestones may wait for the same: a missing replacement is neither created nor in rotation.
  const said = lines.filter(({ line }, index) => lines.findIndex((other) => other.line === line) === index);
  if (pods.length <= MOST_IN_FULL) {
    const notYet = later.size === 0 ? [] : [`… ${count(later.size, 'pod')} not begun`];
    return [...bounded(said.map(({ line }) => line)), ...notYet];
  }

  const waiting = new Set(begun.flatMap((progress) => (progress.isMet ? [] : (podOf(progress) ?? []))));
  const done = pods.length - waiting.size - later.size;
  const last = Math.max(0, ...[...took.values()].map((ms) => ms ?? 0));
  const summary =
    done === pods.length
      ? `✓ ${count(done, 'pod')} done${last === 0 ? '' : ` (${seconds(last)})`}`
      : [
          `${done} of ${pods.length} pods done`,
          ...(waiting.size === 0 ? [] : [`${waiting.size} in progress`]),
          ...(later.size === 0 ? [] : [`${later.size} not begun`]),
        ].join(', ');
  const open = said.filter(({ pod, isMet }) => pod !== undefined && !isMet);
  const firstOpen = [...new Map(open.toReversed().map((each) => [each.pod, each])).values()].reverse();
  const lostFirst = [...firstOpen.filter(({ isLost }) => isLost), ...firstOpen.filter(({ isLost }) => !isLost)];
  const shared = said.filter(({ pod }) => pod === undefined);
  return [
    summary,
    ...[lostFirst, shared].flatMap((some) =>
      bounded(
        some.map(({ line }) => line),
        MOST_OPEN,
      ),
    ),
  ];
}

/** The uids of the pods of a set of which nothing is written. */
function notBegun(plan: Plan, left: readonly string[], met: ReadonlySet<string>): ReadonlySet<string | undefined> {
  if (podsIn(plan.operation.subject).length < 2) return new Set();
  const missing = new Set(left);
  const byPod = Map.groupBy(writesOf(plan), ({ target }) => target.uid);
  const waiting = podsChanged(plan).filter(
    ({ uid }) => !met.has(uid) && byPod.get(uid)?.every(({ title }) => missing.has(title)),
  );
  return new Set(waiting.map(({ uid }) => uid));
}

function podOf({ milestone: { condition } }: Progress): string | undefined {
  return 'pod' in condition ? condition.pod.uid : undefined;
}

function lineOf(progress: Progress, took: number | undefined): string {
  const { isMet, isLost, seen } = progress;
  if (!isMet) return `${isLost ? '✗' : '…'} ${escapeText(seen)}`;
  return `✓ ${escapeText(saysMet(progress))}${took === undefined ? '' : ` (${seconds(took)})`}`;
}
