import { shellWord } from '../text/words.ts';
import { valueIn } from './labels.ts';
import { type PatchOperation, type PatchWrite, podTarget } from './plan.ts';
import type { Labels, Pod, Snapshot } from './snapshot.ts';

type Change = Readonly<Record<string, string | null>>;

/** A change of a pod's labels and annotations; null removes. */
export interface MetadataChange {
  readonly labels?: Change;
  readonly annotations?: Change;
}

/**
 * The write that changes the pod only if it is as observed, and its inverse. `reliedOn`: labels that are tested too.
 *
 * @param verb begins its key
 */
export function podPatch<P extends Pick<Pod, 'name' | 'uid' | 'labels' | 'annotations'>>(
  verb: string,
  title: string,
  snapshot: Snapshot,
  pod: P,
  change: MetadataChange,
  reliedOn: Labels = {},
): PatchWrite {
  const former = {
    labels: valuesBefore(pod.labels, change.labels),
    annotations: valuesBefore(pod.annotations, change.annotations),
  };
  return {
    kind: 'patch',
    key: `${verb} ${pod.uid}`,
    title,
    target: podTarget(snapshot, pod),
    patch: metadataPatch(pod, change, reliedOn),
    inverse: metadataPatch(changedPod(pod, change), former),
  };
}

export function changedPod<P extends Pick<Pod, 'labels' | 'annotations'>>(pod: P, change: MetadataChange): P {
  return {
    ...pod,
    labels: changed(pod.labels, change.labels),
    annotations: changed(pod.annotations, change.annotations),
  };
}

function valuesBefore(before: Labels, change: Change = {}): Change {
  return Object.fromEntries(Object.keys(change).map((key) => [key, valueIn(before, key) ?? null]));
}

/**
 * Tests the uid and every value that it overwrites, removes or expects to be absent (RFC 6902; a `test` for null passes on
 * an absent key, but not below an absent parent: evanphx/json-patch).
 */
function metadataPatch(
  pod: Pick<Pod, 'uid' | 'labels' | 'annotations'>,
  change: MetadataChange,
  reliedOn: Labels = {},
): readonly PatchOperation[] {
  const tests: PatchOperation[] = [{ op: 'test', path: '/metadata/uid', value: pod.uid }];
  const writes: PatchOperation[] = [];
  for (const field of ['labels', 'annotations'] as const) {
    const before = pod[field];
    const after = sorted(change[field] ?? {});
    const root = `/metadata/${field}`;
    if (Object.keys(before).length === 0) {
      const added = after.filter(([, value]) => value !== null);
      if (added.length > 0) {
        tests.push({ op: 'test', path: root, value: null });
        writes.push({ op: 'add', path: root, value: Object.fromEntries(added) });
      }
      continue;
    }
    for (const [key, value] of sorted(field === 'labels' ? reliedOn : {}))
      if (!Object.hasOwn(change[field] ?? {}, key)) tests.push({ op: 'test', path: pointer(root, key), value });
    for (const [key, value] of after) {
      const path = pointer(root, key);
      const old = valueIn(before, key);
      if (value === (old ?? null)) continue;
      tests.push({ op: 'test', path, value: old ?? null });
      writes.push(value === null ? { op: 'remove', path } : { op: 'add', path, value });
    }
  }
  return [...tests, ...writes];
}

function sorted<T>(values: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Labels or annotations after the change. */
export function changed(before: Labels, change: Change = {}): Readonly<Record<string, string>> {
  const after = Object.entries({ ...before, ...change });
  return Object.fromEntries(after.filter((entry): entry is [string, string] => entry[1] !== null));
}

function pointer(root: string, key: string): string {
  return `${root}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The kubectl line that makes the change by hand, whatever the values are now. */
export function kubectlLine(
  verb: 'label' | 'annotate',
  { service }: Snapshot,
  pod: Pick<Pod, 'name'>,
  change: Change,
  overwrite = true,
): string {
  const words = Object.entries(change).map(([key, value]) => shellWord(value === null ? `${key}-` : `${key}=${value}`));
  const flag = overwrite ? ' --overwrite' : '';
  return `kubectl -n ${service.namespace} ${verb} pod ${pod.name}${flag} ${words.join(' ')}`;
}
