import type { KubeObject } from '../../api/api.ts';
import { forbidden } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { asPod } from '../../api/pod.ts';
import { limitsOf, requestsOf } from '../../api/pod-requests.ts';
import { quantity } from '../../api/quantity.ts';
import { quantityText } from '../../api/quota-usage.ts';
import type { Cluster } from '../cluster.ts';

/** The admission plugin LimitRanger (plugin/pkg/admission/limitranger). */

type Amounts = Readonly<Record<string, string>>;

interface Limit {
  type: 'Container' | 'Pod' | 'PersistentVolumeClaim';
  min?: Amounts;
  max?: Amounts;
  default?: Amounts;
  defaultRequest?: Amounts;
  maxLimitRequestRatio?: Amounts;
}

/** What is measured against a limit. */
interface Usage {
  requests: Amounts;
  limits: Amounts;
}

function limitsIn({ store }: Pick<Cluster, 'store'>, namespace: string): Limit[] {
  return store.list('limitranges', namespace).flatMap(({ spec }) => spec?.limits ?? []);
}

/** Gives containers the default requests and limits of their namespace, and notes in an annotation which ones. */
export function applyDefaultLimits({ metadata, spec }: Json, cluster: Cluster): void {
  const ofContainers = limitsIn(cluster, metadata.namespace).filter(({ type }) => type === 'Container');
  if (ofContainers.length === 0) return;
  const defaults = {
    request: Object.assign({}, ...ofContainers.map((limit) => limit.defaultRequest)),
    limit: Object.assign({}, ...ofContainers.map((limit) => limit.default)),
  };
  const notes: string[] = [];
  for (const [list, named] of [
    [spec.containers ?? [], 'container'],
    [spec.initContainers ?? [], 'init container'],
  ] as const) {
    for (const container of list) {
      container.resources ??= {};
      for (const kind of ['request', 'limit'] as const) {
        const given = container.resources[`${kind}s`];
        const added = Object.keys(defaults[kind]).filter((name) => given?.[name] === undefined);
        if (added.length === 0) continue;
        container.resources[`${kind}s`] = { ...defaults[kind], ...given };
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
    throw forbidden(
      kind,
      object.metadata.name ?? '',
      errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`,
    );
  }
}

function usagesOf(type: Limit['type'], { resource }: Kind, { spec, ...object }: Json): Usage[] {
  if (type === 'PersistentVolumeClaim') {
    return resource === 'pods' ? [] : [{ requests: spec.resources?.requests ?? {}, limits: {} }];
  }
  if (resource !== 'pods') return [];
  if (type === 'Container') {
    const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    return containers.map(({ resources }) => ({ requests: {}, limits: {}, ...resources }));
  }
  const { overhead: _, ...own } = spec;
  const pod = asPod({ ...object, spec: own } as KubeObject);
  const asText = (amounts: Record<string, number>) =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, quantityText(name, amount)]));
  return [{ requests: asText(requestsOf(pod)), limits: asText(limitsOf(pod)) }];
}

function errorsOf({ type, min = {}, max = {}, maxLimitRequestRatio = {} }: Limit, usage: Usage): string[] {
  const each = (of: Amounts, check: (name: string, bound: string) => string | undefined) =>
    Object.entries(of).flatMap(([name, bound]) => check(name, bound) ?? []);
  return [
    ...each(min, (name, bound) => {
      const { [name]: request } = usage.requests;
      const { [name]: limit } = usage.limits;
      const rule = `minimum ${name} usage per ${type} is ${bound}`;
      if (request === undefined) return `${rule}.  No request is specified`;
      if (quantity(request) < quantity(bound)) return `${rule}, but request is ${request}`;
      return limit !== undefined && quantity(limit) < quantity(bound) ? `${rule}, but limit is ${limit}` : undefined;
    }),
    ...each(max, (name, bound) => {
      const { [name]: request } = usage.requests;
      const { [name]: limit } = usage.limits;
      const rule = `maximum ${name} usage per ${type} is ${bound}`;
      const isOfClaim = type === 'PersistentVolumeClaim';
      if ((isOfClaim ? request : limit) === undefined)
        return `${rule}.  No ${isOfClaim ? 'request' : 'limit'} is specified`;
      if (limit !== undefined && quantity(limit) > quantity(bound)) return `${rule}, but limit is ${limit}`;
      return request !== undefined && quantity(request) > quantity(bound)
        ? `${rule}, but request is ${request}`
        : undefined;
    }),
    ...each(maxLimitRequestRatio, (name, bound) => {
      const request = quantity(usage.requests[name]);
      const limit = quantity(usage.limits[name]);
      const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
      if (request === 0) return `${rule}, but no request is specified or request is 0`;
      if (limit === 0) return `${rule}, but no limit is specified or limit is 0`;
      const ratio = limit / request;
      return ratio > quantity(bound) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
    }),
  ];
}
