import { upTo } from './words.ts';

export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

/** Colours text for a terminal, or returns it unchanged for a file. */
export type Paint = (colour: Colour, text: string) => string;

export type Cell = string | { readonly text: string; readonly colour?: Colour };

export type Column<T> = readonly [title: string, cell: (item: T, index: number) => Cell];

/** A longer text of one item must not push the columns of all others off the screen. */
const WIDEST = 100;
const LONGEST = 1_000;

/**
 * Columns are as wide as their widest cell, but at most 100 characters, and three spaces apart. Lines have no trailing spaces.
 * No items: no lines.
 */
export function table<T>(items: readonly T[], columns: readonly Column<T>[], paint: Paint): readonly string[] {
  if (items.length === 0) return [];
  const rows = [
    columns.map(([text]) => ({ text, colour: 'dim' as const })),
    ...items.map((item, index) => columns.map(([, cellOf]) => styled(cellOf(item, index)))),
  ];
  const widths = columns.map((_, column) =>
    Math.min(WIDEST, Math.max(...rows.map((row) => [...(row[column]?.text ?? '')].length))),
  );
  return rows.map((row) => {
    const last = row.findLastIndex(({ text }) => text !== '');
    return row
      .slice(0, last + 1)
      .map(({ text, colour }, column) => {
        const gap = column === last ? 0 : Math.max(0, (widths[column] ?? 0) - [...text].length) + 3;
        return (colour === undefined ? text : paint(colour, text)) + ' '.repeat(gap);
      })
      .join('');
  });
}

function styled(cell: Cell): Exclude<Cell, string> {
  const { text, ...rest } = typeof cell === 'string' ? { text: cell } : cell;
  return { text: upTo(LONGEST, text), ...rest };
}
