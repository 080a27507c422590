import { isScheduled, type Schedule, selectionText, type Timetable, type Toggle } from '../../rotation/schedule.ts';
import { edgesAfter, levelAt } from '../../rotation/schedule-level.ts';
import type { Pod } from '../../rotation/snapshot.ts';

/** Half a year of days with two edges. */
const LOOKED_AT = 366;

/** Two schedules that want opposite things of the same pods. */
export interface Conflict {
  readonly other: Schedule;
  /** A time at which they do, in milliseconds since the epoch. */
  readonly at: number;
  /** What the other one wants then. */
  readonly wants: Toggle;
}

/** The first time at which both have an edge and want opposite things: which of them wins is undefined. */
export function contradiction(timetable: Timetable, other: Schedule, from: number): Conflict | undefined {
  const edges = new Map(edgesAfter(timetable, from, LOOKED_AT).map(({ at, does }) => [at, does]));
  const found = edgesAfter(other, from, LOOKED_AT).find(({ at, does }) => edges.has(at) && edges.get(at) !== does);
  return found && { other, at: found.at, wants: found.does };
}

/** The first time at which one begins while the other is in its own time and wants the opposite: the later one wins. */
export function overlap(schedule: Schedule, other: Schedule, from: number): Conflict | undefined {
  if (schedule.forSeconds === undefined || other.forSeconds === undefined || schedule.does === other.does)
    return undefined;
  const begins = ([one, two]: readonly [Schedule, Schedule]) =>
    edgesAfter(one, from, LOOKED_AT)
      .filter(({ does }) => does === one.does)
      .map(({ at }) => at)
      .find((at) => levelAt(two, at)?.does === two.does);
  const times = [begins([schedule, other]), begins([other, schedule])].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : { other, at: Math.min(...times), wants: other.does };
}

/** Both are about the same pods: by the same words, or by a pod that is there now. */
export function isAboutSame(one: Timetable, other: Timetable, pods: readonly Pod[]): boolean {
  return (
    selectionText(one) === selectionText(other) || pods.some((pod) => isScheduled(one, pod) && isScheduled(other, pod))
  );
}
