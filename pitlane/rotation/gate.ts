import { count, list, pairs, shellWord, time } from '../text/words.ts';
import { type Before, type GateRecord, gateOf, gateText, hasGateLabel, readGate } from './gate-record.ts';
import { type GateRule, gateRule, gateRuleName } from './gate-rule.ts';
import { hasLabels, valueIn, withoutKeys } from './labels.ts';
import { DISABLED, GATE } from './marks.ts';
import { inRotation, isBeingStopped, type Member, memberLabels, members } from './membership.ts';
import { podPatch } from './patch.ts';
import { objectRefOf, type PatchOperation, type PatchWrite } from './plan.ts';
import {
  type Controller,
  type GateLabel,
  ifSeen,
  type Labels,
  type ObjectRef,
  type Pod,
  type RuleObject,
  type Service,
  type Snapshot,
} from './snapshot.ts';
import { isBuiltIn, isFinished, nameOf, type Workload, workloadOf } from './workload.ts';

/** The gate of a service: recorded, or in the selector by hand. */
export interface Gate {
  readonly label: GateLabel;
  /** Absent: it was made by hand. */
  readonly record?: GateRecord;
  readonly isInSelector: boolean;
}

/** The gate of the service, also one that is half set up or half removed. Undefined: it has none. */
export function gateIn({ service, policy }: Pick<Snapshot, 'service' | 'policy'>): Gate | undefined {
  const found = readGate(service);
  if (found.kind === 'record') {
    const { record, label } = found;
    return { label, record, isInSelector: hasGateLabel(service.selector ?? {}, label) };
  }
  const label = gateOf(service, policy);
  return label && { label, isInSelector: true };
}

/** The labels of every member, without the gate. */
export function labelsWithout({ service, policy }: Snapshot, { key }: GateLabel): Labels {
  return withoutKeys(memberLabels(service, policy), [key]);
}

/** Members that a gate is about: neither drained nor ending. */
export function gatedMembers(snapshot: Snapshot): readonly Member[] {
  return members(snapshot).filter(
    ({ pod, state }) =>
      state !== 'drained' && state !== 'terminating' && !isFinished(pod) && !isBeingStopped(snapshot.service, pod),
  );
}

export function hasDisabledMark({ annotations }: Pick<Pod, 'annotations'>): boolean {
  return annotations[DISABLED] !== undefined;
}

/**
 * The members that should have the label and do not. An intentionally disabled pod stays so, and a canary that was started
 * outside; one that gets traffic is not disabled, whatever its marks say.
 */
export function unlabelled(snapshot: Snapshot, { key }: GateLabel): readonly Pod[] {
  return gatedMembers(snapshot)
    .filter(
      ({ pod, state, kind }) =>
        valueIn(pod.labels, key) === undefined &&
        (state === 'in rotation' || !(hasDisabledMark(pod) || (kind === 'canary' && state === 'disabled'))),
    )
    .map(({ pod }) => pod)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The pods, drained ones too, that lose the label or the mark of a disabled pod when the gate is removed. A label that the
 * pod's template had before the gate stays.
 */
export function podsToClear(snapshot: Snapshot, label: GateLabel): readonly Pod[] {
  return members(snapshot)
    .map(({ pod }) => pod)
    .filter(
      (pod) =>
        pod.deletedAt === undefined &&
        !isBeingStopped(snapshot.service, pod) &&
        (hasDisabledMark(pod) || (hasGateLabel(pod.labels, label) && !keepsLabel(snapshot, pod, label))),
    );
}

function keepsLabel(snapshot: Snapshot, { owner }: Pod, label: GateLabel): boolean {
  const { root, owner: direct } = workloadOf(snapshot, owner) ?? {};
  const template = root?.templateLabels === undefined ? direct : root;
  return template !== undefined && hasGateLabel(template.templateLabels ?? {}, label) && !isGatedBy(template, snapshot);
}

/** Pitlane has put the service's gate label into the workload's template. */
export function isGatedBy({ annotations }: Controller, { service }: Pick<Snapshot, 'service'>): boolean {
  return annotations[GATE] === service.name;
}

/** Pods that came without the label of a gate that is on, though new pods should have it. The tick labels them. */
export function stragglersOf(snapshot: Snapshot): readonly Pod[] {
  const gate = gateIn(snapshot);
  const isOn = gate?.record?.newPods === 'in' && gate.record.removing === undefined && gate.isInSelector;
  return isOn ? unlabelled(snapshot, gate.label) : [];
}

/** The workloads of the members, each once by its root, or by its direct owner where that was not read. */
export function workloadsOf(snapshot: Snapshot): readonly Workload[] {
  return workloadsOfPods(
    snapshot,
    gatedMembers(snapshot).map(({ pod }) => pod),
  );
}

/** The workloads of these pods, in the same way. */
export function workloadsOfPods(snapshot: Snapshot, pods: readonly Pod[]): readonly Workload[] {
  const found = pods.flatMap(({ owner }) => workloadOf(snapshot, owner) ?? []);
  const byRoot = Map.groupBy(found, ({ root, ref }) => (root ?? ref).uid);
  return [...byRoot.values()]
    .flatMap(([first]) => first ?? [])
    .sort((a, b) => (nameOf(a.root ?? a.ref) < nameOf(b.root ?? b.ref) ? -1 : 1));
}

/** The revision of the workload's template; undefined: it has none. */
export function revisionOf({ kind, annotations, templateGeneration, currentHash }: Controller): string | undefined {
  if (kind === 'Deployment') return annotations['deployment.kubernetes.io/revision'];
  return kind === 'DaemonSet' ? templateGeneration : currentHash;
}

/** The pods and workloads now, to compare with later. */
export function stateNow(snapshot: Snapshot): Before {
  const pods = gatedMembers(snapshot).map(({ pod }) => pod);
  return {
    pods: pods.map(uidEnd).sort(),
    restarts: pods.reduce((sum, { restarts }) => sum + restarts, 0),
    revisions: workloadsOf(snapshot).flatMap(({ root }) => {
      const revision = root && revisionOf(root);
      return root === undefined || revision === undefined ? [] : { owner: objectRefOf(root), revision };
    }),
  };
}

/** Tells pods apart: the last 12 hexadecimal digits of a UUID are random. */
export function uidEnd({ uid }: Pick<Pod, 'uid'>): string {
  return uid.slice(-12);
}

/** The admission policy gives the label to new pods of these kinds of owners (infra/gate-policy.yaml). */
export function getsGateLabel(owner: ObjectRef): boolean {
  return ['ReplicaSet', 'DaemonSet', 'StatefulSet', 'ReplicationController'].includes(owner.kind) && isBuiltIn(owner);
}

/** The rule in the cluster. Undefined: there is none, or it was not read. */
export function ruleIn({ gate }: Pick<Snapshot, 'gate'>): RuleObject | undefined {
  return gate && ifSeen(gate.rule);
}

/** The rule as Pitlane writes it for the service's gate. */
export function wantedRule(snapshot: Snapshot, gate: GateLabel) {
  const { name, namespace } = snapshot.service;
  return gateRule({ name, namespace, labels: labelsWithout(snapshot, gate) }, gate);
}

/** The rule does what Pitlane wrote. Other labels and annotations may have been added. */
export function isRule(found: RuleObject, { metadata, data }: GateRule): boolean {
  return hasLabels(found.data, data) && hasLabels(found.labels, metadata.labels);
}

/** Something about a gate that is not as it was set up. */
export interface GateTrouble {
  /** Stable, PascalCase. */
  readonly code: string;
  /** A sentence or two. */
  readonly message: string;
  /** A kubectl line to run before the gate can be repaired or removed. */
  readonly first?: string;
}

/** What has been changed behind the gate's back, by hand, GitOps or a rollback. Empty: all is as it was set up. */
export function gateTroubles(snapshot: Snapshot): readonly GateTrouble[] {
  const { service } = snapshot;
  if (readGate(service).kind === 'unreadable') {
    const message = `The record of the gate of ${service.name} (annotation ${GATE}) can't be read: it was edited, or another version of Pitlane wrote it.`;
    return [{ code: 'GateUnreadable', message, first: forgetLine(service) }];
  }
  const { label, record, isInSelector } = gateIn(snapshot) ?? {};
  if (label === undefined || record?.removing !== undefined) return [];
  if (record === undefined) {
    const message = `${gateText(label)} is in the selector of ${service.name}, but Pitlane did not set it up.`;
    return [{ code: 'GateNotRecorded', message }, ...selectorFirst(snapshot, label)];
  }
  return [
    ...(isInSelector ? [] : [selectorTrouble(snapshot, label, record)]),
    ...ruleTroubles(snapshot, label, record),
    ...templateTroubles(snapshot, label, record),
  ];
}

/** The selector does not ask for the label any more. */
function selectorTrouble(snapshot: Snapshot, label: GateLabel, record: GateRecord): GateTrouble {
  const { service } = snapshot;
  const isOther = valueIn(service.selector, label.key) !== undefined;
  const serving = inRotation(snapshot);
  const back = serving.filter(hasDisabledMark);
  const returns = `${count(back.length, 'disabled pod')} (${podsText(back)}) ${back.length === 1 ? 'gets' : 'get'} traffic again.`;
  const effect = back.length > 0 ? returns : 'The label has no effect now.';
  const left = `${service.name} has ${serving.length === 0 ? 'NO pods' : count(serving.length, 'pod')} in rotation.`;
  const message = `The gate ${gateText(label)} is recorded since ${time(record.at)}, but ${service.name} ${selectsText(snapshot)}. ${isOther ? left : effect}`;
  return isOther
    ? { code: 'GateValueChanged', message, first: widenLine(service, label.key) }
    : { code: 'GateNotInSelector', message };
}

/** `selects app=rng` */
export function selectsText({ service }: Pick<Snapshot, 'service'>): string {
  return `selects ${pairs(service.selector ?? {}).join(',') || 'nothing'}`;
}

/** The usual mistake by hand: the selector asks for a label that no pod has yet. */
function selectorFirst(snapshot: Snapshot, label: GateLabel): readonly GateTrouble[] {
  const pods = gatedMembers(snapshot);
  if (pods.length === 0 || pods.some(({ pod }) => hasGateLabel(pod.labels, label))) return [];
  const { name } = snapshot.service;
  const none = pods.length === 1 ? 'its only pod has no such label' : `none of its ${pods.length} pods has that label`;
  const message = `${name} selects ${gateText(label)}, but ${none}: ${name} has NO pods in rotation.`;
  return [{ code: 'GateBeforeLabels', message }];
}

/** The kubectl line that removes the record. */
export function forgetLine({ name, namespace }: Pick<Service, 'name' | 'namespace'>): string {
  return `kubectl -n ${namespace} annotate service ${name} ${GATE}-`;
}

/** The kubectl line that takes the key out of the selector, which takes no pod out of rotation. */
export function widenLine({ name, namespace, selector }: Service, key: string): string {
  const rest = withoutKeys(selector, [key]);
  return `kubectl -n ${namespace} set selector service ${name} ${shellWord(pairs(rest).join(','))}`;
}

function ruleTroubles(snapshot: Snapshot, label: GateLabel, record: GateRecord): readonly GateTrouble[] {
  const { gate: facts, service } = snapshot;
  if (record.via !== 'admission' || record.newPods === 'out' || facts?.rule.kind !== 'seen') return [];
  const rule = facts.rule.value;
  const name = `ConfigMap ${gateRuleName(service.name)}`;
  const effect = `new pods of ${service.name} come without ${gateText(label)}`;
  if (rule === undefined) return [{ code: 'GateRuleGone', message: `${name} is gone: ${effect}.` }];
  if (!isRule(rule, wantedRule(snapshot, label)))
    return [{ code: 'GateRuleChanged', message: `${name} is not what Pitlane wrote: ${effect}.` }];
  const { probe } = facts;
  return probe.kind === 'answered' && !hasGateLabel(probe.added, label)
    ? [{ code: 'GateRuleNotInForce', message: `The admission policy does not apply ${name}: ${effect}.` }]
    : [];
}

/** With the rule in force, templates need no label. */
function templateTroubles(snapshot: Snapshot, label: GateLabel, record: GateRecord): readonly GateTrouble[] {
  if (record.via !== 'template' || record.newPods === 'out') return [];
  const without = workloadsOf(snapshot).flatMap(({ root }) =>
    root?.templateLabels !== undefined && !hasGateLabel(root.templateLabels, label) ? nameOf(root) : [],
  );
  if (without.length === 0) return [];
  const [templates, have] = without.length === 1 ? ['template', 'has'] : ['templates', 'have'];
  const message = `The ${templates} of ${list(without)} ${have} no label ${gateText(label)}: new pods get no traffic.`;
  return [{ code: 'GateNotInTemplate', message }];
}

/** `rng-a`, `rng-a and rng-b`, `12 pods` */
export function podsText(pods: readonly Pick<Pod, 'name'>[]): string {
  return pods.length > 3 ? count(pods.length, 'pod') : list(pods.map(({ name }) => name));
}

const ANNOTATIONS = '/metadata/annotations';

/** Puts the label on the pod, only if it is still a member and not disabled. */
export function labelWrite(snapshot: Snapshot, pod: Pod, label: GateLabel, members: Labels): PatchWrite {
  const title = `label ${pod.name} ${gateText(label)}`;
  const write = podPatch('gate label', title, snapshot, pod, { labels: { [label.key]: label.value } }, members);
  const hasAnnotations = Object.keys(pod.annotations).length > 0;
  const notDisabled: PatchOperation = hasAnnotations
    ? { op: 'test', path: `${ANNOTATIONS}/${DISABLED.replace('/', '~1')}`, value: pod.annotations[DISABLED] ?? null }
    : { op: 'test', path: ANNOTATIONS, value: null };
  const [uidTest, ...rest] = write.patch;
  return uidTest === undefined ? write : { ...write, patch: [uidTest, notDisabled, ...rest] };
}
