import type { Check, Plan, Progress } from '../pitlane/rotation/plan.ts';
import { list } from '../pitlane/text/words.ts';
import type { Colour } from './colour.ts';
import { type PodRow, type PodState, podOf } from './pod-rows.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';

/** Lines of a list that a person in front of a screen is shown without `-o wide`. */
const MOST_LINES = 20;

/** The first lines, and how many more there are; all of them in a pipe and with `-o wide`. */
export function bounded(lines: readonly string[], style: Style): readonly string[] {
  const hidden = lines.length - MOST_LINES;
  if (!style.isTerminal || style.isWide || hidden <= 1) return lines;
  return [...lines.slice(0, MOST_LINES), `… and ${hidden} more: -o wide shows them all`];
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
  const isCut =
    bounded(
      rows.map(({ name }) => name),
      style,
    ).length < rows.length;
  const shown = isCut ? [...rows].sort((a, b) => Number(isPlain(a)) - Number(isPlain(b))) : rows;
  const states = shown.map(stateCell);
  const hasStates = states.some(({ text }) => text !== '');
  const [header = '', ...lines] = table(
    [...(hasTurns ? ['TURN'] : []), 'POD', ...(hasStates ? ['STATE'] : [])],
    shown.map((row, index) => [
      ...(hasTurns ? [turnCell(row)] : []),
      { text: row.name },
      states[index] ?? { text: '' },
    ]),
    style.paint,
  );
  return [header, ...bounded(lines, style)];
}

function isPlain({ state, findings }: PodRow): boolean {
  return state === 'done' || (state === 'planned' && findings.length === 0);
}

function turnCell({ turn }: PodRow): Cell {
  return { text: turn === undefined ? '' : String(turn) };
}

function stateCell({ state, findings, seen, tookMs }: PodRow): Cell {
  const [word, colour] = STATES[state];
  const details = state === 'waiting' ? [seen ?? ''] : state === 'done' ? [] : findings;
  const took = tookMs === undefined ? '' : ` (after ${seconds(tookMs)})`;
  const text = [word + took, details.join(', ')].filter((part) => part !== '').join(': ');
  return { text, ...(colour !== undefined && { colour }) };
}

/** Findings that differ only by the pod's name are one finding about all of them; good ones are left out. */
export function sharedChecks(checks: readonly Check[], total: number): readonly Check[] {
  const groups = Map.groupBy(
    checks.filter(({ level }) => level !== 'ok'),
    ({ level, pod, message, instead }) => JSON.stringify([level, unnamed(message, pod), unnamed(instead ?? '', pod)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const pods = [...new Set(group.flatMap(({ pod }) => pod ?? []))];
    if (first?.pod === undefined || pods.length < 2) return first ?? [];
    const { pod, instead } = first;
    // The commands take several pods as they take one.
    const names = pods.length > MOST_NAMES ? pod : pods.join(' ');
    const message = unnamed(first.message, pod);
    return {
      ...first,
      message: message.includes(POD) ? about(message, pods, total) : `${message} (${pods.length} pods)`,
      ...(instead !== undefined && { instead: instead.replaceAll(pod, names) }),
    };
  });
}

/** Pods that a line of a report names. */
const MOST_NAMES = 5;

/** Texts that differ only by the pod's name are one text about all of them. */
function sharedTexts(
  texts: readonly { readonly text: string; readonly pod?: string | undefined }[],
  total: number,
): readonly string[] {
  const groups = Map.groupBy(texts, ({ text, pod }) => unnamed(text, pod));
  return [...groups].map(([text, group]) => {
    const pods = [...new Set(group.flatMap(({ pod }) => pod ?? []))];
    return about(text, pods, total);
  });
}

/** The titles of all writes; those that differ only by the pod's name are one. */
export function sharedWrites({ phases }: Pick<Plan, 'phases'>, total: number): readonly string[] {
  const writes = phases.flatMap((phase) => phase.writes);
  return sharedTexts(
    writes.map(({ title, target }) => ({ text: title, pod: target.name })),
    total,
  );
}

/** The titles of all milestones; those that differ only by the pod's name are one. */
export function sharedMilestones(proof: readonly Pick<Progress, 'milestone'>[], total: number): readonly string[] {
  return sharedTexts(
    proof.map((progress) => {
      const { title, withinSeconds } = progress.milestone;
      return { text: `${title} (within ${withinSeconds} s)`, pod: podOf(progress)?.name };
    }),
    total,
  );
}

const POD = '\u0000';

function unnamed(text: string, pod: string | undefined): string {
  return pod === undefined ? text : text.replaceAll(pod, POD);
}

function about(text: string, pods: readonly string[], total: number): string {
  const some = pods.length === 1 ? (pods[0] ?? '') : `each of ${list(pods, MOST_NAMES)}`;
  const who = pods.length === total && total > 1 ? 'each pod' : some;
  return text.replaceAll(POD, who).replace(/^each/, 'Each');
}

/** `0.4 s`, `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
