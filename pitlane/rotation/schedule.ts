import { formatDuration } from '../text/duration.ts';
import { hash64 } from '../text/hash.ts';
import type { Labels } from './labels.ts';
import type { Report } from './report.ts';
import { matches, parseSelector } from './selector.ts';

export type Toggle = 'enable' | 'disable';

/** What a schedule does, and when. Exactly one of selector, node and pods is set. */
export interface Timetable {
  /** Five fields, or a nickname such as @daily. */
  readonly cron: string;
  /** IANA name; UTC if none was given. */
  readonly tz: string;
  readonly does: Toggle;
  /** After that time it does the opposite. Absent: what it does stays. */
  readonly forSeconds?: number;
  readonly selector?: string;
  readonly node?: string;
  /** Full names. */
  readonly pods?: readonly string[];
}

/** A timetable that the tick keeps. */
export interface Schedule extends Timetable {
  /** From the timetable, so the same one has the same id. */
  readonly id: string;
  readonly because?: string;
  /** Absent: it stands in pitlane.yaml. */
  readonly added?: Added;
}

export interface Added {
  readonly by: string;
  readonly byName?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The id of the operation that added it. */
  readonly operation: string;
  readonly report?: Report;
}

/** The schedules of a service that were added by command. */
export interface KeptSchedules {
  /** The ConfigMap; absent: there is none yet. */
  readonly object?: { readonly name: string; readonly uid: string; readonly data: Labels };
  readonly schedules: readonly Schedule[];
  /** The keys of those that can't be read. They are kept, and never acted on. */
  readonly unreadable: readonly string[];
}

/** All schedules of a service, each once: those of pitlane.yaml, and those that were added. */
export function schedulesOf(
  { schedules: configured = [] }: { readonly schedules?: readonly Schedule[] },
  kept: KeptSchedules | undefined,
): readonly Schedule[] {
  const added = kept?.schedules ?? [];
  return [...configured, ...added.filter(({ id }) => !configured.some((other) => other.id === id))];
}

/** The form of an id. */
export const SCHEDULE_ID = /^[0-9a-f]{6}$/;

export function scheduleId({ cron, tz, does, forSeconds, selector, node, pods }: Timetable): string {
  const text = JSON.stringify([cron, tz, does, forSeconds, selector, node, pods]);
  return hash64(text).toString(16).padStart(16, '0').slice(0, 6);
}

export const SCHEDULE_PREFIX = 'schedule.';

/** The key in the `data` of the ConfigMap. */
export function scheduleKey(id: string): string {
  return `${SCHEDULE_PREFIX}${id}`;
}

export function scheduleData({ id: _, added, ...rest }: Schedule): string {
  return JSON.stringify({ v: 1, ...rest, ...added });
}

export function scheduleOf(timetable: Timetable, because: string | undefined, added?: Added): Schedule {
  return {
    id: scheduleId(timetable),
    ...timetable,
    ...(because !== undefined && { because }),
    ...(added && { added }),
  };
}

/** `enable -l track=canary for 8h at "0 9 * * 1-5" (Europe/Zurich)` */
export function scheduleText({ cron, tz, does, forSeconds, ...which }: Timetable): string {
  const time = forSeconds === undefined ? '' : ` for ${formatDuration(forSeconds)}`;
  return `${does} ${selectionText(which)}${time} at "${cron}" (${tz})`;
}

/** `-l track=canary`, `--node node-1`, `rng-a rng-b` */
export function selectionText({ selector, node, pods = [] }: Pick<Timetable, 'selector' | 'node' | 'pods'>): string {
  if (selector !== undefined) return `-l ${/\s/.test(selector) ? `'${selector}'` : selector}`;
  return node === undefined ? pods.join(' ') : `--node ${node}`;
}

/** The selector asks for that label. */
export function namesKey({ selector = '' }: Timetable, key: string): boolean {
  const parsed = parseSelector(selector);
  return parsed.kind === 'selector' && parsed.selector.some((requirement) => requirement.key === key);
}

/** The schedule is about the pod. */
export function isScheduled(
  { selector, node, pods }: Timetable,
  pod: { readonly name: string; readonly labels: Labels; readonly nodeName?: string },
): boolean {
  if (selector !== undefined) {
    const parsed = parseSelector(selector);
    return parsed.kind === 'selector' && matches(parsed.selector, pod.labels);
  }
  return node === undefined ? pods?.includes(pod.name) === true : pod.nodeName === node;
}
