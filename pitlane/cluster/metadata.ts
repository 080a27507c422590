import type { ObjectRef } from '../rotation/snapshot.ts';
import type { ObjectMeta } from './json.ts';

/** Converts an RFC 3339 time to milliseconds since the epoch. */
export function parseTime(time: string | null | undefined): number | undefined {
  const parsed = Date.parse(time ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** A MicroTime: RFC 3339 with microseconds. */
export function microTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}

/** The owner reference with `controller: true`. A Service can be one, but it only keeps others from adopting the pod. */
export function ownerOf(metadata: ObjectMeta): ObjectRef | undefined {
  const found = controllerReference(metadata);
  if (found === undefined || isService(found)) return undefined;
  return refOf(found);
}

function refOf({ apiVersion, kind, name, uid }: ObjectRef): ObjectRef {
  return { apiVersion, kind, name, uid };
}

/**
 * The object whose program looks after a workload or an autoscaler. Some operators name themselves as an owner without
 * `controller: true` (Strimzi does), and set back what others change all the same.
 */
export function managerOf(metadata: ObjectMeta): ObjectRef | undefined {
  // No program of Kubernetes scales anything for a core object, such as a ConfigMap.
  const first = metadata.ownerReferences?.find(({ apiVersion }) => apiVersion !== 'v1');
  return ownerOf(metadata) ?? (first && refOf(first));
}

/** A Service is its controller. */
export function isGuarded(metadata: ObjectMeta): true | undefined {
  const found = controllerReference(metadata);
  return (found && isService(found)) || undefined;
}

function controllerReference({ ownerReferences }: ObjectMeta): ObjectRef | undefined {
  return ownerReferences?.find(({ controller }) => controller === true);
}

function isService({ apiVersion, kind }: ObjectRef): boolean {
  return apiVersion === 'v1' && kind === 'Service';
}

/**
 * Annotations that hold a copy of the whole object. Nothing reads them, and 5,000 of them need much memory. They stay
 * without their value, because a JSON Patch must know whether an object has annotations.
 */
const BULKY_ANNOTATIONS = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

export function annotationsOf(metadata: ObjectMeta): Readonly<Record<string, string>> {
  const annotations = Object.entries(metadata.annotations ?? {});
  return Object.fromEntries(annotations.map(([key, value]) => [key, BULKY_ANNOTATIONS.has(key) ? '' : value]));
}
