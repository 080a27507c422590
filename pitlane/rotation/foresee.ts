import { isPodReady, isSelected } from './membership.ts';
import { changedPod, metadataIn } from './patch.ts';
import { type Plan, writesOf } from './plan.ts';
import { type ReplacementCondition, replacementPods } from './proof.ts';
import type { Controller, Endpoint, Pod, Snapshot } from './snapshot.ts';
import { selects } from './workload.ts';

/**
 * The snapshot right after the plan's writes on pods: labels and annotations changed, pods deleted, and what the service
 * and the owners then select. Controllers have only released pods so far. For planning the next pod of the same
 * operation.
 */
export function foresee(snapshot: Snapshot, plan: Pick<Plan, 'phases'>): Snapshot {
  return writesOf(plan).reduce((seen, write) => {
    if (write.kind === 'delete') return withoutPods(seen, [write.target.uid]);
    if (write.kind !== 'patch') return seen;
    return withPod(seen, write.target.uid, (pod) => changedPod(pod, metadataIn(write.patch)));
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

/** Changes the pod. It is released where its owner no longer selects it, and listed where the service selects it. */
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
    endpoints: isListed ? [...others, ...(own.length > 0 ? own : [endpointOf(snapshot, pod)])] : others,
  };
}

/** The snapshot with the replacements in rotation: those that exist become ready, and the others are added. */
export function withReplacements(snapshot: Snapshot, condition: ReplacementCondition): Snapshot {
  const { owned, desired } = replacementPods(condition, snapshot);
  const owner = snapshot.controllers.find(({ uid }) => uid === condition.owner.uid);
  const missing = Math.max(0, desired - owned.length);
  const created = condition.pods
    .slice(0, missing)
    .flatMap((ref) => snapshot.pods.find(({ uid }) => uid === ref.uid) ?? [])
    .map((pod) => replacementOf(snapshot, pod, condition, owner));
  const ready = owned.slice(0, condition.pods.length - created.length).map(asReady);
  const changed = new Map([...created, ...ready].map((pod) => [pod.uid, pod]));
  const listed = [...changed.values()].filter(({ labels }) => isSelected(snapshot.service, labels));
  return {
    ...snapshot,
    pods: [...snapshot.pods.map((pod) => changed.get(pod.uid) ?? pod), ...created],
    endpoints: [
      ...snapshot.endpoints.filter(({ pod }) => pod === undefined || !changed.has(pod.uid)),
      ...listed.map((pod) => endpointOf(snapshot, pod)),
    ],
    bystanders: listedByOthers(snapshot, [...changed.values()]),
  };
}

/** Other Services list the pods that they select. */
function listedByOthers({ bystanders }: Snapshot, pods: readonly Pod[]): Snapshot['bystanders'] {
  if (bystanders.kind === 'notSeen') return bystanders;
  const services = bystanders.value.services.map((other) => {
    if (other.rotation === undefined) return other;
    const { service, endpoints } = other.rotation;
    const listed = pods.filter(({ labels }) => isSelected(service, labels)).map((pod) => endpointOf({ service }, pod));
    return { ...other, rotation: { ...other.rotation, endpoints: [...endpoints, ...listed] } };
  });
  return { kind: 'seen', value: { ...bystanders.value, services } };
}

/** A DaemonSet's replacement goes to the same node. */
function replacementOf(
  { at }: Snapshot,
  pod: Pod,
  { owner, nodeName }: ReplacementCondition,
  controller: Controller | undefined,
): Pod {
  const { nodeName: _, meantForNode: __, hasEnded: ___, ...like } = pod;
  return asReady({
    ...like,
    name: `replacement of ${pod.name}`,
    uid: `replacement of ${pod.uid}`,
    labels: controller?.templateLabels ?? pod.labels,
    annotations: {},
    owner,
    createdAt: at,
    nodeName,
    restarts: 0,
  });
}

function asReady(pod: Pod): Pod {
  return {
    ...pod,
    status: 'Running',
    containers: { ready: pod.containers.total, total: pod.containers.total },
    ...(pod.detail && { detail: { ...pod.detail, phase: 'Running', isReady: true } }),
  };
}

function endpointOf({ service }: Pick<Snapshot, 'service'>, pod: Pod): Endpoint {
  const isServing = isPodReady(pod, new Set());
  return {
    pod: { name: pod.name, uid: pod.uid },
    addresses: [],
    nodeName: pod.nodeName,
    isReady: isServing || service.publishNotReadyAddresses,
    isServing,
    isTerminating: false,
    slice: { name: `one of ${service.name}` },
  };
}

/** An owner releases what it no longer selects (controller_ref_manager.go, ClaimObject). */
function released({ controllers }: Snapshot, pod: Pod): Pod {
  const owner = controllers.find(({ uid }) => uid === pod.owner?.uid);
  if (owner?.selector === undefined || selects(owner, pod.labels)) return pod;
  const { owner: _, ...free } = pod;
  return free;
}
