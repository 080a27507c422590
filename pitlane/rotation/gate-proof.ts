import { count } from '../text/words.ts';
import { gatedMembers, podsText, podsToClear, revisionOf, selectsText, uidEnd, unlabelled } from './gate.ts';
import { type Before, gateText, hasGateLabel, readGate } from './gate-record.ts';
import { valueIn } from './labels.ts';
import { GATE } from './marks.ts';
import { readyUids } from './membership.ts';
import { type GateCondition, type Look, looked } from './plan.ts';
import type { Controller, GateLabel, ObjectRef, Pod, Snapshot } from './snapshot.ts';
import { isActive, nameOf, selects } from './workload.ts';

/** A condition about the gate as the snapshot shows it. */
export function lookAtGate(condition: GateCondition, snapshot: Snapshot): Look {
  switch (condition.kind) {
    case 'unchanged':
      return lookForChanges(condition.before, snapshot);
    case 'rolledOut':
      return lookAtRollout(condition, snapshot);
    default:
      return LOOKS[condition.kind](snapshot, condition.label);
  }
}

type SimpleKind = Exclude<GateCondition['kind'], 'unchanged' | 'rolledOut'>;

const LOOKS: Readonly<Record<SimpleKind, (snapshot: Snapshot, label: GateLabel) => Look>> = {
  gateRecorded({ service }, label) {
    const found = readGate(service);
    const isRecorded =
      found.kind === 'record' && found.record.label === gateText(label) && found.record.removing === undefined;
    return looked(isRecorded, `Service ${service.name} has ${isRecorded ? 'the' : 'no'} record of the gate`);
  },
  ruleInForce({ gate }, label) {
    if (gate?.probe.kind === 'unknown')
      return looked(false, `it is unknown if the rule is in force: ${gate.probe.why}`);
    const isInForce = gate !== undefined && hasGateLabel(gate.probe.added, label);
    return looked(isInForce, `the API server gives new pods ${isInForce ? '' : 'no '}label ${gateText(label)}`);
  },
  gateLabelled(snapshot, label) {
    const ready = readyUids(snapshot.endpoints);
    const found = readGate(snapshot.service);
    // Pods that come without the label may have to wait until they are enabled.
    const isLate = found.kind !== 'record' || found.record.newPods === 'in';
    const late = new Set(isLate ? unlabelled(snapshot, label).map(({ uid }) => uid) : []);
    const listed = snapshot.pods.filter(
      ({ uid, labels }) => ready.has(uid) || late.has(uid) || hasGateLabel(labels, label),
    );
    const without = listed.filter(({ labels }) => !hasGateLabel(labels, label));
    const names = without.length === 0 || without.length > 3 ? '' : `, ${podsText(without)} not yet`;
    return looked(
      without.length === 0,
      `${listed.length - without.length} of ${count(listed.length, 'pod')} have ${gateText(label)}${names}`,
    );
  },
  gateInForce(snapshot, label) {
    const { service } = snapshot;
    if (!hasGateLabel(service.selector ?? {}, label)) return looked(false, `${service.name} ${selectsText(snapshot)}`);
    const ready = gatedMembers(snapshot).filter(({ isReady, pod }) => isReady && hasGateLabel(pod.labels, label));
    return rotationOf(ready, `ready pods with ${gateText(label)} are in rotation`);
  },
  gateOpen(snapshot, label) {
    const { service } = snapshot;
    if (valueIn(service.selector, label.key) !== undefined)
      return looked(false, `${service.name} ${selectsText(snapshot)}`);
    const ready = gatedMembers(snapshot).filter(({ isReady }) => isReady);
    return rotationOf(ready, 'ready pods are in rotation');
  },
  ruleGone({ gate }) {
    if (gate?.rule.kind !== 'seen') return looked(false, 'the rule was not read');
    const { value } = gate.rule;
    return looked(value === undefined, value === undefined ? 'the rule is gone' : `ConfigMap ${value.name} exists`);
  },
  gateUnlabelled(snapshot, label) {
    const left = podsToClear(snapshot, label).length;
    return looked(
      left === 0,
      `${left === 0 ? 'no pod has' : `${count(left, 'pod')} with`} ${gateText(label)} or a mark`,
    );
  },
  gateForgotten({ service }) {
    const isThere = service.annotations[GATE] !== undefined;
    return looked(!isThere, `Service ${service.name} has ${isThere ? 'the' : 'no'} record of the gate`);
  },
};

function rotationOf(ready: ReturnType<typeof gatedMembers>, rest: string): Look {
  const serving = ready.filter(({ state }) => state === 'in rotation').length;
  return looked(serving === ready.length, `${serving} of ${ready.length} ${rest}`);
}

/** Pods that are gone do not come back, and restarts are not undone: a change is final. */
function lookForChanges({ pods, restarts, revisions }: Before, snapshot: Snapshot): Look {
  const ends = new Set(pods);
  const same = snapshot.pods.filter((pod) => ends.has(uidEnd(pod)));
  const areAll = same.length === pods.length;
  const more = same.reduce((sum, pod) => sum + pod.restarts, 0) - restarts;
  const workloads = revisions.map(({ owner, revision }) => {
    const root = snapshot.controllers.find(({ uid }) => uid === owner.uid);
    const now = root && revisionOf(root);
    const isSame = now === revision;
    const text = isSame ? `still at revision ${revision}` : `at revision ${now ?? 'unknown'}, was ${revision}`;
    return { isSame, text: `${nameOf(owner)} ${text}` };
  });
  const isSame = areAll && more <= 0 && workloads.every((each) => each.isSame);
  const seen = [
    `${same.length} of ${count(pods.length, 'pod')} ${pods.length === 1 ? 'is' : 'are'} the same`,
    ...(areAll ? [count(Math.max(0, more), 'restart')] : []),
    ...workloads.map(({ text }) => text),
  ];
  return { isMet: isSame, isLost: !isSame, seen: seen.join(', ') };
}

function lookAtRollout(
  { owner, label, hasLabel }: Extract<GateCondition, { kind: 'rolledOut' }>,
  snapshot: Snapshot,
): Look {
  const root = snapshot.controllers.find(({ uid }) => uid === owner.uid);
  if (root === undefined) return looked(true, `${nameOf(owner)} is gone`);
  const isTemplateRight = hasGateLabel(root.templateLabels ?? {}, label) === hasLabel;
  if (!isTemplateRight) return looked(false, `the template of ${nameOf(owner)} is not changed yet`);
  const { strategy, isPaused } = root.rollout ?? {};
  if (strategy === 'OnDelete' || isPaused) return looked(true, `${nameOf(owner)} keeps its pods`);
  const pods = podsOfRoot(snapshot, root);
  const text = `${nameOf(owner)} has ${pods} of ${count(root.desired, 'pod')}`;
  return looked(
    !root.isRollingOut && pods >= root.desired,
    root.isRollingOut ? `${text}, pods of the former revision are left` : text,
  );
}

/** Ready or not: a pod that never becomes ready must not keep the others waiting. A rollout has made ReplicaSets that the snapshot does not have. */
function podsOfRoot(snapshot: Snapshot, root: Controller): number {
  const isOwned = ({ owner, labels }: Pod): boolean => {
    if (owner === undefined || owner.uid === root.uid) return owner !== undefined;
    const direct: ObjectRef | undefined = snapshot.controllers.find(({ uid }) => uid === owner.uid)?.owner;
    return direct === undefined ? owner.kind === 'ReplicaSet' && selects(root, labels) : direct.uid === root.uid;
  };
  return gatedMembers(snapshot).filter(({ pod }) => isActive(pod) && isOwned(pod)).length;
}
