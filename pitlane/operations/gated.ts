import { type Effect, effect } from '../rotation/effect.ts';
import { foresee } from '../rotation/foresee.ts';
import { gateOf } from '../rotation/gate-record.ts';
import { lacking, onlyKeys, valueIn } from '../rotation/labels.ts';
import { isSelected, memberOf } from '../rotation/membership.ts';
import { changed, kubectlLine } from '../rotation/patch.ts';
import { type Check, type Operation, type Plan, podsChanged, type Refusal } from '../rotation/plan.ts';
import { type Checker, checkInStages, checkSelector, forceable, refusal } from '../rotation/safety.ts';
import { matches, selectorOfLabelSelector } from '../rotation/selector.ts';
import { ifSeen, type Snapshot, type TargetPod } from '../rotation/snapshot.ts';
import { adoptersBesides, isActive, nameOf, selects, workloadOf } from '../rotation/workload.ts';
import { count, list, pairs } from '../text/words.ts';
import { checkAdopters, type RelabelView } from './drain/checks.ts';
import { planEach } from './each-pod.ts';
import type { Planner } from './spec.ts';

/** A pod whose gate label is put on or taken off. */
export interface GatedView extends RelabelView {
  readonly gate: { readonly key: string; readonly value: string };
  /** The pod has the gate label now. */
  readonly isOn: boolean;
}

interface GatedPlanner {
  plan(view: GatedView): Plan | Refusal;
  /** The labels that the pod gets; null removes. */
  change(view: Pick<GatedView, 'gate' | 'isOn'>): Readonly<Record<string, string | null>>;
  /** The finding, one for all pods, where the service has no gate. */
  noGate(snapshot: Snapshot, operation: Operation): Check;
}

/**
 * Plans all pods of a service with a gate at once. Nothing replaces them, so turns would not let more pods change; those
 * that the checks refuse are left out.
 */
export function planGated({ plan: planPod, change, noGate }: GatedPlanner): Planner {
  const planAll = planEach({
    plan(snapshot, operation, pod) {
      const gate = gateOf(snapshot.service, snapshot.policy);
      if (gate === undefined) throw new Error('the gate was checked before');
      const isOn = valueIn(pod.labels, gate.key) === gate.value;
      const after = changed(pod.labels, change({ gate, isOn }));
      return planPod({ snapshot, operation, pod, workload: workloadOf(snapshot, pod.owner), gate, isOn, after });
    },
  });
  return (snapshot, operation) => {
    const [pod] = snapshot.targets;
    if (pod !== undefined && gateOf(snapshot.service, snapshot.policy) === undefined) {
      const view = { snapshot, operation, pod, workload: undefined };
      const refused = checkInStages(view, [checkSelector], [() => noGate(snapshot, operation)]);
      if ('kind' in refused) return refused;
    }
    const plan = planAll(snapshot, operation);
    return plan.kind === 'plan' ? { ...plan, effects: [...plan.effects, ...effectsOnAverages(snapshot, plan)] } : plan;
  };
}

/**
 * A resource metric is averaged over all ready pods of the target (podautoscaler/replica_calculator.go,
 * GetResourceReplicas). With 1 of 4 pods disabled and idle, the average is 3/4 of the load of each serving pod.
 */
function effectsOnAverages(snapshot: Snapshot, plan: Plan): readonly Effect[] {
  const after = foresee(snapshot, plan);
  const changed = new Set(podsChanged(plan).map(({ uid }) => uid));
  return (ifSeen(snapshot.bystanders)?.autoscalers ?? []).flatMap(({ name, target, min }) => {
    const root = after.controllers.find((each) => each.kind === target.kind && each.name === target.name);
    if (root?.selector === undefined) return [];
    const selector = selectorOfLabelSelector(root.selector);
    const counted = after.pods.filter((pod) => isActive(pod) && matches(selector, pod.labels));
    const idle = counted.filter((pod) => memberOf(after, pod)?.state === 'disabled').length;
    if (idle === 0 || !counted.some(({ uid }) => changed.has(uid))) return [];
    const averages = `HorizontalPodAutoscaler ${name} averages over ${count(counted.length, 'pod')}`;
    const facts = { names: [name], pods: counted.length, disabled: idle };
    if (idle === counted.length) {
      const text = `${averages}, all of them disabled, so it sees no load and scales down to ${min}.`;
      return effect('AveragesFall', text, facts);
    }
    const percent = Math.round((100 * (counted.length - idle)) / counted.length);
    const text = `${averages}, ${idle} of them disabled, so it sees ${percent}% of the load of each serving pod and scales up later.`;
    return effect('AveragesFall', text, facts);
  });
}

/** A workload selector with the gate label in it would release the pod, or adopt it. */
export const checkOwnership: Checker<GatedView> = (view) => {
  const { snapshot, pod, workload, gate, after } = view;
  const label = pairs({ [gate.key]: gate.value }).join();
  if (pod.owner !== undefined) {
    const owner = workload?.owner;
    if (owner === undefined || !selects(owner, pod.labels) || selects(owner, after)) return undefined;
    const text = `${nameOf(owner)} selects pods by the gate label ${label} itself: it would release ${pod.name} and replace it.`;
    return refusal('OwnerSelectsGate', text, `drain ${pod.name}`);
  }
  const adopters = adoptersBesides(snapshot, undefined).filter(
    (controller) => selects(controller, after) && !selects(controller, pod.labels),
  );
  if (adopters.length === 0) return checkAdopters(view);
  const text = `${list(adopters.map(nameOf))} would adopt ${pod.name}, and may delete it as surplus.`;
  return forceable('WouldBeAdopted', text);
};

/** Another label than the gate keeps the pod out. */
export const checkRejoins: Checker<GatedView> = ({ snapshot, pod, gate, after }) => {
  const { service } = snapshot;
  if (isSelected(service, after)) return undefined;
  const labels = lacking(after, service.selector ?? {});
  const overwrites = Object.keys(labels).some((key) => valueIn(after, key) !== undefined);
  const text = `${service.name} also selects ${list(pairs(labels))}, which ${pod.name} lacks, so ${gate.key}=${gate.value} is not enough.`;
  return refusal('StaysOut', text, kubectlLine('label', snapshot, pod, labels, overwrites));
};

/** The labels that the service selects by: the write relies on them. */
export function selectedLabels({ snapshot: { service }, pod }: { snapshot: Snapshot; pod: TargetPod }) {
  const selected = Object.keys(service.selector ?? {});
  return onlyKeys(pod.labels, selected);
}
