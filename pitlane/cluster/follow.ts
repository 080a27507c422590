import { DRAINED_FROM } from '../rotation/marks.ts';
import { podsIn, type Subject } from '../rotation/plan.ts';
import { formatSelector, matches, type Selector, selectorOf } from '../rotation/selector.ts';
import type {
  Endpoint,
  GateFacts,
  Pod,
  PodRef,
  Snapshot,
  Spreadable,
  TargetPod,
  WholeWorkload,
} from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { controllerOf } from './controller.ts';
import { readGate } from './gate.ts';
import type { JsonController, JsonEndpointSlice, JsonPod, KubeObject } from './json.ts';
import { type Observation, oldest, union } from './observe.ts';
import { podOf } from './pod.ts';
import { ENDPOINT_SLICES, knownResource, PODS, type Resource, SERVICES } from './resource.ts';
import type { Patience } from './retry.ts';
import { endpointsOf, serviceOf, slicesOf } from './service.ts';
import { SPREAD_KINDS, wholeWorkload } from './spread.ts';
import { tolerateErrors } from './tolerate.ts';
import { type Change, type Watched, watch } from './watch.ts';

/** What is followed besides the subject. */
export interface Besides {
  /** The root owners, whose status shows the progress of rollouts. */
  readonly rollouts?: boolean;
  /** The gate's rule and its effect on new pods. It can't be watched, so it is asked again each second. */
  readonly gate?: boolean;
  /** Also yields each second: something depends on the time. */
  readonly clock?: boolean;
  /** `Snapshot.troubles`, asked for while the wait takes long. Events may not be watched. */
  readonly troubles?: (connection: Connection, snapshot: Snapshot) => Promise<NonNullable<Snapshot['troubles']>>;
}

/**
 * Yields the observation, and again whenever it changes: the subject's pods, their owners and the pods that those select,
 * and the service's endpoints; for a service its members and their workloads. Other parts stay as they were. Ends with
 * the signal or the deadline. Each yielded observation can be followed further.
 */
export async function* follow(
  connection: Connection,
  observation: Observation,
  subject: Subject,
  patience: Patience,
  besides: Besides = {},
): AsyncGenerator<Observation> {
  const live = liveObservation(observation, subject, besides);
  yield observation;
  const ending = new AbortController();
  const signal = AbortSignal.any([signalOf(patience), ending.signal]);
  let failure: { readonly error: unknown } | undefined;
  let news = Promise.withResolvers<void>();
  /** Until then the observation may be older than the write, and nothing else makes it worth another look. */
  let hasChanged = false;
  signal.addEventListener('abort', () => news.resolve(), { once: true });
  // Parts of the same objects share a watch.
  const watches = [...Map.groupBy(live.parts, ({ watched }) => JSON.stringify(watched)).values()];
  const watchers = watches.map(async (parts) => {
    const [{ watched }] = parts as [Part<unknown>];
    const versions = parts.flatMap(({ version }) => version ?? []);
    const from = versions.length === 0 ? undefined : oldest(versions);
    try {
      for await (const change of watch<KubeObject>(connection, watched, from, { ...patience, signal })) {
        for (const part of parts) apply(part, change);
        hasChanged = true;
        news.resolve();
      }
    } catch (error) {
      failure = { error };
      news.resolve();
    }
  });
  if (besides.gate === true)
    watchers.push(
      pollGate(connection, live, { ...patience, signal }, () => news.resolve()).catch((error: unknown) => {
        failure = { error };
        news.resolve();
      }),
    );
  const { troubles } = besides;
  if (troubles !== undefined)
    watchers.push(
      pollTroubles(connection, live, troubles, { ...patience, signal }, () => hasChanged && news.resolve()).catch(
        (error: unknown) => {
          failure = { error };
          news.resolve();
        },
      ),
    );
  if (besides.clock === true) watchers.push(eachSecond({ ...patience, signal }, () => news.resolve()));
  try {
    while (!signal.aborted) {
      await news.promise;
      if (failure !== undefined) throw failure.error;
      if (signal.aborted) return;
      // Changes that arrive while the caller works are one piece of news.
      news = Promise.withResolvers();
      yield live.observation(patience.now());
    }
  } finally {
    ending.abort();
    await Promise.all(watchers);
  }
}

const POLL_MS = 1_000;

async function pollGate(
  connection: Connection,
  live: ReturnType<typeof liveObservation>,
  patience: Patience & { readonly signal: AbortSignal },
  changed: () => void,
): Promise<void> {
  const { signal } = patience;
  while (!signal.aborted) {
    const { snapshot, trial } = live.observation(patience.now());
    const gate = await tolerateErrors(
      readGate({ ...connection, send: (call) => connection.send({ ...call, signal }) }, snapshot, trial),
    );
    if (signal.aborted) return;
    if (gate.kind === 'seen') {
      live.setGate(gate.value);
      changed();
    }
    await patience.sleep(POLL_MS, signal);
  }
}

/** A replacement that comes soon needs no explanation. */
const TROUBLES_MS = 3_000;

async function pollTroubles(
  connection: Connection,
  live: ReturnType<typeof liveObservation>,
  read: NonNullable<Besides['troubles']>,
  { sleep, signal, now }: Patience & { readonly signal: AbortSignal },
  changed: () => void,
): Promise<void> {
  const asking: Connection = { ...connection, send: (call) => connection.send({ ...call, signal }) };
  let last = '{}';
  for (;;) {
    await sleep(TROUBLES_MS, signal);
    if (signal.aborted) return;
    const found = await read(asking, live.observation(now()).snapshot);
    const text = JSON.stringify(found);
    if (signal.aborted || text === last) continue;
    last = text;
    live.setTroubles(found);
    changed();
  }
}

async function eachSecond({ sleep, signal }: Patience & { readonly signal: AbortSignal }, tick: () => void) {
  while (!signal.aborted) {
    await sleep(POLL_MS, signal);
    tick();
  }
}

/** A part of an observation that one watch keeps up to date. */
interface Part<T> {
  readonly watched: Watched;
  /** The version of the last change. Undefined: the watch starts with the existing objects. */
  version: string | undefined;
  /** By uid. */
  readonly kept: Map<string, T>;
  /** Undefined: the object does not belong to the part. */
  readonly read: (object: KubeObject) => T | undefined;
  /** Only of one object: it stays as it was seen last, and as this says once it is deleted. */
  readonly ofOne?: { readonly uid: string; whenDeleted(last: T): T };
}

function apply<T>(part: Part<T>, { kind, objects, version }: Change<KubeObject>): void {
  const { kept, read, ofOne } = part;
  part.version = version;
  if (kind === 'all' && ofOne === undefined) kept.clear();
  for (const object of objects) {
    const value = read(object);
    if (kind !== 'gone' && value !== undefined) kept.set(object.metadata.uid, value);
    else if (ofOne === undefined) kept.delete(object.metadata.uid);
  }
  if (ofOne === undefined) return;
  const isListed = objects.some(({ metadata }) => metadata.uid === ofOne.uid);
  const last = kept.get(ofOne.uid);
  if (last !== undefined && (kind === 'gone' ? isListed : kind === 'all' && !isListed))
    kept.set(ofOne.uid, ofOne.whenDeleted(last));
}

function byUid<T extends PodRef>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [object.uid, object]));
}

function valuesOf<T>(parts: readonly Part<T>[]): T[] {
  return parts.flatMap(({ kept }) => [...kept.values()]);
}

/** More pods than this are watched together with all others of the namespace, over one connection. */
const MAX_WATCHED_BY_NAME = 3;
/** In a namespace with at most so many pods, all that are followed are watched over one connection. */
const MAX_WATCHED_TOGETHER = 100;

/** The parts to watch, and the observation that they add up to. */
function liveObservation(observation: Observation, subject: Subject, { rollouts = false }: Besides) {
  const { snapshot: first, form, owned, podsVersion, podsAround = Number.POSITIVE_INFINITY } = observation;
  const isSmall = podsAround <= MAX_WATCHED_TOGETHER;
  const { namespace, name: serviceName, uid: serviceUid } = first.service;
  const pods = podsIn(subject);
  const wanted = new Set(pods.map(({ uid }) => uid));
  const podsPart = <T extends PodRef>(
    selector: Pick<Watched, 'labelSelector' | 'fieldSelector'>,
    version: string,
    known: readonly T[],
    read: (pod: JsonPod) => T | undefined,
  ): Part<T> => {
    const watched = { resource: PODS, namespace, ...(isSmall ? {} : selector) };
    return { watched, version, kept: byUid(known), read: (json) => read(json as JsonPod) };
  };
  // All pods of a small namespace arrive, and others are not of the part.
  const selecting = (selector: Selector, version: string, known: readonly Pod[]) =>
    podsPart({ labelSelector: formatSelector(selector) }, version, known, (pod) =>
      matches(selector, pod.metadata.labels ?? {}) ? podOf(pod, form) : undefined,
    );
  const targetsPart = (selector: Pick<Watched, 'fieldSelector'>, refs: readonly PodRef[]): Part<TargetPod> => {
    const uids = new Set(refs.map(({ uid }) => uid));
    const known = first.targets.filter(({ uid }) => uids.has(uid));
    // Another pod with a target's name is not a target.
    return podsPart(selector, podsVersion, known, (pod) =>
      uids.has(pod.metadata.uid) ? (podOf(pod, 'whole') as TargetPod) : undefined,
    );
  };

  const targets =
    pods.length > MAX_WATCHED_BY_NAME
      ? [targetsPart({}, pods)]
      : pods.map((ref) => targetsPart({ fieldSelector: `metadata.name=${ref.name}` }, [ref]));
  const memberSelector = subject.kind === 'service' ? (observation.selector ?? []) : [];
  const members =
    memberSelector.length === 0
      ? []
      : [
          selecting(
            memberSelector,
            podsVersion,
            first.pods.filter(({ labels }) => matches(memberSelector, labels)),
          ),
        ];
  // Drained pods have lost the labels that members have.
  const drained = first.pods.filter(({ labels }) => labels[DRAINED_FROM] === serviceName);
  if (subject.kind === 'service' && drained.length > 0)
    members.push(selecting(selectorOf({ [DRAINED_FROM]: serviceName }), podsVersion, drained));
  const selected = owned.map(({ selector, podsVersion: version, pods: known }) => selecting(selector, version, known));
  const slices: Part<readonly Endpoint[]> = {
    watched: { resource: ENDPOINT_SLICES, namespace, labelSelector: slicesOf(serviceName) },
    version: observation.slicesVersion,
    kept: new Map(observation.slices),
    read: (json) => endpointsOf(json as JsonEndpointSlice),
  };
  const controllers = byUid(first.controllers);
  const service = byUid([first.service]);
  const one = <T>(
    resource: Resource,
    { name, uid }: PodRef,
    kept: Map<string, T>,
    read: (json: never) => T,
    whenDeleted = (last: T): T => last,
  ): Part<T> => ({
    watched: { resource, namespace, fieldSelector: `metadata.name=${name}` },
    version: undefined,
    kept,
    read: (json) => (json.metadata.uid === uid ? read(json as never) : undefined),
    ofOne: { uid, whenDeleted },
  });
  const spread = (first.spread ?? []).map((each) => followSpreadable(each, namespace));
  const ownerUids = new Set(owned.map(({ owner }) => owner.owner?.uid));
  const roots = rollouts ? first.controllers.filter(({ uid }) => ownerUids.has(uid)) : [];
  const owners = [...owned.map(({ owner }) => owner), ...roots].flatMap((owner) => {
    const resource = knownResource(owner);
    if (resource === undefined) return [];
    const read = (json: JsonController) => controllerOf(json, resource, owner.currentHash);
    // Deleted in the background, it was never seen as terminating.
    return one(resource, owner, controllers, read, (last) => ({ ...last, deletedAt: last.deletedAt ?? first.at }));
  });
  const isFollowed = new Set([...wanted, ...valuesOf([...members, ...selected]).map(({ uid }) => uid)]);
  const others = first.pods.filter(({ uid }) => !isFollowed.has(uid));
  const parts: readonly Part<unknown>[] = [
    ...targets,
    ...members,
    slices,
    ...selected,
    ...owners,
    ...spread.flatMap(({ parts }) => parts),
    ...(subject.kind === 'service' ? [one(SERVICES, first.service, service, serviceOf)] : []),
  ];
  let { gate, troubles } = first;
  return {
    parts,
    setTroubles(found: NonNullable<Snapshot['troubles']>): void {
      troubles = found;
    },
    setGate(facts: GateFacts): void {
      gate = facts;
    },
    observation: (at: number): Observation => ({
      ...observation,
      snapshot: {
        ...first,
        at,
        service: service.get(serviceUid) ?? first.service,
        gate,
        ...(troubles && { troubles }),
        targets: valuesOf(targets),
        pods: union([
          valuesOf(targets),
          valuesOf(selected).filter(({ uid }) => !wanted.has(uid)),
          valuesOf(members),
          others,
        ]),
        endpoints: valuesOf([slices]).flat(),
        controllers: [...controllers.values()],
        ...(first.spread && { spread: spread.map(({ now }) => now()) }),
      },
      slices: new Map(slices.kept),
      slicesVersion: slices.version ?? observation.slicesVersion,
      podsVersion: oldest([...targets, ...members].map(({ version = podsVersion }) => version)),
      owned: owned.map((each, index) => ({
        ...each,
        owner: controllers.get(each.owner.uid) ?? each.owner,
        pods: [...(selected[index]?.kept.values() ?? [])],
        podsVersion: selected[index]?.version ?? each.podsVersion,
      })),
    }),
  };
}

/** Both objects by their name: the one that does not exist yet, and what takes the place of the other. */
function followSpreadable({ name, ...known }: Spreadable, namespace: string) {
  const follow = (part: keyof typeof SPREAD_KINDS): Part<WholeWorkload> => {
    const resource = SPREAD_KINDS[part];
    const first = known[part];
    return {
      watched: { resource, namespace, fieldSelector: `metadata.name=${name}` },
      // From its own version on, its deletion is an event.
      version: first?.version,
      kept: new Map(first && [[first.controller.uid, first]]),
      read: (json) => wholeWorkload(json as JsonController, resource),
    };
  };
  const [deployment, daemonSet] = [follow('deployment'), follow('daemonSet')];
  const last = ({ kept }: Part<WholeWorkload>) => [...kept.values()].at(-1);
  return {
    parts: [deployment, daemonSet],
    now: (): Spreadable => {
      const [of, by] = [last(deployment), last(daemonSet)];
      return { name, ...(of && { deployment: of }), ...(by && { daemonSet: by }) };
    },
  };
}

/** setTimeout takes no more, and would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Aborted by the caller's signal or at the deadline. */
function signalOf({ signal, now, deadline }: Patience): AbortSignal {
  const time = AbortSignal.timeout(Math.min(MAX_TIMER_MS, Math.max(0, deadline - now())));
  return signal === undefined ? time : AbortSignal.any([signal, time]);
}
