import type { ApiEvent, KubeObject, OwnerReference, Resource } from '../../api/api.ts';
import { kinds } from '../../api/kinds.ts';
import type { Controller, WakeAfter } from './controller.ts';

export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The owner reference with `controller: true` (metav1.GetControllerOf). */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** The stored resources in the order of discovery. */
export const storedResources: readonly Resource[] = [
  ...new Set(kinds.filter((kind) => !kind.review).map((kind) => kind.resource)),
];

/**
 * The controllers' view: all objects, indexed by name, namespace, owner and node, so that no controller walks all pods
 * to find its own. It is never stale, since the store calls `apply` before a write returns. So these controllers need
 * no "expectations" (controller_utils.go), which keep the real ones from acting on a stale cache, and need not read an
 * owner again before it adopts.
 */
export class Informers {
  /** By resource and key, and by uid. */
  readonly #objects = new Map<string, KubeObject>();
  /** By what they have in common, and then by uid. */
  readonly #groups = new Map<string, Map<string, KubeObject>>();

  apply({ type, resource, object, previous }: ApiEvent): void {
    if (previous !== undefined) this.#forget(resource, previous);
    if (type === 'DELETED') this.#forget(resource, object);
    else this.#remember(resource, object);
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.getByKey(resource, namespace === undefined ? name : `${namespace}/${name}`);
  }

  getByKey(resource: Resource, key: string): KubeObject | undefined {
    return this.#objects.get(`${resource} ${key}`);
  }

  /** The object that the reference names, unless it is another one of that name. */
  referredTo(resource: Resource, namespace: string | undefined, { name, uid }: OwnerReference): KubeObject | undefined {
    const found = this.get(resource, namespace, name);
    return found?.metadata.uid === uid ? found : undefined;
  }

  /** The object's controller, unless it is gone. */
  ownerOf(object: KubeObject): KubeObject | undefined {
    const { uid = '' } = controllerOf(object) ?? {};
    return this.getByUid(uid);
  }

  /** A reconciler that gets the object of a key; one that is gone needs nothing. */
  each(resource: Resource, sync: (object: KubeObject, wakeAfter: WakeAfter) => void): Controller['reconcile'] {
    return (key, wakeAfter) => {
      const object = this.getByKey(resource, key);
      if (object !== undefined) sync(object, wakeAfter);
    };
  }

  getByUid(uid: string): KubeObject | undefined {
    return this.#objects.get(uid);
  }

  all(resource: Resource): Iterable<KubeObject> {
    return this.#group(resource);
  }

  inNamespace(resource: Resource, namespace: string | undefined): Iterable<KubeObject> {
    return this.#group(`${resource} in ${namespace}`);
  }

  /** The objects whose controllerRef has this uid. */
  controlledBy(resource: Resource, uid: string): Iterable<KubeObject> {
    return this.#group(`${resource} of ${uid}`);
  }

  /** The objects of a namespace without a controller. */
  orphans(resource: Resource, namespace: string | undefined): Iterable<KubeObject> {
    return this.#group(`orphaned ${resource} in ${namespace}`);
  }

  /** All objects with an owner reference to this uid, for the garbage collector. */
  dependentsOf(uid: string): Iterable<KubeObject> {
    return this.#group(`dependents of ${uid}`);
  }

  podsOnNode(node: string): Iterable<KubeObject> {
    return this.#group(`pods on ${node}`);
  }

  #group(name: string): Iterable<KubeObject> {
    return this.#groups.get(name)?.values() ?? [];
  }

  #remember(resource: Resource, object: KubeObject): void {
    const { uid } = object.metadata;
    this.#objects.set(uid, object).set(`${resource} ${keyOf(object)}`, object);
    for (const name of groupsOf(resource, object)) {
      const group = this.#groups.get(name) ?? new Map<string, KubeObject>();
      this.#groups.set(name, group.set(uid, object));
    }
  }

  #forget(resource: Resource, object: KubeObject): void {
    const { uid } = object.metadata;
    for (const key of [uid, `${resource} ${keyOf(object)}`]) this.#objects.delete(key);
    for (const name of groupsOf(resource, object)) {
      const group = this.#groups.get(name);
      if (group?.delete(uid) && group.size === 0) this.#groups.delete(name);
    }
  }
}

function* groupsOf(resource: Resource, object: KubeObject): Iterable<string> {
  const { namespace, ownerReferences = [] } = object.metadata;
  const controller = controllerOf(object);
  yield resource;
  yield `${resource} in ${namespace}`;
  yield controller === undefined ? `orphaned ${resource} in ${namespace}` : `${resource} of ${controller.uid}`;
  for (const { uid } of ownerReferences) yield `dependents of ${uid}`;
  if (resource === 'pods' && object.spec.nodeName) yield `pods on ${object.spec.nodeName}`;
}
