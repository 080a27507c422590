import { lastRun, nextRun } from './cron.ts';
import { hasGateLabel } from './gate-record.ts';
import { isScheduled, type Schedule, type Timetable, type Toggle } from './schedule.ts';
import type { GateLabel, Pod } from './snapshot.ts';

function opposite(does: Toggle): Toggle {
  return does === 'enable' ? 'disable' : 'enable';
}

/** What a schedule wants at a time. */
export interface Level {
  readonly schedule: Schedule;
  readonly does: Toggle;
  /** The edge that it began at, in milliseconds since the epoch. */
  readonly since: number;
  /** It is between its time and its end, and not the opposite that follows. */
  readonly isOwn: boolean;
}

export interface Edge {
  readonly at: number;
  readonly does: Toggle;
}

/**
 * Its level at that time. Undefined: it wants nothing yet. A schedule with a duration wants something at any time, one
 * without it from its first edge after it was added.
 */
export function levelAt(schedule: Schedule, now: number): Level | undefined {
  const { cron, tz, does, forSeconds, added } = schedule;
  const start = lastRun(cron, tz, now);
  if (start === undefined) return undefined;
  const end = forSeconds === undefined ? undefined : start + forSeconds * 1000;
  if (end !== undefined && end <= now) return { schedule, does: opposite(does), since: end, isOwn: false };
  if (end === undefined && added !== undefined && start < added.at) return undefined;
  return { schedule, does, since: start, isOwn: true };
}

/** The edges after `from`, at most that many. */
export function edgesAfter({ cron, tz, does, forSeconds }: Timetable, from: number, most: number): readonly Edge[] {
  const edges: Edge[] = [];
  const last = lastRun(cron, tz, from);
  let end = last === undefined || forSeconds === undefined ? undefined : last + forSeconds * 1000;
  let start = nextRun(cron, tz, from);
  while (edges.length < most) {
    if (end !== undefined && end > from && (start === undefined || end < start))
      edges.push({ at: end, does: opposite(does) });
    if (start === undefined || edges.length >= most) break;
    edges.push({ at: start, does });
    end = forSeconds === undefined ? undefined : start + forSeconds * 1000;
    start = nextRun(cron, tz, start);
  }
  return edges;
}

/**
 * The level of a pod: of the schedules about it that are in their own time, that with the last edge; of the others, if none
 * is. It holds since the last edge of any of them. `contradicting`: those whose edges are at the same time and want opposite
 * things, so that none is followed.
 */
export function levelOfPod(
  pod: Pod,
  levels: readonly Level[],
): { readonly level?: Level; readonly since?: number; readonly contradicting: readonly Level[] } {
  const about = levels.filter(({ schedule }) => isScheduled(schedule, pod));
  const own = about.filter(({ isOwn }) => isOwn);
  const eligible = own.length > 0 ? own : about;
  const last = lastEdge(eligible);
  const latest = eligible.filter(({ since }) => since === last);
  const [level] = latest;
  if (latest.some(({ does }) => does !== level?.does)) return { contradicting: latest };
  return { ...(level && { level, since: lastEdge(about) }), contradicting: [] };
}

/** The pods of a level that are as it wants them, and the others. */
export interface Assigned {
  readonly level: Level;
  readonly asWanted: readonly Pod[];
  readonly others: readonly Pod[];
}

/** Every level that some member follows, and the pairs of levels that contradict each other about one. */
export function assign(
  pods: readonly Pod[],
  gate: GateLabel,
  levels: readonly Level[],
): { readonly assigned: readonly Assigned[]; readonly contradicting: readonly Level[] } {
  const found = pods.map((pod) => ({ pod, ...levelOfPod(pod, levels) }));
  const assigned = levels.map((level): Assigned => {
    const following = found.filter((each) => each.level === level);
    const own = following.map(({ pod }) => pod);
    const since = Math.max(level.since, ...following.map((each) => each.since ?? 0));
    const isAsWanted = (pod: Pod) => hasGateLabel(pod.labels, gate) === (level.does === 'enable');
    return {
      level: { ...level, since },
      asWanted: own.filter(isAsWanted),
      others: own.filter((pod) => !isAsWanted(pod)),
    };
  });
  return { assigned, contradicting: [...new Set(found.flatMap(({ contradicting }) => contradicting))] };
}

/** The last edge of any of the levels; -Infinity: there is none. */
export function lastEdge(levels: readonly Level[]): number {
  return Math.max(...levels.map(({ since }) => since));
}

/** A day of edges each half an hour. */
const MOST_EDGES = 48;

/** The level that comes next, and when. Undefined: it stays as it is. */
export function nextLevel(schedule: Schedule, now: number): Edge | undefined {
  const does = levelAt(schedule, now)?.does;
  return edgesAfter(schedule, now, MOST_EDGES).find((edge) => edge.does !== does);
}

/** `Mon 2026-11-30 09:00`, in the time zone. */
export function timeIn(timeZone: string, at: number): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const [weekday, year, month, day, hour, minute] = ['weekday', 'year', 'month', 'day', 'hour', 'minute'].map((type) =>
    parts.get(type as Intl.DateTimeFormatPartTypes),
  );
  return `${weekday} ${year}-${month}-${day} ${hour}:${minute}`;
}
