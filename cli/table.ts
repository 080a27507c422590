import type { Colour, Paint } from './colour.ts';

export interface Cell {
  readonly text: string;
  readonly colour?: Colour;
}

/** Columns are as wide as their widest cell and three spaces apart. Lines have no trailing spaces. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[], paint: Paint): readonly string[] {
  const titles = header.map((text): Cell => ({ text, colour: 'dim' }));
  const widths = header.map((_, column) =>
    Math.max(...[titles, ...rows].map((row) => [...(row[column]?.text ?? '')].length)),
  );
  return [titles, ...rows].map((row) => {
    const last = row.findLastIndex((cell) => cell.text !== '');
    return row
      .slice(0, last + 1)
      .map((cell, column) => {
        const text = cell.colour === undefined ? cell.text : paint(cell.colour, cell.text);
        const gap = column === last ? 0 : (widths[column] ?? 0) - [...cell.text].length + 3;
        return text + ' '.repeat(gap);
      })
      .join('');
  });
}
