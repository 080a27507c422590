import type { Connection } from '../cluster/connection.ts';
import { limited } from '../cluster/limited.ts';
import { listPods } from '../cluster/list.ts';
import { union } from '../cluster/observe.ts';
import { readOwners } from '../cluster/owners.ts';
import { tolerateErrors } from '../cluster/tolerate.ts';
import { ifSeen, type Pod, type Snapshot } from '../rotation/snapshot.ts';
import { ownersToAsk, selectorsOfTakenOut, type TakenOut, takenOut } from '../rotation/taken-out.ts';

/** The pods of the service that were taken out by hand; those that could not be read are missing. */
export async function readTakenOut(connection: Connection, snapshot: Snapshot): Promise<readonly TakenOut[]> {
  const { namespace } = snapshot.service;
  // One page: a selector of what the service does not select may find all pods of the namespace.
  const listings = await limited(selectorsOfTakenOut(snapshot), (labelSelector) =>
    tolerateErrors(listPods(connection, { namespace, labelSelector, maxPages: 1 }, 'compact')),
  );
  return amongRead(connection, snapshot, union(listings.map((listing) => ifSeen(listing)?.items ?? [])));
}

/** The same among pods that were read already. */
export async function amongRead(
  connection: Connection,
  snapshot: Snapshot,
  pods: readonly Pod[],
): Promise<readonly TakenOut[]> {
  const { namespace } = snapshot.service;
  const owners = await limited(ownersToAsk(snapshot, pods), (owner) =>
    tolerateErrors(readOwners(connection, namespace, owner, [])),
  );
  return takenOut({ ...snapshot, controllers: owners.flatMap((seen) => ifSeen(seen) ?? []) }, pods);
}
