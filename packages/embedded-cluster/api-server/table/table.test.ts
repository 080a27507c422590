import { expect, test } from 'vitest';
import { kinds } from '../../api/kinds.ts';
import { decode } from '../decode/decode.ts';
import { humanDuration } from './layout.ts';
import { layoutOf } from './table.ts';

const stored = kinds.filter(({ review, group }) => !review && group !== 'events.k8s.io');

test.each(stored.map((kind) => [`${kind.group}/${kind.version} ${kind.resource}`, kind] as const))(
  'an empty object of %s has a cell for each column',
  (_name, kind) => {
    const empty = { ...decode(kind.model, {}).value, metadata: {} };
    const { cells, columns } = layoutOf(kind);
    expect(cells(empty, 0)).toHaveLength(columns.length);
  },
);

test.each([
  [-3_000, '<invalid>'],
  [-500, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [185_000, '3m5s'],
  [600_000, '10m'],
  [3 * 3_600_000, '3h'],
  [3 * 3_600_000 + 60_000, '3h1m'],
  [8 * 3_600_000 + 60_000, '8h'],
  [50 * 3_600_000, '2d2h'],
  [8 * 86_400_000, '8d'],
  [800 * 86_400_000, '2y70d'],
  [9 * 365 * 86_400_000, '9y'],
])('%i milliseconds are shown as %s', (milliseconds, shown) => {
  expect(humanDuration(milliseconds)).toBe(shown);
});
