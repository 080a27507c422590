import { optional, parseObject, shape } from '../text/shape.ts';
import { isoTime, personOf, timestamp } from '../text/words.ts';
import { secondsSince } from './data-planes.ts';
import { valueIn } from './labels.ts';
import { readDisabled, SWITCH } from './marks.ts';
import type { Operation } from './plan.ts';
import { parseLabel } from './selector.ts';
import type { GateLabel, Pod, Service, Snapshot } from './snapshot.ts';
import { IS_PERSON, isId, isLabelText, isTimestamp } from './stored.ts';

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

export function sinceNow(at: number): NonNullable<SwitchRecord['both']> {
  return { since: isoTime(at) };
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
