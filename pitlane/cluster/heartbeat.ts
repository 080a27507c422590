import { ifSeen } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { Conflict } from './errors.ts';
import type { JsonLease } from './lease.ts';
import { get, list } from './list.ts';
import { microTime, parseTime } from './metadata.ts';
import { createOrReplace } from './replace.ts';
import { apiVersionOf, LEASES } from './resource.ts';
import { tolerateErrors } from './tolerate.ts';

/** The Lease by which the tick shows that it looks after a namespace. */
export const HEARTBEAT = 'pitlane-tick';

/** The tick beats every 10 minutes, and one beat may fail. */
const FRESH_MS = 25 * 60_000;

/** The names of the Services, in an annotation of the Lease. */
const LOOKS_AFTER = 'pitlane.dev/looks-after';

/** Shows that a tick looks after these Services of the namespace. */
export async function beat(
  connection: Connection,
  namespace: string,
  services: readonly string[],
  now: number,
): Promise<void> {
  const place = { resource: LEASES, namespace, name: HEARTBEAT };
  const current = await get<JsonLease>(connection, place);
  const annotations = { ...current?.metadata.annotations, [LOOKS_AFTER]: [...services].sort().join(',') };
  const metadata = { ...current?.metadata, name: HEARTBEAT, annotations };
  const spec = { ...current?.spec, holderIdentity: HEARTBEAT, renewTime: microTime(now) };
  const lease = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind, metadata, spec };
  try {
    await createOrReplace<JsonLease>(connection, place, current, lease);
  } catch (error) {
    // Another tick was faster.
    if (!(error instanceof Conflict)) throw error;
  }
}

/** A tick is known to look after the Service. False: there is none, or it can't be read. */
export async function isBeating(
  connection: Connection,
  { namespace, service }: { readonly namespace: string; readonly service: string },
  now: number,
): Promise<boolean> {
  // As a list, which tells that there is none, it is answered by a list of all leases.
  const options = { namespace, fieldSelector: `metadata.name=${HEARTBEAT}` };
  const [lease] = ifSeen(await tolerateErrors(list<JsonLease>(connection, LEASES, options)))?.items ?? [];
  if (lease === undefined) return false;
  const { metadata, spec } = lease;
  const at = parseTime(spec?.renewTime);
  const services = metadata.annotations?.[LOOKS_AFTER]?.split(',') ?? [];
  return at !== undefined && now - at < FRESH_MS && services.includes(service);
}
