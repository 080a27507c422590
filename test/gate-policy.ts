import { ADMISSION_RESOURCES, gatePolicy } from '../infra/gate-policy.ts';
import type { RngCluster } from './rng-cluster.ts';

/** Installs the admission policy for gates, unless the cluster has it. */
export async function installGatePolicy(rng: RngCluster): Promise<void> {
  for (const object of await gatePolicy()) {
    const resource = ADMISSION_RESOURCES[object.kind];
    if (rng.cluster.api.get(resource, undefined, object.metadata.name) === undefined) rng.create(resource, object);
  }
}

export async function uninstallGatePolicy({ cluster: { api } }: RngCluster): Promise<void> {
  for (const { kind, metadata } of await gatePolicy()) {
    const resource = ADMISSION_RESOURCES[kind];
    if (api.get(resource, undefined, metadata.name)) api.delete(resource, undefined, metadata.name);
  }
}
