import { describe, expect, test } from 'vitest';
import { strategicallyMerged } from './strategic.ts';

interface Row {
  name: string;
  given: object;
  patch: object;
  want: object;
}

const containers = (...names: string[]) => ({ spec: { containers: names.map((name) => ({ name })) } });

const rows: Row[] = [
  {
    name: 'a container is found by its name and keeps what the patch does not say',
    given: { spec: { containers: [{ name: 'a', image: 'x', command: ['run'] }, { name: 'b' }] } },
    patch: { spec: { containers: [{ name: 'a', image: 'y' }] } },
    want: { spec: { containers: [{ name: 'a', image: 'y', command: ['run'] }, { name: 'b' }] } },
  },
  {
    name: 'a plain list is replaced',
    given: { spec: { containers: [{ name: 'a', command: ['run', 'fast'] }] } },
    patch: { spec: { containers: [{ name: 'a', command: ['stop'] }] } },
    want: { spec: { containers: [{ name: 'a', command: ['stop'] }] } },
  },
  {
    name: 'an item is taken away by its key',
    given: containers('a', 'b'),
    patch: { spec: { containers: [{ $patch: 'delete', name: 'a' }] } },
    want: containers('b'),
  },
  {
    name: 'a list can be replaced all the same',
    given: containers('a', 'b'),
    patch: { spec: { containers: [{ name: 'c' }, { $patch: 'replace' }] } },
    want: containers('c'),
  },
  {
    name: 'the wanted order holds, and what only the server knows keeps its place',
    given: containers('a', 'sidecar', 'b'),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b' }] } },
    want: containers('sidecar', 'b', 'a'),
  },
  {
    name: 'finalizers are added, never twice',
    given: { metadata: { finalizers: ['a'] } },
    patch: { metadata: { finalizers: ['a', 'b'] } },
    want: { metadata: { finalizers: ['a', 'b'] } },
  },
  {
    name: 'a finalizer is taken away by its value',
    given: { metadata: { finalizers: ['a', 'b'] } },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
    want: { metadata: { finalizers: ['b'] } },
  },
  {
    name: 'null takes a key away, in a map that is new as well',
    given: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { a: null }, annotations: { c: '3', d: null } } },
    want: { metadata: { labels: { b: '2' }, annotations: { c: '3' } } },
  },
  {
    name: 'a volume changes its source without keeping the old one',
    given: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    patch: { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] } },
    want: { spec: { volumes: [{ name: 'v', configMap: { name: 'c' } }] } },
  },
];

describe('a strategic merge patch of a pod', () => {
  test.each(rows)('$name', ({ given, patch, want }) => {
    expect(strategicallyMerged('V1Pod', given, patch)).toEqual(want);
  });
});
