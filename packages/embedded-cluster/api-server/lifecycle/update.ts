import type { KubeObject } from '../../api/api.ts';
import { ApiError, conflict, invalid, notFound } from '../../api/api-error.ts';
import { frozen, isEqual, type Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { mutatedByPolicies } from '../admission/policies/mutate.ts';
import { admitByQuota } from '../admission/quota.ts';
import type { Cluster } from '../cluster.ts';
import type { Part } from '../part.ts';
import { keep } from '../rules/kind-rules.ts';
import { rulesOf } from '../rules.ts';
import { errorsIn, invalidValue } from '../validation/field.ts';
import { checkChangedMetadata } from '../validation/metadata.ts';
import { create, identify } from './create.ts';

/** Undefined: there is no old object, and the change creates one. */
export type Change = (old: KubeObject | undefined) => Json;

export interface UpdateOptions {
  /** The part of the object that the request may write; default: all but the status. */
  part?: Part;
  dryRun?: boolean;
  /** When a missing object is created; 'by-put': only for the kinds that a PUT creates. Default: 'never'. */
  mayCreate?: 'never' | 'by-put' | 'always';
}

/** Kinds that a PUT creates, beside those of RBAC (AllowCreateOnUpdate). */
const createdByPut = ['services', 'endpoints', 'events', 'leases', 'limitranges'];

/** Kinds that cannot be replaced without a resourceVersion (AllowUnconditionalUpdate). */
const neverUnconditional = new Set(['poddisruptionbudgets', 'leases']);

/**
 * Replaces the newest object with the one that `change` returns for it. `change` gets the stored, frozen object and
 * returns a new one. An update without a difference keeps the resourceVersion and notifies no watcher.
 */
export function update(
  cluster: Cluster,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  change: Change,
  options: UpdateOptions = {},
): { object: KubeObject; isNew: boolean } {
  const old = cluster.store.get(kind.resource, namespace, name);
  if (old === undefined) {
    const { mayCreate = 'never' } = options;
    const isCreatedByPut = createdByPut.includes(kind.resource) || kind.group === 'rbac.authorization.k8s.io';
    if (mayCreate === 'never' || (mayCreate === 'by-put' && !isCreatedByPut)) throw notFound(kind, name);
    return { object: create(cluster, kind, change(undefined), { namespace, dryRun: options.dryRun }), isNew: true };
  }
  const part = options.part ?? 'main';
  const changed = change(old);
  checkVersion(kind, changed, old);
  const object =
    part === 'main'
      ? mutatedByPolicies(cluster, { kind, object: changed, oldObject: old, isDryRun: options.dryRun })
      : changed;
  prepare(cluster, kind, object, old, part);
  const { checkNew, checkChange = checkNew, immutable = [] } = rulesOf(kind.resource);
  const causes = errorsIn(object, (field) => {
    checkChangedMetadata(field.at('metadata'), old.metadata);
    if (part === 'status') return;
    checkChange?.(field, old, part);
    for (const each of immutable) field.at(`spec.${each}`).unchangedFrom(old.spec[each]);
  });
  if (causes.length > 0) throw invalid(kind, name, causes);
  if (isEqual(object, old)) return { object: old, isNew: false };
  const countInQuotas = part === 'main' ? admitByQuota(cluster, kind, object as KubeObject, old) : undefined;
  if (options.dryRun) return { object: frozen(object), isNew: false };
  countInQuotas?.();
  const isReleased = old.metadata.deletionTimestamp !== undefined && canBeDeleted(object);
  const write = isReleased ? cluster.store.remove : cluster.store.put;
  return { object: write.call(cluster.store, kind.resource, object), isNew: false };
}

/** True when a terminating object has no finalizer and, for a pod, no kubelet to wait for. */
function canBeDeleted({ metadata, spec, kind }: Json): boolean {
  const waitsForKubelet = (metadata.deletionGracePeriodSeconds ?? 0) > 0;
  const waitsForContents = kind === 'Namespace' && (spec.finalizers ?? []).length > 0;
  return !metadata.finalizers && !waitsForKubelet && !waitsForContents;
}

function checkVersion(kind: Kind, object: Json, old: KubeObject): void {
  object.metadata ??= {};
  const version: string = object.metadata.resourceVersion ?? '';
  if (version === '' || version === '0') {
    if (!neverUnconditional.has(kind.resource)) return;
    const cause = invalidValue('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: kind.group, kind: kind.resource }, old.metadata.name, [cause]);
  }
  if (!/^\d+$/.test(version)) {
    throw new ApiError(500, '', `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`);
  }
  if (version !== old.metadata.resourceVersion) throw conflict(kind, old.metadata.name);
}

function prepare(cluster: Cluster, kind: Kind, object: Json, old: KubeObject, part: Part): void {
  identify(kind, object, old.metadata.namespace);
  const { metadata } = object;
  for (const field of ['resourceVersion', 'creationTimestamp', 'generation', 'deletionTimestamp'])
    keep(metadata, old.metadata, field);
  metadata.uid ||= old.metadata.uid;
  metadata.deletionGracePeriodSeconds ??= old.metadata.deletionGracePeriodSeconds;
  const rules = rulesOf(kind.resource);
  if (part === 'status') {
    for (const field of new Set([...Object.keys(object), ...Object.keys(old)])) {
      if (field !== 'metadata' && field !== 'status') keep(object, old, field);
    }
    rules.prepareStatus?.(object, old);
    return;
  }
  rules.defaults?.(object);
  if (kind.status) keep(object, old, 'status');
  rules.prepareChange?.(object, old, cluster, part);
  if (kind.generation && part !== 'binding' && isSpecChanged(kind, object, old))
    metadata.generation = (old.metadata.generation ?? 0) + 1;
}

function isSpecChanged(kind: Kind, object: Json, old: Json): boolean {
  if (kind.resource === 'endpointslices') {
    // An EndpointSlice has no spec: all fields and the labels count.
    const changed = ['endpoints', 'ports', 'addressType'].some((field) => !isEqual(object[field], old[field]));
    return changed || !isEqual(object.metadata.labels, old.metadata.labels);
  }
  if (!isEqual(object.spec, old.spec)) return true;
  // The Deployment controller copies annotations to its ReplicaSets, so they count as spec.
  return kind.resource === 'deployments' && !isEqual(object.metadata.annotations, old.metadata.annotations);
}
