import type { Api } from '@pitlane/embedded-cluster/api';
import { rbacObjects } from '../infra/rbac-objects.ts';
import { parseConfig } from '../pitlane/config/file.ts';

/** Grants in the cluster exactly the rights that `npm run rbac` prints for this configuration. */
export function grantRights(api: Api, config: string, file: string): void {
  const parsed = parseConfig(config, file);
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  for (const object of rbacObjects(parsed.config)) {
    const resource = `${object.kind.toLowerCase()}s`;
    const { name, namespace } = object.metadata;
    if (api.get(resource, namespace, name) !== undefined) api.delete(resource, namespace, name);
    api.create(resource, object);
  }
}
