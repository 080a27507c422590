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
import { listed } from './plan-text.ts';

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
    ['Service', services, serviceSelects],
    ['NetworkPolicy', networkpolicies, ({ spec }, labels) => selects(spec.podSelector, labels)],
    ['PodDisruptionBudget', poddisruptionbudgets, ({ spec }, labels) => selects(spec.selector, labels)],
  ];
  return selecting.flatMap(([kind, objects, matches]) => {
    const changed = (yes: Labels, no: Labels) =>
      objects.filter((each) => matches(each, yes) && !matches(each, no)).map(nameOf);
    return [...moves(`leaves ${kind}`, changed(pod, podAfter)), ...moves(`joins ${kind}`, changed(podAfter, pod))];
  });
}

function moves(how: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${how} ${listed(names.toSorted())}`];
}

/** Other Services whose EndpointSlices list the pod before and after. */
export function expectedStillListed(before: Scene, after: Scene, pod: KubeObject): string[] {
  const names = after.objects.services
    .map(nameOf)
    .filter((name) => name !== SERVICE && [before, after].every((scene) => isListed(scene, name, uidOf(pod))));
  return moves('stays in Service', names);
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
  const how = was && is ? 'stays in' : was ? 'leaves' : 'joins';
  return before.objects.horizontalpodautoscalers
    .filter(({ spec }) => spec.scaleTargetRef.kind === root.kind && spec.scaleTargetRef.name === nameOf(root))
    .map((autoscaler) => `${how} HorizontalPodAutoscaler ${nameOf(autoscaler)}`);
}
