import { withoutKeys } from './labels.ts';
import { MANAGED_BY, SERVICE_LABEL } from './marks.ts';
import { formatSelector, selectorOf } from './selector.ts';
import type { Labels } from './snapshot.ts';

/** ConfigMap label, with the value `true`: infra/gate-policy.yaml reads these ConfigMaps as its rules. */
export const GATE_RULE = 'pitlane.dev/gate-rule';

/** The ConfigMap that makes new pods of a service come with the gate label. */
export interface GateRule {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels };
  readonly data: {
    /** Equalities, separated by commas: the labels that select the service's pods, without the gate. */
    readonly selector: string;
    /** `key=value` */
    readonly gate: string;
  };
}

/** The name of a Service has no dot, so the rule of `rng` differs from the journal of a Service `rng-gate`. */
export function gateRuleName(service: string): string {
  return `pitlane-${service}.gate`;
}

/**
 * @param service its labels: what selects its pods; the gate may be among them
 */
export function gateRule(
  service: { readonly name: string; readonly namespace: string; readonly labels: Labels },
  gate: { readonly key: string; readonly value: string },
): GateRule {
  // New pods do not have the gate yet, so a selector that asks for it would match none.
  const labels = withoutKeys(service.labels, [gate.key]);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: gateRuleName(service.name),
      namespace: service.namespace,
      labels: { [GATE_RULE]: 'true', [MANAGED_BY]: 'pitlane', [SERVICE_LABEL]: service.name },
    },
    data: { selector: formatSelector(selectorOf(labels)), gate: `${gate.key}=${gate.value}` },
  };
}
