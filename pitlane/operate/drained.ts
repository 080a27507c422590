import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { limited } from '../cluster/limited.ts';
import { listPods } from '../cluster/list.ts';
import { union } from '../cluster/observe.ts';
import { type Patience, patiently } from '../cluster/retry.ts';
import type { DrainedRequest } from '../command/request.ts';
import { CANARY, canaryRecordOn, DRAINED_FROM, readDrain } from '../rotation/marks.ts';
import type { Pod } from '../rotation/snapshot.ts';
import { type House, type NamespaceOf, namespacesOf } from './house.ts';
import type { DrainedList, DrainedPod } from './outcome.ts';

interface Seen {
  readonly drained: readonly DrainedPod[];
  readonly notes: readonly string[];
}

/**
 * Every drained pod and canary of all configured services, the oldest first. A namespace that can't be read is a note.
 * `house`: connects to a cluster as the asker.
 */
export async function drained(house: House, request: DrainedRequest, patience: Patience): Promise<DrainedList> {
  const { keys = [] } = house;
  const spaces = namespacesOf(house, keys.length > 0 ? keys : [request.service]);
  const seen = await limited(spaces, async (space) => lookInto(space, house, patience));
  return {
    kind: 'drainedList',
    at: house.now(),
    drained: seen
      .flatMap((one) => one.drained)
      .sort((a, b) => since(a) - since(b) || (a.pod.name < b.pod.name ? -1 : 1)),
    notes: seen.flatMap(({ notes }) => notes),
  };
}

/** The time of the drain, or of the canary's start; without a record, the time of its creation. */
function since({ record, canary, pod }: DrainedPod): number {
  const at = Date.parse((record ?? canary)?.at ?? '');
  return Number.isNaN(at) ? pod.createdAt : at;
}

async function lookInto(space: NamespaceOf, { connect }: House, patience: Patience): Promise<Seen> {
  const { cluster, namespace } = space;
  const unseen = (why: string): Seen => ({
    drained: [],
    notes: [`Namespace ${inCluster(space)} could not be read. ${why}`],
  });
  if (patience.now() >= patience.deadline) return unseen('The other namespaces took all the time.');
  try {
    const connection = patiently(await connect(cluster), patience);
    const lists = await Promise.all(
      [DRAINED_FROM, CANARY].map((labelSelector) => listPods(connection, { namespace, labelSelector }, 'compact')),
    );
    return sorted(space, union(lists.map(({ items }) => items)));
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect) return unseen(error.message);
    throw error;
  }
}

function sorted(space: NamespaceOf, pods: readonly Pod[]): Seen {
  const { cluster, namespace, services } = space;
  const drained: DrainedPod[] = [];
  const notes: string[] = [];
  for (const pod of pods) {
    const name = pod.labels[DRAINED_FROM] ?? pod.labels[CANARY] ?? '';
    const key = services.find(({ service }) => service === name)?.key;
    if (key === undefined) {
      notes.push(`${pod.name} in ${inCluster(space)} belongs to ${name}, which is not a configured service.`);
      continue;
    }
    const drain = readDrain(pod);
    if (drain.kind === 'unreadable' || (drain.kind === 'none' && pod.labels[CANARY] === undefined)) {
      const why = drain.kind === 'none' ? 'is missing' : "can't be read";
      notes.push(`${pod.name} of ${key} is drained, but its record ${why}.`);
    }
    const canary = canaryRecordOn(pod);
    const record = drain.kind === 'record' ? { record: drain.record } : {};
    drained.push({ key, cluster, namespace, pod, ...record, ...(canary !== undefined && { canary }) });
  }
  return { drained, notes };
}

/** `dockercoins of cluster prod`; a command line without a configuration has no name for its cluster. */
function inCluster({ cluster, namespace }: NamespaceOf): string {
  return cluster === '' ? namespace : `${namespace} of cluster ${cluster}`;
}
