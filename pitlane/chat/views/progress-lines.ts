import { type Plan, type Progress, podsIn, writesOf } from '../../rotation/plan.ts';
import { saysMet } from '../../rotation/proof.ts';
import { count } from '../../text/words.ts';
import { escapeText } from '../blocks/escape.ts';
import { seconds } from '../blocks/time.ts';
import { bounded, MOST_IN_FULL, podsOf } from './pod-set.ts';

/** How far a change is. */
export interface Result {
  readonly plan: Plan;
  readonly proof: readonly Progress[];
  /** Titles of the writes that are missing. */
  readonly left?: readonly string[];
  /** Milliseconds from the first write to the milestone; undefined: not known. */
  readonly tookMs?: (progress: Progress, index: number) => number | undefined;
}

/** Open pods that a message names. */
const MOST_OPEN = 6;

/** `✓ rng-b85tm is out of the endpoints (0.2 s)`; for many pods `12 of 26 pods done, 3 in progress`, then the open ones. */
export function progressLines(result: Result): readonly string[] {
  const { plan, proof, tookMs } = result;
  const said = proof.flatMap((progress, index) =>
    isSeen(progress) ? { progress, line: progressLine(progress, tookMs?.(progress, index)) } : [],
  );
  const lines = said.map(({ line }) => line);
  const pods = podsOf(plan);
  if (podsIn(plan.operation.subject).length < 2) return bounded(lines);
  const { done, notBegun, waiting } = podStates(result);
  const later = notBegun === 0 ? '' : `, ${notBegun} not begun`;
  if (pods.length <= MOST_IN_FULL)
    return notBegun === 0 ? bounded(lines) : [...bounded(lines), `… ${count(notBegun, 'pod')} not begun`];
  const took = Math.max(...proof.map((progress, index) => tookMs?.(progress, index) ?? 0));
  const isOver = done === pods.length;
  const summary = isOver
    ? `✓ ${count(done, 'pod')} done${took > 0 ? ` (${seconds(took)})` : ''}`
    : `${done} of ${pods.length} pods done${waiting.size > 0 ? `, ${waiting.size} in progress` : ''}${later}`;
  const open = [...waiting.values()].filter(isSeen).sort((a, b) => Number(b.isLost) - Number(a.isLost));
  const shared = said.flatMap(({ progress, line }) => ('pod' in progress.milestone.condition ? [] : line));
  return [summary, ...bounded(open.map(openLine), MOST_OPEN), ...bounded(shared, MOST_OPEN)];
}

interface PodStates {
  readonly done: number;
  readonly notBegun: number;
  /** The first open milestone of each pod that was changed, by the pod's uid. */
  readonly waiting: ReadonlyMap<string, Progress>;
}

function podStates({ plan, proof, left = [] }: Result): PodStates {
  const missing = new Set(left);
  const begun = podsOf(plan).filter(({ uid }) => {
    const writes = writesOf(plan).filter(({ target }) => target.uid === uid);
    return writes.length === 0 || writes.some(({ title }) => !missing.has(title));
  });
  const waiting = new Map<string, Progress>();
  for (const progress of proof) {
    const { condition } = progress.milestone;
    if (progress.isMet || !('pod' in condition)) continue;
    const { uid } = condition.pod;
    if (!waiting.has(uid) && begun.some((pod) => pod.uid === uid)) waiting.set(uid, progress);
  }
  return { done: begun.length - waiting.size, notBegun: podsOf(plan).length - begun.length, waiting };
}

/** False for a milestone of a later turn. */
function isSeen({ isMet, seen }: Progress): boolean {
  return isMet || seen !== '';
}

function progressLine(progress: Progress, took: number | undefined): string {
  if (!progress.isMet) return openLine(progress);
  return `✓ ${escapeText(saysMet(progress))}${took === undefined ? '' : ` (${seconds(took)})`}`;
}

function openLine({ isLost, seen }: Progress): string {
  return `${isLost ? '✗' : '…'} ${escapeText(seen)}`;
}
