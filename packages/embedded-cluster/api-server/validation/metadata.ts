import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { forbiddenField, invalidValue, required, tooLong } from './field-error.ts';
import { dnsLabelErrors, labelValueErrors, pathSegmentErrors, qualifiedNameErrors, subdomainErrors } from './text.ts';

type NameRule = (name: string) => string[];

const anyName: NameRule = () => [];

/** Kinds whose names are not DNS subdomains. Services have their own rule (service.ts). */
const nameRules: Record<string, NameRule> = {
  namespaces: dnsLabelErrors,
  services: anyName,
  roles: anyName,
  rolebindings: anyName,
  clusterroles: anyName,
  clusterrolebindings: anyName,
  controllerrevisions: subdomainErrors,
};

const path = 'metadata';

export function newMetadataErrors(kind: Kind, metadata: Json): Cause[] {
  const causes: Cause[] = [];
  const rule = nameRules[kind.resource] ?? subdomainErrors;
  // A prefix may end with a dash: the suffix follows it.
  for (const error of metadata.generateName ? rule(metadata.generateName.replace(/-$/, 'a')) : []) {
    causes.push(invalidValue(`${path}.generateName`, metadata.generateName, error));
  }
  if (!metadata.name) {
    causes.push(required(`${path}.name`, 'name or generateName is required'));
  } else {
    for (const error of [...rule(metadata.name), ...pathSegmentErrors(metadata.name)]) {
      causes.push(invalidValue(`${path}.name`, metadata.name, error));
    }
  }
  for (const finalizer of metadata.finalizers ?? []) {
    for (const error of qualifiedNameErrors(finalizer))
      causes.push(invalidValue(`${path}.finalizers`, finalizer, error));
  }
  return [...causes, ...commonErrors(metadata)];
}

const immutable = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

export function changedMetadataErrors(metadata: Json, old: KubeObject['metadata']): Cause[] {
  const causes: Cause[] = [];
  if (old.deletionTimestamp) {
    const added = (metadata.finalizers ?? [])
      .filter((finalizer: string) => !old.finalizers?.includes(finalizer))
      .sort();
    if (added.length > 0) {
      const listed = added.map((finalizer: string) => JSON.stringify(finalizer)).join(', ');
      const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${listed}}`;
      causes.push(forbiddenField(`${path}.finalizers`, why));
    }
  }
  for (const field of immutable) {
    if (isEqual(metadata[field], old[field as keyof typeof old])) continue;
    causes.push(invalidValue(`${path}.${field}`, metadata[field], 'field is immutable'));
  }
  return [...causes, ...commonErrors(metadata)];
}

function commonErrors(metadata: Json): Cause[] {
  return [
    ...labelErrors(metadata.labels, `${path}.labels`),
    ...annotationErrors(metadata.annotations, `${path}.annotations`),
    ...ownerErrors(metadata.ownerReferences ?? [], `${path}.ownerReferences`),
  ];
}

export function labelErrors(labels: Record<string, string> | undefined, at: string): Cause[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((error) => invalidValue(at, key, error)),
    ...labelValueErrors(value).map((error) => invalidValue(at, value, error)),
  ]);
}

const maxAnnotationBytes = 256 * 1024;

export function annotationErrors(annotations: Record<string, string> | undefined, at: string): Cause[] {
  const causes: Cause[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    for (const error of qualifiedNameErrors(key.toLowerCase())) causes.push(invalidValue(at, key, error));
  }
  if (bytes > maxAnnotationBytes) causes.push(tooLong(at, maxAnnotationBytes));
  return causes;
}

function ownerErrors(owners: Json[], at: string): Cause[] {
  const causes: Cause[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    if (!owner.apiVersion)
      causes.push(invalidValue(`${at}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
    for (const field of ['kind', 'name', 'uid']) {
      if (!owner[field]) causes.push(invalidValue(`${at}.${field}`, owner[field] ?? '', 'must not be empty'));
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      causes.push(invalidValue(at, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) continue;
    const named = `${owner.kind}/${owner.name}`;
    if (controller === undefined) {
      controller = named;
    } else {
      const why = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${named}`;
      causes.push(invalidValue(at, owners, why));
    }
  }
  return causes;
}
