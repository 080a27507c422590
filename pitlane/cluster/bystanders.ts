import type { Budget, Bystanders, LabelSelector } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonLabelSelector, JsonService, KubeObject } from './json.ts';
import { list } from './list.ts';
import { AUTOSCALERS, BUDGETS, NETWORK_POLICIES, type Resource, SERVICES } from './resource.ts';
import { ignoreNotFound } from './tolerate.ts';

interface JsonBudget extends KubeObject {
  readonly spec: {
    readonly selector?: JsonLabelSelector | null;
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
  };
  readonly status?: {
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

interface JsonNetworkPolicy extends KubeObject {
  readonly spec?: { readonly podSelector?: JsonLabelSelector; readonly policyTypes?: readonly string[] };
}

interface JsonAutoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}

/** Reads what else in the namespace selects pods: Services, budgets, network policies and autoscalers. */
export async function readBystanders(
  connection: Connection,
  namespace: string,
  serviceName: string,
): Promise<Bystanders> {
  // A kind that the cluster does not serve has no objects.
  const all = async <J>(resource: Resource): Promise<readonly J[]> =>
    (await ignoreNotFound(list<J>(connection, resource, { namespace })))?.items ?? [];
  const [services, budgets, policies, autoscalers] = await Promise.all([
    all<JsonService>(SERVICES),
    all<JsonBudget>(BUDGETS),
    all<JsonNetworkPolicy>(NETWORK_POLICIES),
    all<JsonAutoscaler>(AUTOSCALERS),
  ]);
  return {
    services: services
      .map(({ metadata, spec }) => ({ name: metadata.name, selector: spec.selector ?? {} }))
      .filter(({ name, selector }) => name !== serviceName && Object.keys(selector).length > 0),
    budgets: budgets.map(budgetOf),
    networkPolicies: policies.map(({ metadata, spec }) => ({
      name: metadata.name,
      podSelector: labelSelector(spec?.podSelector),
      types: spec?.policyTypes ?? ['Ingress'],
    })),
    autoscalers: autoscalers.map(({ metadata, spec }) => ({
      name: metadata.name,
      target: { kind: spec.scaleTargetRef.kind, name: spec.scaleTargetRef.name },
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas,
    })),
  };
}

function budgetOf({ metadata, spec, status }: JsonBudget): Budget {
  return {
    name: metadata.name,
    ...(spec.selector ? { selector: labelSelector(spec.selector) } : {}),
    ...(spec.minAvailable === undefined ? {} : { minAvailable: spec.minAvailable }),
    ...(spec.maxUnavailable === undefined ? {} : { maxUnavailable: spec.maxUnavailable }),
    status: {
      disruptionsAllowed: status?.disruptionsAllowed ?? 0,
      currentHealthy: status?.currentHealthy ?? 0,
      desiredHealthy: status?.desiredHealthy ?? 0,
    },
  };
}

function labelSelector(selector: JsonLabelSelector | undefined): LabelSelector {
  return {
    ...(selector?.matchLabels === undefined ? {} : { matchLabels: selector.matchLabels }),
    ...(selector?.matchExpressions === undefined ? {} : { matchExpressions: selector.matchExpressions }),
  };
}
