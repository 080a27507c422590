import type { KubeObject } from './api.ts';
import type { Kind } from './kinds.ts';
import { asPod, type Pod } from './pod.ts';

interface Requirement {
  readonly scopeName: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** The quota counts the object: scopes select pods only, and all of its scopes match (evaluator/core/pods.go, podMatchesScopeFunc). */
export function isInScopes({ spec = {} }: KubeObject, { resource }: Kind, object: KubeObject): boolean {
  const { scopes = [], scopeSelector } = spec as {
    scopes?: string[];
    scopeSelector?: { matchExpressions?: Requirement[] };
  };
  const exist = scopes.map((scopeName): Requirement => ({ scopeName, operator: 'Exists' }));
  const requirements = [...exist, ...(scopeSelector?.matchExpressions ?? [])];
  if (resource !== 'pods') return requirements.length === 0;
  return requirements.every((requirement) => matches(requirement, asPod(object)));
}

function matches({ scopeName, operator, values = [] }: Requirement, { spec, status }: Pod): boolean {
  const { activeDeadlineSeconds, priorityClassName: name } = spec as Record<string, unknown>;
  switch (scopeName) {
    case 'Terminating':
      return activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return status.qosClass === 'BestEffort';
    case 'NotBestEffort':
      return status.qosClass !== 'BestEffort';
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(spec.affinity);
    case 'PriorityClass': {
      const isOneOf = typeof name === 'string' && values.includes(name);
      if (operator === 'In') return isOneOf;
      if (operator === 'NotIn') return !isOneOf;
      return (operator === 'Exists') === Boolean(name);
    }
    default:
      return false;
  }
}

function crossesNamespaces({ podAffinity, podAntiAffinity }: NonNullable<Pod['spec']['affinity']> = {}): boolean {
  return [podAffinity, podAntiAffinity].some((affinity) =>
    [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((each) => each.podAffinityTerm),
    ].some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined),
  );
}
