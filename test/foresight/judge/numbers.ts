import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { SERVICE } from '../case.ts';
import type { Story } from '../play.ts';
import {
  annotationsOf,
  controllerOf,
  inRotation,
  isActive,
  labelsOf,
  nameOf,
  ownerOf,
  rootOf,
  type Scene,
  serviceSelects,
  uidOf,
} from '../scene.ts';

/** The desired pods: those of the workload's root, and others that the service selects. */
export function desiredPods({ before, pod }: Story): number {
  const service = before.objects.services.find((object) => nameOf(object) === SERVICE);
  const root = rootOf(before, ownerOf(pod));
  const others = before.objects.pods.filter((other) => {
    const isSelected = service !== undefined && serviceSelects(service, labelsOf(other));
    const isSame = root !== undefined && rootOf(before, ownerOf(other)) === root;
    return isSelected && isActive(other) && !isSame;
  });
  return (root === undefined ? 0 : wantedBy(root)) + others.length + unreplaced(before, root);
}

/** Pods drained before, of other workloads, that no controller has replaced: the service still lacks them. */
function unreplaced(before: Scene, root: KubeObject | undefined): number {
  const drained = before.objects.pods.filter(
    (pod) => isActive(pod) && labelsOf(pod)['pitlane.dev/drained-from'] === SERVICE,
  );
  const ownerUid = (pod: KubeObject) =>
    (JSON.parse(annotationsOf(pod)['pitlane.dev/drain'] ?? '{}') as { owner?: { uid: string } }).owner?.uid;
  return [...Map.groupBy(drained, ownerUid)].reduce((sum, [uid, { length }]) => {
    if (uid === undefined) return sum + length;
    const owner = controllerOf(before, { uid });
    if (owner === undefined || rootOf(before, { uid }) === root) return sum;
    const owned = before.objects.pods.filter((pod) => isActive(pod) && ownerOf(pod)?.uid === uid).length;
    return sum + Math.min(length, Math.max(0, wantedBy(owner) - owned));
  }, 0);
}

/** The number of pods that a controller wants. */
function wantedBy({
  kind,
  spec,
  status,
}: {
  kind: string;
  spec?: Record<string, number>;
  status?: Record<string, number>;
}): number {
  if (kind === 'DaemonSet') return status?.desiredNumberScheduled ?? 0;
  if (kind === 'Job')
    return Math.max(
      0,
      Math.min(spec?.parallelism ?? 1, (spec?.completions ?? Number.POSITIVE_INFINITY) - (status?.succeeded ?? 0)),
    );
  return spec?.replicas ?? 1;
}

/** The minimum of pods in rotation. */
export function minimum({ policy }: Story, desired: number): number {
  const { minReady } = policy;
  if (typeof minReady === 'number') return minReady;
  if (minReady !== undefined) return Math.ceil((desired * Number.parseFloat(minReady)) / 100);
  return Math.max(1, desired - Math.ceil(desired / 4));
}

export function rotationOf(scene: Scene): number {
  return inRotation(scene, SERVICE).length;
}

export function isInRotation(scene: Scene, pod: { metadata: { uid: string } }): boolean {
  return inRotation(scene, SERVICE).some((other) => uidOf(other) === pod.metadata.uid);
}
