import type { ApiEvent, KubeObject, OwnerReference } from '../api/api.ts';
import { isEqual } from '../api/json.ts';
import { kindInAnyVersion } from '../api/kinds.ts';
import { type Controller, type Environment, remove } from './common/controller.ts';
import type { Stored } from './common/informers.ts';
import { patchMetadata, removeFinalizer } from './common/owned.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

/** Deletes objects without existing owners, and handles foreground deletion and orphaning. */
export function garbageCollector(environment: Environment): Controller {
  const { api, informers } = environment;

  /** Keys are uids: another object may have the name. */
  function reconcile(uid: string): void {
    const item = informers.getByUid(uid);
    if (item === undefined) return;
    const { metadata } = item.object;
    if (metadata.deletionTimestamp === undefined) collect(item);
    else if (metadata.finalizers?.includes(orphan)) orphanDependents(item);
    else if (metadata.finalizers?.includes(foreground)) deleteDependents(item);
  }

  /** garbagecollector.go, attemptToDeleteItem */
  function collect(item: Stored): void {
    const references = item.object.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const owners = references.map((reference) => ({ reference, state: stateOf(reference, item.object) }));
    const isWaited = owners.some(({ state }) => state === 'waiting');
    if (owners.some(({ state }) => state === 'solid')) {
      // One existing owner keeps the object. Dangling references would block their owner's deletion.
      const lost = new Set(owners.filter(({ state }) => state !== 'solid').map(({ reference }) => reference.uid));
      if (lost.size > 0) keepReferences(item, (reference) => !lost.has(reference.uid));
      return;
    }
    const { uid, finalizers } = item.object.metadata;
    const dependents = [...informers.dependentsOf(uid)];
    const isForeground = (isWaited && dependents.length > 0) || finalizers?.includes(foreground);
    // Two objects of an ownership circle would wait for each other.
    if (isWaited && dependents.some(({ object }) => isDeletingDependents(object))) {
      const ownerReferences = references.map((each) =>
        each.blockOwnerDeletion ? { ...each, blockOwnerDeletion: false } : each,
      );
      patchMetadata(api, item.resource, item.object, { ownerReferences });
    }
    const background = finalizers?.includes(orphan) ? 'Orphan' : 'Background';
    remove(api, item.resource, item.object, { propagationPolicy: isForeground ? 'Foreground' : background });
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
  function deleteDependents(owner: Stored): void {
    const { uid } = owner.object.metadata;
    const blocking = [...informers.dependentsOf(uid)].filter(({ object }) =>
      object.metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion === true),
    );
    if (blocking.length === 0) removeFinalizer(api, owner.resource, owner.object, foreground);
    else for (const each of blocking) if (each.object.metadata.deletionTimestamp === undefined) collect(each);
  }

  /** Orphan: removes the dependents' references before the owner (attemptToOrphanWorker). */
  function orphanDependents(owner: Stored): void {
    const { uid } = owner.object.metadata;
    for (const dependent of [...informers.dependentsOf(uid)]) keepReferences(dependent, (each) => each.uid !== uid);
    removeFinalizer(api, owner.resource, owner.object, orphan);
  }

  function keepReferences({ resource, object }: Stored, isKept: (reference: OwnerReference) => boolean): void {
    patchMetadata(api, resource, object, { ownerReferences: object.metadata.ownerReferences?.filter(isKept) });
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource === 'events') return;
    const { uid, ownerReferences } = object.metadata;
    if (type === 'DELETED') {
      for (const dependent of informers.dependentsOf(uid)) yield dependent.object.metadata.uid;
      // The object may have been the last that blocked its owners' deletion.
      for (const reference of ownerReferences ?? []) yield reference.uid;
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers !== undefined) yield uid;
    if (ownerReferences === previous?.metadata.ownerReferences) return;
    if (isEqual(ownerReferences ?? [], previous?.metadata.ownerReferences ?? [])) return;
    yield uid;
    for (const reference of previous?.metadata.ownerReferences ?? []) yield reference.uid;
  }

  return { name: 'garbage-collector', keysOf, reconcile };
}

function isDeletingDependents({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foreground) === true;
}
