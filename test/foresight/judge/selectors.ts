import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { type Labels, SERVICE } from '../case.ts';
import {
  isListed,
  labelsOf,
  nameOf,
  rootOf,
  type Scene,
  selects,
  serviceSelects,
  specSelector,
  uidOf,
} from '../scene.ts';
import { readEffect } from './plan-facts.ts';

type Matches = (object: KubeObject, labels: Labels) => boolean;

/**
 * The objects that start or stop to select the pod, computed from its labels before and after. No Service lists a pod
 * without a node.
 */
export function expectedSelectors(before: Scene, object: KubeObject, podAfter: Labels): string[] {
  const pod = labelsOf(object);
  const isPlaced = object.spec.nodeName !== undefined;
  const services = before.objects.services.filter((service) => isPlaced && nameOf(service) !== SERVICE);
  const { networkpolicies, poddisruptionbudgets } = before.objects;
  const selecting: readonly (readonly [kind: string, objects: readonly KubeObject[], matches: Matches])[] = [
    ['Services', services, serviceSelects],
    ['Policies', networkpolicies, ({ spec }, labels) => selects(spec.podSelector, labels)],
    ['Budgets', poddisruptionbudgets, ({ spec }, labels) => selects(spec.selector, labels)],
  ];
  return selecting.flatMap(([kind, objects, matches]) => {
    const changed = (yes: Labels, no: Labels) =>
      objects.filter((each) => matches(each, yes) && !matches(each, no)).map(nameOf);
    return [...moves(`Leaves${kind}`, changed(pod, podAfter)), ...moves(`Joins${kind}`, changed(podAfter, pod))];
  });
}

function moves(code: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [readEffect({ code, facts: { names: names.toSorted() } })];
}

/** Other Services whose EndpointSlices list the pod before and after. */
export function expectedStillListed(before: Scene, after: Scene, pod: KubeObject): string[] {
  const names = after.objects.services
    .map(nameOf)
    .filter((name) => name !== SERVICE && [before, after].every((scene) => isListed(scene, name, uidOf(pod))));
  return moves('StaysInServices', names);
}

/** An autoscaler counts the pods that its target's selector matches. */
export function expectedAutoscalers(
  before: Scene,
  owner: { uid: string } | undefined,
  pod: Labels,
  podAfter: Labels,
): string[] {
  const root = rootOf(before, owner);
  if (root === undefined) return [];
  const selector = specSelector(root);
  const [was, is] = [selects(selector, pod), selects(selector, podAfter)];
  if (!was && !is) return [];
  const code = was && is ? 'StaysInAutoscaler' : was ? 'LeavesAutoscaler' : 'JoinsAutoscaler';
  return before.objects.horizontalpodautoscalers
    .filter(({ spec }) => spec.scaleTargetRef.kind === root.kind && spec.scaleTargetRef.name === nameOf(root))
    .map((autoscaler) => readEffect({ code, facts: { names: [nameOf(autoscaler)] } }));
}
