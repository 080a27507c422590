import type { PatchOperation } from './plan.ts';
import type { Labels, Pod } from './snapshot.ts';

/** A change of a pod's labels and annotations; null removes. */
export interface MetadataChange {
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly annotations?: Readonly<Record<string, string | null>>;
}

/**
 * The JSON Patch that changes the pod only if it is as observed: it tests the uid and every value that it overwrites,
 * removes or expects to be absent (RFC 6902; a `test` for null passes on an absent key, but not below an absent parent:
 * evanphx/json-patch).
 */
export function metadataPatch(
  pod: Pick<Pod, 'uid' | 'labels' | 'annotations'>,
  change: MetadataChange,
  reliedOn: { readonly labels?: Labels } = {},
): readonly PatchOperation[] {
  const tests: PatchOperation[] = [{ op: 'test', path: '/metadata/uid', value: pod.uid }];
  const writes: PatchOperation[] = [];
  for (const field of ['labels', 'annotations'] as const) {
    const before = pod[field];
    const after = Object.entries(change[field] ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const relied = Object.entries(field === 'labels' ? (reliedOn.labels ?? {}) : {}).filter(
      ([key]) => !Object.hasOwn(change[field] ?? {}, key),
    );
    const root = `/metadata/${field}`;
    if (Object.keys(before).length === 0) {
      const added = after.filter(([, value]) => value !== null);
      if (added.length > 0) {
        tests.push({ op: 'test', path: root, value: null });
        writes.push({ op: 'add', path: root, value: Object.fromEntries(added) });
      }
      continue;
    }
    for (const [key, value] of relied.sort(([a], [b]) => (a < b ? -1 : 1)))
      tests.push({ op: 'test', path: pointer(root, key), value });
    for (const [key, value] of after) {
      const path = pointer(root, key);
      const old = before[key];
      if (value === (old ?? null)) continue;
      tests.push({ op: 'test', path, value: old ?? null });
      writes.push(value === null ? { op: 'remove', path } : { op: 'add', path, value });
    }
  }
  return [...tests, ...writes];
}

/** Labels or annotations after the change. */
export function changed(
  before: Labels,
  change: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string>> {
  const after = Object.entries({ ...before, ...change });
  return Object.fromEntries(after.filter((entry): entry is [string, string] => entry[1] !== null));
}

function pointer(root: string, key: string): string {
  return `${root}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
