import type { Check, Progress } from '../pitlane/rotation/plan.ts';
import { saysMet } from '../pitlane/rotation/proof.ts';
import { list } from '../pitlane/text/words.ts';
import type { Colour } from './colour.ts';
import { type PodRow, type PodState, podOf } from './pod-rows.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';

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

/** Pods that a line of a report names. */
const MAX_NAMES = 5;

/** Findings that differ only by the pod's name become one finding about all of them. Omits passed checks. */
export function sharedChecks(checks: readonly Check[], total: number): readonly Check[] {
  const groups = Map.groupBy(
    checks.filter(({ level }) => level !== 'ok'),
    ({ level, pod, message, instead = '' }) => JSON.stringify([level, unnamed(message, pod), unnamed(instead, pod)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const pods = namesIn(group);
    if (first?.pod === undefined || pods.length < 2) return first ?? [];
    const { pod, instead } = first;
    // A command takes several pods or one.
    const names = pods.length > MAX_NAMES ? pod : pods.join(' ');
    const message = unnamed(first.message, pod);
    return {
      ...first,
      message: message.includes(POD) ? about(message, pods, total) : `${message} (${pods.length} pods)`,
      instead: instead?.replaceAll(pod, names),
    };
  });
}

/** Texts that differ only by the pod's name become one text about all of them. */
export function sharedTexts(
  texts: readonly { readonly text: string; readonly pod?: string | undefined }[],
  total: number,
): readonly string[] {
  const groups = Map.groupBy(texts, ({ text, pod }) => unnamed(text, pod));
  return [...groups].map(([text, group]) => about(text, namesIn(group), total));
}

function namesIn(group: readonly { readonly pod?: string | undefined }[]): readonly string[] {
  return [...new Set(group.flatMap(({ pod }) => pod ?? []))];
}

/** The maximum of characters in a line about many pods. */
const MAX_CHARACTERS = 160;

/** A milestone as it was seen last. Once it is met, only a pod's own milestone has details worth reading. */
export function progressText(progress: Progress): string {
  const { isMet, seen, milestone } = progress;
  if (isMet) return podOf(progress) === undefined ? milestone.title : saysMet(progress);
  return seen.length <= MAX_CHARACTERS ? seen : `${seen.slice(0, MAX_CHARACTERS - 1)}…`;
}

const POD = '\u0000';

function unnamed(text: string, pod: string | undefined): string {
  return pod === undefined ? text : text.replaceAll(pod, POD);
}

function about(text: string, pods: readonly string[], total: number): string {
  const some = pods.length === 1 ? (pods[0] ?? '') : `each of ${list(pods, MAX_NAMES)}`;
  const who = pods.length === total && total > 1 ? 'each pod' : some;
  return text.replaceAll(POD, who).replace(/^each/, 'Each');
}

/** `0.4 s`, `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
