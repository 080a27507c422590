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
import { listed } from './words.ts';

/** Names of the objects whose selectors match these labels and not those. */
function losing(
  objects: readonly KubeObject[],
  matches: (object: KubeObject, labels: Labels) => boolean,
  yes: Labels,
  no: Labels,
): string[] {
  return objects
    .filter((object) => matches(object, yes) && !matches(object, no))
    .map(nameOf)
    .sort();
}

/**
 * The sentences on what starts and stops to select the pod, worked out from its labels before and after. A pod without a
 * node is listed by no Service.
 */
export function sentencesOnSelectors(before: Scene, object: KubeObject, podAfter: Labels): string[] {
  const pod = labelsOf(object);
  const isPlaced = object.spec.nodeName !== undefined;
  const services = before.objects.services.filter((service) => isPlaced && nameOf(service) !== SERVICE);
  const policy = (object: KubeObject, labels: Labels): boolean => selects(object.spec.podSelector, labels);
  const budget = (object: KubeObject, labels: Labels): boolean => selects(object.spec.selector, labels);
  const { networkpolicies, poddisruptionbudgets } = before.objects;
  const say = (names: string[], one: string, many: string, rest: (isMany: boolean) => string): string[] =>
    names.length === 0 ? [] : [`${names.length === 1 ? one : many} ${listed(names)} ${rest(names.length > 1)}.`];
  return [
    ...say(
      losing(services, serviceSelects, pod, podAfter),
      'Service',
      'Services',
      (many) => `also stop${many ? '' : 's'} listing it`,
    ),
    ...say(
      losing(services, serviceSelects, podAfter, pod),
      'Service',
      'Services',
      (many) => `also list${many ? '' : 's'} it from then on`,
    ),
    ...say(
      losing(networkpolicies, policy, pod, podAfter),
      'NetworkPolicy',
      'NetworkPolicies',
      (many) => `no longer appl${many ? 'y' : 'ies'} to it: what it may reach, and who may reach it, can change`,
    ),
    ...say(
      losing(networkpolicies, policy, podAfter, pod),
      'NetworkPolicy',
      'NetworkPolicies',
      (many) => `appl${many ? 'y' : 'ies'} to it from then on`,
    ),
    ...say(
      losing(poddisruptionbudgets, budget, pod, podAfter),
      'PodDisruptionBudget',
      'PodDisruptionBudgets',
      (many) => `no longer count${many ? '' : 's'} it`,
    ),
    ...say(
      losing(poddisruptionbudgets, budget, podAfter, pod),
      'PodDisruptionBudget',
      'PodDisruptionBudgets',
      (many) => `count${many ? '' : 's'} it from then on`,
    ),
  ];
}

/** Services other than ours that list the pod before and after, as their EndpointSlices show it. */
export function sentencesOnStillListed(before: Scene, after: Scene, pod: KubeObject): string[] {
  const names = after.objects.services
    .map(nameOf)
    .filter((name) => name !== SERVICE && [before, after].every((scene) => isListed(scene, name, uidOf(pod))))
    .sort();
  if (names.length === 0) return [];
  const verb = names.length === 1 ? 'goes' : 'go';
  return [
    `Service${names.length === 1 ? '' : 's'} ${listed(names)} ${verb} on listing it: its traffic from there does not end.`,
  ];
}

/** An autoscaler averages over what its target's selector matches. */
export function sentencesOnAutoscalers(
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
  const verb = was && is ? 'still counts' : was ? 'no longer counts' : 'again counts';
  return before.objects.horizontalpodautoscalers
    .filter(({ spec }) => spec.scaleTargetRef.kind === root.kind && spec.scaleTargetRef.name === nameOf(root))
    .map((autoscaler) => `HorizontalPodAutoscaler ${nameOf(autoscaler)} ${verb} its metrics.`);
}
