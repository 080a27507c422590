import type { EmbeddedCluster } from '@pitlane/embedded-cluster';
import type { NewObject } from '@pitlane/embedded-cluster/api';
import { ADMISSION_RESOURCES, gatePolicy } from '../infra/gate-policy.ts';

type HasApi = { readonly cluster: Pick<EmbeddedCluster, 'api'> };

/** Installs the admission policy for gates, unless the cluster has it. */
export async function installGatePolicy({ cluster: { api } }: HasApi): Promise<void> {
  for (const object of await gatePolicy()) {
    const resource = ADMISSION_RESOURCES[object.kind];
    if (api.get(resource, undefined, object.metadata.name) === undefined) api.create(resource, object as NewObject);
  }
}

export async function uninstallGatePolicy({ cluster: { api } }: HasApi): Promise<void> {
  for (const { kind, metadata } of await gatePolicy()) {
    const resource = ADMISSION_RESOURCES[kind];
    if (api.get(resource, undefined, metadata.name)) api.delete(resource, undefined, metadata.name);
  }
}
