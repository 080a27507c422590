import type { KubeObject } from '../../api/api.ts';
import { forbidden } from '../../api/api-error.ts';
import type { Kind } from '../../api/kinds.ts';
import { quantity, quantityText } from '../../api/quantity.ts';
import { isInScopes, namesOn, silentContainers, usageOf } from '../../api/quota.ts';
import type { Cluster } from '../cluster.ts';

/** Kinds whose changes are counted too (evaluator/core, Handles). */
const countedWhenChanged = new Set(['services', 'persistentvolumeclaims']);

/**
 * Refuses an object that exceeds a ResourceQuota (admission plugin ResourceQuota). Returns what counts an admitted one in
 * the status of the quotas; the controller corrects the status if the object is not written after all.
 */
export function admitByQuota(cluster: Cluster, kind: Kind, object: KubeObject, old?: KubeObject): () => void {
  const { store, now } = cluster;
  const { namespace } = object.metadata;
  if (namespace === undefined || (old !== undefined && !countedWhenChanged.has(kind.resource))) return () => {};
  const quotas = store.list('resourcequotas', namespace).filter((quota) => isInScopes(quota, kind, object));
  const share = (name: string) => {
    const before = old === undefined ? 0 : usageOf(kind, old, name, now());
    return usageOf(kind, object, name, now()) - before;
  };
  const counted = quotas.flatMap((quota) => {
    const used = usedWith(quota, kind, object, share);
    return used === undefined ? [] : [{ ...quota, status: { ...quota.status, used } }];
  });
  return () => {
    for (const quota of counted) store.put('resourcequotas', quota);
  };
}

/** The quota's usage with the object; undefined if it is not in the quota. Throws when it exceeds the quota. */
function usedWith({ metadata, status }: KubeObject, kind: Kind, object: KubeObject, share: (name: string) => number) {
  const { hard = {}, used = {} }: Partial<Record<'hard' | 'used', Record<string, string>>> = status ?? {};
  const names = namesOn(kind, hard).sort();
  if (names.length === 0) return undefined;
  const refuse = (why: string) => forbidden(kind, object.metadata.name ?? '', why);
  const silent = names.flatMap((name) => {
    const containers = kind.resource === 'pods' ? silentContainers(object, name) : [];
    return containers.length > 0 ? [`${name} for: ${containers.sort().join(',')}`] : [];
  });
  if (silent.length > 0) throw refuse(`failed quota: ${metadata.name}: must specify ${silent.join('; ')}`);
  const sum = (name: string): number => quantity(used[name]) + share(name);
  const exceeded = names.filter((name) => share(name) > 0 && sum(name) > quantity(hard[name]) * (1 + 1e-9));
  if (exceeded.length > 0) {
    const say = (of: (name: string) => string | undefined) => exceeded.map((name) => `${name}=${of(name)}`).join(',');
    throw refuse(
      `exceeded quota: ${metadata.name}, requested: ${say((name) => quantityText(name, share(name)))}, ` +
        `used: ${say((name) => used[name])}, limited: ${say((name) => hard[name])}`,
    );
  }
  return { ...used, ...Object.fromEntries(names.map((name) => [name, quantityText(name, sum(name))])) };
}
