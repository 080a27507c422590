import { FOLLOWED_SECONDS } from '../../rotation/data-planes.ts';
import { gateText } from '../../rotation/gate-record.ts';
import { SWITCH } from '../../rotation/marks.ts';
import { servicePatch } from '../../rotation/patch.ts';
import { type Milestone, milestone, type Phase } from '../../rotation/plan.ts';
import { heldSeconds, type SwitchRecord, sinceNow } from '../../rotation/switch-record.ts';
import { personOf, timestamp } from '../../text/words.ts';
import type { SwitchView } from './view.ts';

/** The target has the traffic, and no other pod. */
export function proofOf(view: SwitchView): readonly Milestone[] {
  const { label } = view;
  return [
    inRotation(view, [label.value]),
    milestone({ kind: 'othersOut', label }, 'All other pods are out of the endpoints', 30),
  ];
}

export function inRotation({ label: { key }, gate }: SwitchView, values: readonly string[]): Milestone {
  const sets = values.map((value) => `${key}=${value}`).join(' and ');
  return milestone(
    { kind: 'setsInRotation', key, values, ...(gate && { gate: gate.key }) },
    `All ready pods with ${sets} are in rotation`,
    30,
  );
}

/** The record of the switch as this operation writes it. */
export function recordOf({ snapshot, operation, label, from, gate }: SwitchView): SwitchRecord {
  return {
    v: 1,
    id: operation.id,
    ...(from && { from }),
    to: gateText(label),
    ...(gate && { gate: gateText(gate) }),
    ...personOf(operation),
    at: timestamp(snapshot.at),
  };
}

export function recorded(record: SwitchRecord) {
  return { [SWITCH]: JSON.stringify(record) };
}

/** Notes since when both sets are in the endpoints, in the cluster, and waits until data planes have followed. */
export function holdPhase(view: SwitchView, both: Milestone): Phase {
  const { snapshot, label, least } = view;
  const { name } = snapshot.service;
  const title = `note on Service ${name} since when both sets are in the endpoints`;
  const record = { ...recordOf(view), least, both: sinceNow(snapshot.at) };
  const isNoted = view.record?.to === gateText(label) && heldSeconds(snapshot) !== undefined;
  const write = servicePatch(snapshot, 'switch hold', title, { annotation: recorded(record), selector: {} });
  const held = milestone({ kind: 'bothHeld' }, `Both sets are in the endpoints for ${FOLLOWED_SECONDS} s`, 30);
  return { title, writes: isNoted ? [] : [write], until: [both, held], lease: 'none' };
}
