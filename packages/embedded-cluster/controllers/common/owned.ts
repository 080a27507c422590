import type { Api, ApiEvent, KubeObject, OwnerReference, Resource } from '../../api/api.ts';
import { type LabelSelector, matchesSelector } from '../../api/label-selector.ts';
import { attemptAll, type Environment, unlessGone } from './controller.ts';
import { controllerOf, keyOf } from './informers.ts';

/** How workloads of one kind own objects: by reference. They adopt and release by their selector. */
interface Ownership {
  kind: string;
  resource: Resource;
  owned: 'pods' | 'replicasets' | 'controllerrevisions' | 'jobs';
  /** A further condition for matching objects. */
  mayOwn?: (owner: KubeObject, candidate: KubeObject) => boolean;
  /** Added on adoption and removed on release: Jobs track their pods with it. */
  finalizer?: string;
}

/** A ReplicationController's selector is a map of labels. */
export function selectorOf({ kind, spec: { selector } }: KubeObject): LabelSelector | undefined {
  return kind === 'ReplicationController' ? { matchLabels: selector } : selector;
}

export function ownedBy({ api, informers }: Environment, ownership: Ownership) {
  const { kind, resource, owned, mayOwn, finalizer } = ownership;

  function selects(owner: KubeObject, { metadata }: KubeObject): boolean {
    return matchesSelector(selectorOf(owner), metadata.labels);
  }

  /**
   * Adopts and releases objects, and returns those that the owner then has (controller_ref_manager.go, ClaimObject):
   *
   * - its own, and the selector matches: kept, even while the owner is being deleted
   * - its own, but the selector does not match: released, unless the owner is being deleted
   * - without a controller, the selector matches, neither is being deleted: adopted
   *
   * Tries all objects, then throws the first failure.
   */
  function claim<T extends KubeObject>(owner: KubeObject, isCandidate: (object: T) => boolean = () => true): T[] {
    const { uid, namespace, deletionTimestamp } = owner.metadata;
    const claimed: T[] = [];
    const all = [...informers.controlledBy(owned, uid), ...informers.orphans(owned, namespace)] as T[];
    attemptAll(all.filter(isCandidate), (object) => {
      const matches = selects(owner, object) && (mayOwn?.(owner, object) ?? true);
      const isOwn = controllerOf(object) !== undefined;
      if (isOwn && matches) claimed.push(object);
      if (isOwn === matches || deletionTimestamp !== undefined) return;
      if (isOwn) release(owner, object);
      else if (object.metadata.deletionTimestamp === undefined) claimed.push(adopted(owner, object));
    });
    return claimed;
  }

  /** The uid makes the patch fail for a new object of the name (422). */
  function adopted<T extends KubeObject>(owner: KubeObject, { metadata }: T): T {
    const { namespace, name, uid } = metadata;
    // Kubernetes sends a strategic merge patch, which puts the new reference first.
    const ownerReferences = [controllerReferenceTo(owner), ...(metadata.ownerReferences ?? [])];
    const finalizers = finalizer && { finalizers: [finalizer, ...(metadata.finalizers ?? [])] };
    return api.mergePatch(owned, namespace, name, { metadata: { uid, ownerReferences, ...finalizers } }) as T;
  }

  /** Leaves labels and annotations alone. */
  function release(owner: KubeObject, object: KubeObject): void {
    const { ownerReferences, finalizers } = object.metadata;
    patchMetadata(api, owned, object, {
      ownerReferences: ownerReferences?.filter(({ uid }) => uid !== owner.metadata.uid),
      ...(finalizer && { finalizers: finalizers?.filter((each) => each !== finalizer) }),
    });
  }

  /** The keys of the workloads that a change affects: of themselves, and of what they own or may adopt. */
  function* keysOf({ resource: changed, object, previous, type }: ApiEvent): Iterable<string> {
    if (changed === resource) yield keyOf(object);
    if (changed !== owned) return;
    for (const each of previous === undefined ? [object] : [previous, object]) {
      const owner = informers.ownerOf(each);
      if (owner?.kind === kind) yield keyOf(owner);
    }
    if (type === 'DELETED' || controllerOf(object) !== undefined) return;
    // Each workload that selects an orphan may adopt it.
    for (const owner of informers.inNamespace(resource, object.metadata.namespace)) {
      if (selects(owner, object)) yield keyOf(owner);
    }
  }

  return { claim, keysOf };
}

/** The reference that makes `owner` the controller of an object (metav1.NewControllerRef). */
export function controllerReferenceTo({ apiVersion, kind, metadata: { name, uid } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A merge patch of the metadata; does nothing when the object is gone or another one has its name. */
export function patchMetadata(api: Api, resource: Resource, { metadata }: KubeObject, patch: object): void {
  const { namespace, name, uid } = metadata;
  unlessGone(() => api.mergePatch(resource, namespace, name, { metadata: { uid, ...patch } }));
}

export function removeFinalizer(api: Api, resource: Resource, object: KubeObject, finalizer: string): void {
  const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer);
  patchMetadata(api, resource, object, { finalizers });
}
