import { describe, expect, test } from 'vitest';
import { rng } from '../../test/builders/snapshot.ts';
import { resolvePod } from './target.ts';

const { pods } = rng().another('rng').snapshot();

function find(pattern: string): unknown {
  const found = resolvePod(pattern, pods);
  if (found.kind === 'found') return found.pod.name;
  return found.kind === 'ambiguous' ? found.candidates.map(({ name }) => name.slice(-5)) : found.nearest;
}

describe('resolvePod', () => {
  test.each([
    ['finds the full name', 'rng-5f69c6b7d8-b85tm', 'rng-5f69c6b7d8-b85tm'],
    ['finds the end of the name', 'b85tm', 'rng-5f69c6b7d8-b85tm'],
    ['finds 3 characters of the end', '5tm', 'rng-5f69c6b7d8-b85tm'],
    ['does not find 2 characters', 'tm', []],
    [
      'finds several for a shared beginning',
      'rng-5f',
      ['7pt82', 'b85tm', 'hfbrr', 'd8-rng', 'x2k9d'].map((name) => name.slice(-5)),
    ],
    ['finds a unique beginning', 'rng-5f69c6b7d8-hf', 'rng-5f69c6b7d8-hfbrr'],
    ['proposes the nearest for a typo', 'b58tm', ['rng-5f69c6b7d8-b85tm']],
    ['proposes nothing where no name is near', 'zzzzzzzz', []],
  ])('%s', (_, pattern, want) => {
    expect(find(pattern)).toEqual(want);
  });
});
