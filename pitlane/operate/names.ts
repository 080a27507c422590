import type { Connection } from '../cluster/connection.ts';
import { listNames } from '../cluster/list.ts';
import { survey } from '../cluster/observe.ts';
import { NAMESPACES, NODES, SERVICES } from '../cluster/resource.ts';
import type { Request } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { podsFor } from '../operations/table.ts';
import { members } from '../rotation/membership.ts';

/** Names to complete what a person types. All of them throw what a connection throws. */

export function serviceNames(connection: Connection, namespace: string): Promise<readonly string[]> {
  return listNames(connection, SERVICES, { namespace });
}

export function namespaceNames(connection: Connection): Promise<readonly string[]> {
  return listNames(connection, NAMESPACES, {});
}

export function nodeNames(connection: Connection): Promise<readonly string[]> {
  return listNames(connection, NODES, {});
}

/** The pods of the service that the command accepts: drained ones for a restore. */
export async function podNames(
  connection: Connection,
  service: ServiceConfig,
  command: Request['command'],
  now: () => number,
): Promise<readonly string[]> {
  const { snapshot } = await survey(connection, service, { members: 'summary' }, now);
  const { includes } = podsFor({ command } as Request);
  return members(snapshot)
    .filter((member) => includes(member))
    .map(({ pod }) => pod.name);
}
