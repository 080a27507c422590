import type { DeleteOptions, KubeObject } from '../../api/api.ts';
import { conflict, forbidden, notFound } from '../../api/api-error.ts';
import { copyOf, isEqual, type Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import type { Cluster } from '../cluster.ts';

/** The object while a finalizer or kubelet holds it, else its last state. */
export interface Deleted {
  object: KubeObject;
  isGone: boolean;
}

const undeletable = new Set(['default', 'kube-system', 'kube-public']);

/** The finalizers that the garbage collector handles, by propagation policy; Background, the default, needs none. */
const finalizerOf: Readonly<Record<string, string>> = { Orphan: 'orphan', Foreground: 'foregroundDeletion' };

export function remove(
  cluster: Cluster,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions & { dryRun?: boolean | undefined } = {},
): Deleted {
  if (kind.resource === 'namespaces' && undeletable.has(name)) {
    throw forbidden(kind, name, 'this namespace may not be deleted');
  }
  const old = cluster.store.get(kind.resource, namespace, name);
  if (old === undefined) throw notFound(kind, name);
  checkPreconditions(kind, old, options);
  const object = copyOf(old) as Json;
  const grace = kind.resource === 'pods' ? markGracefully(cluster, object, options.gracePeriodSeconds) : 'none';
  if (grace === 'pending') return { object: old, isGone: false };
  setFinalizers(object, options);
  if (kind.resource === 'namespaces') object.status = { ...object.status, phase: 'Terminating' };
  const isHeld = object.metadata.finalizers !== undefined || (object.spec?.finalizers ?? []).length > 0;
  if (isHeld) mark(cluster, object, kind.resource === 'namespaces' ? undefined : 0);
  const isGone = grace !== 'waiting' && !isHeld;
  if (options.dryRun) return { object: old, isGone };
  if (!isGone) return { object: isEqual(object, old) ? old : cluster.store.put(kind.resource, object), isGone };
  if (grace === 'over') {
    // Watchers see the marked pod before its deletion; a listener may have deleted it already.
    const marked = isEqual(object, old) ? old : cluster.store.put(kind.resource, object);
    if (cluster.store.get(kind.resource, namespace, name)?.metadata.uid !== old.metadata.uid)
      return { object: marked, isGone };
  }
  return { object: cluster.store.remove(kind.resource, object), isGone };
}

function checkPreconditions(kind: Kind, { metadata }: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
  const check = (field: string, wanted: string | undefined, actual: string, cause: string) => {
    if (wanted === undefined || wanted === actual) return;
    const why = `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${actual})`;
    // Kubernetes names the kind here, not the resource.
    const named = { group: kind.group, resource: kind.kind };
    throw conflict(named, metadata.name, `${why}. The object might have been ${cause}`);
  };
  check('UID', uid, metadata.uid, 'deleted and then recreated');
  check('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
}

function setFinalizers({ metadata }: Json, { propagationPolicy }: DeleteOptions): void {
  if (propagationPolicy === undefined) return;
  const { [propagationPolicy]: wanted } = finalizerOf;
  const others = (metadata.finalizers ?? []).filter((each: string) => !Object.values(finalizerOf).includes(each));
  metadata.finalizers = wanted === undefined ? others : [...others, wanted];
  if (metadata.finalizers.length === 0) delete metadata.finalizers;
}

/**
 * Marks a pod for its kubelet to stop (rest/delete.go, BeforeDelete). 'waiting': the kubelet must finish first;
 * 'pending': it is terminating and the request does not shorten that; 'over': no kubelet has to finish; 'none': the
 * grace period was 0 before.
 */
function markGracefully(
  cluster: Cluster,
  pod: Json,
  asked: number | undefined,
): 'waiting' | 'pending' | 'over' | 'none' {
  const { metadata, spec, status } = pod;
  const wanted = asked !== undefined && asked < 0 ? 1 : asked;
  if (metadata.deletionTimestamp) {
    const under: number = metadata.deletionGracePeriodSeconds ?? 0;
    if (under === 0) return 'none';
    // A grace period can only be shortened.
    if (wanted === undefined || wanted >= under) return 'pending';
    const ends = Date.parse(metadata.deletionTimestamp) - (under - wanted) * 1_000;
    const isPast = ends < cluster.now();
    metadata.deletionTimestamp = timestamp(isPast ? cluster.now() : ends);
    metadata.deletionGracePeriodSeconds = isPast && wanted !== 0 ? 1 : wanted;
  } else {
    const hasNothingToStop = !spec.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed';
    mark(cluster, pod, hasNothingToStop ? 0 : (wanted ?? spec.terminationGracePeriodSeconds ?? 0));
  }
  return metadata.deletionGracePeriodSeconds > 0 ? 'waiting' : 'over';
}

/** Without seconds: the object has no grace period. */
function mark(cluster: Cluster, { metadata }: Json, seconds: number | undefined): void {
  if (metadata.deletionTimestamp) return;
  metadata.deletionTimestamp = timestamp(cluster.now() + (seconds ?? 0) * 1_000);
  if (seconds !== undefined) metadata.deletionGracePeriodSeconds = seconds;
  if (metadata.generation !== undefined) metadata.generation += 1;
}
