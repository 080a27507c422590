import { describe, expect, test } from 'vitest';
import { rng } from '../../test/builders/snapshot.ts';
import { resolvePod } from './target.ts';

const { pods } = rng().another('rng').snapshot();

function find(pattern: string): unknown {
  const found = resolvePod(pattern, pods);
  if (found.kind === 'found') return found.pod.name;
  return found.kind === 'ambiguous' ? found.candidates.map(({ name }) => name.slice(-5)) : found.nearest;
}

describe('which pod is meant', () => {
  test.each([
    ['the full name', 'rng-5f69c6b7d8-b85tm', 'rng-5f69c6b7d8-b85tm'],
    ['the end of the name', 'b85tm', 'rng-5f69c6b7d8-b85tm'],
    ['3 characters of the end', '5tm', 'rng-5f69c6b7d8-b85tm'],
    ['2 characters are too few', 'tm', []],
    [
      'the beginning that several have',
      'rng-5f',
      ['7pt82', 'b85tm', 'hfbrr', 'd8-rng', 'x2k9d'].map((name) => name.slice(-5)),
    ],
    ['a beginning that only one has', 'rng-5f69c6b7d8-hf', 'rng-5f69c6b7d8-hfbrr'],
    ['a typing error: the nearest', 'b58tm', ['rng-5f69c6b7d8-b85tm']],
    ['nothing like it', 'zzzzzzzz', []],
  ])('%s', (_, pattern, want) => {
    expect(find(pattern)).toEqual(want);
  });
});
