import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { limited } from '../cluster/limited.ts';
import { listPods } from '../cluster/list.ts';
import { type Patience, patiently } from '../cluster/retry.ts';
import type { DrainedRequest } from '../command/request.ts';
import { CANARY, canaryRecordOn, DRAINED_FROM, readDisabled, readDrain } from '../rotation/marks.ts';
import type { Pod } from '../rotation/snapshot.ts';
import { isHeld, terminatingText } from '../rotation/terminating.ts';
import { recordOf } from './drained-data.ts';
import { type House, type NamespaceOf, namespacesOf } from './house.ts';
import type { DrainedList, DrainedPod } from './outcome.ts';

export interface Seen {
  readonly drained: readonly DrainedPod[];
  readonly notes: readonly string[];
  /** The namespace could not be read. */
  readonly isUnread?: true;
}

/**
 * Every drained or disabled pod and canary of all configured services, the oldest first. A namespace that can't be read is
 * a note. `house`: connects to a cluster as the asker.
 */
export async function drained(house: House, request: DrainedRequest, patience: Patience): Promise<DrainedList> {
  const { keys = [] } = house;
  const spaces = namespacesOf(house, keys.length > 0 ? keys : [request.service]);
  return listOf(await limited(spaces, async (space) => lookInto(space, house, patience)), house.now());
}

export function listOf(seen: readonly Seen[], at: number): DrainedList {
  return {
    kind: 'drainedList',
    at,
    drained: seen
      .flatMap((one) => one.drained)
      .sort((a, b) => since(a) - since(b) || (a.pod.name < b.pod.name ? -1 : 1)),
    notes: seen.flatMap(({ notes }) => notes),
  };
}

/** When it was drained, disabled or started; without a record, the time of its creation. */
function since(one: DrainedPod): number {
  const at = Date.parse(recordOf(one)?.at ?? '');
  return Number.isNaN(at) ? one.pod.createdAt : at;
}

export async function lookInto(space: NamespaceOf, { connect }: House, patience: Patience): Promise<Seen> {
  const { cluster, namespace } = space;
  const unseen = (why: string): Seen => ({
    drained: [],
    notes: [`Namespace ${inCluster(space)} could not be read. ${why}`],
    isUnread: true,
  });
  if (patience.now() >= patience.deadline) return unseen('The other namespaces took all the time.');
  try {
    const connection = patiently(await connect(cluster), patience);
    // A disabled pod has no label to list it by. As table rows, all pods of a namespace are one request for each 500.
    const { items } = await listPods(connection, { namespace }, 'compact');
    return sorted(space, items, patience.now());
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect) return unseen(error.message);
    throw error;
  }
}

function sorted(space: NamespaceOf, pods: readonly Pod[], at: number): Seen {
  const { cluster, namespace, services } = space;
  const drained: DrainedPod[] = [];
  const notes: string[] = [];
  for (const pod of pods) {
    const [drain, disable] = [readDrain(pod), readDisabled(pod)];
    const record = drain.kind === 'record' ? drain.record : undefined;
    const disabled = disable.kind === 'record' ? disable.record : undefined;
    const marked = pod.labels[DRAINED_FROM] ?? pod.labels[CANARY];
    if (marked === undefined && disable.kind === 'none') continue;
    const name = marked ?? disabled?.service;
    const key = services.find(({ service }) => service === name)?.key;
    if (key === undefined) {
      const why =
        name === undefined
          ? "is disabled, but its record can't be read"
          : `belongs to ${name}, which is not a configured service`;
      notes.push(`${pod.name} in ${inCluster(space)} ${why}.`);
      continue;
    }
    if (pod.labels[DRAINED_FROM] !== undefined ? record === undefined : drain.kind === 'unreadable')
      notes.push(
        `${pod.name} of ${key} is drained, but its record ${drain.kind === 'none' ? 'is missing' : "can't be read"}.`,
      );
    if (isHeld(pod, at)) notes.push(`${pod.name} of ${key} is ${terminatingText(pod, at)}.`);
    const what = record === undefined ? { disabled } : { record };
    drained.push({ key, cluster, namespace, pod, ...what, canary: canaryRecordOn(pod) });
  }
  return { drained, notes };
}

/** `dockercoins of cluster prod`; a command line without a configuration has no name for its cluster. */
function inCluster({ cluster, namespace }: NamespaceOf): string {
  return cluster === '' ? namespace : `${namespace} of cluster ${cluster}`;
}
