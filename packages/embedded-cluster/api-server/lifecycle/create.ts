import type { KubeObject } from '../../api/api.ts';
import { ApiError, alreadyExists, badRequest, forbidden, invalid, notFound } from '../../api/api-error.ts';
import { frozen, type Json } from '../../api/json.ts';
import { groupVersionOf, type Kind, kindOf } from '../../api/kinds.ts';
import { timestamp } from '../../api/time.ts';
import { checkLimits } from '../admission/limit-range.ts';
import { mutatedByPolicies } from '../admission/policies/mutate.ts';
import { admitByQuota } from '../admission/quota.ts';
import type { Cluster } from '../cluster.ts';
import { randomName, randomUid } from '../generated-names.ts';
import { rulesOf } from '../rules.ts';
import { errorsIn } from '../validation/field.ts';
import { checkNewMetadata } from '../validation/metadata.ts';

export interface CreateOptions {
  /** The namespace in the URL; the object may omit its own. */
  namespace?: string | undefined;
  /** Checks everything and stores nothing. */
  dryRun?: boolean | undefined;
}

/** How many generated names are tried (registry/store.go). */
const maxNameAttempts = 8;

/** Creates the object. The caller hands it over: it is changed and then frozen. */
export function create(cluster: Cluster, kind: Kind, given: Json, options: CreateOptions = {}): KubeObject {
  prepareMetadata(kind, given, options.namespace);
  const rules = rulesOf(kind.resource);
  rules.defaults?.(given);
  const object = admitted(cluster, kind, given, options);
  const { metadata } = object;
  metadata.creationTimestamp = timestamp(cluster.now());
  if (kind.generation) metadata.generation = 1;
  const isNamed = metadata.name !== undefined;
  for (let attempt = 1; ; attempt++) {
    if (!isNamed && metadata.generateName) metadata.name = drawName(cluster, kind, metadata);
    if (isNamed || attempt === maxNameAttempts || !cluster.store.get(kind.resource, metadata.namespace, metadata.name))
      break;
  }
  metadata.uid = drawUid(cluster, kind, metadata);
  rules.prepareNew?.(object, cluster);
  const causes = errorsIn(object, (field) => {
    rules.checkNew?.(field);
    checkNewMetadata(kind, field.at('metadata'));
  });
  if (causes.length > 0) throw invalid(kind, metadata.name ?? '', causes);
  checkLimits(kind, object, cluster);
  const countInQuotas = admitByQuota(cluster, kind, object as KubeObject);
  if (cluster.store.get(kind.resource, metadata.namespace, metadata.name)) throw alreadyExists(kind, metadata.name);
  if (options.dryRun) return frozen(object);
  countInQuotas();
  return cluster.store.put(kind.resource, object);
}

/** The object as admission changes it, which sees neither a generated name nor a uid. */
function admitted(cluster: Cluster, kind: Kind, object: Json, { dryRun = false }: CreateOptions): Json {
  const namespace = admitNamespace(cluster, kind, object.metadata);
  const inTree = (changed: Json) => rulesOf(kind.resource).admitNew?.(changed, cluster);
  inTree(object);
  return mutatedByPolicies(cluster, { kind, operation: 'CREATE', object, namespace, isDryRun: dryRun }, inTree);
}

function drawName(cluster: Cluster, kind: Kind, { generateName, namespace }: Json): string {
  return randomName(generateName, cluster.stream(`name of ${kind.resource} ${namespace}/${generateName}`));
}

function drawUid(cluster: Cluster, { resource }: Kind, { generateName, name, namespace }: Json): string {
  // Each Event has a unique name, and a stream for each would pile up.
  const chance =
    resource === 'events' ? cluster.random : cluster.stream(`uid of ${resource} ${namespace}/${generateName ?? name}`);
  return randomUid(chance);
}

function prepareMetadata(kind: Kind, object: Json, namespace: string | undefined): void {
  object.apiVersion = groupVersionOf(kind);
  object.kind = kind.kind;
  object.metadata ??= {};
  const { metadata } = object;
  if (metadata.resourceVersion) {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  }
  if (!kind.namespaced) {
    delete metadata.namespace;
  } else if (namespace !== undefined) {
    if (metadata.namespace && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    metadata.namespace = namespace;
  }
  // Clients may not set these fields (rest/create.go, rest/meta.go).
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'selfLink', 'generation']) {
    delete metadata[field];
  }
  if (metadata.name === '') delete metadata.name;
  delete metadata.creationTimestamp;
  delete metadata.uid;
}

function admitNamespace(cluster: Cluster, kind: Kind, metadata: Json): KubeObject | undefined {
  if (!kind.namespaced || !metadata.namespace) return undefined;
  const namespace = cluster.store.get('namespaces', undefined, metadata.namespace);
  if (namespace === undefined) throw notFound(kindOf('namespaces'), metadata.namespace);
  if (namespace.metadata.deletionTimestamp === undefined) return namespace;
  const why = `unable to create new content in namespace ${metadata.namespace} because it is being terminated`;
  const message = `namespace ${metadata.namespace} is being terminated`;
  const cause = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
  throw forbidden(kind, metadata.name ?? '', why, [cause]);
}
