import type { ApiEvent } from '../api/api.ts';
import { asPod, asPods, isTerminal } from '../api/pod.ts';
import { countedResource, usageOfObject } from '../api/quota-objects.ts';
import { isInScopes } from '../api/quota-scopes.ts';
import { namesOnPods, quantityText, usageOfPod } from '../api/quota-usage.ts';
import type { Controller, Environment } from './common/controller.ts';
import { keyOf } from './common/informers.ts';
import { writeStatus } from './common/status.ts';

/** Updates limits and usage in the status of ResourceQuotas (k/resourcequota). */
export function resourceQuotaController({ api, informers }: Environment): Controller {
  function reconcile(key: string): void {
    const quota = informers.getByKey('resourcequotas', key);
    if (quota === undefined) return;
    const { namespace } = quota.metadata;
    const hard: Record<string, string> = quota.spec?.hard ?? {};
    const pods = asPods(informers.inNamespace('pods', namespace)).filter((pod) => isInScopes(quota, pod));
    const onPods = namesOnPods(hard);
    const used = Object.keys(hard).flatMap((name) => {
      const resource = countedResource(name);
      if (!onPods.includes(name) && resource === undefined) return [];
      const shares =
        resource === undefined
          ? pods.map((pod) => usageOfPod(pod, name, api.now()))
          : Array.from(informers.inNamespace(resource, namespace), (object) => usageOfObject(object, name));
      const amount = shares.reduce((sum, share) => sum + share, 0);
      return [[name, quantityText(name, amount)]];
    });
    writeStatus(api, 'resourcequotas', quota, { hard, used: Object.fromEntries(used) });
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, type } = event;
    if (resource === 'resourcequotas' && type !== 'DELETED') yield keyOf(object);
    if (!isRelevant(event)) return;
    for (const quota of informers.inNamespace('resourcequotas', object.metadata.namespace)) {
      const names = Object.keys(quota.spec?.hard ?? {});
      if (resource === 'pods' || names.some((name) => countedResource(name) === resource)) yield keyOf(quota);
    }
  }

  return { name: 'resource-quota-controller', keysOf, reconcile };
}

/** Objects that come and go, pods that end, and Services and claims that change (replenishment). */
function isRelevant({ resource, object, previous, type }: ApiEvent): boolean {
  if (type !== 'MODIFIED' || previous === undefined) return true;
  if (resource === 'pods') return isTerminal(asPod(previous)) !== isTerminal(asPod(object));
  return ['services', 'persistentvolumeclaims'].includes(resource);
}
