import { podsIn, type Subject } from '../rotation/plan.ts';
import type { Controller, Endpoint, Pod, PodRef, TargetPod } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { controllerOf } from './controller.ts';
import type { JsonController, JsonEndpointSlice, JsonPod, JsonService, KubeObject } from './json.ts';
import type { Observation } from './observe.ts';
import { union } from './observe.ts';
import { type PodForm, podOf } from './pod.ts';
import { ENDPOINT_SLICES, knownResource, PODS, SERVICES } from './resource.ts';
import type { Patience } from './retry.ts';
import { endpointsOf, serviceOf } from './service.ts';
import { type Change, type Watched, watch } from './watch.ts';

/**
 * The observation as it changes, starting with the one that was observed: the subject's pods, their owners and what those
 * select, and the service's endpoints are watched; for a service itself its members and their workloads. Everything else
 * stays as it was. Ends with the patience's signal or deadline. Each can be followed on from where it was.
 */
export async function* follow(
  connection: Connection,
  observation: Observation,
  subject: Subject,
  patience: Patience,
): AsyncGenerator<Observation> {
  const live = liveObservation(observation, subject);
  yield observation;
  const ending = new AbortController();
  const signal = AbortSignal.any([signalOf(patience), ending.signal]);
  const news = newsUntil(signal);
  const watchers = live.sources.map(async (source) => {
    try {
      const changes = watch<KubeObject>(connection, source.watched, source.version, { ...patience, signal });
      for await (const change of changes) {
        source.apply(change);
        source.version = change.kind === 'all' ? change.resourceVersion : change.object.metadata.resourceVersion;
        news.tell();
      }
    } catch (error) {
      news.fail(error);
    }
  });
  try {
    while (await news.wait()) yield live.observation(patience.now());
  } finally {
    ending.abort();
    await Promise.all(watchers);
  }
}

interface Source {
  readonly watched: Watched;
  /** Of the last change that was applied; undefined: begins with what there is. */
  version: string | undefined;
  readonly apply: (change: Change<KubeObject>) => void;
}

/** More pods than that are watched together with all others of the namespace, over one connection. */
const MOST_BY_NAME = 3;

/** An observation whose parts change while we wait. */
function liveObservation(observation: Observation, subject: Subject) {
  const { snapshot: first, form, owned } = observation;
  const { namespace, name: serviceName } = first.service;
  const wanted = new Set(podsIn(subject).map(({ uid }) => uid));
  const slices = new Map(observation.slices);
  const targets = new Map(first.targets.map((pod) => [pod.uid, pod]));
  const controllers = new Map(first.controllers.map((controller) => [controller.uid, controller]));
  const selected = owned.map(({ pods }) => new Map(pods.map((pod) => [pod.uid, pod])));
  const isFollowed = ({ uid }: Pod) => wanted.has(uid) || selected.some((pods) => pods.has(uid));
  const others = first.pods.filter((pod) => !isFollowed(pod));
  let service = first.service;

  const targetSources = targetsWatched(namespace, podsIn(subject)).map(
    (watched): Source => ({
      watched,
      version: observation.podsVersion,
      apply: (change) => applyTargets(targets, change as Change<JsonPod>, watched, wanted),
    }),
  );
  const slicesSource: Source = {
    watched: { resource: ENDPOINT_SLICES, namespace, labelSelector: `kubernetes.io/service-name=${serviceName}` },
    version: observation.slicesVersion,
    apply: (change) => applySlices(slices, change as Change<JsonEndpointSlice>),
  };
  const ownedSources = owned.map(
    ({ labelSelector, podsVersion }, index): Source => ({
      watched: { resource: PODS, namespace, labelSelector },
      version: podsVersion,
      apply: (change) => applyPods(selected[index] as Map<string, Pod>, change as Change<JsonPod>, form),
    }),
  );
  const ownerSources = owned.map(({ owner }) =>
    ownerSource(namespace, owner, (changed) => controllers.set(changed.uid, changed)),
  );
  const serviceSource: Source = {
    watched: { resource: SERVICES, namespace, fieldSelector: `metadata.name=${serviceName}` },
    version: undefined,
    apply: (change) => {
      service = latest(change, service.uid, (json) => serviceOf(json as JsonService), service) ?? service;
    },
  };

  function observationAt(at: number): Observation {
    const pods = selected.flatMap((each) => [...each.values()]).filter(({ uid }) => !wanted.has(uid));
    const now = owned.map((each, index) => ({
      ...each,
      owner: controllers.get(each.owner.uid) ?? each.owner,
      pods: [...(selected[index]?.values() ?? [])],
      podsVersion: ownedSources[index]?.version ?? each.podsVersion,
    }));
    return {
      ...observation,
      snapshot: {
        ...first,
        at,
        service,
        targets: [...targets.values()],
        pods: union([[...targets.values()], pods, others]),
        endpoints: [...slices.values()].flat(),
        controllers: [...controllers.values()],
      },
      slices: new Map(slices),
      slicesVersion: slicesSource.version ?? observation.slicesVersion,
      podsVersion:
        targetSources.length === 1 ? (targetSources[0]?.version ?? observation.podsVersion) : observation.podsVersion,
      owned: now,
    };
  }

  return {
    sources: [
      ...targetSources,
      slicesSource,
      ...ownedSources,
      ...ownerSources,
      ...(subject.kind === 'service' ? [serviceSource] : []),
    ].filter((source) => source !== undefined),
    observation: observationAt,
  };
}

function targetsWatched(namespace: string, pods: readonly PodRef[]): readonly Watched[] {
  return pods.length > MOST_BY_NAME
    ? [{ resource: PODS, namespace }]
    : pods.map(({ name }) => ({ resource: PODS, namespace, fieldSelector: `metadata.name=${name}` }));
}

/** Another pod of a target's name is not a target. */
function applyTargets(
  targets: Map<string, TargetPod>,
  change: Change<JsonPod>,
  { fieldSelector }: Watched,
  wanted: ReadonlySet<string>,
): void {
  const put = (object: JsonPod) => {
    if (wanted.has(object.metadata.uid)) targets.set(object.metadata.uid, podOf(object, 'whole') as TargetPod);
  };
  switch (change.kind) {
    case 'put':
      put(change.object);
      return;
    case 'gone':
      targets.delete(change.object.metadata.uid);
      return;
    case 'all':
      for (const [uid, { name }] of targets)
        if (fieldSelector === undefined || fieldSelector === `metadata.name=${name}`) targets.delete(uid);
      for (const object of change.objects) put(object);
  }
}

/** The owner, for the number of pods that it wants; undefined for a kind that is not watched. */
function ownerSource(namespace: string, owner: Controller, set: (owner: Controller) => void): Source | undefined {
  const resource = knownResource(owner.kind);
  return (
    resource && {
      watched: { resource, namespace, fieldSelector: `metadata.name=${owner.name}` },
      version: undefined,
      apply: (change) => {
        const changed = latest<Controller>(
          change,
          owner.uid,
          (json) => controllerOf(json as JsonController, owner, owner.currentHash),
          owner,
        );
        if (changed !== undefined) {
          set(changed);
        }
      },
    }
  );
}

/** The one object of a watch by name. Another object of that name is as good as none. */
function latest<T>(
  change: Change<KubeObject>,
  uid: string,
  read: (json: KubeObject) => T,
  before: T | undefined,
): T | undefined {
  switch (change.kind) {
    case 'put':
      return change.object.metadata.uid === uid ? read(change.object) : before;
    case 'gone':
      return change.object.metadata.uid === uid ? undefined : before;
    case 'all': {
      const found = change.objects.find(({ metadata }) => metadata.uid === uid);
      return found && read(found);
    }
  }
}

function applyPods(pods: Map<string, Pod>, change: Change<JsonPod>, form: PodForm): void {
  switch (change.kind) {
    case 'put':
      pods.set(change.object.metadata.uid, podOf(change.object, form));
      return;
    case 'gone':
      pods.delete(change.object.metadata.uid);
      return;
    case 'all':
      pods.clear();
      for (const object of change.objects) {
        pods.set(object.metadata.uid, podOf(object, form));
      }
  }
}

function applySlices(slices: Map<string, readonly Endpoint[]>, change: Change<JsonEndpointSlice>): void {
  switch (change.kind) {
    case 'put':
      slices.set(change.object.metadata.name, endpointsOf(change.object));
      return;
    case 'gone':
      slices.delete(change.object.metadata.name);
      return;
    case 'all':
      slices.clear();
      for (const slice of change.objects) {
        slices.set(slice.metadata.name, endpointsOf(slice));
      }
  }
}

/** Wakes the reader when a watcher has told something; several pieces of news are one awakening. */
function newsUntil(signal: AbortSignal) {
  let isNews = false;
  let failure: { readonly error: unknown } | undefined;
  let wake = () => {};
  signal.addEventListener('abort', () => wake(), { once: true });
  return {
    tell() {
      isNews = true;
      wake();
    },
    fail(error: unknown) {
      failure = { error };
      wake();
    },
    /** True: there is news. False: the signal was given. Throws what a watcher could not get over. */
    async wait(): Promise<boolean> {
      if (!isNews && failure === undefined && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (failure !== undefined) throw failure.error;
      isNews = false;
      return !signal.aborted;
    },
  };
}

/** setTimeout takes no more, and would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Given when the caller ends it, and when its deadline has passed. */
function signalOf({ signal, now, deadline }: Patience): AbortSignal {
  const time = AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.max(0, deadline - now())));
  return signal === undefined ? time : AbortSignal.any([signal, time]);
}
