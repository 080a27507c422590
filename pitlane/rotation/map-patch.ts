import { valueIn, withoutKeys } from './labels.ts';
import type { PatchOperation, PatchWrite } from './plan.ts';
import type { Labels, Snapshot } from './snapshot.ts';

/** A value in a map of labels or annotations; undefined: absent. */
export interface MapChange {
  /** The path of the map. */
  readonly root: string;
  readonly before: Labels;
  readonly key: string;
  readonly value: string | undefined;
}

/** Tests the key, or, where the map is empty, that there is none, and changes it. */
function changeKey({ root, before, key, value }: MapChange): readonly [PatchOperation[], PatchOperation[]] {
  if (Object.keys(before).length === 0) {
    return value === undefined
      ? [[], []]
      : [[{ op: 'test', path: root, value: null }], [{ op: 'add', path: root, value: { [key]: value } }]];
  }
  const path = `${root}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const old = valueIn(before, key);
  if (old === value) return [[], []];
  return [
    [{ op: 'test', path, value: old ?? null }],
    [value === undefined ? { op: 'remove', path } : { op: old === undefined ? 'add' : 'replace', path, value }],
  ];
}

/** A patch that tests the uid and everything that it changes, and its inverse. */
export function patchOf(uid: string, changes: readonly MapChange[]): Pick<PatchWrite, 'kind' | 'patch' | 'inverse'> {
  const all = (some: readonly MapChange[]): readonly PatchOperation[] => {
    const parts = some.map(changeKey);
    return [
      { op: 'test', path: '/metadata/uid', value: uid },
      ...parts.flatMap(([tests]) => tests),
      ...parts.flatMap(([, writes]) => writes),
    ];
  };
  const back = changes.map((change): MapChange => {
    const others = withoutKeys(change.before, [change.key]);
    const old = valueIn(change.before, change.key);
    const after = change.value === undefined ? others : { ...others, [change.key]: change.value };
    return { ...change, before: after, value: old };
  });
  return { kind: 'patch', patch: all(changes), inverse: all(back) };
}

export const ANNOTATIONS = '/metadata/annotations';
export const SELECTOR = '/spec/selector';

/** A value under a key; undefined: none. */
interface Entry {
  readonly key: string;
  readonly value: string | undefined;
}

/** Changes an annotation of the Service, its selector, or both at once. */
export function servicePatch(
  { service }: Pick<Snapshot, 'service'>,
  verb: string,
  title: string,
  change: { readonly annotation?: Entry; readonly selector?: Entry },
): PatchWrite {
  const { name, namespace, uid, annotations, selector = {} } = service;
  const made = patchOf(uid, [
    ...(change.annotation ? [{ root: ANNOTATIONS, before: annotations, ...change.annotation }] : []),
    ...(change.selector ? [{ root: SELECTOR, before: selector, ...change.selector }] : []),
  ]);
  // The whole selector as it was seen: with another one, other pods would lose traffic.
  const [uidTest, ...rest] = made.patch;
  const patch =
    change.selector && uidTest
      ? [uidTest, { op: 'test' as const, path: SELECTOR, value: selector }, ...rest]
      : made.patch;
  return {
    ...made,
    patch,
    key: `${verb} ${uid}`,
    title,
    target: { kind: 'Service', apiVersion: 'v1', name, uid, namespace },
  };
}
