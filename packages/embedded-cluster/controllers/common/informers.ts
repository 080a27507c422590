import type { ApiEvent, KubeObject, OwnerReference, Resource } from '../../api/api.ts';
import { kinds } from '../../api/kinds.ts';

/** An object and its resource. */
export interface Stored {
  resource: Resource;
  object: KubeObject;
}

export function keyOf(object: KubeObject): string {
  return object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`;
}

/** The owner reference with `controller: true` (metav1.GetControllerOf). */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** The stored resources in the order of discovery. */
export const storedResources: readonly Resource[] = [
  ...new Set(kinds.filter((kind) => !kind.review).map((kind) => kind.resource)),
];

type ByUid = Map<string, Stored>;

/**
 * The controllers' view: all objects, indexed by name, namespace, owner and node, so that no controller walks all pods
 * to find its own. It is never stale, since the store calls `apply` before a write returns. So these controllers need
 * no "expectations" (controller_utils.go), which keep the real ones from acting on a stale cache.
 */
export class Informers {
  readonly #byResource = new Map<Resource, Map<string, KubeObject>>();
  readonly #byNamespace = new Map<string, Map<string, KubeObject>>();
  readonly #byUid: ByUid = new Map();
  readonly #byOwner = new Map<string, ByUid>();
  /** By the controller's uid, or by namespace for objects without a controller. */
  readonly #byController = new Map<string, Map<string, KubeObject>>();
  readonly #podsByNode = new Map<string, Map<string, KubeObject>>();

  apply(event: ApiEvent): void {
    const { resource, object, previous } = event;
    if (previous !== undefined) this.#forget(resource, previous);
    if (event.type === 'DELETED') this.#forget(resource, object);
    else this.#remember(resource, object);
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#byResource.get(resource)?.get(namespace === undefined ? name : `${namespace}/${name}`);
  }

  getByKey(resource: Resource, key: string): KubeObject | undefined {
    return this.#byResource.get(resource)?.get(key);
  }

  getByUid(uid: string): Stored | undefined {
    return this.#byUid.get(uid);
  }

  all(resource: Resource): Iterable<KubeObject> {
    return this.#byResource.get(resource)?.values() ?? [];
  }

  inNamespace(resource: Resource, namespace: string | undefined): Iterable<KubeObject> {
    return this.#byNamespace.get(`${resource} ${namespace}`)?.values() ?? [];
  }

  /** The objects whose controllerRef has this uid. */
  controlledBy(resource: Resource, uid: string): Iterable<KubeObject> {
    return this.#byController.get(`${resource} uid ${uid}`)?.values() ?? [];
  }

  /** The objects of a namespace without a controller. */
  orphans(resource: Resource, namespace: string | undefined): Iterable<KubeObject> {
    return this.#byController.get(`${resource} orphans ${namespace}`)?.values() ?? [];
  }

  /** All objects with an owner reference to this uid, for the garbage collector. */
  dependentsOf(uid: string): Iterable<Stored> {
    return this.#byOwner.get(uid)?.values() ?? [];
  }

  podsOnNode(node: string): Iterable<KubeObject> {
    return this.#podsByNode.get(node)?.values() ?? [];
  }

  #remember(resource: Resource, object: KubeObject): void {
    const { uid, namespace } = object.metadata;
    within(this.#byResource, resource).set(keyOf(object), object);
    within(this.#byNamespace, `${resource} ${namespace}`).set(uid, object);
    this.#byUid.set(uid, { resource, object });
    for (const reference of object.metadata.ownerReferences ?? []) {
      within(this.#byOwner, reference.uid).set(uid, { resource, object });
    }
    within(this.#byController, controllerKey(resource, object)).set(uid, object);
    if (resource === 'pods' && object.spec.nodeName) within(this.#podsByNode, object.spec.nodeName).set(uid, object);
  }

  #forget(resource: Resource, object: KubeObject): void {
    const { uid, namespace } = object.metadata;
    without(this.#byResource, resource, keyOf(object));
    without(this.#byNamespace, `${resource} ${namespace}`, uid);
    this.#byUid.delete(uid);
    for (const reference of object.metadata.ownerReferences ?? []) without(this.#byOwner, reference.uid, uid);
    without(this.#byController, controllerKey(resource, object), uid);
    if (resource === 'pods' && object.spec.nodeName) without(this.#podsByNode, object.spec.nodeName, uid);
  }
}

function controllerKey(resource: Resource, object: KubeObject): string {
  const controller = controllerOf(object);
  return controller === undefined
    ? `${resource} orphans ${object.metadata.namespace}`
    : `${resource} uid ${controller.uid}`;
}

function within<T>(index: Map<string, Map<string, T>>, key: string): Map<string, T> {
  let entries = index.get(key);
  if (entries === undefined) {
    entries = new Map();
    index.set(key, entries);
  }
  return entries;
}

function without<T>(index: Map<string, Map<string, T>>, key: string, entry: string): void {
  const entries = index.get(key);
  if (entries?.delete(entry) && entries.size === 0) index.delete(key);
}
