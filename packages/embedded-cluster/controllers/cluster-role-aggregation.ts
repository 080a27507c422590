import type { ApiEvent, KubeObject } from '../api/api.ts';
import { isEqual } from '../api/json.ts';
import { type LabelSelector, matchesSelector } from '../api/label-selector.ts';
import type { Controller, Environment } from './common/controller.ts';
import { keyOf } from './common/informers.ts';

/** Gives each ClusterRole with an aggregation rule the rules of the roles that it selects (k/clusterroleaggregation). */
export function clusterRoleAggregation({ api, informers }: Environment): Controller {
  const all = () => [...informers.all('clusterroles')].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

  function sync(role: KubeObject): void {
    if (role.aggregationRule === undefined) return;
    const selectors: LabelSelector[] = role.aggregationRule.clusterRoleSelectors ?? [];
    const others = all().filter((other) => other !== role);
    const selected = selectors.flatMap((selector) =>
      others.filter(({ metadata }) => matchesSelector(selector, metadata.labels)).flatMap((other) => other.rules ?? []),
    );
    const rules = selected.filter((rule, at) => selected.findIndex((each) => isEqual(each, rule)) === at);
    if (!isEqual(rules, role.rules ?? [])) api.update('clusterroles', { ...role, rules });
  }

  function* keysOf({ resource }: ApiEvent): Iterable<string> {
    if (resource !== 'clusterroles') return;
    for (const role of all()) if ((role as KubeObject).aggregationRule !== undefined) yield keyOf(role);
  }

  return { name: 'clusterrole-aggregation-controller', keysOf, reconcile: informers.each('clusterroles', sync) };
}
