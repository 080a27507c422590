import { changed } from './json-patch.ts';
import { isPodReady, isSelected } from './membership.ts';
import type { PatchOperation, Plan } from './plan.ts';
import { writesOf } from './plan.ts';
import type { Endpoint, Labels, Pod, Snapshot } from './snapshot.ts';
import { selects } from './workload.ts';

/**
 * The snapshot as it would be right after the plan's writes on pods: labels and annotations changed, pods deleted, what
 * the service and the owners then select. Nothing that controllers do in answer is foreseen, but that they release a pod.
 * For planning the next pod of the same operation.
 */
export function foresee(snapshot: Snapshot, plan: Plan): Snapshot {
  return writesOf(plan).reduce((seen, write) => {
    if (write.kind === 'delete') return withoutPods(seen, [write.target.uid]);
    if (write.kind !== 'patch') return seen;
    return withPod(seen, write.target.uid, (pod) => patched(pod, write.patch));
  }, snapshot);
}

export function withoutPods(snapshot: Snapshot, uids: readonly string[]): Snapshot {
  const isThere = ({ uid }: { readonly uid: string }) => !uids.includes(uid);
  return {
    ...snapshot,
    pods: snapshot.pods.filter(isThere),
    targets: snapshot.targets.filter(isThere),
    endpoints: snapshot.endpoints.filter(({ pod }) => pod === undefined || isThere(pod)),
  };
}

/** With the pod changed, or added, and listed where the service then selects it. */
export function withPod(snapshot: Snapshot, uid: string, change: (pod: Pod) => Pod): Snapshot {
  const place = <P extends Pod>(pod: P): P => (pod.uid === uid ? (released(snapshot, change(pod)) as P) : pod);
  const pods = snapshot.pods.map(place);
  const pod = pods.find((each) => each.uid === uid);
  if (pod === undefined) return snapshot;
  const others = snapshot.endpoints.filter((endpoint) => endpoint.pod?.uid !== uid);
  const own = snapshot.endpoints.filter((endpoint) => endpoint.pod?.uid === uid);
  const isListed = isSelected(snapshot.service, pod.labels);
  return {
    ...snapshot,
    pods,
    targets: snapshot.targets.map(place),
    endpoints: isListed ? [...others, ...(own.length > 0 ? own : [endpointOf(pod)])] : others,
  };
}

export function endpointOf(pod: Pod): Endpoint {
  const isReady = isPodReady(pod, new Set());
  return {
    pod: { name: pod.name, uid: pod.uid },
    addresses: [],
    ...(pod.nodeName !== undefined && { nodeName: pod.nodeName }),
    isReady,
    isServing: isReady,
    isTerminating: false,
  };
}

/** An owner releases what it no longer selects (controller_ref_manager.go, ClaimObject). */
function released({ controllers }: Snapshot, pod: Pod): Pod {
  const owner = controllers.find(({ uid }) => uid === pod.owner?.uid);
  if (owner?.selector === undefined || selects(owner, pod.labels)) return pod;
  const { owner: _, ...free } = pod;
  return free;
}

/** The pod's labels and annotations after the patch; the plan's own patches touch nothing else. */
function patched(pod: Pod, patch: readonly PatchOperation[]): Pod {
  const apply = (field: 'labels' | 'annotations'): Labels => {
    const root = `/metadata/${field}`;
    return patch.reduce<Labels>((values, operation) => {
      const { op, path } = operation;
      if (op === 'test' || !path.startsWith(root)) return values;
      if (path === root) return 'value' in operation ? (operation.value as Labels) : {};
      const key = path
        .slice(root.length + 1)
        .replaceAll('~1', '/')
        .replaceAll('~0', '~');
      return changed(values, { [key]: 'value' in operation ? String(operation.value) : null });
    }, pod[field]);
  };
  return { ...pod, labels: apply('labels'), annotations: apply('annotations') };
}
