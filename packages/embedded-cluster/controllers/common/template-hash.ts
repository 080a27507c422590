import { sorted } from '../../api/json.ts';
import { memo } from '../../api/memo.ts';

/** utilrand's alphabet: no vowels and no lookalikes. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The label value that identifies a pod template, in the form of controller_utils.go, ComputeHash: 32-bit FNV-1a in
 * decimal, with the digits replaced by letters. The hash differs from a real cluster's, which hashes a dump of the Go
 * structs.
 */
export function templateHash(template: object, collisionCount: number | undefined): string {
  const text = canonical(template) + (collisionCount === undefined ? '' : ` ${collisionCount}`);
  return encodedHash(text, (hash, byte) => multiplied(hash ^ byte));
}

/** The hash of a ControllerRevision's data: 32-bit FNV-1 (controller_history.go, HashControllerRevision). */
export function dataHash(data: string, collisionCount: number): string {
  return encodedHash(`${data}${collisionCount}`, (hash, byte) => multiplied(hash) ^ byte);
}

/** rand.SafeEncodeString */
function encodedHash(text: string, next: (hash: number, byte: number) => number): string {
  const hash = Buffer.from(text).reduce((before, byte) => next(before, byte) >>> 0, 0x811c9dc5);
  return [...hash.toString()].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

function multiplied(hash: number): number {
  return Math.imul(hash, 0x01000193);
}

export const templateHashLabel = 'pod-template-hash';

/** Ignores the label that the Deployment controller adds (deployment_util.go, EqualIgnoreHash). */
export function isSameTemplate(one: object, other: object): boolean {
  return canonicalTemplate(one) === canonicalTemplate(other);
}

/** Cached, since every sync compares a Deployment's templates and stored objects are frozen. */
const canonicalTemplate = memo((template: object): string => {
  const { metadata, ...rest } = template as { metadata?: { labels?: Record<string, string> } };
  const { [templateHashLabel]: _, ...labels } = metadata?.labels ?? {};
  return canonical({ ...rest, metadata: { ...metadata, labels } });
}, new WeakMap());

/** JSON with sorted keys and without nulls, empty lists and empty maps, which mean absent fields. */
function canonical(template: object): string {
  const isAbsent = (field: unknown) => field === null || (typeof field === 'object' && Object.keys(field).length === 0);
  const dense = JSON.parse(JSON.stringify(template), (_, field) => (isAbsent(field) ? undefined : field));
  return JSON.stringify(sorted(dense));
}
