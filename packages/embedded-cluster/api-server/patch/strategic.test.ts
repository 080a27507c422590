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
    name: 'finds a container by name and keeps the fields that the patch omits',
    given: { spec: { containers: [{ name: 'a', image: 'x', command: ['run'] }, { name: 'b' }] } },
    patch: { spec: { containers: [{ name: 'a', image: 'y' }] } },
    want: { spec: { containers: [{ name: 'a', image: 'y', command: ['run'] }, { name: 'b' }] } },
  },
  {
    name: 'replaces a list of plain values',
    given: { spec: { containers: [{ name: 'a', command: ['run', 'fast'] }] } },
    patch: { spec: { containers: [{ name: 'a', command: ['stop'] }] } },
    want: { spec: { containers: [{ name: 'a', command: ['stop'] }] } },
  },
  {
    name: 'removes an item by its key',
    given: containers('a', 'b'),
    patch: { spec: { containers: [{ $patch: 'delete', name: 'a' }] } },
    want: containers('b'),
  },
  {
    name: 'replaces a list with $patch: replace',
    given: containers('a', 'b'),
    patch: { spec: { containers: [{ name: 'c' }, { $patch: 'replace' }] } },
    want: containers('c'),
  },
  {
    name: 'sorts by $setElementOrder and keeps the place of other items',
    given: containers('a', 'sidecar', 'b'),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b' }] } },
    want: containers('sidecar', 'b', 'a'),
  },
  {
    name: 'adds a finalizer once',
    given: { metadata: { finalizers: ['a'] } },
    patch: { metadata: { finalizers: ['a', 'b'] } },
    want: { metadata: { finalizers: ['a', 'b'] } },
  },
  {
    name: 'removes a finalizer by its value',
    given: { metadata: { finalizers: ['a', 'b'] } },
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
    want: { metadata: { finalizers: ['b'] } },
  },
  {
    name: 'removes a key with null, also in a new map',
    given: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { a: null }, annotations: { c: '3', d: null } } },
    want: { metadata: { labels: { b: '2' }, annotations: { c: '3' } } },
  },
  {
    name: 'replaces the source of a volume',
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
