import type { KubeObject } from '../../api/api.ts';
import { forbidden } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { asPod } from '../../api/pod.ts';
import { limitsOf, requestsOf } from '../../api/pod-requests.ts';
import { quantity, quantityText } from '../../api/quantity.ts';
import type { Cluster } from '../cluster.ts';

/** The admission plugin LimitRanger (plugin/pkg/admission/limitranger). */

type Amounts = Readonly<Record<string, string>>;

/** What is measured against a limit. */
interface Usage {
  request?: Amounts;
  limit?: Amounts;
}

function limitsIn({ store }: Cluster, namespace: string): Json[] {
  return store.list('limitranges', namespace).flatMap(({ spec }) => spec?.limits ?? []);
}

/** Gives containers the default requests and limits of their namespace, and notes in an annotation which ones. */
export function applyDefaultLimits({ metadata, spec }: Json, cluster: Cluster): void {
  const ofContainers = limitsIn(cluster, metadata.namespace).filter(({ type }) => type === 'Container');
  const defaults = {
    request: Object.assign({}, ...ofContainers.map((limit) => limit.defaultRequest)),
    limit: Object.assign({}, ...ofContainers.map((limit) => limit.default)),
  };
  const notes: string[] = [];
  for (const [list, named] of Object.entries({ containers: 'container', initContainers: 'init container' })) {
    for (const container of spec[list] ?? []) {
      for (const [kind, amounts] of Object.entries(defaults)) {
        const given = container.resources[`${kind}s`];
        const added = Object.keys(amounts).filter((name) => given?.[name] === undefined);
        if (added.length === 0) continue;
        container.resources[`${kind}s`] = { ...amounts, ...given };
        notes.push(`${added.sort().join(', ')} ${kind} for ${named} ${container.name}`);
      }
    }
  }
  if (notes.length === 0) return;
  const note = { 'kubernetes.io/limit-ranger': `LimitRanger plugin set: ${notes.join('; ')}` };
  metadata.annotations = { ...metadata.annotations, ...note };
}

/** Refuses a pod or claim that is outside the limits of its namespace. */
export function checkLimits(kind: Kind, object: Json, cluster: Cluster): void {
  if (kind.resource !== 'pods' && kind.resource !== 'persistentvolumeclaims') return;
  for (const limit of limitsIn(cluster, object.metadata.namespace)) {
    const errors = [...new Set(usagesOf(limit.type, kind, object).flatMap((usage) => errorsOf(limit, usage)))];
    if (errors.length === 0) continue;
    const [first = '', ...others] = errors;
    throw forbidden(kind, object.metadata.name ?? '', others.length === 0 ? first : `[${errors.join(', ')}]`);
  }
}

function usagesOf(type: string, { resource }: Kind, { spec, ...object }: Json): Usage[] {
  const isOfClaims = type === 'PersistentVolumeClaim';
  if (isOfClaims !== (resource === 'persistentvolumeclaims')) return [];
  if (isOfClaims) return [{ request: spec.resources?.requests }];
  if (type === 'Container') {
    const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    return containers.map(({ resources }) => ({ request: resources.requests, limit: resources.limits }));
  }
  const { overhead: _, ...own } = spec;
  const pod = asPod({ ...object, spec: own } as KubeObject);
  const asText = (amounts: Record<string, number>) =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, quantityText(name, amount)]));
  return [{ request: asText(requestsOf(pod)), limit: asText(limitsOf(pod)) }];
}

function errorsOf({ type, min, max, maxLimitRequestRatio }: Json, usage: Usage): string[] {
  const each = (bounds: Amounts | undefined, check: (name: string, bound: string) => string | undefined) =>
    Object.entries(bounds ?? {}).flatMap(([name, bound]) => check(name, bound) ?? []);
  /** The first part must be set. */
  const outside = (rule: string, name: string, parts: (keyof Usage)[], isOutside: (amount: number) => boolean) => {
    const set = parts.filter((part) => usage[part]?.[name] !== undefined);
    if (set[0] !== parts[0]) return `${rule}.  No ${parts[0]} is specified`;
    const wrong = set.find((part) => isOutside(quantity(usage[part]?.[name])));
    return wrong && `${rule}, but ${wrong} is ${usage[wrong]?.[name]}`;
  };
  return [
    ...each(min, (name, bound) => {
      const rule = `minimum ${name} usage per ${type} is ${bound}`;
      return outside(rule, name, ['request', 'limit'], (amount) => amount < quantity(bound));
    }),
    ...each(max, (name, bound) => {
      const rule = `maximum ${name} usage per ${type} is ${bound}`;
      const isOfClaims = type === 'PersistentVolumeClaim';
      return outside(rule, name, isOfClaims ? ['request'] : ['limit', 'request'], (amount) => amount > quantity(bound));
    }),
    ...each(maxLimitRequestRatio, (name, bound) => {
      const [request, limit] = [quantity(usage.request?.[name]), quantity(usage.limit?.[name])];
      const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
      if (request === 0) return `${rule}, but no request is specified or request is 0`;
      if (limit === 0) return `${rule}, but no limit is specified or limit is 0`;
      const ratio = limit / request;
      return ratio > quantity(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
    }),
  ];
}
