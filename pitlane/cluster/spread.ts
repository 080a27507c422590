import type { Controller, Spreadable, WholeWorkload } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { controllerOf } from './controller.ts';
import type { JsonController } from './json.ts';
import { limited } from './limited.ts';
import { get } from './list.ts';
import { needsOf } from './pod-needs.ts';
import { DAEMON_SETS, DEPLOYMENTS, type Resource } from './resource.ts';

/** The kinds that a spread is about, by their part of a `Spreadable`. */
export const SPREAD_KINDS = { deployment: DEPLOYMENTS, daemonSet: DAEMON_SETS } as const;

/** Both objects of each name that a Deployment or DaemonSet of the service has. */
export function readSpreadables(
  connection: Connection,
  namespace: string,
  controllers: readonly Controller[],
): Promise<readonly Spreadable[]> {
  const kinds: readonly string[] = [DEPLOYMENTS.kind, DAEMON_SETS.kind];
  const names = controllers.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  return limited([...new Set(names)].sort(), async (name) => {
    const read = async (resource: Resource) => {
      const json = await get<JsonController>(connection, { resource, namespace, name });
      return json && wholeWorkload(json, resource);
    };
    const [deployment, daemonSet] = await Promise.all([read(DEPLOYMENTS), read(DAEMON_SETS)]);
    return { name, ...(deployment && { deployment }), ...(daemonSet && { daemonSet }) };
  });
}

export function wholeWorkload(json: JsonController, resource: Resource): WholeWorkload {
  const { metadata, spec = {} } = json;
  return {
    controller: controllerOf(json, resource),
    needs: needsOf(spec.template?.spec ?? { containers: [] }),
    version: metadata.resourceVersion,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    spec: spec as WholeWorkload['spec'],
  };
}
