import type { ApiEvent } from '../api/api.ts';
import { asPod, asPods, isTerminal } from '../api/pod.ts';
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
    const hard: Record<string, string> = quota.spec?.hard ?? {};
    const pods = asPods(informers.inNamespace('pods', quota.metadata.namespace)).filter((pod) =>
      isInScopes(quota, pod),
    );
    const used = namesOnPods(hard).map((name) => {
      const amount = pods.reduce((sum, pod) => sum + usageOfPod(pod, name, api.now()), 0);
      return [name, quantityText(name, amount)];
    });
    writeStatus(api, 'resourcequotas', quota, { hard, used: Object.fromEntries(used) });
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource === 'resourcequotas' && type !== 'DELETED') yield keyOf(object);
    if (resource !== 'pods') return;
    const hasEnded = previous !== undefined && isTerminal(asPod(previous)) !== isTerminal(asPod(object));
    if (type === 'MODIFIED' && !hasEnded) return;
    for (const quota of informers.inNamespace('resourcequotas', object.metadata.namespace)) yield keyOf(quota);
  }

  return { name: 'resource-quota-controller', keysOf, reconcile };
}
