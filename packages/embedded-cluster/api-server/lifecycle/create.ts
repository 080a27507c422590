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
  if (given.metadata?.resourceVersion)
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
  identify(kind, given, options.namespace);
  // Clients may not set these fields (rest/create.go, rest/meta.go).
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'creationTimestamp', 'uid'])
    delete given.metadata[field];
  if (given.metadata.name === '') delete given.metadata.name;
  const rules = rulesOf(kind.resource);
  rules.defaults?.(given);
  checkNamespace(cluster, kind, given.metadata);
  const admitInTree = (object: Json) => rules.admitNew?.(object, cluster);
  admitInTree(given);
  // Admission sees neither a generated name nor a uid.
  const object = mutatedByPolicies(cluster, { kind, object: given, isDryRun: options.dryRun }, admitInTree);
  const { metadata } = object;
  metadata.creationTimestamp = timestamp(cluster.now());
  if (kind.generation) metadata.generation = 1;
  if (metadata.name === undefined && metadata.generateName) metadata.name = generatedName(cluster, kind, metadata);
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

function generatedName({ store, stream }: Cluster, { resource }: Kind, { generateName, namespace }: Json): string {
  const chance = stream(`name of ${resource} ${namespace}/${generateName}`);
  let name = randomName(generateName, chance);
  for (let attempt = 1; attempt < maxNameAttempts && store.get(resource, namespace, name); attempt++)
    name = randomName(generateName, chance);
  return name;
}

function drawUid(cluster: Cluster, { resource }: Kind, { generateName, name, namespace }: Json): string {
  // Each Event has a unique name, and a stream for each would pile up.
  const chance =
    resource === 'events' ? cluster.random : cluster.stream(`uid of ${resource} ${namespace}/${generateName ?? name}`);
  return randomUid(chance);
}

/** Sets the kind and the namespace of the request's path, and drops fields that the server does not store. */
export function identify(kind: Kind, object: Json, namespace: string | undefined): void {
  object.apiVersion = groupVersionOf(kind);
  object.kind = kind.kind;
  object.metadata ??= {};
  const { metadata } = object;
  delete metadata.managedFields;
  delete metadata.selfLink;
  if (!kind.namespaced) delete metadata.namespace;
  else if (namespace !== undefined) {
    if (metadata.namespace && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    metadata.namespace = namespace;
  }
}

function checkNamespace({ store }: Cluster, kind: Kind, { name, namespace }: Json): void {
  if (!kind.namespaced || !namespace) return;
  const found = store.get('namespaces', undefined, namespace);
  if (found === undefined) throw notFound(kindOf('namespaces'), namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const message = `namespace ${namespace} is being terminated`;
  const cause = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(kind, name ?? '', why, [cause]);
}
