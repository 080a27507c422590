import type { Endpoint, Pod } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { containersOf } from './inspect.ts';
import type { JsonEndpointSlice, JsonPod } from './json.ts';
import { get, list } from './list.ts';
import { podOf } from './pod.ts';
import { ENDPOINT_SLICES, PODS } from './resource.ts';
import { type Patience, withPatience } from './retry.ts';
import { endpointsOf, slicesOf } from './service.ts';
import { type Change, type Watched, watch } from './watch.ts';

/** A pod, with its containers as the kubelet reports them. */
export interface SeenPod {
  readonly pod: Pod;
  readonly containers: readonly SeenContainer[];
}

/** Any container of a pod, also an init container. */
export interface SeenContainer {
  readonly name: string;
  readonly restarts: number;
  readonly isRunning: boolean;
  /** It runs or ran, so that it has a log. */
  readonly hasStarted: boolean;
}

/** `gone`: deleted. `all`: these are all pods. */
export interface PodChange {
  readonly kind: Change<never>['kind'];
  readonly pods: readonly SeenPod[];
}

/** Undefined: there is no pod with that name. */
export async function readSeenPod(
  connection: Connection,
  namespace: string,
  name: string,
): Promise<SeenPod | undefined> {
  const json = await get<JsonPod>(connection, { resource: PODS, namespace, name });
  return json && seenPodOf(json);
}

/** The pods of a namespace, or only those with a name. */
interface WatchedPods {
  readonly namespace: string;
  readonly name?: string | undefined;
}

/** Yields every change of the pods from a version on. */
export async function* watchPods(
  connection: Connection,
  pods: WatchedPods,
  from: string,
  patience: Patience,
): AsyncGenerator<PodChange> {
  for await (const { kind, objects } of watch<JsonPod>(connection, watchedOf(pods), from, patience))
    yield { kind, pods: objects.map(seenPodOf) };
}

/** Yields all of the pods again and again, until the signal. */
export async function* pollPods(
  connection: Connection,
  pods: WatchedPods,
  everyMs: number,
  patience: Patience,
): AsyncGenerator<PodChange> {
  const listed = () => list<JsonPod>(connection, PODS, watchedOf(pods));
  while (!patience.signal?.aborted) {
    const { items } = await withPatience(patience, listed);
    yield { kind: 'all', pods: items.map(seenPodOf) };
    await patience.sleep(everyMs, patience.signal);
  }
}

function watchedOf({ namespace, name }: WatchedPods): Watched {
  const fieldSelector = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  return { resource: PODS, namespace, ...fieldSelector };
}

/** Yields all endpoints of the service whenever they change. */
export async function* watchEndpoints(
  connection: Connection,
  { namespace, service }: { readonly namespace: string; readonly service: string },
  known: { readonly slices: ReadonlyMap<string, readonly Endpoint[]>; readonly slicesVersion: string },
  patience: Patience,
): AsyncGenerator<readonly Endpoint[]> {
  const slices = new Map(known.slices);
  const labelSelector = slicesOf(service);
  const watched = { resource: ENDPOINT_SLICES, namespace, labelSelector };
  for await (const { kind, objects } of watch<JsonEndpointSlice>(connection, watched, known.slicesVersion, patience)) {
    if (kind === 'all') slices.clear();
    for (const slice of objects) {
      if (kind === 'gone') slices.delete(slice.metadata.uid);
      else slices.set(slice.metadata.uid, endpointsOf(slice));
    }
    yield [...slices.values()].flat();
  }
}

function seenPodOf(json: JsonPod): SeenPod {
  return {
    pod: podOf(json, 'whole'),
    containers: containersOf(json).map(({ container, status }) => {
      const { running, terminated } = status?.state ?? {};
      const restarts = status?.restartCount ?? 0;
      const hasEndedBefore = status?.lastState?.terminated !== undefined || restarts > 0;
      return {
        name: container.name,
        restarts,
        isRunning: running !== undefined,
        hasStarted: running !== undefined || terminated !== undefined || hasEndedBefore,
      };
    }),
  };
}
