import { cronFault, timeZoneFault } from '../../rotation/cron.ts';
import { gatedMembers } from '../../rotation/gate.ts';
import type { Operation } from '../../rotation/plan.ts';
import { isScheduled, type Schedule, scheduleOf, schedulesOf, type Timetable } from '../../rotation/schedule.ts';
import { ifSeen, type Pod, type Snapshot } from '../../rotation/snapshot.ts';
import { resolvePod } from '../../rotation/target.ts';
import { personOf } from '../../text/words.ts';
import type { ScheduleAddRequest } from './schedule.ts';

/** The input of the checks of a new schedule. */
export type ScheduleView = ReturnType<typeof viewOf>;

export function viewOf(snapshot: Snapshot, operation: Operation<ScheduleAddRequest>) {
  const { id, at, report, request } = operation;
  const members = gatedMembers(snapshot).map(({ pod }) => pod);
  const added = { ...personOf(operation), at, operation: id, ...(report && { report }) };
  const schedule = scheduleOf(timetableOf(request, members), request.because, added);
  return {
    snapshot,
    operation,
    schedule,
    /** All others of the service. */
    others: schedulesIn(snapshot),
    /** Members that it is about now. */
    pods: members.filter((pod) => isScheduled(schedule, pod)),
  };
}

/** All schedules of the service, as far as they can be read. */
export function schedulesIn({ policy, schedules }: Snapshot): readonly Schedule[] {
  return schedulesOf(policy, schedules && ifSeen(schedules));
}

/** With full names of pods, where they can be told. The checks refuse the rest. */
function timetableOf(request: ScheduleAddRequest, members: readonly Pod[]): Timetable {
  const { cron = '', tz = 'UTC', does = 'enable', forSeconds, selector, node, pods } = request;
  const names = pods?.map((name) => {
    const found = resolvePod(name, members);
    return found.kind === 'found' ? found.pod.name : name;
  });
  return {
    cron,
    tz,
    does,
    ...(forSeconds !== undefined && { forSeconds }),
    ...(selector !== undefined && { selector }),
    ...(node !== undefined && { node }),
    ...(names && { pods: names }),
  };
}

/** The times of the schedule can be computed. */
export function hasTimes({ cron, tz }: Timetable): boolean {
  return cronFault(cron) === undefined && timeZoneFault(tz) === undefined;
}
