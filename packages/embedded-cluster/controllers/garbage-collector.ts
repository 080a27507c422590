import type { ApiEvent, KubeObject, OwnerReference } from '../api/api.ts';
import { isEqual } from '../api/json.ts';
import { kindInAnyVersion } from '../api/kinds.ts';
import { type Controller, type Environment, remove } from './common/controller.ts';
import { patchMetadata, removeFinalizer } from './common/owned.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

/** Deletes objects without existing owners, and handles foreground deletion and orphaning. */
export function garbageCollector({ api, informers }: Environment): Controller {
  /** Keys are uids: another object may have the name. */
  function reconcile(uid: string): void {
    const item = informers.getByUid(uid);
    if (item === undefined) return;
    const { deletionTimestamp, finalizers } = item.metadata;
    if (deletionTimestamp === undefined) collect(item);
    else if (finalizers?.includes(orphan)) orphanDependents(item);
    else if (finalizers?.includes(foreground)) deleteDependents(item);
  }

  /** garbagecollector.go, attemptToDeleteItem */
  function collect(item: KubeObject): void {
    const { uid, finalizers, ownerReferences: references = [] } = item.metadata;
    if (references.length === 0) return;
    const { solid, waiting } = Object.groupBy(references, (reference) => stateOf(reference, item));
    if (solid !== undefined) {
      // One existing owner keeps the object. Dangling references would block their owner's deletion.
      if (solid.length < references.length) writeOwners(item, solid);
      return;
    }
    const dependents = waiting === undefined ? [] : [...informers.dependentsOf(uid)];
    // Two objects of an ownership circle would wait for each other.
    if (dependents.some(isDeletingDependents)) {
      const unblock = (each: OwnerReference) =>
        each.blockOwnerDeletion ? { ...each, blockOwnerDeletion: false } : each;
      writeOwners(item, references.map(unblock));
    }
    const isForeground = dependents.length > 0 || finalizers?.includes(foreground);
    const background = finalizers?.includes(orphan) ? 'Orphan' : 'Background';
    remove(api, resourceOf(item), item, { propagationPolicy: isForeground ? 'Foreground' : background });
  }

  /**
   * Looks for an owner of that name and uid in the dependent's namespace (isDangling). An owner of an unknown kind
   * counts as existing.
   */
  function stateOf(reference: OwnerReference, dependent: KubeObject): 'solid' | 'dangling' | 'waiting' {
    const served = kindInAnyVersion(reference.apiVersion, reference.kind);
    if (served === undefined) return 'solid';
    const namespace = served.namespaced ? dependent.metadata.namespace : undefined;
    const owner = informers.referredTo(served.resource, namespace, reference);
    if (owner === undefined) return 'dangling';
    return isDeletingDependents(owner) ? 'waiting' : 'solid';
  }

  /** Foreground: deletes the owner after the dependents that block its deletion (processDeletingDependentsItem). */
  function deleteDependents(owner: KubeObject): void {
    const { uid } = owner.metadata;
    const blocking = [...informers.dependentsOf(uid)].filter(({ metadata }) =>
      metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion === true),
    );
    if (blocking.length === 0) removeFinalizer(api, resourceOf(owner), owner, foreground);
    for (const each of blocking) if (each.metadata.deletionTimestamp === undefined) collect(each);
  }

  /** Orphan: removes the dependents' references before the owner (attemptToOrphanWorker). */
  function orphanDependents(owner: KubeObject): void {
    const { uid } = owner.metadata;
    for (const dependent of [...informers.dependentsOf(uid)])
      writeOwners(
        dependent,
        dependent.metadata.ownerReferences?.filter((each) => each.uid !== uid),
      );
    removeFinalizer(api, resourceOf(owner), owner, orphan);
  }

  function writeOwners(object: KubeObject, ownerReferences: OwnerReference[] | undefined): void {
    patchMetadata(api, resourceOf(object), object, { ownerReferences });
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource === 'events') return;
    const { uid, ownerReferences = [], deletionTimestamp, finalizers } = object.metadata;
    if (type === 'DELETED') {
      for (const dependent of informers.dependentsOf(uid)) yield dependent.metadata.uid;
      // The object may have been the last that blocked its owners' deletion.
      for (const reference of ownerReferences) yield reference.uid;
      return;
    }
    if (deletionTimestamp !== undefined && finalizers !== undefined) yield uid;
    const before = previous?.metadata.ownerReferences ?? [];
    if (isEqual(ownerReferences, before)) return;
    yield uid;
    for (const reference of before) yield reference.uid;
  }

  return { name: 'garbage-collector', keysOf, reconcile };
}

function resourceOf({ apiVersion, kind }: KubeObject): string {
  return kindInAnyVersion(apiVersion, kind)?.resource ?? '';
}

function isDeletingDependents({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foreground) === true;
}
