import type { ApiEvent, KubeObject } from '../api/api.ts';
import { kindOf } from '../api/kinds.ts';
import { asPod, isTerminal } from '../api/pod.ts';
import { quantityText } from '../api/quantity.ts';
import { isInScopes, namesOn, usageOf } from '../api/quota.ts';
import type { Controller, Environment } from './common/controller.ts';
import { keyOf, storedResources } from './common/informers.ts';
import { writeStatus } from './common/status.ts';

/** Updates limits and usage in the status of ResourceQuotas (k/resourcequota). */
export function resourceQuotaController({ api, informers }: Environment): Controller {
  function sync(quota: KubeObject): void {
    const hard: Record<string, string> = quota.spec?.hard ?? {};
    const used: Record<string, string> = {};
    for (const kind of storedResources.map(kindOf)) {
      const names = namesOn(kind, hard);
      if (names.length === 0) continue;
      const objects = [...informers.inNamespace(kind.resource, quota.metadata.namespace)];
      const counted = objects.filter((object) => isInScopes(quota, kind, object));
      for (const name of names) {
        const amount = counted.reduce((sum, object) => sum + usageOf(kind, object, name, api.now()), 0);
        used[name] = quantityText(name, amount);
      }
    }
    writeStatus(api, 'resourcequotas', quota, { hard, used });
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, type } = event;
    if (resource === 'resourcequotas' && type !== 'DELETED') yield keyOf(object);
    if (object.metadata.namespace === undefined || (type === 'MODIFIED' && !changesUsage(event))) return;
    for (const quota of informers.inNamespace('resourcequotas', object.metadata.namespace)) yield keyOf(quota);
  }

  return { name: 'resource-quota-controller', keysOf, reconcile: informers.each('resourcequotas', sync) };
}

function changesUsage({ resource, object, previous }: ApiEvent): boolean {
  if (resource === 'services' || resource === 'persistentvolumeclaims') return true;
  if (resource !== 'pods' || previous === undefined) return false;
  return isTerminal(asPod(previous)) !== isTerminal(asPod(object));
}
