import type { Connection } from '../cluster/connection.ts';
import { listPods } from '../cluster/list.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { DrainNote } from '../journal/entry.ts';
import { CANARY, type CanaryRecord, canaryRecordOn } from '../rotation/marks.ts';
import type { Pod } from '../rotation/snapshot.ts';

interface Canary {
  readonly pod: Pod;
  readonly record: CanaryRecord;
}

/** The canaries of the service whose record can be read, without those that are terminating. */
export async function listCanaries(
  connection: Connection,
  { namespace, service }: Pick<ServiceConfig, 'namespace' | 'service'>,
): Promise<readonly Canary[]> {
  const { items } = await listPods(connection, { namespace, labelSelector: `${CANARY}=${service}` }, 'compact');
  return items.flatMap((pod): Canary[] => {
    const record = pod.deletedAt === undefined ? canaryRecordOn(pod) : undefined;
    return record === undefined ? [] : [{ pod, record }];
  });
}

/** The note by which the tick deletes the canary. */
export function noteOfCanary({ pod, record }: Canary): DrainNote {
  const { id, by } = record;
  const [at, until] = [Date.parse(record.at), Date.parse(record.until)];
  return { kind: 'canary', pod: { name: pod.name, uid: pod.uid }, id, by, at, until };
}
