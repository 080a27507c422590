import type { Api, KubeObject, OwnerReference, Resource } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { SyncError } from './controller.ts';
import { controllerOf } from './informers.ts';

export interface Claim {
  api: Api;
  /** The claimant and the resource it is stored under. */
  controller: KubeObject;
  controllerResource: Resource;
  /** What is claimed: pods, ReplicaSets or ControllerRevisions. */
  resource: Resource;
  matches: (candidate: KubeObject) => boolean;
  /** Put on with the adoption and taken off with the release (Jobs track their pods so). */
  finalizer?: string;
}

/**
 * Adopts and releases, and returns what the controller owns then (controller_ref_manager.go, ClaimObject):
 *
 * - controlled by another uid: ignored
 * - its own, and the selector matches: kept, even while the controller is being deleted
 * - its own, but the selector does not match: released, unless the controller is being deleted
 * - nobody's, the selector matches, neither is being deleted: adopted
 *
 * Before the first adoption the controller is read live. All candidates are tried; the first failure is thrown then.
 */
export function claim<T extends KubeObject>(claiming: Claim, candidates: Iterable<T>): T[] {
  const { controller } = claiming;
  const claimed: T[] = [];
  let failure: unknown;
  let mayAdopt: boolean | undefined;
  for (const candidate of candidates) {
    try {
      const owner = controllerOf(candidate);
      if (owner !== undefined) {
        if (owner.uid !== controller.metadata.uid) continue;
        if (claiming.matches(candidate)) claimed.push(candidate);
        else if (controller.metadata.deletionTimestamp === undefined) release(claiming, candidate);
        continue;
      }
      if (controller.metadata.deletionTimestamp !== undefined || !claiming.matches(candidate)) continue;
      if (candidate.metadata.deletionTimestamp !== undefined) continue;
      if (candidate.metadata.namespace !== controller.metadata.namespace) continue;
      mayAdopt ??= isStillThere(claiming);
      if (!mayAdopt) throw new SyncError(`${controller.kind} ${controller.metadata.name} is gone or being deleted`);
      const adopted = adopt(claiming, candidate);
      if (adopted !== undefined) claimed.push(adopted as T);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return claimed;
}

/** The reference that makes `owner` the controller of an object (metav1.NewControllerRef). */
export function controllerReferenceTo(owner: KubeObject): OwnerReference {
  return { ...ownerIdentity(owner), controller: true, blockOwnerDeletion: true };
}

function ownerIdentity({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid };
}

/** RecheckDeletionTimestamp: a controller that is on its way out adopts nothing. */
function isStillThere({ api, controller, controllerResource }: Claim): boolean {
  const fresh = api.get(controllerResource, controller.metadata.namespace, controller.metadata.name);
  return fresh?.metadata.uid === controller.metadata.uid && fresh.metadata.deletionTimestamp === undefined;
}

/** undefined when the object is gone meanwhile. The uid in the patch keeps it off a new object of the same name (422). */
function adopt({ api, controller, resource, finalizer }: Claim, { metadata }: KubeObject): KubeObject | undefined {
  // The real one is a strategic merge patch, which puts what is new before what was there.
  const ownerReferences = [controllerReferenceTo(controller), ...(metadata.ownerReferences ?? [])];
  const finalizers = finalizer && { finalizers: [finalizer, ...(metadata.finalizers ?? [])] };
  try {
    const patch = { metadata: { uid: metadata.uid, ownerReferences, ...finalizers } };
    return api.mergePatch(resource, metadata.namespace, metadata.name, patch);
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

/** Labels and annotations stay as they are; that the object is gone or another one now (404, 422) is as good. */
function release({ api, controller, resource, finalizer }: Claim, { metadata }: KubeObject): void {
  const others = metadata.ownerReferences?.filter((reference) => reference.uid !== controller.metadata.uid) ?? [];
  const kept = metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
  const patch = {
    metadata: {
      uid: metadata.uid,
      ownerReferences: others.length > 0 ? others : null,
      ...(finalizer && { finalizers: kept.length > 0 ? kept : null }),
    },
  };
  try {
    api.mergePatch(resource, metadata.namespace, metadata.name, patch);
  } catch (error) {
    if (!(error instanceof ApiError && (error.code === 404 || error.code === 422))) throw error;
  }
}
