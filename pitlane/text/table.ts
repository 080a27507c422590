import { upTo } from './words.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

/** Colours text for a terminal, or returns it unchanged for a file. */
export type Paint = (colour: Colour, text: string) => string;

export type Cell = string | { readonly text: string; readonly colour?: Colour };

export type Column<T> = readonly [title: string, cell: (item: T, index: number) => Cell];

/** A longer text of one item must not push the columns of all others off the screen. */
const WIDEST = 100;
const LONGEST = 1_000;

/** For a screen. `optional`: the titles of columns that are left out, the first one first, until the others fit. */
export interface Fit {
  readonly width: number;
  readonly optional: readonly string[];
}

const GAP = 3;
/** A last column of free text may be cut, to no less than this. */
const SHORTEST = 24;

/**
 * Columns are as wide as their widest cell, but at most 100 characters, and three spaces apart. Lines have no trailing spaces.
 * No items: no lines.
 */
export function table<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  paint: Paint,
  fit?: Fit,
): readonly string[] {
  if (items.length === 0) return [];
  const all = [
    columns.map(([text]) => ({ text, colour: 'dim' as const })),
    ...items.map((item, index) => columns.map(([, cellOf]) => styled(cellOf(item, index)))),
  ];
  const allWidths = columns.map((_, column) =>
    Math.min(WIDEST, Math.max(...all.map((row) => [...(row[column]?.text ?? '')].length))),
  );
  const kept = fit === undefined ? columns.map((_, column) => column) : fitting(columns, allWidths, fit);
  const widths = kept.map((column) => allWidths[column] ?? 0);
  const rows = all.map((row) => kept.flatMap((column) => row[column] ?? []));
  const before = sum(widths.slice(0, -1).map((width) => width + GAP));
  const rest = fit === undefined ? LONGEST : Math.max(SHORTEST, fit.width - before);
  return rows.map((row) => {
    const last = row.findLastIndex(({ text }) => text !== '');
    return row
      .slice(0, last + 1)
      .map(({ text, colour }, column) => {
        const shown = column === widths.length - 1 ? upTo(rest, text) : text;
        const gap = column === last ? 0 : Math.max(0, (widths[column] ?? 0) - [...text].length) + GAP;
        return (colour === undefined ? shown : paint(colour, shown)) + ' '.repeat(gap);
      })
      .join('');
  });
}

/** The positions of the columns that fit. */
function fitting<T>(
  columns: readonly Column<T>[],
  widths: readonly number[],
  { width, optional }: Fit,
): readonly number[] {
  const titleAt = (column: number) => columns[column]?.[0] ?? '';
  let kept = columns.map((_, column) => column);
  for (const title of optional) {
    const last = kept.at(-1) ?? 0;
    const widest = widths[last] ?? 0;
    const least = optional.includes(titleAt(last)) ? widest : Math.min(SHORTEST, widest);
    if (sum(kept.slice(0, -1).map((column) => (widths[column] ?? 0) + GAP)) + least <= width) break;
    kept = kept.filter((column) => titleAt(column) !== title);
  }
  return kept;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function styled(cell: Cell): Exclude<Cell, string> {
  const { text, ...rest } = typeof cell === 'string' ? { text: cell } : cell;
  return { text: upTo(LONGEST, text), ...rest };
}
