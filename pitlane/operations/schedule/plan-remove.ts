import { type Effect, effect } from '../../rotation/effect.ts';
import { gatedMembers } from '../../rotation/gate.ts';
import { makePlan } from '../../rotation/make-plan.ts';
import type { Check, Operation, Plan, Refusal } from '../../rotation/plan.ts';
import { refusal } from '../../rotation/safety.ts';
import { isScheduled, type Schedule, scheduleText, selectionText } from '../../rotation/schedule.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { compact, count } from '../../text/words.ts';
import type { Planner } from '../spec.ts';
import { podsNotAt, unknownSchedule } from './checks.ts';
import type { ScheduleRemoveRequest } from './schedule.ts';
import { schedulesIn } from './view.ts';
import { removalOf } from './writes.ts';

/** Plans the one write that removes the schedule. Pods stay as they are. */
export const planScheduleRemove: Planner<ScheduleRemoveRequest> = (snapshot, operation) => {
  const { schedules } = snapshot;
  if (schedules?.kind === 'notSeen')
    return refused(operation, refusal('SchedulesNotSeen', `The schedules can't be read. ${schedules.why}`));
  const { schedule: id = '' } = operation.request;
  const schedule = schedulesIn(snapshot).find((each) => each.id === id);
  const title = `remove schedule ${id}`;
  if (schedule === undefined) {
    if (operation.isResumed !== true) return refused(operation, unknownSchedule(snapshot, id));
    return makePlan(operation, { phases: [{ title, writes: [], until: [], lease: 'none' }] });
  }
  const write = removalOf(snapshot, schedule);
  if (write === undefined)
    return refused(
      operation,
      refusal(
        'InConfiguration',
        `Schedule ${id} stands in pitlane.yaml. Remove it there, and deploy.`,
        'schedule list',
      ),
    );
  return makePlan(operation, {
    effects: effectsOf(snapshot, schedule),
    phases: [{ title, writes: [write], until: [], lease: 'none' }],
    opposite: oppositeOf(schedule),
  });
};

function refused(operation: Operation, check: Check): Refusal {
  return { kind: 'refusal', operation, checks: [check], isForceable: false };
}

function effectsOf(snapshot: Snapshot, schedule: Schedule): readonly Effect[] {
  const pods = gatedMembers(snapshot).flatMap(({ pod }) => (isScheduled(schedule, pod) ? [pod] : []));
  const disabled = podsNotAt(snapshot, 'enable', pods).length;
  return compact(
    effect('RemovesSchedule', `Removes schedule ${schedule.id}: ${scheduleText(schedule)}.`),
    disabled > 0 &&
      effect(
        'StayDisabled',
        `Pods stay as they are: ${count(disabled, 'pod')} of ${selectionText(schedule)} ${disabled === 1 ? 'is' : 'are'} disabled. To change that: enable ${selectionText(schedule)}.`,
        { pods: disabled },
      ),
  );
}

/** The values of the command that adds it again. */
function oppositeOf({ id: _, added: __, ...timetable }: Schedule): Plan['opposite'] {
  return { ...timetable };
}
