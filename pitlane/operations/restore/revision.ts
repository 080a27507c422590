import type { Check } from '../../rotation/plan.ts';
import { type Checker, refusal, warning } from '../../rotation/safety.ts';
import type { Controller } from '../../rotation/snapshot.ts';
import { nameOf, ordinalOf } from '../../rotation/workload.ts';
import { finishIt, type RestoreView } from './view.ts';

/** An old ReplicaSet is scaled to zero; a DaemonSet first deletes the younger pod of the node and then the outdated one (daemon/update.go, rollingUpdate). */
export const checkRevision: Checker<RestoreView> = (view) => {
  const { pod, workload } = view;
  const { owner, root } = workload ?? {};
  if (!owner || owner.desired === 0 || !view.isAdopted) return undefined;
  if (owner.kind === 'ReplicaSet' && root?.kind === 'Deployment') {
    const hash = owner.templateLabels?.['pod-template-hash'];
    if (root.currentHash === undefined || hash === undefined || root.currentHash === hash) return undefined;
    return refusal(
      'OldRevision',
      `${pod.name} has an old revision (${nameOf(owner)}). ${nameOf(root)} would delete it.`,
      finishIt(view),
    );
  }
  if (owner.kind === 'StatefulSet') return checkStatefulSetRevision(owner, view);
  if (owner.kind !== 'DaemonSet') return undefined;
  const isCurrent =
    (owner.currentHash !== undefined && pod.labels['controller-revision-hash'] === owner.currentHash) ||
    (owner.templateGeneration !== undefined && pod.labels['pod-template-generation'] === owner.templateGeneration);
  const isUnknown = owner.currentHash === undefined && owner.templateGeneration === undefined;
  if (isCurrent || isUnknown) return undefined;
  if (owner.update?.type === 'OnDelete')
    return warning(
      'OldRevision',
      `${pod.name} has an old revision of ${nameOf(owner)}, and replaces the newer pod until it is deleted.`,
    );
  // With surge a node has one pod of each revision, and keeps the newer one where it is available (podsShouldBeOnNode).
  const how = owner.update?.hasSurge
    ? 'would delete it and keep the newer pod of its node'
    : 'would delete the newer pod of its node, and then this one';
  return refusal('OldRevision', `${pod.name} has an old revision of ${nameOf(owner)}, which ${how}.`, finishIt(view));
};

/** A StatefulSet deletes and recreates a pod of an old revision (stateful_set_control.go, updateStatefulSet). */
function checkStatefulSetRevision(owner: Controller, view: RestoreView): Check | undefined {
  const { pod } = view;
  const hash = pod.labels['controller-revision-hash'];
  const isCurrent = owner.currentHash === undefined || hash === undefined || hash === owner.currentHash;
  if (isCurrent || ordinalOf(pod) < (owner.update?.partition ?? 0)) return undefined;
  if (owner.update?.type === 'OnDelete')
    return warning(
      'OldRevision',
      `${pod.name} has an old revision of ${nameOf(owner)}, and keeps it until it is deleted.`,
    );
  return refusal(
    'OldRevision',
    `${pod.name} has an old revision of ${nameOf(owner)}, which would delete and recreate it.`,
    finishIt(view),
  );
}
