import { gatedMembers, gateIn, podsText, workloadsOfPods } from '../../rotation/gate.ts';
import { gateText, hasGateLabel } from '../../rotation/gate-record.ts';
import { valueIn, withoutKeys } from '../../rotation/labels.ts';
import { inRotation } from '../../rotation/membership.ts';
import { type Checker, checkSelector, forceable, ok, refusal, rolloutFinding, warning } from '../../rotation/safety.ts';
import { scaleAdvice, scaleToZeroLine } from '../../rotation/scale.ts';
import { matches, selectorOf } from '../../rotation/selector.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import { isDisabledByHand, podsWith, widenedIn } from '../../rotation/switch.ts';
import { isActive, nameOf } from '../../rotation/workload.ts';
import { nearestNames } from '../../text/nearest.ts';
import { compact, count, idAndName, list, pairs, shellWord, time } from '../../text/words.ts';
import { podsToTakeIn, type SwitchView } from './view.ts';

const checkUnfinished: Checker<SwitchView> = ({ snapshot: { service }, label }) => {
  const open = widenedIn(service);
  if (open === undefined || [open.from, open.to].includes(gateText(label))) return undefined;
  const text = `The switch from ${open.from} to ${open.to} by ${idAndName(open)} at ${time(open.at)} is not finished: ${service.name} selects ${selectorText(service.selector)}. Finish it, or go back with switch ${open.from}.`;
  return refusal('SwitchUnfinished', text, `switch ${open.to}`);
};

const checkGateKey: Checker<SwitchView> = ({ snapshot, label }) =>
  gateIn(snapshot)?.label.key === label.key &&
  refusal(
    'KeyIsGate',
    `${label.key} is the gate of ${snapshot.service.name}: it lets single pods in. Switch by another label of the pods.`,
    'gate',
  );

/** Without the key in the selector, a gate has to move the traffic. */
const checkWay: Checker<SwitchView> = ({ snapshot, label: { key, value }, gate, isWidened }) => {
  const { service } = snapshot;
  if (valueIn(service.selector, key) !== undefined || isWidened) return undefined;
  const keys = [...new Set(gatedMembers(snapshot).flatMap(({ pod }) => Object.keys(pod.labels)))];
  if (!keys.includes(key)) {
    const near = nearestNames(key, keys);
    const [first] = near;
    const meant = first === undefined ? '' : ` Did you mean ${list(near)}?`;
    const text = `No pod of ${service.name} has a label ${key}.${meant}`;
    return refusal('UnknownKey', text, first === undefined ? 'list' : `switch ${first}=${value}`);
  }
  if (gate === undefined) {
    const text = `${service.name} selects ${selectorText(service.selector)}, without ${key}, and has no gate by which pods could be switched. Set one up first.`;
    return refusal('NoGate', text, 'gate on');
  }
  const found = gateIn(snapshot);
  if (found?.isInSelector !== false && found?.record?.removing === undefined) return undefined;
  return refusal(
    'GateHalfDone',
    `The gate ${gateText(gate)} of ${service.name} is half set up or half removed.`,
    'gate on',
  );
};

const checkTarget: Checker<SwitchView> = ({ snapshot, label, target, gate }) => {
  if (target.length > 0) return undefined;
  const { service } = snapshot;
  const rest = Object.entries(service.selector ?? {}).filter(([key]) => key !== label.key && key !== gate?.key);
  const found = snapshot.pods
    .filter((pod) => isActive(pod) && matches(selectorOf(Object.fromEntries(rest)), pod.labels))
    .flatMap(({ labels }) => valueIn(labels, label.key) ?? []);
  const values = [...new Set(found)].filter((value) => value !== valueIn(service.selector, label.key)).sort();
  const near = nearestNames(label.value, values);
  const shown = near.length > 0 ? near : values.slice(0, MOST_VALUES);
  const exist = shown.length === 0 ? '' : ` Pods exist with ${list(shown.map((value) => `${label.key}=${value}`))}.`;
  const [first] = shown;
  const text = `No pod with ${gateText(label)} could join ${service.name}.${exist}`;
  return refusal('NoTargetPods', text, first === undefined ? 'list' : `switch ${label.key}=${first}`);
};

const MOST_VALUES = 3;

/** Each stage only makes sense if nothing in the one before refuses. */
export const identityStages: readonly (readonly Checker<SwitchView>[])[] = [
  [checkSelector, checkUnfinished, checkGateKey],
  [checkWay],
  [checkTarget],
];

const checkEnough: Checker<SwitchView> = (view) => {
  const { snapshot, label, target, ready, others, least } = view;
  const { name } = snapshot.service;
  const readyText = `${ready.length} of ${count(target.length, 'pod')} with ${gateText(label)} ${ready.length === 1 ? 'is' : 'are'} ready`;
  const now = others.length === least ? `${name} has ${least} in rotation now` : `${name} had ${least} in rotation`;
  if (ready.length >= Math.max(1, least)) return ok('TargetReady', `${readyText}, and ${now}.`);
  const after = ready.length === 0 ? 'NO pods' : count(ready.length, 'pod');
  const tooSmall = (todo: string, instead?: string) =>
    forceable('TargetTooSmall', `${name} would have ${after} in rotation: ${readyText}, and ${now}. ${todo}`, instead);
  const disabled = disabledIn(view).length;
  if (disabled > 0) return tooSmall(`${disabled} more ${disabled === 1 ? 'is' : 'are'} disabled.`, 'list');
  if (target.length >= Math.max(1, least)) return tooSmall('Wait until they are ready.', 'list');
  const [workload, ...more] = workloadsOfPods(snapshot, target);
  const root = more.length === 0 ? workload?.root : undefined;
  const scale = root && scaleAdvice(snapshot, root, least - target.length);
  return tooSmall(scale?.text ?? 'Scale up first.', scale?.line);
};

/** Pods of the target that the gate keeps out, where the selector moves the traffic. */
function disabledIn({ snapshot, label, gate, target }: SwitchView): readonly Pod[] {
  const found = gate === undefined ? gateIn(snapshot)?.label.key : undefined;
  return found === undefined ? [] : podsWith(snapshot, label, found).filter((pod) => !target.includes(pod));
}

/** While the key is not in the selector, pods with any other value get traffic too. */
const checkWiden: Checker<SwitchView> = ({ snapshot, label, from, gate, isWide, isWidened }) => {
  if (!isWide || isWidened || gate !== undefined) return undefined;
  const { service, pods } = snapshot;
  const rest = withoutKeys(service.selector, [label.key]);
  const narrow = `switch ${gateText(label)}`;
  if (Object.keys(rest).length === 0) {
    const text = `${label.key} is all that ${service.name} selects by, so it can't be left out for a while.`;
    return refusal('KeyIsWholeSelector', text, narrow);
  }
  const third = pods.filter(
    (pod) =>
      isActive(pod) &&
      matches(selectorOf(rest), pod.labels) &&
      !hasGateLabel(pod.labels, label) &&
      `${label.key}=${valueIn(pod.labels, label.key)}` !== from,
  );
  if (third.length === 0) return undefined;
  const text = `With both sets, ${service.name} selects ${selectorText(rest)}, so ${podsText(third)} would get traffic too.`;
  return refusal('OthersWouldGetTraffic', text, narrow);
};

const checkDisabled: Checker<SwitchView> = (view) => {
  const pods = podsToTakeIn(view).filter(isDisabledByHand);
  if (pods.length === 0) return undefined;
  const text = `${podsText(pods)} ${pods.length === 1 ? 'is' : 'are'} disabled and ${pods.length === 1 ? 'gets' : 'get'} traffic again.`;
  return warning('DisabledPodsReturn', text);
};

/** The gate's label comes with every new pod, whatever its set. By the selector, the set itself decides. */
const checkNewPods: Checker<SwitchView> = ({ snapshot, label, gate, others, from }) => {
  const isIn = gate !== undefined && gateIn(snapshot)?.record?.newPods === 'in';
  const workloads = isIn ? workloadsOfPods(snapshot, others) : [];
  const roots = workloads.map(({ root, ref }) => root ?? ref);
  if (gate === undefined || roots.length === 0) return undefined;
  const { name, namespace } = snapshot.service;
  const lines = compact(...workloads.map(({ root }) => root && scaleToZeroLine(snapshot, root)));
  // Pods of the target that serve already would leave.
  const isOnly = others.length === inRotation(snapshot).length;
  const selector = isOnly && from !== undefined ? { [label.key]: from.slice(label.key.length + 1) } : undefined;
  const first = selector === undefined ? 'Scale' : `Select by ${label.key} first and switch then, or scale`;
  const down = `${first} ${roots.length === 1 ? 'it' : 'them'} down once the switch is proven`;
  return warning(
    'NewPodsJoin',
    `New pods of ${list(roots.map(nameOf))} get the label ${gateText(gate)} and with it traffic, also after the switch, whenever a rollout, a scale-up or an eviction creates them. ${down}${lines.length === roots.length ? `: ${lines.join(' && ')}` : '.'}`,
    selector
      ? `kubectl -n ${namespace} patch service ${name} -p ${shellWord(JSON.stringify({ spec: { selector } }))}`
      : undefined,
  );
};

/** With a Local traffic policy, a node without an endpoint drops its traffic. */
const checkNodes: Checker<SwitchView> = ({ snapshot, ready }) => {
  const { service } = snapshot;
  if (service.internalTrafficPolicy !== 'Local' && service.externalTrafficPolicy !== 'Local') return undefined;
  const after = new Set(ready.map(({ nodeName }) => nodeName));
  const before = new Set(inRotation(snapshot).flatMap(({ nodeName }) => nodeName ?? []));
  const lost = [...before].filter((node) => !after.has(node)).sort();
  if (lost.length === 0) return undefined;
  const text = `${service.name} has a Local traffic policy, and ${list(lost)} would have no endpoint of it: traffic that arrives there would be dropped.`;
  return forceable('NodesLoseEndpoints', text);
};

const checkRollouts: Checker<SwitchView> = ({ snapshot, target }) =>
  workloadsOfPods(snapshot, target).map((workload) => rolloutFinding(workload));

export const safetyChecks: readonly Checker<SwitchView>[] = [
  checkEnough,
  checkWiden,
  checkDisabled,
  checkNewPods,
  checkNodes,
  checkRollouts,
];

export function selectorText(selector: Readonly<Record<string, string>> = {}): string {
  return pairs(selector).join(',');
}
