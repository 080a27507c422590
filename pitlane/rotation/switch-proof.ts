import { list } from '../text/words.ts';
import { FOLLOWED_SECONDS } from './data-planes.ts';
import { podsText } from './gate.ts';
import { hasGateLabel } from './gate-record.ts';
import { DRAINED_FROM } from './marks.ts';
import { isPodReady, isSelected, readyUids } from './membership.ts';
import type { Condition, Progress, SwitchCondition } from './plan.ts';
import { matches, selectorOf } from './selector.ts';
import type { GateLabel, Pod, Snapshot } from './snapshot.ts';
import { heldSeconds, readSwitch } from './switch-record.ts';
import { isActive } from './workload.ts';

type Look = Omit<Progress, 'milestone'>;

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

function looked(isMet: boolean, seen: string): Look {
  return { isMet, isLost: false, seen };
}
