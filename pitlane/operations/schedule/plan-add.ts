import { type Effect, effect } from '../../rotation/effect.ts';
import { fingerprintOf, makePlan } from '../../rotation/make-plan.ts';
import { adminConfigMapName } from '../../rotation/marks.ts';
import type { Plan } from '../../rotation/plan.ts';
import { checkInStages } from '../../rotation/safety.ts';
import { type Schedule, scheduleKey, scheduleText } from '../../rotation/schedule.ts';
import { edgesAfter, timeIn } from '../../rotation/schedule-level.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import type { Planner } from '../spec.ts';
import { identityChecks, safetyChecks, serviceChecks } from './checks.ts';
import type { ScheduleAddRequest } from './schedule.ts';
import { viewOf } from './view.ts';
import { additionOf } from './writes.ts';

/** Plans the one write that adds the schedule. The tick does the rest. */
export const planScheduleAdd: Planner<ScheduleAddRequest> = (snapshot, operation) => {
  const view = viewOf(snapshot, operation);
  const { schedule, others } = view;
  const title = `add schedule ${schedule.id}`;
  const isWritten = others.some(({ id, added }) => id === schedule.id && added?.operation === operation.id);
  const common = { undo: undoOf(snapshot, schedule), opposite: { schedule: schedule.id } };
  if (isWritten) return makePlan(operation, { phases: [{ title, writes: [], until: [], lease: 'none' }], ...common });
  const checks = checkInStages(view, serviceChecks, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const writes = [additionOf(snapshot, operation, schedule)];
  const phases = [{ title, writes, until: [], lease: 'none' }] as const;
  const plan = makePlan(operation, { checks, effects: effectsOf(schedule, operation.at), phases, ...common });
  // The journal of the operation may create the ConfigMap meanwhile: the write differs then, and its meaning does not.
  return { ...plan, fingerprint: fingerprintOf(checks, [scheduleText(schedule)], []) };
};

function effectsOf(schedule: Schedule, now: number): readonly Effect[] {
  const { id, tz } = schedule;
  const next = edgesAfter(schedule, now, 2).map((edge) => `${edge.does} ${timeIn(tz, edge.at)}`);
  return [
    effect('Schedule', `Schedule ${id}: ${scheduleText(schedule)}.`),
    effect('NextEdges', `Next: ${next.join(', then ')} (${tz}).`),
    effect('ManualWins', 'A manual change wins until the next time. Pods that come later are treated the same.'),
  ];
}

function undoOf({ service }: Snapshot, { id }: Schedule): Plan['undo'] {
  const patch = `--type=json -p '[{"op":"remove","path":"/data/${scheduleKey(id)}"}]'`;
  return [`kubectl -n ${service.namespace} patch configmap ${adminConfigMapName(service.name)} ${patch}`];
}
