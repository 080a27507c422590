import type { Endpoint, Pod, TargetPod } from '../rotation/snapshot.ts';
import type { JsonEndpointSlice, JsonPod, KubeObject } from './json.ts';
import { type PodForm, podOf } from './pod.ts';
import { endpointsOf } from './service.ts';
import type { Change, Watched } from './watch.ts';

export function applyPods(pods: Map<string, Pod>, change: Change<JsonPod>, form: PodForm): void {
  apply(
    pods,
    change,
    ({ metadata }) => metadata.uid,
    (object) => podOf(object, form),
  );
}

export function applySlices(slices: Map<string, readonly Endpoint[]>, change: Change<JsonEndpointSlice>): void {
  apply(slices, change, ({ metadata }) => metadata.name, endpointsOf);
}

function apply<J extends KubeObject, T>(
  kept: Map<string, T>,
  change: Change<J>,
  keyOf: (object: J) => string,
  read: (object: J) => T,
): void {
  switch (change.kind) {
    case 'put':
      kept.set(keyOf(change.object), read(change.object));
      return;
    case 'gone':
      kept.delete(keyOf(change.object));
      return;
    case 'all':
      kept.clear();
      for (const object of change.objects) kept.set(keyOf(object), read(object));
  }
}

/** Another pod of a target's name is not a target. */
export function applyTargets(
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

/** The one object of a watch by name. Another object of that name does not count. */
export function latest<T>(
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
