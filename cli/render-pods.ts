import type { Progress } from '../pitlane/rotation/plan.ts';
import { type PodRow, type PodState, podOf } from '../pitlane/rotation/pod-rows.ts';
import { saysMet } from '../pitlane/rotation/proof.ts';
import { type Colour, type Column, table } from '../pitlane/text/table.ts';
import type { Style } from './style.ts';

/** The lines of a list on a screen without `-o wide`. */
const MAX_LINES = 20;

/** The first lines on a screen, and how many more there are. All lines in a pipe and with `-o wide`. */
export function bounded(lines: readonly string[], style: Style): readonly string[] {
  const hidden = lines.length - MAX_LINES;
  return isBounded(lines, style)
    ? [...lines.slice(0, MAX_LINES), `… and ${hidden} more: -o wide shows them all`]
    : lines;
}

function isBounded({ length }: readonly unknown[], { isTerminal, isWide }: Style): boolean {
  return isTerminal && !isWide && length > MAX_LINES + 1;
}

const STATES: Readonly<Record<PodState, readonly [word: string, colour?: Colour]>> = {
  planned: [''],
  notBegun: ['not begun', 'yellow'],
  waiting: ['waiting', 'yellow'],
  done: ['done', 'green'],
  leftOut: ['left out', 'red'],
  refused: ['refused', 'red'],
};

/** A line for each pod, with its turn where there are several. Where not all lines fit, pods that need attention come first. */
export function podTable(rows: readonly PodRow[], style: Style): readonly string[] {
  const hasTurns = rows.some(({ turn = 1 }) => turn > 1);
  const shown = isBounded(rows, style) ? [...rows].sort((a, b) => Number(isPlain(a)) - Number(isPlain(b))) : rows;
  const states = new Map(shown.map((row) => [row, stateCell(row)]));
  const hasStates = [...states.values()].some(({ text }) => text !== '');
  const turn: Column<PodRow> = ['TURN', (row) => String(row.turn ?? '')];
  const state: Column<PodRow> = ['STATE', (row) => states.get(row) ?? ''];
  const columns = [...(hasTurns ? [turn] : []), POD_COLUMN, ...(hasStates ? [state] : [])];
  const [header = '', ...lines] = table(shown, columns, style.paint);
  return [header, ...bounded(lines, style)];
}

const POD_COLUMN: Column<PodRow> = ['POD', ({ name }) => name];

function isPlain({ state, findings }: PodRow): boolean {
  return state === 'done' || (state === 'planned' && findings.length === 0);
}

function stateCell({ state, findings, seen, tookMs }: PodRow) {
  const [word, colour] = STATES[state];
  const details = state === 'waiting' ? [seen ?? ''] : state === 'done' ? [] : findings;
  const took = tookMs === undefined ? '' : ` (after ${seconds(tookMs)})`;
  const text = [word + took, details.join(', ')].filter((part) => part !== '').join(': ');
  return { text, colour };
}

/** The maximum of characters in a line about many pods. */
const MAX_CHARACTERS = 160;

/** A milestone as it was seen last. Once it is met, only a pod's own milestone has details worth reading. */
export function progressText(progress: Progress): string {
  const { isMet, seen, milestone } = progress;
  const isAboutSeveral = 'pods' in milestone.condition && podOf(progress) === undefined;
  if (isMet) return isAboutSeveral ? milestone.title : saysMet(progress);
  return seen.length <= MAX_CHARACTERS ? seen : `${seen.slice(0, MAX_CHARACTERS - 1)}…`;
}

/** `0.4 s`, `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
