import type { KubeObject } from '../../api/api.ts';
import { forbidden } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import { asPod } from '../../api/pod.ts';
import { quantity } from '../../api/quantity.ts';
import { isInScopes } from '../../api/quota-scopes.ts';
import { namesOnPods, quantityText, silentContainers, usageOfPod } from '../../api/quota-usage.ts';
import type { Cluster } from '../cluster.ts';

/**
 * Refuses a pod that exceeds a ResourceQuota and counts an admitted one in the quota's status (admission plugin
 * ResourceQuota). The controller corrects the status if the pod is not created after all.
 */
export function admitByQuota(pod: Json, cluster: Cluster, isDryRun: boolean): void {
  const quotas = cluster.store
    .list('resourcequotas', pod.metadata.namespace)
    .filter((quota) => isInScopes(quota, asPod(pod as KubeObject)));
  const counted = quotas.map((quota) => ({ quota, used: usedWith(quota, pod, cluster.now()) }));
  if (isDryRun) return;
  for (const { quota, used } of counted)
    cluster.store.put('resourcequotas', { ...quota, status: { ...quota.status, used } });
}

/** The quota's usage with the pod; throws when it exceeds the quota. */
function usedWith(quota: KubeObject, pod: Json, now: number): Record<string, string> {
  const { hard = {}, used = {} }: { hard?: Record<string, string>; used?: Record<string, string> } = quota.status ?? {};
  const names = namesOnPods(hard).sort();
  const refuse = (why: string) => forbidden(kindOf('pods'), pod.metadata.name ?? '', why);
  const silent = names.flatMap((name) => {
    const containers = silentContainers(pod, name);
    return containers.length > 0 ? [`${name} for: ${containers.sort().join(',')}`] : [];
  });
  if (silent.length > 0) throw refuse(`failed quota: ${quota.metadata.name}: must specify ${silent.join('; ')}`);
  const asked = new Map(names.map((name) => [name, usageOfPod(asPod(pod as KubeObject), name, now)]));
  const sum = (name: string): number => quantity(used[name]) + (asked.get(name) ?? 0);
  const exceeded = names.filter((name) => (asked.get(name) ?? 0) > 0 && sum(name) > quantity(hard[name]) * (1 + 1e-9));
  if (exceeded.length > 0) {
    const say = (of: (name: string) => string | undefined) => exceeded.map((name) => `${name}=${of(name)}`).join(',');
    throw refuse(
      `exceeded quota: ${quota.metadata.name}, requested: ${say((name) => quantityText(name, asked.get(name) ?? 0))}, ` +
        `used: ${say((name) => used[name])}, limited: ${say((name) => hard[name])}`,
    );
  }
  return { ...used, ...Object.fromEntries(names.map((name) => [name, quantityText(name, sum(name))])) };
}
