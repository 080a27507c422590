import { CANARY } from './marks.ts';
import { isSelected } from './membership.ts';
import type { Pod, Policy, Snapshot } from './snapshot.ts';
import { isActive, selects, type Workload } from './workload.ts';

/**
 * How many pods are meant to serve: what the workload's root asks for, and the other workloads' pods that the service
 * selects besides. `rng` with a Deployment of 4 and a DaemonSet pod on each of 2 nodes: 6. Canaries do not count.
 */
export function desiredPods(snapshot: Snapshot, workload: Workload | undefined): number {
  const root = workload?.root;
  const isOurs = (pod: Pod): boolean => {
    if (!workload) return false;
    if (pod.owner?.uid === workload.ref.uid) return true;
    // Pods of the Deployment's other ReplicaSets are part of the Deployment's own number.
    return (
      root !== undefined &&
      pod.owner?.kind === workload.ref.kind &&
      root.uid !== workload.ref.uid &&
      selects(root, pod.labels)
    );
  };
  const others = snapshot.pods.filter(
    (pod) =>
      isSelected(snapshot.service, pod.labels) && isActive(pod) && pod.labels[CANARY] === undefined && !isOurs(pod),
  );
  return (root?.desired ?? 0) + others.length;
}

/**
 * Fewest pods that must stay in rotation. A count stands as it is; a per cent is of the desired pods, rounded up.
 * Not set: the desired number less a quarter of it rounded up, but at least 1: 1 of 1, 1 of 2, 2 of 3, 3 of 4, 22 of 30.
 */
export function minimumInRotation(minReady: Policy['minReady'], desired: number): number {
  if (typeof minReady === 'number') return minReady;
  if (minReady !== undefined) return Math.ceil((desired * Number.parseInt(minReady, 10)) / 100);
  return Math.max(1, desired - Math.ceil(desired / 4));
}
