import { optional, parseObject, shape } from '../text/shape.ts';
import { list, personOf, timestamp } from '../text/words.ts';
import { FOLLOWED_SECONDS, secondsSince } from './data-planes.ts';
import { podsText } from './gate.ts';
import { hasGateLabel } from './gate-record.ts';
import { valueIn } from './labels.ts';
import { DRAINED_FROM, readDisabled, SWITCH } from './marks.ts';
import { isPodReady, isSelected, readyUids } from './membership.ts';
import { type Condition, type Look, looked, type Operation, type SwitchCondition } from './plan.ts';
import { matches, parseLabel, selectorOf } from './selector.ts';
import type { GateLabel, Pod, Service, Snapshot } from './snapshot.ts';
import { IS_PERSON, isId, isLabelText, isTimestamp } from './stored.ts';
import { isActive } from './workload.ts';

/** What Pitlane writes on the Service of a switch, as JSON in an annotation. It stays as the record of the last switch. */
export interface SwitchRecord {
  readonly v: 1;
  /** The id of the operation that wrote it last. */
  readonly id: string;
  /** The label of the pods that had the traffic before: `version=blue`. Absent: they had several values. */
  readonly from?: string;
  /** `version=green` */
  readonly to: string;
  readonly by: string;
  readonly byName?: string;
  /** RFC 3339. */
  readonly at: string;
  /** The number of pods in rotation before, which the target must have; absent: the switch was one write. */
  readonly least?: number;
  /** The label of the gate that moves the traffic; absent: the selector does. */
  readonly gate?: string;
  /** Both sets get traffic for a while. `since`: all their ready pods are in the endpoints; RFC 3339. */
  readonly both?: { readonly since?: string };
}

/** The record of the last switch. Undefined: there is none, or none of this version. Users who may edit the Service may write anything there. */
export function readSwitch({ annotations }: Pick<Service, 'annotations'>): SwitchRecord | undefined {
  const record = parseObject(annotations[SWITCH] ?? '');
  return isSwitchRecord(record) ? record : undefined;
}

/** The switch that has taken its key out of the selector, so that both sets get traffic. */
export function widenedIn(service: Service): (SwitchRecord & { readonly label: GateLabel }) | undefined {
  const record = readSwitch(service);
  const isWide = record?.both !== undefined && record.from !== undefined && record.gate === undefined;
  const label = isWide ? parseLabel(record.to) : undefined;
  if (record === undefined || label === undefined || valueIn(service.selector, label.key) !== undefined)
    return undefined;
  return { ...record, label };
}

/** How long both sets are in the endpoints, in seconds. Undefined: no time is recorded, or one that is not past. */
export function heldSeconds({ service, at }: Pick<Snapshot, 'service' | 'at'>): number | undefined {
  return secondsSince(readSwitch(service)?.both?.since, at);
}

/** The mark on a pod that a switch has taken out of rotation by its gate label, as `disable` writes it. */
export function switchedOffMark({ service, at }: Snapshot, operation: Operation, label: string): string {
  const { id, request } = operation;
  const { because = `switch to ${label}` } = request;
  return JSON.stringify({
    v: 1,
    id,
    service: service.name,
    ...personOf(operation),
    because,
    at: timestamp(at),
    switch: label,
  });
}

/** The pod was taken out of rotation on purpose, and not by a switch. */
export function isDisabledByHand(pod: Pick<Pod, 'annotations'>): boolean {
  const mark = readDisabled(pod);
  return mark.kind === 'unreadable' || (mark.kind === 'record' && mark.record.switch === undefined);
}

const isSwitchRecord = shape<SwitchRecord>({
  v: (version) => version === 1,
  id: isId,
  from: optional(isLabelText),
  to: isLabelText,
  ...IS_PERSON,
  at: isTimestamp,
  gate: optional(isLabelText),
  least: optional((least) => Number.isInteger(least)),
  both: optional(shape<NonNullable<SwitchRecord['both']>>({ since: optional(isTimestamp) })),
});

const LOOKS: { readonly [K in SwitchCondition['kind']]: (snapshot: Snapshot, condition: never) => Look } = {
  setsInRotation: lookAtSets,
  othersOut: lookAtOthers,
  switchRecorded: lookAtRecord,
  bothHeld: lookAtTime,
};

export function isAboutSwitch(condition: Condition): condition is SwitchCondition {
  return condition.kind in LOOKS;
}

export function lookAtSwitch(condition: SwitchCondition, snapshot: Snapshot): Look {
  return LOOKS[condition.kind](snapshot, condition as never);
}

/**
 * The pods that the service selects if its selector asks for the label in place of the key's present value. `gate`: a key
 * that is not asked for.
 */
export function podsWith(snapshot: Snapshot, { key, value }: GateLabel, gate?: string): readonly Pod[] {
  const { selector = {}, name } = snapshot.service;
  const others = Object.entries(selector).filter(([each]) => each !== gate);
  const wanted = selectorOf({ ...Object.fromEntries(others), [key]: value });
  return snapshot.pods.filter(
    (pod) => isActive(pod) && matches(wanted, pod.labels) && (gate === undefined || pod.labels[DRAINED_FROM] !== name),
  );
}

export function readyPodsWith(snapshot: Snapshot, label: GateLabel, gate?: string): readonly Pod[] {
  const ready = readyUids(snapshot.endpoints);
  return podsWith(snapshot, label, gate).filter((pod) => isPodReady(pod, ready));
}

function lookAtSets(
  snapshot: Snapshot,
  { key, values, gate }: Extract<SwitchCondition, { kind: 'setsInRotation' }>,
): Look {
  const listed = readyUids(snapshot.endpoints);
  const sets = values.map((value) => {
    const ready = readyPodsWith(snapshot, { key, value }, gate);
    const serving = ready.filter(({ uid, labels }) => listed.has(uid) && isSelected(snapshot.service, labels));
    const text = `${serving.length} of ${ready.length} ready pods with ${key}=${value}`;
    return { isMet: serving.length === ready.length, text };
  });
  return looked(
    sets.every(({ isMet }) => isMet),
    `${list(sets.map(({ text }) => text))} are in rotation`,
  );
}

function lookAtOthers(snapshot: Snapshot, { label }: Extract<SwitchCondition, { kind: 'othersOut' }>): Look {
  const own = new Set(snapshot.pods.filter(({ labels }) => hasGateLabel(labels, label)).map(({ uid }) => uid));
  const others = snapshot.endpoints.flatMap(({ pod }) => (pod === undefined || own.has(pod.uid) ? [] : pod));
  const names = [...new Map(others.map((pod) => [pod.uid, pod])).values()];
  return names.length === 0
    ? looked(true, 'no other pod is in the endpoints')
    : looked(false, `${podsText(names)} ${names.length === 1 ? 'is' : 'are'} still in the endpoints`);
}

function lookAtRecord({ service }: Snapshot, { id }: Extract<SwitchCondition, { kind: 'switchRecorded' }>): Look {
  const isRecorded = readSwitch(service)?.id === id;
  return looked(isRecorded, `Service ${service.name} has ${isRecorded ? 'the' : 'no'} record of the switch`);
}

function lookAtTime(snapshot: Snapshot): Look {
  const held = heldSeconds(snapshot) ?? 0;
  const shown = Math.min(FOLLOWED_SECONDS, Math.floor(held));
  return looked(held >= FOLLOWED_SECONDS, `both sets are in the endpoints for ${shown} of ${FOLLOWED_SECONDS} s`);
}
