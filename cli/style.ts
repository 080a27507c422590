import { pasteable } from '../pitlane/text/paste.ts';
import { type Column, type Paint, table } from '../pitlane/text/table.ts';

/** How to render outcomes. */
export interface Style {
  /** The words before a command: `pitlane rng`. */
  readonly prefix: string;
  readonly paint: Paint;
  /** True: the request was a change. */
  readonly isChange: boolean;
  /** True: shows every column. */
  readonly isWide: boolean;
  /** True: the output is a screen, so pods in rotation beyond the first 20 are only counted. */
  readonly isTerminal: boolean;
  /** Columns of the screen that tables may take. Absent: any number. */
  readonly width?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A table that fits the screen. `optional`: the titles of columns that are left out first. */
export function fittingTable<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  { paint, width }: Style,
  optional: readonly string[],
): readonly string[] {
  return table(items, columns, paint, width === undefined ? undefined : { width, optional });
}

/** A table with a line for each pod. */
export interface PodTable<T> {
  readonly items: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly optional: readonly string[];
  readonly podOf: (item: T) => { readonly name: string; readonly uid: string };
}

export function tableLines<T>({ items, columns, optional }: PodTable<T>, style: Style): readonly string[] {
  return fittingTable(items, columns, style, optional);
}

export function section(title: string, items: readonly string[], { paint }: Style): readonly string[] {
  return items.length === 0 ? [] : [paint('bold', `${title}:`), ...items.map((item) => `  ${item}`)];
}

/** Lines to type: Pitlane's own commands get the prefix, kubectl lines are complete. */
export function insteadLines(instead: readonly string[], style: Style): readonly string[] {
  return instead.map((line) => `  ${style.paint('cyan', typed(line, style))}`);
}

export function typed(line: string, { prefix }: Style): string {
  return line.startsWith('kubectl ') ? line : `${prefix} ${line}`;
}

export function undoLines(undo: readonly string[], style: Style): readonly string[] {
  return section('To undo by hand', pasteable(undo), style);
}
