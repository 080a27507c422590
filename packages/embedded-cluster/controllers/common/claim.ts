import type { Api, KubeObject, OwnerReference, Resource } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { attemptAll, SyncError, unlessGone } from './controller.ts';
import { controllerOf } from './informers.ts';

export interface Claim {
  api: Api;
  /** The claiming object and its resource. */
  controller: KubeObject;
  controllerResource: Resource;
  /** The claimed resource: pods, ReplicaSets or ControllerRevisions. */
  resource: Resource;
  matches: (candidate: KubeObject) => boolean;
  /** Added on adoption and removed on release: Jobs track their pods with it. */
  finalizer?: string;
}

/**
 * Adopts and releases objects, and returns those that the controller then owns (controller_ref_manager.go,
 * ClaimObject):
 *
 * - controlled by another uid: ignored
 * - its own, and the selector matches: kept, even while the controller is being deleted
 * - its own, but the selector does not match: released, unless the controller is being deleted
 * - without a controller, the selector matches, neither is being deleted: adopted
 *
 * Reads the controller again before the first adoption. Tries all candidates, then throws the first failure.
 */
export function claim<T extends KubeObject>(claiming: Claim, candidates: Iterable<T>): T[] {
  const { controller } = claiming;
  const claimed: T[] = [];
  let mayAdopt: boolean | undefined;
  attemptAll(candidates, (candidate) => {
    const owner = controllerOf(candidate);
    if (owner !== undefined) {
      if (owner.uid !== controller.metadata.uid) return;
      if (claiming.matches(candidate)) claimed.push(candidate);
      else if (controller.metadata.deletionTimestamp === undefined) release(claiming, candidate);
      return;
    }
    if (controller.metadata.deletionTimestamp !== undefined || !claiming.matches(candidate)) return;
    if (candidate.metadata.deletionTimestamp !== undefined) return;
    if (candidate.metadata.namespace !== controller.metadata.namespace) return;
    mayAdopt ??= isStillThere(claiming);
    if (!mayAdopt) throw new SyncError(`${controller.kind} ${controller.metadata.name} is gone or being deleted`);
    const adopted = adopt(claiming, candidate);
    if (adopted !== undefined) claimed.push(adopted as T);
  });
  return claimed;
}

/** The reference that makes `owner` the controller of an object (metav1.NewControllerRef). */
export function controllerReferenceTo(owner: KubeObject): OwnerReference {
  return { ...ownerIdentity(owner), controller: true, blockOwnerDeletion: true };
}

function ownerIdentity({ apiVersion, kind, metadata }: KubeObject): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid };
}

/** RecheckDeletionTimestamp: a controller that is being deleted adopts nothing. */
function isStillThere({ api, controller, controllerResource }: Claim): boolean {
  const fresh = api.get(controllerResource, controller.metadata.namespace, controller.metadata.name);
  return fresh?.metadata.uid === controller.metadata.uid && fresh.metadata.deletionTimestamp === undefined;
}

/** Undefined when the object no longer exists. The uid makes the patch fail for a new object of the name (422). */
function adopt({ api, controller, resource, finalizer }: Claim, { metadata }: KubeObject): KubeObject | undefined {
  // Kubernetes sends a strategic merge patch, which puts the new reference first.
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

/** Leaves labels and annotations alone; ignores that the object is gone or replaced (404, 422). */
function release({ api, controller, resource, finalizer }: Claim, { metadata }: KubeObject): void {
  const others = metadata.ownerReferences?.filter((reference) => reference.uid !== controller.metadata.uid) ?? [];
  const patch = {
    uid: metadata.uid,
    ownerReferences: others.length > 0 ? others : null,
    ...(finalizer && finalizersWithout(metadata.finalizers, finalizer)),
  };
  unlessGone(() => api.mergePatch(resource, metadata.namespace, metadata.name, { metadata: patch }));
}

function finalizersWithout(finalizers: readonly string[] | undefined, finalizer: string): object {
  const kept = finalizers?.filter((each) => each !== finalizer) ?? [];
  return { finalizers: kept.length > 0 ? kept : null };
}

/** Does nothing when the object is gone or another one has its name. */
export function removeFinalizer(api: Api, resource: Resource, { metadata }: KubeObject, finalizer: string): void {
  const { namespace, name, uid, finalizers } = metadata;
  const patch = { metadata: { uid, ...finalizersWithout(finalizers, finalizer) } };
  unlessGone(() => api.mergePatch(resource, namespace, name, patch));
}
