import { shellWord } from '../text/words.ts';
import { type Labels, valueIn, withoutKeys } from './labels.ts';
import { type PatchOperation, type PatchWrite, podTarget } from './plan.ts';
import type { Pod, Snapshot } from './snapshot.ts';

/** Values by key; null removes. */
type Change = Readonly<Record<string, string | null>>;

/** A change of a pod's labels and annotations. */
export interface MetadataChange {
  readonly labels?: Change;
  readonly annotations?: Change;
}

/** A change of a map of labels, annotations or the like. */
interface MapChange {
  /** The path of the map. */
  readonly root: string;
  readonly before: Labels;
  readonly change: Change;
  /** Values that are tested too. */
  readonly reliedOn?: Labels;
}

export const ANNOTATIONS = '/metadata/annotations';
export const SELECTOR = '/spec/selector';
const LABELS = '/metadata/labels';

/**
 * A patch that tests the uid and every value that it overwrites, removes or expects to be absent, and its inverse.
 *
 * @param overwrite the operation on values that exist
 */
export function patchOf(
  uid: string,
  maps: readonly MapChange[],
  overwrite: 'add' | 'replace' = 'replace',
): Pick<PatchWrite, 'kind' | 'patch' | 'inverse'> {
  const back = maps.map(({ root, before, change }): MapChange => {
    const former = Object.keys(change).map((key) => [key, valueIn(before, key) ?? null] as const);
    return { root, before: changed(before, change), change: Object.fromEntries(former) };
  });
  return { kind: 'patch', patch: testedPatch(uid, maps, overwrite), inverse: testedPatch(uid, back, overwrite) };
}

/** RFC 6902; a `test` for null passes on an absent key, but not below an absent parent (evanphx/json-patch). */
function testedPatch(uid: string, maps: readonly MapChange[], overwrite: 'add' | 'replace'): readonly PatchOperation[] {
  const tests: PatchOperation[] = [{ op: 'test', path: '/metadata/uid', value: uid }];
  const writes: PatchOperation[] = [];
  for (const { root, before, change, reliedOn } of maps) {
    const after = sorted(change);
    if (Object.keys(before).length === 0) {
      const added = after.filter(([, value]) => value !== null);
      if (added.length > 0) {
        tests.push({ op: 'test', path: root, value: null });
        writes.push({ op: 'add', path: root, value: Object.fromEntries(added) });
      }
      continue;
    }
    for (const [key, value] of sorted(withoutKeys(reliedOn, Object.keys(change))))
      tests.push({ op: 'test', path: pointer(root, key), value });
    for (const [key, value] of after) {
      const path = pointer(root, key);
      const old = valueIn(before, key) ?? null;
      if (value === old) continue;
      tests.push({ op: 'test', path, value: old });
      writes.push(value === null ? { op: 'remove', path } : { op: old === null ? 'add' : overwrite, path, value });
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

/** The JSON pointer to a key of the map. */
export function pointer(root: string, key: string): string {
  return `${root}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The key at the end of a pointer. */
export function keyAt(path: string, root: string): string {
  return path
    .slice(root.length + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/**
 * The write that changes the pod only if it is as observed, and its inverse. `reliedOn`: labels that are tested too.
 *
 * @param verb begins its key
 */
export function podPatch(
  verb: string,
  title: string,
  snapshot: Snapshot,
  pod: Pick<Pod, 'name' | 'uid' | 'labels' | 'annotations'>,
  { labels = {}, annotations = {} }: MetadataChange,
  reliedOn?: Labels,
): PatchWrite {
  const maps = [
    { root: LABELS, before: pod.labels, change: labels, ...(reliedOn && { reliedOn }) },
    { root: ANNOTATIONS, before: pod.annotations, change: annotations },
  ];
  return { ...patchOf(pod.uid, maps, 'add'), key: `${verb} ${pod.uid}`, title, target: podTarget(snapshot, pod) };
}

export function changedPod<P extends Pick<Pod, 'labels' | 'annotations'>>(pod: P, change: MetadataChange): P {
  return {
    ...pod,
    labels: changed(pod.labels, change.labels),
    annotations: changed(pod.annotations, change.annotations),
  };
}

/** The change of labels and annotations that a patch makes. */
export function metadataIn(patch: readonly PatchOperation[]): Required<MetadataChange> {
  const changeOf = (root: string): Change =>
    Object.assign(
      {},
      ...patch.map((operation): Change => {
        const { op, path } = operation;
        if (op === 'test' || (path !== root && !path.startsWith(`${root}/`))) return {};
        if (path === root) return 'value' in operation ? (operation.value as Change) : {};
        return { [keyAt(path, root)]: 'value' in operation ? String(operation.value) : null };
      }),
    );
  return { labels: changeOf(LABELS), annotations: changeOf(ANNOTATIONS) };
}

/** Changes annotations of the Service, its selector, or both at once. An empty change of the selector only tests it. */
export function servicePatch(
  { service }: Pick<Snapshot, 'service'>,
  verb: string,
  title: string,
  change: { readonly annotation?: Change; readonly selector?: Change },
): PatchWrite {
  const { name, namespace, uid, annotations, selector = {} } = service;
  const made = patchOf(uid, [
    { root: ANNOTATIONS, before: annotations, change: change.annotation ?? {} },
    { root: SELECTOR, before: selector, change: change.selector ?? {} },
  ]);
  // The whole selector as it was seen: with another one, other pods would lose traffic.
  const [uidTest, ...rest] = made.patch;
  const asSeen = { op: 'test' as const, path: SELECTOR, value: selector };
  return {
    ...made,
    ...(change.selector && uidTest && { patch: [uidTest, asSeen, ...rest] }),
    key: `${verb} ${uid}`,
    title,
    target: { kind: 'Service', apiVersion: 'v1', name, uid, namespace },
  };
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
