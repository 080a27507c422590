import { pasteable } from '../pitlane/text/paste.ts';
import type { Paint } from './colour.ts';

/** How outcomes are shown. */
export interface Style {
  /** What stands in front of a command: `pitlane rng`. */
  readonly prefix: string;
  readonly paint: Paint;
  /** The request was to change something. */
  readonly isChange: boolean;
  /** Every column. */
  readonly isWide: boolean;
  /** A person sits in front of it: members plainly in rotation beyond the first 20 are counted, not shown. */
  readonly isTerminal: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function section(title: string, items: readonly string[], { paint }: Style): readonly string[] {
  return items.length === 0 ? [] : [paint('bold', `${title}:`), ...items.map((item) => `  ${item}`)];
}

/** What to type instead: pitlane's own commands come without their prefix, kubectl's are whole. */
export function insteadLines(instead: readonly string[], style: Style): readonly string[] {
  return instead.map((line) => `  ${style.paint('cyan', typed(line, style))}`);
}

export function typed(line: string, { prefix }: Style): string {
  return line.startsWith('kubectl ') ? line : `${prefix} ${line}`;
}

export function undoLines(undo: readonly string[], style: Style): readonly string[] {
  return section('To undo it by hand', pasteable(undo), style);
}
