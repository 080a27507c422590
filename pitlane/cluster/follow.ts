import type { Controller, Endpoint, Pod, PodRef } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { controllerOf } from './controller.ts';
import type { JsonController, JsonEndpointSlice, JsonPod, KubeObject } from './json.ts';
import type { Observation } from './observe.ts';
import { union } from './observe.ts';
import { type PodForm, podOf } from './pod.ts';
import { ENDPOINT_SLICES, knownResource, PODS } from './resource.ts';
import type { Patience } from './retry.ts';
import { endpointsOf } from './service.ts';
import { type Change, type Watched, watch } from './watch.ts';

/**
 * The observation as it changes, starting with the one that was observed: the target, its owner and that one's pods, and
 * the service's endpoints are watched; everything else stays as it was. Ends with the patience's signal or deadline.
 * Each can be followed on from where it was.
 */
export async function* follow(
  connection: Connection,
  observation: Observation,
  target: PodRef,
  patience: Patience,
): AsyncGenerator<Observation> {
  const live = liveObservation(observation, target);
  yield observation;
  const ending = new AbortController();
  const signal = AbortSignal.any([signalOf(patience), ending.signal]);
  const news = newsUntil(signal);
  const watchers = live.sources.map(async (source) => {
    try {
      for await (const change of watch<KubeObject>(connection, source.watched, source.version, {
        ...patience,
        signal,
      })) {
        source.apply(change);
        source.version = change.kind === 'all' ? change.resourceVersion : change.object.metadata.resourceVersion;
        news.tell();
      }
    } catch (error) {
      news.fail(error);
    }
  });
  try {
    while (await news.wait()) {
      yield live.observation(patience.now());
    }
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

/** An observation whose parts change while we wait. */
function liveObservation(observation: Observation, { name, uid }: PodRef) {
  const { snapshot: first, form, owned } = observation;
  const slices = new Map(observation.slices);
  const ownedPods = new Map((owned?.pods ?? []).map((pod) => [pod.uid, pod]));
  const others = first.pods.filter((pod) => pod.uid !== uid && !ownedPods.has(pod.uid));
  let target = first.target;
  let owner = owned?.owner;

  const { namespace, name: service } = first.service;
  const targetSource: Source = {
    watched: { resource: PODS, namespace, fieldSelector: `metadata.name=${name}` },
    version: observation.podsVersion,
    apply: (change) => {
      target = latest(change, uid, (json) => podOf(json as JsonPod, 'whole'), target);
    },
  };
  const slicesSource: Source = {
    watched: { resource: ENDPOINT_SLICES, namespace, labelSelector: `kubernetes.io/service-name=${service}` },
    version: observation.slicesVersion,
    apply: (change) => applySlices(slices, change as Change<JsonEndpointSlice>),
  };
  const ownedSource: Source | undefined = owned && {
    watched: { resource: PODS, namespace, labelSelector: owned.labelSelector },
    version: owned.podsVersion,
    apply: (change) => applyPods(ownedPods, change as Change<JsonPod>, form),
  };
  const ownersSource =
    owned &&
    ownerSource(namespace, owned.owner, (changed) => {
      owner = changed;
    });

  function observationAt(at: number): Observation {
    const { target: _, ...rest } = first;
    const pods = [...ownedPods.values()];
    const snapshot = {
      ...rest,
      at,
      ...(target === undefined ? {} : { target }),
      pods: union([target === undefined ? [] : [target], pods.filter((pod) => pod.uid !== uid), others]),
      endpoints: [...slices.values()].flat(),
      controllers: first.controllers.map((controller) => (controller.uid === owner?.uid ? owner : controller)),
    };
    return {
      ...observation,
      snapshot,
      slices: new Map(slices),
      slicesVersion: slicesSource.version ?? observation.slicesVersion,
      podsVersion: targetSource.version ?? observation.podsVersion,
      ...(owned && owner
        ? { owned: { ...owned, owner, pods, podsVersion: ownedSource?.version ?? owned.podsVersion } }
        : {}),
    };
  }

  return {
    sources: [targetSource, slicesSource, ownedSource, ownersSource].filter((source) => source !== undefined),
    observation: observationAt,
  };
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
