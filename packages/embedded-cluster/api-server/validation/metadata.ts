import type { Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import type { Field } from './field.ts';
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

export function checkNewMetadata({ resource }: Kind, metadata: Field): void {
  const { [resource]: rule = subdomainErrors } = nameRules;
  // A prefix may end with a dash: the suffix follows it.
  metadata.at('generateName').follows((prefix) => rule(prefix.replace(/-$/, 'a')));
  metadata.at('name').given('name or generateName is required');
  metadata.at('name').follows((name) => [...rule(name), ...pathSegmentErrors(name)]);
  const finalizers = metadata.at('finalizers');
  for (const { value } of finalizers.items()) finalizers.follows(qualifiedNameErrors, value);
  checkMetadata(metadata);
}

const immutable = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'];

export function checkChangedMetadata(metadata: Field, old: Json): void {
  const finalizers = metadata.at('finalizers', []);
  const added: string[] = finalizers.value.filter((finalizer: string) => !old.finalizers?.includes(finalizer)).sort();
  if (old.deletionTimestamp && added.length > 0) {
    const listed = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
    const why = 'no new finalizers can be added if the object is being deleted';
    finalizers.forbidden(`${why}, found new finalizers []string{${listed}}`);
  }
  for (const field of immutable) metadata.at(field).unchangedFrom(old[field]);
  checkMetadata(metadata);
}

function checkMetadata(metadata: Field): void {
  checkLabels(metadata.at('labels'));
  checkAnnotations(metadata.at('annotations'));
  checkOwners(metadata.at('ownerReferences'));
}

export function checkLabels(labels: Field): void {
  for (const [key, value] of Object.entries<string>(labels.value ?? {})) {
    labels.follows(qualifiedNameErrors, key);
    labels.follows(labelValueErrors, value);
  }
}

/** Checks a LabelSelector (meta/v1/validation). */
export function checkLabelSelector(selector: Field): void {
  checkLabels(selector.at('matchLabels'));
  for (const expression of selector.at('matchExpressions').items()) {
    const values = expression.at('values', []);
    const operator = expression.at('operator', '');
    if (['In', 'NotIn'].includes(operator.value)) {
      values.given("must be specified when `operator` is 'In' or 'NotIn'");
    } else if (!['Exists', 'DoesNotExist'].includes(operator.value)) {
      operator.invalid('not a valid selector operator');
    } else if (values.value.length > 0) {
      values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    expression.at('key', '').follows(qualifiedNameErrors);
    for (const value of values.items()) value.follows(labelValueErrors);
  }
}

export function checkAnnotations(annotations: Field): void {
  let bytes = 0;
  for (const [key, value] of Object.entries<string>(annotations.value ?? {})) {
    annotations.follows(() => qualifiedNameErrors(key.toLowerCase()), key);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  annotations.maxBytes(bytes, 256 * 1024);
}

function checkOwners(owners: Field): void {
  let controller: string | undefined;
  for (const { value } of owners.items()) {
    // Messages do not say which owner it is.
    const owner = owners.as(value);
    if (!value.apiVersion) owner.at('apiVersion', '').invalid('version must not be empty');
    for (const field of ['kind', 'name', 'uid']) if (!value[field]) owner.at(field, '').invalid('must not be empty');
    if (value.apiVersion === 'v1' && value.kind === 'Event')
      owner.invalid('/v1, Kind=Event is disallowed from being an owner');
    if (value.controller !== true) continue;
    const named = `${value.kind}/${value.name}`;
    const found = `Found "true" in references for ${controller} and ${named}`;
    if (controller) owners.invalid(`Only one reference can have Controller set to true. ${found}`);
    controller ??= named;
  }
}
