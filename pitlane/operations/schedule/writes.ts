import { valueIn } from '../../rotation/labels.ts';
import { adminConfigMapName, CREATED_BY, MANAGED_BY, SERVICE_LABEL } from '../../rotation/marks.ts';
import { patchOf } from '../../rotation/patch.ts';
import type { Operation, Write } from '../../rotation/plan.ts';
import { type Schedule, scheduleData, scheduleKey } from '../../rotation/schedule.ts';
import { ifSeen, type Snapshot } from '../../rotation/snapshot.ts';

const DATA = '/data';

/** Puts the schedule into the ConfigMap that only admins may write, which is created where there is none. */
export function additionOf(snapshot: Snapshot, operation: Operation, schedule: Schedule): Write {
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
export function removalOf(snapshot: Snapshot, schedule: Schedule): Write | undefined {
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
