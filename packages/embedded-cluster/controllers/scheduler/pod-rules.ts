import type { V1PodAffinity, V1PodAffinityTerm, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { type LabelSelector, matchesSelector } from '../../api/label-selector.ts';
import { asPods, isTerminal, isTerminating, type Pod } from '../../api/pod.ts';
import type { Informers } from '../common/informers.ts';
import { matchesNodeAffinity } from '../common/node.ts';
import type { Check } from './filters.ts';

/** The cluster as a rule sees it. */
export interface View {
  informers: Informers;
  /** The scheduled pods with required anti-affinity, by uid. */
  repelling: ReadonlyMap<string, Pod>;
  /** False for pods that preemption would end. */
  isThere: (other: Pod) => boolean;
  /** Count as if they stood on their node. */
  coming?: { node: KubeObject; pods: readonly Pod[] };
}

/** True when other pods decide where the pod may run, so that their changes are reasons to retry. */
export function hasPodRules({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return podAffinity !== undefined || podAntiAffinity !== undefined || constraintsOf(spec).length > 0;
}

/** True when the pod has required anti-affinity. */
export function hasAntiAffinity({ spec }: Pod): boolean {
  return requiredTerms(spec.affinity?.podAntiAffinity).length > 0;
}

/** Checks the rules that depend on other pods. Created once for each pod to schedule. */
export function podRulesFor(view: View, pod: Pod): Check {
  const spread = spreadCheck(view, pod);
  const affinity = affinityCheck(view, pod);
  const repelling = repellingCheck(view, pod);
  return (node) => spread(node) ?? affinity(node) ?? repelling(node);
}

function constraintsOf(spec: Pod['spec']): V1TopologySpreadConstraint[] {
  const constraints = (spec.topologySpreadConstraints ?? []) as V1TopologySpreadConstraint[];
  return constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
}

function selects(term: Pick<V1PodAffinityTerm, 'labelSelector'>, { metadata }: Pod): boolean {
  return matchesSelector(term.labelSelector as LabelSelector | undefined, metadata.labels);
}

function domainOf(node: KubeObject | undefined, topologyKey: string): string | undefined {
  return node?.metadata.labels?.[topologyKey];
}

/** Counts bound pods by the topology domain of their node. */
function countByDomain(
  { informers, isThere, coming }: View,
  namespaces: Iterable<string | undefined>,
  topologyKey: string,
  counts: (pod: Pod) => boolean,
): Map<string, number> {
  const byDomain = new Map<string, number>();
  const add = (node: KubeObject | undefined): void => {
    const domain = domainOf(node, topologyKey);
    if (domain !== undefined) byDomain.set(domain, (byDomain.get(domain) ?? 0) + 1);
  };
  for (const namespace of namespaces) {
    const arriving = coming?.pods.filter((pod) => pod.metadata.namespace === namespace && counts(pod)) ?? [];
    for (const _ of arriving) add(coming?.node);
    for (const pod of asPods(informers.inNamespace('pods', namespace))) {
      if (isTerminal(pod) || !isThere(pod) || !counts(pod)) continue;
      add(informers.get('nodes', undefined, pod.spec.nodeName ?? ''));
    }
  }
  return byDomain;
}

/** topologySpreadConstraints with DoNotSchedule (podtopologyspread/filtering.go): terminating pods do not count. */
function spreadCheck(view: View, pod: Pod): Check {
  const constraints = constraintsOf(pod.spec).map((constraint) => {
    const { topologyKey, maxSkew, minDomains = 1 } = constraint;
    const isCounted = (each: Pod) => !isTerminating(each) && selects(constraint, each);
    const counts = countByDomain(view, [pod.metadata.namespace], topologyKey, isCounted);
    const eligible = Array.from(view.informers.all('nodes')).filter((node) => matchesNodeAffinity(pod.spec, node));
    const domains = new Set(eligible.flatMap((node) => domainOf(node, topologyKey) ?? []));
    const fewest = domains.size < minDomains ? 0 : Math.min(...[...domains].map((each) => counts.get(each) ?? 0));
    return { topologyKey, counts, most: maxSkew + fewest - (selects(constraint, pod) ? 1 : 0) };
  });
  const reason = "node(s) didn't match pod topology spread constraints";
  return (node) => {
    for (const { topologyKey, counts, most } of constraints) {
      const domain = domainOf(node, topologyKey);
      if (domain === undefined) return { reasons: [`${reason} (missing required label)`], isResolvable: false };
      if ((counts.get(domain) ?? 0) > most) return { reasons: [reason], isResolvable: true };
    }
    return undefined;
  };
}

function namespacesOf(term: V1PodAffinityTerm, pod: Pod, informers: Informers): Set<string | undefined> {
  const { namespaces = [], namespaceSelector } = term;
  if (namespaces.length === 0 && namespaceSelector === undefined) return new Set([pod.metadata.namespace]);
  const selected = Array.from(informers.all('namespaces'))
    .filter(({ metadata }) => matchesSelector(namespaceSelector as LabelSelector | undefined, metadata.labels))
    .map(({ metadata }) => metadata.name);
  return new Set([...namespaces, ...selected]);
}

function requiredTerms(rules: V1PodAffinity | undefined): V1PodAffinityTerm[] {
  return rules?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** The pod's own required pod affinity and anti-affinity (interpodaffinity/filtering.go). */
function affinityCheck(view: View, pod: Pod): Check {
  const affinity = requiredTerms(pod.spec.affinity?.podAffinity);
  const antiAffinity = requiredTerms(pod.spec.affinity?.podAntiAffinity);
  const countsOf = (terms: V1PodAffinityTerm[], isMatch: (term: V1PodAffinityTerm, each: Pod) => boolean) =>
    terms.map((term) => {
      const { topologyKey: key } = term;
      const namespaces = namespacesOf(term, pod, view.informers);
      return { key, counts: countByDomain(view, namespaces, key, (each) => isMatch(term, each)) };
    });
  // Only pods that match all terms count.
  const matching = countsOf(affinity, (_, each) => affinity.every((term) => selects(term, each)));
  const repelled = countsOf(antiAffinity, selects);
  // The first pod of a group with affinity to itself may run anywhere.
  const isFirst = matching.every(({ counts }) => counts.size === 0) && affinity.every((term) => selects(term, pod));
  return (node) => {
    const hasMatches = matching.every(({ key, counts }) => {
      const domain = domainOf(node, key);
      return domain !== undefined && (isFirst || counts.has(domain));
    });
    if (!hasMatches) return { reasons: ["node(s) didn't match pod affinity rules"], isResolvable: false };
    if (!repelled.some(({ key, counts }) => counts.has(domainOf(node, key) ?? ''))) return undefined;
    return { reasons: ["node(s) didn't match pod anti-affinity rules"], isResolvable: true };
  };
}

/**
 * The required anti-affinity of scheduled pods towards the new one. Without any, and for a pod without terms of its own, the
 * plugin is skipped, and with it the pods that come (interpodaffinity/filtering.go, PreFilter).
 */
function repellingCheck({ informers, repelling, isThere, coming }: View, pod: Pod): Check {
  const keys = new Set<string>();
  const domains = new Set<string>();
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  for (const other of repelling.values())
    if (!isTerminal(other) && other.spec.nodeName && isThere(other))
      add(other, informers.get('nodes', undefined, other.spec.nodeName));
  const isSkipped =
    keys.size === 0 && [podAffinity, podAntiAffinity].every((rules) => requiredTerms(rules).length === 0);
  if (!isSkipped) for (const other of coming?.pods ?? []) add(other, coming?.node);
  const reason = "node(s) didn't satisfy existing pods anti-affinity rules";
  return (node) =>
    [...keys].some((key) => domains.has(`${key} ${domainOf(node, key)}`))
      ? { reasons: [reason], isResolvable: true }
      : undefined;

  function add(other: Pod, node: KubeObject | undefined): void {
    for (const term of requiredTerms(other.spec.affinity?.podAntiAffinity)) {
      const domain = domainOf(node, term.topologyKey);
      if (domain === undefined || !selects(term, pod)) continue;
      if (!namespacesOf(term, other, informers).has(pod.metadata.namespace)) continue;
      keys.add(term.topologyKey);
      domains.add(`${term.topologyKey} ${domain}`);
    }
  }
}
