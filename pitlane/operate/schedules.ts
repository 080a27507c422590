import { gatedMembers } from '../rotation/gate.ts';
import { gateOf, hasGateLabel } from '../rotation/gate-record.ts';
import { isScheduled, type Schedule, schedulesOf, scheduleText } from '../rotation/schedule.ts';
import { type Edge, edgesAfter, levelAt, timeIn } from '../rotation/schedule-level.ts';
import { ifSeen, type Service, type Snapshot } from '../rotation/snapshot.ts';
import { compact, count, idAndName, list, personOf, time } from '../text/words.ts';

/** The schedules of a service, for every door. */
export interface SchedulesReport {
  readonly kind: 'schedules';
  readonly service: Pick<Service, 'name' | 'namespace'>;
  readonly at: number;
  readonly schedules: readonly ShownSchedule[];
  /** What is odd about them, in sentences. */
  readonly notes: readonly string[];
}

export interface ShownSchedule extends Schedule {
  /** What it wants now; absent: nothing yet. */
  readonly now?: Schedule['does'];
  /** The next edges. */
  readonly next: readonly (Edge & {
    /** `Mon 2026-11-30 09:00`, in the schedule's time zone. */
    readonly text: string;
  })[];
  /** The names of the pods that it is about. */
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
}

const SHOWN_EDGES = 2;

export function schedulesReport(snapshot: Snapshot): SchedulesReport {
  const { service, policy, at, schedules: seen } = snapshot;
  const kept = seen && ifSeen(seen);
  const gate = gateOf(service, policy);
  const all = schedulesOf(policy, kept);
  const members = gatedMembers(snapshot).map(({ pod }) => pod);
  const { name, namespace } = service;
  return {
    kind: 'schedules',
    service: { name, namespace },
    at,
    schedules: all.map((schedule) => {
      const now = levelAt(schedule, at)?.does;
      const pods = members.filter((pod) => isScheduled(schedule, pod));
      const isOn = (pod: (typeof pods)[number]) => gate !== undefined && hasGateLabel(pod.labels, gate);
      return {
        ...schedule,
        ...(now && { now }),
        next: edgesAfter(schedule, at, SHOWN_EDGES).map((edge) => ({ ...edge, text: timeIn(schedule.tz, edge.at) })),
        enabled: pods.filter(isOn).map((pod) => pod.name),
        disabled: pods.filter((pod) => !isOn(pod)).map((pod) => pod.name),
      };
    }),
    notes: compact(
      seen?.kind === 'notSeen' && `Schedules that were added by command can't be read. ${seen.why}`,
      gate === undefined && all.length > 0 && `${name} has no gate, so no schedule can be kept. Set one up: gate on.`,
      ...(kept?.unreadable ?? []).map(
        (key) => `${key} of ConfigMap ${kept?.object?.name} can't be read, and is not followed.`,
      ),
    ),
  };
}

/** In one sentence. */
export function schedulesSummary({ service, schedules }: SchedulesReport): string {
  return schedules.length === 0
    ? `${service.name} has no schedules.`
    : `${service.name} has ${count(schedules.length, 'schedule')}.`;
}

/** The details of one, a sentence each. */
export function scheduleDetails(schedule: ShownSchedule): readonly string[] {
  const { tz, next, enabled, disabled, added, because } = schedule;
  const edges = next.map(({ does, text }) => `${does} ${text}`);
  const pods = compact(
    enabled.length > 0 && `enabled ${list(enabled)}`,
    disabled.length > 0 && `disabled ${list(disabled)}`,
  );
  const origin = added === undefined ? 'In pitlane.yaml' : `Added by ${idAndName(added)} at ${time(added.at)}`;
  return [
    edges.length === 0 ? 'It does not occur again.' : `Next: ${edges.join(', then ')} (${tz}).`,
    pods.length === 0 ? 'It matches no pod now.' : `Pods now: ${pods.join('; ')}.`,
    `${origin}${because === undefined ? '' : `: ${because}`}`,
  ];
}

/** `3f2a9c  enable -l track=canary for 8h at "0 9 * * 1-5" (Europe/Zurich)` */
export function scheduleHeading(schedule: ShownSchedule): string {
  return `${schedule.id}  ${scheduleText(schedule)}`;
}

/** One schedule for programs. Times are RFC 3339. */
export function scheduleData({ added, next, now, ...schedule }: ShownSchedule): object {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    ...schedule,
    now: now ?? null,
    next: next.map(({ at, does, text }) => ({ at: iso(at), does, text })),
    added: added === undefined ? null : { ...personOf(added), at: iso(added.at), operation: added.operation },
  };
}
