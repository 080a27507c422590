import { describe, expect, test } from 'vitest';
import { GoldenFile } from '../../test/golden.ts';
import type { PodTraits } from '../rotation/pod-report.ts';
import { compareWithSiblings } from './siblings.ts';

const golden = new GoldenFile(import.meta.url);

const NOW = Date.parse('2026-11-24T03:12:00Z');
const MINUTE = 60_000;
const DIGEST = (digit: string) => `sha256:${digit.repeat(64)}`;

/** A ready pod of an hour ago that has not restarted, on a node of its own. */
function pod(index: number, { image = 'rng:v2', digest, ...more }: Partial<PodTraits> & Image = {}): PodTraits {
  return {
    name: `rng-${index}`,
    uid: String(index),
    createdAt: NOW - 60 * MINUTE,
    isReady: true,
    restarts: 0,
    node: `node-${index}`,
    revision: 'aaaa',
    images: [{ container: 'rng', image, ...(digest && { digest }) }],
    ...more,
  };
}

interface Image {
  readonly image?: string;
  readonly digest?: string;
}

type Given = Parameters<typeof pod>[1];

/** The codes of what differs. `others`: a change of each, or a number of usual pods. */
function compared(own: Given, others: readonly Given[] | number, numbers: Readonly<Record<string, number>> = {}) {
  const all = typeof others === 'number' ? Array<Given>(others).fill({}) : others;
  const pods = all.map((each, index) => pod(index + 1, each));
  const found = compareWithSiblings(pod(0, own), { service: 'rng', pods, isComplete: true }, numbers, NOW);
  golden.expect(...found.map(({ text }) => text));
  return found.map(({ code }) => code);
}

describe('a pod compared with its siblings', () => {
  const cases: readonly [name: string, own: Given, others: readonly Given[] | number, want: readonly string[]][] = [
    ['says nothing of what they have in common', {}, 3, []],
    ['says nothing without siblings', { isReady: false, image: 'rng:v3' }, 0, []],
    ['has another image than most', { image: 'rng:v3' }, [{}, {}, { image: 'rng:v1' }], ['ImageDiffers']],
    ['has the image of half of them', { image: 'rng:v3' }, [{}, { image: 'rng:v3' }], []],
    ['has the image of fewer than half', { image: 'rng:v3' }, [{}, {}, { image: 'rng:v3' }], ['ImageDiffers']],
    ['has another image than the only other pod', { image: 'rng:v3' }, 1, ['ImageDiffers']],
    [
      'has another build of the same tag',
      { digest: DIGEST('1') },
      [{ digest: DIGEST('2') }, { digest: DIGEST('2') }],
      ['DigestDiffers'],
    ],
    ['has a build of which nothing is known', {}, [{ digest: DIGEST('2') }], []],
    ['was made from another template', { revision: 'bbbb' }, 2, ['RevisionDiffers']],
    ['has no revision', { revision: undefined }, 2, []],
    [
      'restarted more often',
      { restarts: 5, lastRestartAt: NOW - 3 * MINUTE },
      [{}, { restarts: 1 }],
      ['RestartsDiffer'],
    ],
    ['restarted, and none of the others did', { restarts: 1 }, 1, ['RestartsDiffer']],
    ['restarted as often as another one', { restarts: 5 }, [{ restarts: 5 }, {}], []],
    ['is not ready, and the others are', { isReady: false }, 3, ['ReadinessDiffers']],
    ['is not ready, as half of the others', { isReady: false }, [{ isReady: false }, {}], ['OthersNotReady']],
    ['is ready, and the others are not', {}, [{ isReady: false }, { isReady: false }], []],
    [
      'is not ready, as all pods of its node',
      { isReady: false },
      [{ isReady: false, node: 'node-0' }, {}, {}],
      ['ReadinessDiffers', 'NodeOfUnready'],
    ],
    [
      'is alone on its node, and the others share theirs',
      {},
      [{ node: 'node-1' }, { node: 'node-1' }],
      ['AloneOnNode'],
    ],
    ['is alone on its node, as each of them', {}, 3, []],
    ['is alone on its node, as one of them', {}, [{ node: 'node-1' }, { node: 'node-1' }, {}], []],
    ['is much older', { createdAt: NOW - 40 * 24 * 60 * MINUTE }, 2, ['AgeDiffers']],
    [
      'is much younger',
      { createdAt: NOW - MINUTE },
      Array<Given>(2).fill({ createdAt: NOW - 24 * 60 * MINUTE }),
      ['AgeDiffers'],
    ],
  ];

  test.each(cases)('%s', (_, own, others, want) => {
    expect(compared(own, others)).toEqual(want);
  });

  test('names the revisions by their numbers', () => {
    expect(compared({ revision: 'bbbb' }, 3, { aaaa: 6, bbbb: 7 })).toEqual(['RevisionDiffers']);
  });
});
