import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { Field } from './field.ts';
import { dnsLabelErrors, labelValueErrors, pathSegmentErrors, qualifiedNameErrors, subdomainErrors } from './text.ts';

const anyName = () => [];

/** Kinds whose names are not DNS subdomains. Services have their own rule (service.ts). */
const nameRules: Record<string, (name: string) => string[]> = {
  namespaces: dnsLabelErrors,
  services: anyName,
  roles: anyName,
  rolebindings: anyName,
  clusterroles: anyName,
  clusterrolebindings: anyName,
};

export function newMetadataErrors(kind: Kind, given: Json): Cause[] {
  const metadata = new Field(given, 'metadata');
  const rule = nameRules[kind.resource] ?? subdomainErrors;
  const finalizers: string[] = given.finalizers ?? [];
  return [
    // A prefix may end with a dash: the suffix follows it.
    ...metadata.at('generateName').follows((prefix) => rule(prefix.replace(/-$/, 'a'))),
    ...metadata.at('name').given('name or generateName is required'),
    ...metadata.at('name').follows((name) => [...rule(name), ...pathSegmentErrors(name)]),
    ...finalizers.flatMap((finalizer) => metadata.at('finalizers').follows(qualifiedNameErrors, finalizer)),
    ...commonErrors(metadata),
  ];
}

const immutable = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

export function changedMetadataErrors(given: Json, old: KubeObject['metadata']): Cause[] {
  const metadata = new Field(given, 'metadata');
  const finalizers: string[] = given.finalizers ?? [];
  const added = finalizers.filter((finalizer) => !old.finalizers?.includes(finalizer)).sort();
  const listed = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  return [
    ...metadata
      .at('finalizers')
      .forbiddenIf(
        old.deletionTimestamp && added.length > 0,
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${listed}}`,
      ),
    ...immutable.flatMap((field) => metadata.at(field).unchangedFrom(old[field as keyof typeof old])),
    ...commonErrors(metadata),
  ];
}

function commonErrors(metadata: Field): Cause[] {
  return [
    ...labelErrors(metadata.at('labels')),
    ...annotationErrors(metadata.at('annotations')),
    ...ownerErrors(metadata.at('ownerReferences')),
  ];
}

export function labelErrors(labels: Field): Cause[] {
  return Object.entries<string>(labels.value ?? {}).flatMap(([key, value]) => [
    ...labels.follows(qualifiedNameErrors, key),
    ...labels.follows(labelValueErrors, value),
  ]);
}

export function annotationErrors(annotations: Field): Cause[] {
  const entries = Object.entries<string>(annotations.value ?? {});
  const bytes = entries.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return [
    ...entries.flatMap(([key]) => annotations.follows(() => qualifiedNameErrors(key.toLowerCase()), key)),
    ...annotations.maxBytes(bytes, 256 * 1024),
  ];
}

function ownerErrors(owners: Field): Cause[] {
  const all: Json[] = owners.value ?? [];
  const controller = all.find((owner) => owner.controller === true);
  const named = ({ kind, name }: Json) => `${kind}/${name}`;
  return all.flatMap((given) => {
    // Messages do not say which owner it is.
    const owner = new Field(given, owners.path);
    const isEvent = given.apiVersion === 'v1' && given.kind === 'Event';
    const causes = [
      ...owner.at('apiVersion', '').invalidIf(!given.apiVersion, 'version must not be empty'),
      ...['kind', 'name', 'uid'].flatMap((field) => owner.at(field, '').invalidIf(!given[field], 'must not be empty')),
      ...owner.invalidIf(isEvent, '/v1, Kind=Event is disallowed from being an owner'),
    ];
    if (given.controller !== true || given === controller) return causes;
    const found = `Found "true" in references for ${named(controller)} and ${named(given)}`;
    return [...causes, ...owners.invalidIf(true, `Only one reference can have Controller set to true. ${found}`)];
  });
}
