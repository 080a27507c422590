import type { V1PodAffinity, V1PodAffinityTerm, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { matchesSelector } from '../../api/label-selector.ts';
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
  /** Pods that count as if they stood on the node that they name. */
  coming: readonly Pod[];
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
  const constraints = spec.topologySpreadConstraints ?? [];
  return constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
}

/** A spread constraint is a term that counts in the pod's own namespace. */
type Term = V1PodAffinityTerm | V1TopologySpreadConstraint;

function selects({ labelSelector }: Term, { metadata }: Pod): boolean {
  return matchesSelector(labelSelector, metadata.labels);
}

function domainOf(node: KubeObject | undefined, topologyKey: string): string | undefined {
  return node?.metadata.labels?.[topologyKey];
}

/** The pods in the namespaces of the pod's term that count, by the topology domain of their node. */
function podsByDomain({ informers, isThere, coming }: View, pod: Pod, term: Term, counts: (other: Pod) => boolean) {
  const namespaces = namespacesOf(term, pod, informers);
  const arriving = coming.filter(({ metadata }) => namespaces.includes(metadata.namespace));
  const there = namespaces
    .flatMap((namespace) => asPods(informers.inNamespace('pods', namespace)))
    .filter((each) => !isTerminal(each) && isThere(each));
  const byDomain = Map.groupBy([...arriving, ...there].filter(counts), (each) =>
    domainOf(informers.get('nodes', undefined, each.spec.nodeName ?? ''), term.topologyKey),
  );
  byDomain.delete(undefined);
  return byDomain;
}

/** topologySpreadConstraints with DoNotSchedule (podtopologyspread/filtering.go): terminating pods do not count. */
function spreadCheck(view: View, pod: Pod): Check {
  const constraints = constraintsOf(pod.spec).map((constraint) => {
    const { topologyKey, maxSkew, minDomains = 1 } = constraint;
    const isCounted = (each: Pod) => !isTerminating(each) && selects(constraint, each);
    const counted = podsByDomain(view, pod, constraint, isCounted);
    const countIn = (domain: string) => counted.get(domain)?.length ?? 0;
    const eligible = Array.from(view.informers.all('nodes')).filter((node) => matchesNodeAffinity(pod.spec, node));
    const domains = new Set(eligible.flatMap((node) => domainOf(node, topologyKey) ?? []));
    const fewest = domains.size < minDomains ? 0 : Math.min(...[...domains].map(countIn));
    return { topologyKey, countIn, most: maxSkew + fewest - (selects(constraint, pod) ? 1 : 0) };
  });
  const reason = "node(s) didn't match pod topology spread constraints";
  return (node) => {
    for (const { topologyKey, countIn, most } of constraints) {
      const domain = domainOf(node, topologyKey);
      if (domain === undefined) return { reasons: [`${reason} (missing required label)`], isResolvable: false };
      if (countIn(domain) > most) return { reasons: [reason], isResolvable: true };
    }
    return undefined;
  };
}

function namespacesOf(term: Term, pod: Pod, informers: Informers): (string | undefined)[] {
  const { namespaces = [], namespaceSelector }: Partial<V1PodAffinityTerm> = term;
  if (namespaces.length === 0 && namespaceSelector === undefined) return [pod.metadata.namespace];
  const all = Array.from(informers.all('namespaces'), ({ metadata }) => metadata);
  const selected = all.filter(({ labels }) => matchesSelector(namespaceSelector, labels)).map(({ name }) => name);
  return [...new Set([...namespaces, ...selected])];
}

function requiredTerms(rules: V1PodAffinity | undefined): V1PodAffinityTerm[] {
  return rules?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** The pod's own required pod affinity and anti-affinity (interpodaffinity/filtering.go). */
function affinityCheck(view: View, pod: Pod): Check {
  const affinity = requiredTerms(pod.spec.affinity?.podAffinity);
  const antiAffinity = requiredTerms(pod.spec.affinity?.podAntiAffinity);
  const matchesAll = (each: Pod) => affinity.every((term) => selects(term, each));
  const found = (term: V1PodAffinityTerm, counts: (each: Pod) => boolean) => {
    return { key: term.topologyKey, domains: podsByDomain(view, pod, term, counts) };
  };
  // Only pods that match all terms count.
  const matching = affinity.map((term) => found(term, matchesAll));
  const repelled = antiAffinity.map((term) => found(term, (each) => selects(term, each)));
  // The first pod of a group with affinity to itself may run anywhere.
  const isFirst = matchesAll(pod) && matching.every(({ domains }) => domains.size === 0);
  return (node) => {
    const hasMatches = matching.every(({ key, domains }) => {
      const domain = domainOf(node, key);
      return domain !== undefined && (isFirst || domains.has(domain));
    });
    if (!hasMatches) return { reasons: ["node(s) didn't match pod affinity rules"], isResolvable: false };
    if (!repelled.some(({ key, domains }) => domains.has(domainOf(node, key)))) return undefined;
    return { reasons: ["node(s) didn't match pod anti-affinity rules"], isResolvable: true };
  };
}

/**
 * The required anti-affinity of scheduled pods towards the new one. Without any, and for a pod without terms of its own, the
 * plugin is skipped, and with it the pods that come (interpodaffinity/filtering.go, PreFilter).
 */
function repellingCheck({ informers, repelling, isThere, coming }: View, pod: Pod): Check {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  /** The labels of nodes, as `key value`, that the other pod does not share with this one. */
  const labelsRepelledBy = (other: Pod): string[] =>
    requiredTerms(other.spec.affinity?.podAntiAffinity).flatMap((term) => {
      const domain = domainOf(informers.get('nodes', undefined, other.spec.nodeName ?? ''), term.topologyKey);
      if (domain === undefined || !selects(term, pod)) return [];
      const isMeant = namespacesOf(term, other, informers).includes(pod.metadata.namespace);
      return isMeant ? `${term.topologyKey} ${domain}` : [];
    });
  const there = Array.from(repelling.values()).filter((other) => !isTerminal(other) && isThere(other));
  const labels = new Set(there.flatMap(labelsRepelledBy));
  const isSkipped = labels.size === 0 && [podAffinity, podAntiAffinity].every((rules) => !requiredTerms(rules).length);
  if (!isSkipped) for (const label of coming.flatMap(labelsRepelledBy)) labels.add(label);
  const reason = "node(s) didn't satisfy existing pods anti-affinity rules";
  return ({ metadata }) =>
    Object.entries(metadata.labels ?? {}).some(([key, domain]) => labels.has(`${key} ${domain}`))
      ? { reasons: [reason], isResolvable: true }
      : undefined;
}
