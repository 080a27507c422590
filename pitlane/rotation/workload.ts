import { upTo } from '../text/words.ts';
import { objectRefOf } from './plan.ts';
import { matches, selectorOfLabelSelector } from './selector.ts';
import type { Controller, ObjectRef, Pod, Snapshot } from './snapshot.ts';

/** The owner of a pod: the controller that replaces it, and the root that people deploy. */
export interface Workload {
  /** As the pod names it; present even when the object itself was not read. */
  readonly ref: ObjectRef;
  /** The direct owner; absent: it is gone, or of a kind that Pitlane does not read. */
  readonly owner?: Controller;
  /** The top of the chain of Kubernetes' own kinds; the owner itself when nothing owns it. Absent: its number of pods is unknown. */
  readonly root?: Controller;
}

/** The workload of the pod's owner; undefined for a bare pod. */
export function workloadOf(snapshot: Snapshot, ref: ObjectRef | undefined): Workload | undefined {
  if (!ref) return undefined;
  const owner = controllerOf(snapshot, ref);
  let root = owner;
  // An operator's object above a Deployment has no pods of its own, and its `replicas`, if any, can mean anything.
  // An owner chain has two or three links; the limit ends a circular one.
  for (let hops = 0; root?.owner && isBuiltIn(root.owner) && hops < 5; hops += 1)
    root = controllerOf(snapshot, root.owner) ?? root;
  return { ref, owner, root: root?.isUncounted ? undefined : root };
}

/** The workload that owned a drained pod. An owner that was made anew under the same name takes its place. */
export function formerWorkloadOf(snapshot: Snapshot, ref: ObjectRef | undefined): Workload | undefined {
  const heir = ref && controllerOf(snapshot, ref) === undefined ? heirOf(snapshot.controllers, ref) : undefined;
  return workloadOf(snapshot, heir === undefined ? ref : objectRefOf(heir));
}

/**
 * The controller that was made anew under the name of one that is gone: it adopts by its selector alone
 * (controller_ref_manager.go, ClaimObject). A new Job selects by its own uid.
 */
function heirOf(controllers: readonly Controller[], ref: ObjectRef): Controller | undefined {
  return controllers.find(
    ({ kind, name, apiVersion }) =>
      [...ADOPTING, 'StatefulSet'].includes(kind) &&
      isBuiltIn({ kind, name, apiVersion, uid: '' }) &&
      kind === ref.kind &&
      name === ref.name &&
      (ref.apiVersion ?? apiVersion) === apiVersion,
  );
}

function controllerOf(snapshot: Snapshot, ref: ObjectRef): Controller | undefined {
  return snapshot.controllers.find(({ uid }) => uid === ref.uid);
}

const BUILT_IN: Readonly<Record<string, string>> = {
  ReplicaSet: 'apps/v1',
  Deployment: 'apps/v1',
  DaemonSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  ReplicationController: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};

/** Kubernetes' own controllers act on the object. Other operators have kinds of the same names. */
export function isBuiltIn({ kind, apiVersion }: ObjectRef): boolean {
  return Object.hasOwn(BUILT_IN, kind) && (apiVersion === undefined || apiVersion === BUILT_IN[kind]);
}

/** Kinds whose controllers start another pod under another name as soon as one is released. */
export const REPLACING = ['ReplicaSet', 'ReplicationController', 'DaemonSet'];

export function isReplacing(ref: ObjectRef): boolean {
  return isBuiltIn(ref) && REPLACING.includes(ref.kind);
}

/** `ReplicaSet rng-5f69c6b7d8`, as people read it. The API server limits the length of neither in an owner reference. */
export function nameOf({ kind, name }: ObjectRef): string {
  return `${upTo(63, kind)} ${upTo(253, name)}`;
}

/** Neither finished nor terminating: controllers claim and count it (controller_utils.go, FilterActivePods). */
export function isActive(pod: Pod): boolean {
  return pod.deletedAt === undefined && !isFinished(pod);
}

export function isFinished(pod: Pod): boolean {
  return pod.detail ? pod.detail.phase === 'Succeeded' || pod.detail.phase === 'Failed' : pod.hasEnded === true;
}

/** The number at the end of the name of a StatefulSet's pod; NaN: it has none. */
export function ordinalOf({ name }: Pod): number {
  return Number(/-(\d+)$/.exec(name)?.[1]);
}

/** The node that the pod is on, or that a pending pod of a DaemonSet is meant for. */
export function nodeOf({ nodeName, meantForNode }: Pod): string | undefined {
  return nodeName ?? meantForNode;
}

/** Its controller deletes surplus pods by their deletion cost. */
export function usesDeletionCost(owner: ObjectRef | undefined): boolean {
  return owner?.kind === 'ReplicaSet' || owner?.kind === 'ReplicationController';
}

/** The owner's active pods (where `nodeName` is given, only those on that node or meant for it). */
export function ownedPods(snapshot: Snapshot, owner: ObjectRef, nodeName?: string): readonly Pod[] {
  return snapshot.pods.filter(
    (pod) => pod.owner?.uid === owner.uid && isActive(pod) && (nodeName === undefined || nodeOf(pod) === nodeName),
  );
}

/**
 * The workload's root wants the pod: it is the owner's, or of another ReplicaSet of the same Deployment. No pods count of
 * an owner that was not read, because the number that it wants is unknown.
 */
export function isOfWorkload({ controllers }: Snapshot, workload: Workload | undefined, pod: Pod): boolean {
  const { root, ref } = workload ?? {};
  if (root === undefined || ref === undefined || pod.owner === undefined) return false;
  if (pod.owner.uid === ref.uid) return true;
  if (pod.owner.kind !== ref.kind || root.uid === ref.uid) return false;
  const owner = controllers.find(({ uid }) => uid === pod.owner?.uid);
  return owner ? owner.owner?.uid === root.uid : selects(root, pod.labels);
}

/** Kinds that adopt a pod by labels alone; a StatefulSet also needs the name, a Job its own uid. */
const ADOPTING = ['ReplicaSet', 'ReplicationController', 'DaemonSet'];

/** The controllers, besides the given one, that adopt any pod that they select and that has no owner. */
export function adoptersBesides({ controllers }: Snapshot, owner: ObjectRef | undefined): readonly Controller[] {
  return controllers.filter(
    (controller) =>
      controller.uid !== owner?.uid && ADOPTING.includes(controller.kind) && controller.deletedAt === undefined,
  );
}

/** The controller's selector matches the labels. A controller without a selector selects nothing. */
export function selects(controller: Controller, labels: Pod['labels']): boolean {
  return controller.selector !== undefined && matches(selectorOfLabelSelector(controller.selector), labels);
}
