import type { V1NodeSelectorTerm, V1Taint, V1Toleration } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { matchesLabels, meets } from '../../api/label-selector.ts';
import type { Pod } from '../../api/pod.ts';

/** nodeSelector and required node affinity (component-helpers, nodeaffinity.GetRequiredNodeAffinity). */
export function matchesNodeAffinity(spec: Pod['spec'], node: KubeObject): boolean {
  if (!matchesLabels(spec.nodeSelector ?? {}, node.metadata.labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** Expressions match labels, fields only metadata.name. An empty term matches nothing. */
export function matchesTerm(term: V1NodeSelectorTerm, { metadata: { labels, name } }: KubeObject): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  return (
    matchExpressions.length + matchFields.length > 0 &&
    meets(labels, matchExpressions) &&
    matchFields.every(({ key }) => key === 'metadata.name') &&
    meets({ 'metadata.name': name }, matchFields)
  );
}

/** The nodes that matchFields name, as in DaemonSet pods; undefined when no field restricts the nodes. */
export function nodesNamedBy(spec: Pod['spec']): Set<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return undefined;
  const fieldsOf = ({ matchFields = [] }: V1NodeSelectorTerm) =>
    matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  if (terms.some((term) => fieldsOf(term).length === 0)) return undefined;
  return new Set(terms.flatMap(fieldsOf).flatMap(({ values = [] }) => values));
}

export function taintsOf(node: KubeObject): V1Taint[] {
  return node.spec?.taints ?? [];
}

/** The first taint with one of these effects that no toleration covers (FindMatchingUntoleratedTaint). */
export function untoleratedTaint(
  taints: readonly V1Taint[],
  tolerations: readonly V1Toleration[] | undefined,
  effects: readonly string[],
): V1Taint | undefined {
  return taints.find(
    (taint) => effects.includes(taint.effect) && !(tolerations ?? []).some((each) => tolerates(each, taint)),
  );
}

/** An empty key with Exists tolerates all taints, an empty effect all effects (toleration.go, ToleratesTaint). */
export function tolerates({ key, operator, value, effect }: V1Toleration, taint: V1Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return Boolean(key) && (value ?? '') === (taint.value ?? '');
}
