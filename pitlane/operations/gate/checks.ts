import { selectingIn } from '../../rotation/bystanders.ts';
import { againstMinimum, desiredPods } from '../../rotation/capacity.ts';
import { type Effect, effect } from '../../rotation/effect.ts';
import { forgetLine, gatedMembers, gateIn, isGatedBy, podsText, widenLine, workloadsOf } from '../../rotation/gate.ts';
import { type GateRecord, type GateWay, gateText, hasGateLabel, readGate } from '../../rotation/gate-record.ts';
import { valueIn } from '../../rotation/labels.ts';
import { GATE, MANAGED_BY } from '../../rotation/marks.ts';
import { inRotation, members } from '../../rotation/membership.ts';
import type { Check, Operation } from '../../rotation/plan.ts';
import { type Checker, checkSelector, forceable, ok, refusal, warning } from '../../rotation/safety.ts';
import { matches, selectorOfLabelSelector } from '../../rotation/selector.ts';
import {
  type Controller,
  type GateLabel,
  ifSeen,
  type Labels,
  type Pod,
  type Service,
  type Snapshot,
} from '../../rotation/snapshot.ts';
import { formerWorkloadOf, isBuiltIn, nameOf, workloadOf } from '../../rotation/workload.ts';
import { compact, count, idAndName, list, pairs, time } from '../../text/words.ts';

/** The input of the checks of both operations. */
export interface GateView {
  readonly snapshot: Snapshot;
  readonly operation: Operation;
  readonly label: GateLabel;
}

/** The input of the checks of a setup. */
export interface SetupView extends GateView {
  /** The record of this gate, if it is set up or half set up already. */
  readonly record: GateRecord | undefined;
  readonly via: GateWay;
  readonly newPods: 'in' | 'out';
  /** The templates that must get the label. */
  readonly templates: readonly Controller[];
}

/** Label that infra/gate-policy.yaml gives to the pods of Pitlane's dry runs. */
const POLICY_INSTALLED = 'pitlane.dev/gate-policy';

/** The admission policy is installed; undefined: that is unknown. */
export function isPolicyInstalled({ gate }: Snapshot): boolean | undefined {
  return gate?.probe.kind === 'answered' ? gate.probe.added[POLICY_INSTALLED] !== undefined : undefined;
}

function whyUnknown({ gate }: Snapshot): string {
  return gate?.probe.kind === 'unknown' ? gate.probe.why : 'It was not asked for.';
}

const checkReadable: Checker<GateView> = ({ snapshot: { service } }) =>
  readGate(service).kind === 'unreadable' &&
  refusal(
    'GateUnreadable',
    `The record of the gate of ${service.name} (annotation ${GATE}) can't be read: it was edited, or another version of Pitlane wrote it. Remove it if no such gate is on.`,
    forgetLine(service),
  );

const checkOtherGate: Checker<GateView> = ({ snapshot, label }) => {
  const { name } = snapshot.service;
  const gate = gateIn(snapshot);
  if (gate === undefined || gateText(gate.label) === gateText(label)) return undefined;
  const { record } = gate;
  const since = record === undefined ? '' : `, set up by ${idAndName(record)} at ${time(record.at)}`;
  return refusal('AnotherGate', `${name} has the gate ${gateText(gate.label)}${since}. Remove it first.`, 'gate off');
};

const checkSelectorValue: Checker<GateView> = ({ snapshot, label }) => {
  const { service } = snapshot;
  const value = valueIn(service.selector, label.key);
  if (value === undefined) return undefined;
  if (value !== label.value) {
    const text = `${service.name} already selects ${label.key}=${value}, so it can't ask for ${gateText(label)} too.`;
    return refusal('SelectorHasAnotherValue', text, insteadOfValue(snapshot, label, value));
  }
  return (
    Object.keys(service.selector ?? {}).length === 1 &&
    refusal(
      'GateIsWholeSelector',
      `${gateText(label)} is all that ${service.name} selects by: without it, no label would tell its pods from others.`,
    )
  );
};

/** The selector was edited behind the gate, has a gate by hand, or has the key for another purpose. */
function insteadOfValue({ service, policy }: Snapshot, { key, value: wanted }: GateLabel, value: string): string {
  const { selector = {} } = service;
  const found = gateIn({ service, policy });
  if (found?.label.key === key && found.label.value === wanted && Object.keys(selector).length > 1)
    return widenLine(service, key);
  if (found?.label.key === key && found.label.value === value) return `gate on ${key}=${value}`;
  return valueIn(selector, policy.gate.key) === undefined ? `gate on ${gateText(policy.gate)}` : 'gate';
}

/** Nothing of the cluster's other objects matters if one of these refuses. */
export const identityChecks: readonly Checker<GateView>[] = [
  checkSelector,
  checkReadable,
  checkOtherGate,
  checkSelectorValue,
];

/** A selector that uses the gate's key on pods of this service: the label would change what it selects. */
const checkKeyInUse: Checker<SetupView> = ({ snapshot, label }) => {
  const { bystanders, controllers } = snapshot;
  const rootName = (controller: Controller) =>
    nameOf(controllers.find(({ uid }) => uid === controller.owner?.uid) ?? controller);
  const owners = controllers.flatMap((each) =>
    each.selector ? { name: rootName(each), selector: selectorOfLabelSelector(each.selector) } : [],
  );
  const selecting = selectingIn(bystanders).map(({ kind, name, selector }) => ({ name: `${kind} ${name}`, selector }));
  const services = ifSeen(bystanders)?.services.length ?? 0;
  const labels = gatedMembers(snapshot).map(({ pod }) => pod.labels);
  const using = [...selecting.slice(0, services), ...owners, ...selecting.slice(services)].filter(({ selector }) => {
    const rest = selector.filter(({ key }) => key !== label.key);
    return rest.length < selector.length && labels.some((each) => matches(rest, each));
  });
  const names = [...new Set(using.map(({ name }) => name))];
  if (names.length === 0) return undefined;
  const text = `${list(names)} ${names.length === 1 ? 'selects' : 'select'} pods of ${snapshot.service.name} by the label ${label.key} too, so switching it would change more than the traffic of ${snapshot.service.name}. Choose another key.`;
  return refusal('GateKeyInUse', text, `gate on pitlane-${label.key.replace(/^.*\//, '').slice(0, 50)}=${label.value}`);
};

const checkOthersSeen: Checker<SetupView> = ({ snapshot: { bystanders, adoptersNotSeen }, label }) => {
  const why = bystanders.kind === 'notSeen' ? bystanders.why : adoptersNotSeen;
  return (
    why !== undefined && warning('OthersNotSeen', `Another selector may use the label ${label.key} already. ${why}`)
  );
};

const checkValues: Checker<SetupView> = ({ snapshot, label }) => {
  const differ = members(snapshot)
    .map(({ pod }) => pod)
    .filter(({ labels }) => valueIn(labels, label.key) !== undefined && valueIn(labels, label.key) !== label.value);
  const [first] = differ;
  return (
    first !== undefined &&
    refusal(
      'GateValueDiffers',
      `${list(differ.map(({ name }) => name))} ${differ.length === 1 ? 'has' : 'have'} ${label.key}=${valueIn(first.labels, label.key)}, not ${gateText(label)}: with the gate ${differ.length === 1 ? 'it' : 'they'} would get no traffic. Remove that label first, or choose another key.`,
      `kubectl -n ${snapshot.service.namespace} label pod ${first.name} ${label.key}-`,
    )
  );
};

const checkMembers: Checker<SetupView> = ({ snapshot: { service, ...rest } }) =>
  gatedMembers({ service, ...rest }).length === 0 &&
  warning('NoMembers', `${service.name} has no pods: no pod has ${pairs(service.selector ?? {}).join(',')}.`);

const checkWay: Checker<SetupView> = ({ snapshot, operation, record, via, newPods, label }) => {
  const asked = (operation.request as { readonly via?: GateWay }).via;
  if (record !== undefined && asked !== undefined && asked !== record.via) {
    const text = `The gate ${gateText(label)} is set up by ${record.via} since ${time(record.at)}. Remove it first.`;
    return refusal('AnotherWay', text, 'gate off');
  }
  if (newPods === 'out' || record !== undefined) return undefined;
  const isInstalled = isPolicyInstalled(snapshot);
  const unknown = `It is unknown if the admission policy for gates is installed`;
  const missing = 'The admission policy for gates is not installed';
  if (via === 'admission') {
    if (isInstalled) return ok('PolicyInstalled', `The admission policy gives new pods the label ${gateText(label)}.`);
    if (isInstalled === undefined) return refusal('PolicyUnknown', `${unknown}. ${whyUnknown(snapshot)}`);
    const text = `${missing} in this cluster. A cluster admin can install it.`;
    return refusal('PolicyNotInstalled', text, 'kubectl apply -f infra/gate-policy.yaml');
  }
  if (asked !== undefined) return undefined;
  const instead = 'so the label goes into the pod templates.';
  return isInstalled === false
    ? warning('NoPolicy', `${missing}, ${instead} With infra/gate-policy.yaml nothing would restart.`)
    : warning('PolicyUnknown', `${unknown}, ${instead} ${whyUnknown(snapshot)}`);
};

const checkRule: Checker<SetupView> = ({ snapshot: { gate }, via, newPods }) =>
  via === 'admission' &&
  newPods === 'in' &&
  gate?.rule.kind === 'notSeen' &&
  refusal('RuleNotSeen', `The rule of the admission policy can't be read. ${gate.rule.why}`);

/** A workload that serves now would lose its pods one by one, as they are replaced. */
const checkNewPods: Checker<SetupView> = ({ snapshot, newPods, label }) => {
  if (newPods === 'in') return undefined;
  const serving = inRotation(snapshot);
  const without = workloadsOf(snapshot).filter(({ root, owner, ref }) => {
    const template = root ?? owner;
    const isServing = serving.some(
      (pod) => (workloadOf(snapshot, pod.owner)?.root ?? pod.owner)?.uid === (root ?? ref).uid,
    );
    return isServing && !hasGateLabel(template?.templateLabels ?? {}, label);
  });
  const names = without.map(({ root, ref }) => nameOf(root ?? ref));
  if (names.length === 0) return undefined;
  const text = `${list(names)} ${names.length === 1 ? 'serves' : 'serve'} ${snapshot.service.name}, and new pods of ${names.length === 1 ? 'its template' : 'their templates'} would come without ${gateText(label)}: ${snapshot.service.name} would lose each pod that is replaced. Use --new-pods in.`;
  return refusal('NewPodsStayOut', text, `gate on ${gateText(label)}`);
};

const KINDS = ['Deployment', 'DaemonSet', 'StatefulSet'];

/** Workloads whose template has to change, and whose owner would not keep the change. */
const checkTemplateOwners: Checker<SetupView> = ({ snapshot, via, newPods, label }) => {
  if (via === 'admission' || newPods === 'out') return undefined;
  return workloadsOf(snapshot).map(({ root, ref }) => {
    const object = root ?? ref;
    const operator = root?.owner && !isBuiltIn(root.owner) ? root.owner : undefined;
    if (root !== undefined && hasGateLabel(root.templateLabels ?? {}, label)) return undefined;
    const todo = `Add ${gateText(label)} to the labels of its pod template, then run gate on again.`;
    if (operator !== undefined) {
      const text = `${nameOf(operator)} manages ${nameOf(object)} and would undo a change of its template.`;
      return refusal('UnknownOwner', `${text} ${todo.replace('its', 'the')}`);
    }
    if (root !== undefined && KINDS.includes(root.kind)) return undefined;
    return refusal('TemplateNotWritable', `Pitlane does not change the template of ${nameOf(object)}. ${todo}`);
  });
};

type RolloutView = GateView & { readonly templates: readonly Controller[] };

/** What a rollout of the templates does, and what speaks against it now. */
export const checkRollouts: Checker<RolloutView> = ({ snapshot, templates }) =>
  templates.flatMap((root): readonly Check[] => {
    const { strategy = 'RollingUpdate', maxUnavailable = 1, maxSurge = 0, isPaused } = root.rollout ?? {};
    const kubectl = (verb: string) =>
      `kubectl -n ${snapshot.service.namespace} rollout ${verb} ${root.kind.toLowerCase()}/${root.name}`;
    const name = nameOf(root);
    const manager = managerOf(root);
    if (isPaused) {
      const text = `${name} is paused, so its pods would not follow its template. Resume it first.`;
      return [refusal('RolloutPaused', text, kubectl('resume'))];
    }
    if (root.desired === 0) return [ok('NoRollout', `${name} wants 0 pods, so none restarts.`)];
    if (strategy === 'OnDelete')
      return [ok('NoRollout', `${name} replaces pods only when they are deleted, so none restarts.`)];
    const inProgress = `A rollout of ${name} is in progress. Wait until it is complete.`;
    const { partition = 0 } = root.update ?? {};
    const pace =
      strategy === 'Recreate'
        ? 'all at once (Recreate)'
        : `at most ${maxUnavailable} unavailable and ${maxSurge} extra at a time`;
    return compact(
      root.isRollingOut && forceable('RolloutUnderWay', inProgress, kubectl('status')),
      warning('PodsRestart', `A rollout replaces the ${count(root.desired, 'pod')} of ${name}, ${pace}.`),
      partition > 0 &&
        warning('PartitionKeepsPods', `${name} keeps its pods below ${partition} as they are (partition).`),
      manager !== undefined && warning('MayBeReverted', `${name} is managed by ${manager}, which may undo the change.`),
    );
  });

/** The program that manages the workload's manifest. Undefined: none is known. */
export function managerOf({ labels, annotations }: Controller): string | undefined {
  if (labels[MANAGED_BY] === 'Helm') return 'Helm';
  if (Object.keys(annotations).some((key) => key.startsWith('argocd.argoproj.io/'))) return 'Argo CD';
  return Object.keys(labels).some((key) => key.includes('.toolkit.fluxcd.io/')) ? 'Flux' : undefined;
}

/** All rollouts go on side by side. */
export const checkMinimum: Checker<RolloutView> = ({ snapshot, templates }) => {
  if (templates.length === 0) return undefined;
  const now = inRotation(snapshot).length;
  const unavailable = templates.map(({ desired, rollout }) => Math.min(desired, rollout?.maxUnavailable ?? 1));
  const after = Math.max(
    0,
    unavailable.reduce((left, away) => left - away, now),
  );
  const [first] = workloadsOf(snapshot);
  const { text, isEnough, facts } = againstMinimum(snapshot, after, desiredPods(snapshot, first));
  return isEnough || after === now
    ? ok('StaysAboveMinimum', `${text}, during the rollout.`, facts)
    : forceable(
        'BelowMinimum',
        `${text}, during the rollout. Lower maxUnavailable, or scale up first.`,
        undefined,
        facts,
      );
};

/** A drained pod keeps the revision that it has, and an old revision can't be restored. */
export const checkDrained: Checker<RolloutView> = ({ snapshot, templates }) => {
  const drained = drainedFrom(snapshot, templates);
  const [first] = drained;
  if (first === undefined) return undefined;
  const [are, they, them] = drained.length === 1 ? ['is', 'it is', 'it'] : ['are', 'they are', 'them'];
  const text = `${podsText(drained)} ${are} drained and can't be restored after the rollout, because ${they} of an old revision then. Restore or finish ${them} first.`;
  return warning('DrainedPodsBecomeOld', text, `restore ${first.name}`);
};

/** The drained pods of these workloads. */
export function drainedFrom(snapshot: Snapshot, roots: readonly Controller[]): readonly Pod[] {
  return members(snapshot)
    .filter(({ state }) => state === 'drained')
    .filter(({ drained }) => roots.some(({ uid }) => uid === formerWorkloadOf(snapshot, drained?.owner)?.root?.uid))
    .map(({ pod }) => pod);
}

export const setupChecks: readonly Checker<SetupView>[] = [
  checkMembers,
  checkKeyInUse,
  checkOthersSeen,
  checkValues,
  checkWay,
  checkRule,
  checkNewPods,
  checkTemplateOwners,
  checkRollouts,
  checkMinimum,
  checkDrained,
];

/** The templates that must get the label, and that Pitlane may change. */
export function templatesWithout(snapshot: Snapshot, label: GateLabel): readonly Controller[] {
  return workloadsOf(snapshot).flatMap(({ root }) =>
    root !== undefined &&
    KINDS.includes(root.kind) &&
    root.owner === undefined &&
    root.deletedAt === undefined &&
    !hasGateLabel(root.templateLabels ?? {}, label)
      ? root
      : [],
  );
}

/** The templates that Pitlane has labelled for the service, also those of workloads without a pod. */
export function templatesWith(snapshot: Snapshot): readonly Controller[] {
  return snapshot.controllers.filter(
    (controller) =>
      KINDS.includes(controller.kind) && controller.deletedAt === undefined && isGatedBy(controller, snapshot),
  );
}

/** A rollout, which a check tells of, does take pods out of rotation. */
export function selectsEffect({ name }: Service, selector: Labels, templates: readonly Controller[]): Effect {
  const none = templates.length === 0 ? ' No pod leaves the rotation.' : '';
  return effect('Selects', `${name} then selects ${pairs(selector).join(',')}.${none}`, { labels: pairs(selector) });
}
