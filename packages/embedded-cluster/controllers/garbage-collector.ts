import type { ApiEvent, KubeObject, OwnerReference } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { isEqual } from '../api/json.ts';
import { groupVersionOf, kinds } from '../api/kinds.ts';
import type { Controller, Environment } from './common/controller.ts';
import type { Stored } from './common/informers.ts';

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
    const hasDependents = !informers.dependentsOf(item.object.metadata.uid)[Symbol.iterator]().next().done;
    const { namespace, name, uid } = item.object.metadata;
    const propagationPolicy = isWaited && hasDependents ? 'Foreground' : 'Background';
    ignoringNotFound(() => api.delete(item.resource, namespace, name, { uid, propagationPolicy }));
  }

  /**
   * Looks for an owner of that name and uid in the dependent's namespace (isDangling). An owner of an unknown kind
   * counts as existing.
   */
  function stateOf(
    { apiVersion, kind, name, uid }: OwnerReference,
    dependent: KubeObject,
  ): 'solid' | 'dangling' | 'waiting' {
    const group = (version: string) => (version.includes('/') ? version.split('/')[0] : '');
    const served = kinds.find((each) => each.kind === kind && group(groupVersionOf(each)) === group(apiVersion));
    if (served === undefined) return 'solid';
    const owner = informers.get(served.resource, served.namespaced ? dependent.metadata.namespace : undefined, name);
    if (owner?.metadata.uid !== uid) return 'dangling';
    const isWaiting = owner.metadata.deletionTimestamp !== undefined && owner.metadata.finalizers?.includes(foreground);
    return isWaiting ? 'waiting' : 'solid';
  }

  /** Foreground: deletes the owner after the dependents that block its deletion (processDeletingDependentsItem). */
  function deleteDependents(owner: Stored): void {
    const { uid } = owner.object.metadata;
    const blocking = [...informers.dependentsOf(uid)].filter(({ object }) =>
      object.metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion === true),
    );
    if (blocking.length === 0) removeFinalizer(owner, foreground);
    else for (const each of blocking) if (each.object.metadata.deletionTimestamp === undefined) collect(each);
  }

  /** Orphan: removes the dependents' references before the owner (attemptToOrphanWorker). */
  function orphanDependents(owner: Stored): void {
    const { uid } = owner.object.metadata;
    for (const dependent of [...informers.dependentsOf(uid)]) keepReferences(dependent, (each) => each.uid !== uid);
    removeFinalizer(owner, orphan);
  }

  function keepReferences({ resource, object }: Stored, isKept: (reference: OwnerReference) => boolean): void {
    const { namespace, name, uid } = object.metadata;
    const ownerReferences = object.metadata.ownerReferences?.filter(isKept) ?? [];
    const patch = { metadata: { uid, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null } };
    ignoringNotFound(() => api.mergePatch(resource, namespace, name, patch));
  }

  function removeFinalizer({ resource, object }: Stored, finalizer: string): void {
    const { namespace, name, uid } = object.metadata;
    const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    const patch = { metadata: { uid, finalizers: finalizers.length > 0 ? finalizers : null } };
    ignoringNotFound(() => api.mergePatch(resource, namespace, name, patch));
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

/** Ignores that the object is gone (404) or that another one has its name (409, 422). */
function ignoringNotFound(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ApiError && [404, 409, 422].includes(error.code))) throw error;
  }
}
