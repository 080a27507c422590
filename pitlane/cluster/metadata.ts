import type { ObjectRef } from '../rotation/snapshot.ts';
import type { ObjectMeta } from './json.ts';

/** An RFC 3339 time in milliseconds since the epoch; undefined where there is none. */
export function parseTime(time: string | null | undefined): number | undefined {
  const parsed = Date.parse(time ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The owner reference with `controller: true`. */
export function ownerOf(metadata: ObjectMeta): ObjectRef | undefined {
  const reference = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return (
    reference && {
      apiVersion: reference.apiVersion,
      kind: reference.kind,
      name: reference.name,
      uid: reference.uid,
    }
  );
}

/** Annotations that hold a copy of the whole object: nothing reads them, and 5,000 of them are much memory. */
const BULKY = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

export function annotationsOf(metadata: ObjectMeta): Readonly<Record<string, string>> {
  const annotations = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(annotations.filter(([key]) => !BULKY.has(key)));
}
