import type { Budget, Bystanders, LabelSelector } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonService, KubeObject } from './json.ts';
import { list } from './list.ts';
import { managerOf } from './metadata.ts';
import { AUTOSCALERS, BUDGETS, NETWORK_POLICIES, type Resource, SERVICES } from './resource.ts';
import { ignoreNotFound } from './tolerate.ts';

interface JsonBudget extends KubeObject {
  readonly spec: Pick<Budget, 'minAvailable' | 'maxUnavailable'> & { readonly selector?: LabelSelector | null };
  readonly status?: Partial<Budget['status']>;
}

interface JsonNetworkPolicy extends KubeObject {
  readonly spec?: { readonly podSelector?: LabelSelector; readonly policyTypes?: readonly string[] };
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
    budgets: budgets.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      selector: spec.selector ?? undefined,
      minAvailable: spec.minAvailable,
      maxUnavailable: spec.maxUnavailable,
      status: {
        disruptionsAllowed: status?.disruptionsAllowed ?? 0,
        currentHealthy: status?.currentHealthy ?? 0,
        desiredHealthy: status?.desiredHealthy ?? 0,
      },
    })),
    networkPolicies: policies.map(({ metadata, spec }) => ({
      name: metadata.name,
      podSelector: spec?.podSelector ?? {},
      types: spec?.policyTypes ?? ['Ingress'],
    })),
    autoscalers: autoscalers.map(({ metadata, spec }) => ({
      name: metadata.name,
      owner: managerOf(metadata),
      target: { kind: spec.scaleTargetRef.kind, name: spec.scaleTargetRef.name },
      min: spec.minReplicas ?? 1,
      max: spec.maxReplicas,
    })),
  };
}
