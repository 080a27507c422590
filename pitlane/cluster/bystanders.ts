import type { Budget, Bystanders, LabelSelector, Pod, Policy } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { JsonService, KubeObject } from './json.ts';
import { limited } from './limited.ts';
import { list } from './list.ts';
import { managerOf } from './metadata.ts';
import { type Known, otherService } from './other-service.ts';
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
  known: Known,
  targets: Promise<readonly Pod[]>,
  policyOf: (service: string) => Policy | undefined,
): Promise<Bystanders> {
  const { name: serviceName, namespace } = known.snapshot.service;
  // A kind that the cluster does not serve has no objects.
  const all = async <J>(resource: Resource): Promise<readonly J[]> =>
    (await ignoreNotFound(list<J>(connection, resource, { namespace })))?.items ?? [];
  const [services, budgets, policies, autoscalers] = await Promise.all([
    all<JsonService>(SERVICES),
    all<JsonBudget>(BUDGETS),
    all<JsonNetworkPolicy>(NETWORK_POLICIES),
    all<JsonAutoscaler>(AUTOSCALERS),
  ]);
  const others = services.filter(
    ({ metadata, spec: { selector = {} } }) => metadata.name !== serviceName && Object.keys(selector).length > 0,
  );
  const pods = await targets;
  return {
    services: await limited(others, (json) => otherService(connection, json, known, pods, policyOf)),
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
