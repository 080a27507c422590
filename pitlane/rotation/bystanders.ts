import { list } from '../text/words.ts';
import { matches, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Bystanders, LabelSelector, Labels, Pod } from './snapshot.ts';
import type { Workload } from './workload.ts';

/** Names, by kind, of what selects a pod under one set of labels and not under another. */
interface Selecting {
  readonly services: readonly string[];
  readonly networkPolicies: readonly string[];
  readonly budgets: readonly string[];
}

function selecting(bystanders: Bystanders, yes: Labels, no: Labels): Selecting {
  const differs = (selector: LabelSelector): boolean => {
    const requirements = selectorOfLabelSelector(selector);
    return matches(requirements, yes) && !matches(requirements, no);
  };
  return {
    services: bystanders.services
      .filter(({ selector }) => matches(selectorOf(selector), yes) && !matches(selectorOf(selector), no))
      .map(({ name }) => name)
      .sort(),
    networkPolicies: bystanders.networkPolicies
      .filter(({ podSelector }) => differs(podSelector))
      .map(({ name }) => name)
      .sort(),
    budgets: bystanders.budgets
      .filter(({ selector }) => selector && differs(selector))
      .map(({ name }) => name)
      .sort(),
  };
}

/** What else the change of labels does: a sentence for each kind of object whose selectors start or stop matching the pod. */
export function saysOthers(
  bystanders: Bystanders,
  before: Labels,
  after: Labels,
  workload: Workload | undefined,
): readonly string[] {
  const stops = selecting(bystanders, before, after);
  const starts = selecting(bystanders, after, before);
  const says = (
    names: readonly string[],
    one: string,
    many: string,
    verb: (isMany: boolean) => string,
  ): readonly string[] =>
    names.length === 0 ? [] : [`${names.length > 1 ? many : one} ${list(names)} ${verb(names.length > 1)}.`];
  return [
    ...says(stops.services, 'Service', 'Services', (many) => `also ${many ? 'stop' : 'stops'} listing it`),
    ...says(starts.services, 'Service', 'Services', (many) => `also ${many ? 'list' : 'lists'} it from then on`),
    ...says(
      stops.networkPolicies,
      'NetworkPolicy',
      'NetworkPolicies',
      (many) => `no longer ${many ? 'apply' : 'applies'} to it: what it may reach, and who may reach it, can change`,
    ),
    ...says(
      starts.networkPolicies,
      'NetworkPolicy',
      'NetworkPolicies',
      (many) => `${many ? 'apply' : 'applies'} to it from then on`,
    ),
    ...says(
      stops.budgets,
      'PodDisruptionBudget',
      'PodDisruptionBudgets',
      (many) => `no longer ${many ? 'count' : 'counts'} it`,
    ),
    ...says(
      starts.budgets,
      'PodDisruptionBudget',
      'PodDisruptionBudgets',
      (many) => `${many ? 'count' : 'counts'} it from then on`,
    ),
    ...autoscalers(bystanders, before, after, workload),
  ];
}

/** The bystanders as far as they have to do with the pod: none lists a pod that has no node, and so no address, yet. */
export function listing(bystanders: Bystanders, pod: Pod): Bystanders {
  return pod.nodeName === undefined ? { ...bystanders, services: [] } : bystanders;
}

/** The Services that go on listing the pod: their traffic is none of the drain's. */
export function saysStillListed({ services }: Bystanders, before: Labels, after: Labels): readonly string[] {
  const names = services
    .filter(({ selector }) => [before, after].every((labels) => matches(selectorOf(selector), labels)))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) return [];
  const [noun, verb] = names.length === 1 ? ['Service', 'goes'] : ['Services', 'go'];
  return [`${noun} ${list(names)} ${verb} on listing it: its traffic from there does not end.`];
}

/** The Services that list the pod, and lose it with its end. */
export function saysNoLongerListed({ services }: Bystanders, labels: Labels): readonly string[] {
  const names = services
    .filter(({ selector }) => matches(selectorOf(selector), labels))
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) return [];
  const [noun, verb] = names.length === 1 ? ['Service', 'stops'] : ['Services', 'stop'];
  return [`${noun} ${list(names)} also ${verb} listing it.`];
}

/** An autoscaler averages over the pods that its target's own selector matches (podautoscaler/horizontal.go, computeReplicasForMetrics). */
function autoscalers(
  bystanders: Bystanders,
  before: Labels,
  after: Labels,
  workload: Workload | undefined,
): readonly string[] {
  const root = workload?.root;
  const selector = root?.selector;
  if (!root || !selector) return [];
  const requirements = selectorOfLabelSelector(selector);
  return bystanders.autoscalers
    .filter(({ target }) => target.kind === root.kind && target.name === root.name)
    .flatMap(({ name }) => {
      const [was, is] = [matches(requirements, before), matches(requirements, after)];
      if (!was && !is) return [];
      const verb = was && is ? 'still counts' : was ? 'no longer counts' : 'again counts';
      return [`HorizontalPodAutoscaler ${name} ${verb} its metrics.`];
    });
}
