import type { ApiEvent, KubeObject } from '../api/api.ts';
import { isEqual } from '../api/json.ts';
import { matchesSelector } from '../api/label-selector.ts';
import type { Controller, Environment } from './common/controller.ts';
import { keyOf } from './common/informers.ts';

/** Gives each ClusterRole with an aggregation rule the rules of the roles that it selects (k/clusterroleaggregation). */
export function clusterRoleAggregation({ api, informers }: Environment): Controller {
  const all = () => [...informers.all('clusterroles')].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

  function sync(role: KubeObject): void {
    if (role.aggregationRule === undefined) return;
    const rules: object[] = [];
    for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
      for (const other of all()) {
        if (other.metadata.name === role.metadata.name || !matchesSelector(selector, other.metadata.labels)) continue;
        for (const rule of other.rules ?? []) if (!rules.some((each) => isEqual(each, rule))) rules.push(rule);
      }
    }
    if (!isEqual(rules, role.rules ?? [])) api.update('clusterroles', { ...role, rules });
  }

  function* keysOf({ resource }: ApiEvent): Iterable<string> {
    if (resource !== 'clusterroles') return;
    for (const role of all()) if ((role as KubeObject).aggregationRule !== undefined) yield keyOf(role);
  }

  return { name: 'clusterrole-aggregation-controller', keysOf, reconcile: informers.each('clusterroles', sync) };
}
