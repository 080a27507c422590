import { type Effect, effect } from '../../rotation/effect.ts';
import { gatedMembers } from '../../rotation/gate.ts';
import { valueIn } from '../../rotation/labels.ts';
import { fingerprintOf, makePlan } from '../../rotation/make-plan.ts';
import { adminConfigMapName, CREATED_BY, MANAGED_BY, SERVICE_LABEL } from '../../rotation/marks.ts';
import { patchOf } from '../../rotation/patch.ts';
import type { Operation, Plan, Write } from '../../rotation/plan.ts';
import { checkInStages, refusal, refuse } from '../../rotation/safety.ts';
import {
  isScheduled,
  type Schedule,
  scheduleData,
  scheduleKey,
  scheduleText,
  selectionText,
} from '../../rotation/schedule.ts';
import { edgesAfter, timeIn } from '../../rotation/schedule-level.ts';
import { ifSeen, type Snapshot } from '../../rotation/snapshot.ts';
import { compact, count } from '../../text/words.ts';
import type { Planner } from '../spec.ts';
import { identityChecks, podsNotAt, safetyChecks, serviceChecks, unknownSchedule } from './checks.ts';
import type { ScheduleAddRequest, ScheduleRemoveRequest } from './schedule.ts';
import { schedulesIn, viewOf } from './view.ts';

/** Plans the one write that adds the schedule. The tick does the rest. */
export const planScheduleAdd: Planner<ScheduleAddRequest> = (snapshot, operation) => {
  const view = viewOf(snapshot, operation);
  const { schedule, others } = view;
  const title = `add schedule ${schedule.id}`;
  const isWritten = others.some(({ id, added }) => id === schedule.id && added?.operation === operation.id);
  const common = { undo: undoOf(snapshot, schedule), opposite: { schedule: schedule.id } };
  if (isWritten) return makePlan(operation, { phases: [{ title, lease: 'none' }], ...common });
  const checks = checkInStages(view, serviceChecks, identityChecks, safetyChecks);
  if ('kind' in checks) return checks;
  const writes = [additionOf(snapshot, operation, schedule)];
  const phases = [{ title, writes, lease: 'none' }] as const;
  const plan = makePlan(operation, { checks, effects: effectsOfAdding(schedule, operation.at), phases, ...common });
  // The journal of the operation may create the ConfigMap meanwhile: the write differs then, and its meaning does not.
  return { ...plan, fingerprint: fingerprintOf(checks, [scheduleText(schedule)], []) };
};

function effectsOfAdding(schedule: Schedule, now: number): readonly Effect[] {
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

/** Plans the one write that removes the schedule. Pods stay as they are. */
export const planScheduleRemove: Planner<ScheduleRemoveRequest> = (snapshot, operation) => {
  const { schedules } = snapshot;
  if (schedules?.kind === 'notSeen')
    return refuse(operation, refusal('SchedulesNotSeen', `The schedules can't be read. ${schedules.why}`));
  const { schedule: id = '' } = operation.request;
  const schedule = schedulesIn(snapshot).find((each) => each.id === id);
  const title = `remove schedule ${id}`;
  if (schedule === undefined) {
    if (operation.isResumed !== true) return refuse(operation, unknownSchedule(snapshot, id));
    return makePlan(operation, { phases: [{ title, lease: 'none' }] });
  }
  const write = removalOf(snapshot, schedule);
  const { id: _, added: __, ...timetable } = schedule;
  if (write === undefined)
    return refuse(
      operation,
      refusal(
        'InConfiguration',
        `Schedule ${id} stands in pitlane.yaml. Remove it there, and deploy.`,
        'schedule list',
      ),
    );
  return makePlan(operation, {
    effects: effectsOfRemoving(snapshot, schedule),
    phases: [{ title, writes: [write], lease: 'none' }],
    // The values of the command that adds it again.
    opposite: timetable,
  });
};

function effectsOfRemoving(snapshot: Snapshot, schedule: Schedule): readonly Effect[] {
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

const DATA = '/data';

/** Puts the schedule into the ConfigMap that only admins may write, which is created where there is none. */
function additionOf(snapshot: Snapshot, operation: Operation, schedule: Schedule): Write {
  const { namespace, name: service } = snapshot.service;
  const name = adminConfigMapName(service);
  const key = scheduleKey(schedule.id);
  const value = scheduleData(schedule);
  const base = { key: `schedule add ${schedule.id}`, title: `add schedule ${schedule.id} (ConfigMap ${name})` };
  const target = { kind: 'ConfigMap', apiVersion: 'v1', name, namespace };
  const object = snapshot.schedules && ifSeen(snapshot.schedules)?.object;
  if (object !== undefined)
    return {
      ...base,
      ...patchOf(object.uid, [{ root: DATA, before: object.data, change: { [key]: value } }]),
      target: { ...target, uid: object.uid },
    };
  return {
    ...base,
    kind: 'create',
    target: { ...target, uid: '' },
    object: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace,
        labels: { [MANAGED_BY]: 'pitlane', [SERVICE_LABEL]: service },
        annotations: { [CREATED_BY]: operation.id },
      },
      data: { [key]: value },
    },
  };
}

/** Takes the schedule out. */
function removalOf(snapshot: Snapshot, schedule: Schedule): Write | undefined {
  const object = snapshot.schedules && ifSeen(snapshot.schedules)?.object;
  const key = scheduleKey(schedule.id);
  if (object === undefined || valueIn(object.data, key) === undefined) return undefined;
  const { namespace } = snapshot.service;
  return {
    key: `schedule remove ${schedule.id}`,
    title: `remove schedule ${schedule.id} (ConfigMap ${object.name})`,
    ...patchOf(object.uid, [{ root: DATA, before: object.data, change: { [key]: null } }]),
    target: { kind: 'ConfigMap', apiVersion: 'v1', name: object.name, uid: object.uid, namespace },
  };
}
