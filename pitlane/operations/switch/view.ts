import { gatedMembers, gateIn } from '../../rotation/gate.ts';
import { gateText, hasGateLabel } from '../../rotation/gate-record.ts';
import { valueIn } from '../../rotation/labels.ts';
import { inRotation } from '../../rotation/membership.ts';
import type { Operation } from '../../rotation/plan.ts';
import { parseLabel } from '../../rotation/selector.ts';
import type { GateLabel, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { podsWith, readSwitch, readyPodsWith, type SwitchRecord, widenedIn } from '../../rotation/switch.ts';
import type { SwitchRequest } from './switch.ts';

/** The input of the checks, and of the phases. */
export type SwitchView = NonNullable<ReturnType<typeof viewOf>>;

/** Undefined: the request has no valid label. */
export function viewOf(snapshot: Snapshot, operation: Operation<SwitchRequest>) {
  const { request } = operation;
  const label = parseLabel(request.label ?? '');
  if (label === undefined) return undefined;
  const { service } = snapshot;
  const record = readSwitch(service);
  const isWidened = widenedIn(service)?.label.key === label.key;
  const isByGate = valueIn(service.selector, label.key) === undefined && !isWidened;
  const gate = isByGate ? gateIn(snapshot)?.label : undefined;
  const others = inRotation(snapshot).filter(({ labels }) => !hasGateLabel(labels, label));
  return {
    snapshot,
    operation,
    /** The label of the pods that get all traffic. */
    label,
    /** The gate that moves the traffic; undefined: the selector does. */
    gate,
    /** The record of the last switch, which may be this one. */
    record,
    /** A switch has taken the key out of the selector for a while. */
    isWidened,
    /** Both sets get traffic for a while. */
    isWide: isReturning(record, label) && isWidened ? false : request.widen === true || isHalfWide(record, label),
    /** The label that the traffic comes from. Undefined: there are several, or it has moved already. */
    from: fromOf(snapshot, operation, label, isByGate ? others : undefined),
    /** The pods that get the traffic, and those of them that are ready. */
    target: podsWith(snapshot, label, gate?.key),
    ready: readyPodsWith(snapshot, label, gate?.key),
    /** The other pods that are in rotation. */
    others,
    /** Fewest ready pods that the target must have. */
    least: leastOf(snapshot, label, record, others),
  };
}

/** A switch from these pods to others was not finished, so load balancers know them. */
export function isReturning(record: SwitchRecord | undefined, label: GateLabel): boolean {
  return record?.from === gateText(label);
}

function isHalfWide(record: SwitchRecord | undefined, label: GateLabel): boolean {
  return record?.to === gateText(label) && record.both !== undefined;
}

/**
 * As many pods as there are in rotation now. Half way, pods of both sets are in rotation, so the number from the beginning
 * counts; on the way back, the pods of the set that is left.
 */
function leastOf(
  snapshot: Snapshot,
  label: GateLabel,
  record: SwitchRecord | undefined,
  others: readonly Pod[],
): number {
  if (record?.to === gateText(label)) return Math.max(record.least ?? 0, others.length);
  return isReturning(record, label) ? others.length : inRotation(snapshot).length;
}

/** `byGate`: the other pods in rotation, if the gate moves the traffic. */
function fromOf(
  { service }: Snapshot,
  { id }: Operation,
  { key, value }: GateLabel,
  byGate: readonly Pod[] | undefined,
): string | undefined {
  const record = readSwitch(service);
  const now = valueIn(service.selector, key);
  if (now !== undefined && now !== value) return `${key}=${now}`;
  const isTo = record?.to === `${key}=${value}`;
  if (isTo && (byGate === undefined || byGate.length === 0 || record.id === id)) return record.from;
  if (byGate === undefined) return record?.from === `${key}=${value}` ? record.to : undefined;
  const values = new Set(byGate.map(({ labels }) => valueIn(labels, key)));
  const [only] = values;
  return values.size === 1 && only !== undefined ? `${key}=${only}` : undefined;
}

/** The pods that have the gate label and lose it. */
export function podsToTakeOut({ snapshot, label, gate }: SwitchView): readonly Pod[] {
  if (gate === undefined) return [];
  return podsOf(snapshot, ({ labels }) => !hasGateLabel(labels, label) && hasGateLabel(labels, gate));
}

/** The pods of the target that get the gate label. */
export function podsToTakeIn({ snapshot, label, gate }: SwitchView): readonly Pod[] {
  if (gate === undefined) return [];
  return podsOf(snapshot, ({ labels }) => hasGateLabel(labels, label) && !hasGateLabel(labels, gate));
}

function podsOf(snapshot: Snapshot, isMeant: (pod: Pod) => boolean): readonly Pod[] {
  const pods = gatedMembers(snapshot).map(({ pod }) => pod);
  return pods.filter(isMeant).sort((a, b) => (a.name < b.name ? -1 : 1));
}
