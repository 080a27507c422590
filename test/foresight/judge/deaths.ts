import type { KubeObject } from '@pitlane/embedded-cluster/api';
import type { Played } from '../play.ts';
import { find, isLeaving, ownerOf, rootOf, type Scene, uidOf } from '../scene.ts';

/** The pods that were deleted. */
export function deaths({ before, after }: Played): readonly KubeObject[] {
  return before.objects.pods.filter((pod) => {
    const later = find(after, 'pods', uidOf(pod));
    return !isLeaving(pod) && (later === undefined || isLeaving(later));
  });
}

/**
 * Those that a plan can foretell: not what the scheduler ends for a pod of higher priority that was waiting already, no pod
 * that was waiting and goes again for a new one of higher priority, and no pod of a rollout, which goes on once there is room.
 */
export function foreseeableDeaths(story: Played): readonly KubeObject[] {
  const { before } = story;
  const priorityOf = ({ spec }: KubeObject): number => spec.priority ?? 0;
  const waiting = before.everyPod.filter(({ spec }) => spec.nodeName === undefined).map(priorityOf);
  const born = births(story).map(priorityOf);
  const isPassedBy = (pod: KubeObject): boolean =>
    pod.spec.nodeName === undefined && born.some((priority) => priority > priorityOf(pod));
  return deaths(story).filter(
    (pod) => !isPassedBy(pod) && !waiting.some((priority) => priority > priorityOf(pod)) && !isRolledOut(before, pod),
  );
}

/** Its workload has pods of two revisions. */
function isRolledOut(before: Scene, pod: KubeObject): boolean {
  const root = rootOf(before, ownerOf(pod));
  if (root?.kind === 'DaemonSet') return root.status?.updatedNumberScheduled < root.status?.desiredNumberScheduled;
  if (root?.kind === 'StatefulSet') return root.status?.currentRevision !== root.status?.updateRevision;
  const sets = before.objects.replicasets.filter((set) => ownerOf(set)?.uid === root?.metadata.uid);
  return root?.kind === 'Deployment' && sets.filter(({ spec }) => spec.replicas > 0).length > 1;
}

/** The pods that were created. */
export function births({ before, after }: Played): readonly KubeObject[] {
  return after.objects.pods.filter((pod) => find(before, 'pods', uidOf(pod)) === undefined);
}
