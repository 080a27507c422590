import { foremost } from '../pitlane/evidence/finding.ts';
import type { Choice, Failed, NotUnderstood, Outcome } from '../pitlane/operate/outcome.ts';
import type { Member } from '../pitlane/rotation/membership.ts';
import type { Column } from '../pitlane/text/table.ts';
import { withNames } from '../pitlane/text/words.ts';
import { printableLines } from './colour.ts';
import { renderDone, renderProposal, renderRefusal, renderUnfinished } from './render-change.ts';
import { renderDrained } from './render-drained.ts';
import { renderGate } from './render-gate.ts';
import { renderInspected } from './render-inspected.ts';
import {
  renderCancelled,
  renderDenied,
  renderHistory,
  renderOperations,
  renderRepeated,
  renderRunning,
} from './render-journal.ts';
import { memberTable, renderListed } from './render-list.ts';
import { renderLogged } from './render-logs.ts';
import { renderSchedules } from './render-schedules.ts';
import { insteadLines, type Style, section, tableLines, undoLines } from './style.ts';

type Render<K extends Outcome['kind']> = (outcome: Extract<Outcome, { kind: K }>, style: Style) => readonly string[];

const RENDERERS: { readonly [K in Outcome['kind']]: Render<K> } = {
  listed: renderListed,
  inspected: renderInspected,
  logged: renderLogged,
  helped: ({ text }) => [text],
  notUnderstood: renderNotUnderstood,
  choice: renderChoice,
  refusal: renderRefusal,
  proposal: renderProposal,
  done: renderDone,
  unfinished: renderUnfinished,
  failed: renderFailed,
  denied: renderDenied,
  running: renderRunning,
  repeated: renderRepeated,
  cancelled: renderCancelled,
  operations: renderOperations,
  history: renderHistory,
  gate: renderGate,
  manifest: ({ text }) => [text.trimEnd()],
  schedules: renderSchedules,
  drainedList: renderDrained,
  evidence: ({ findings, notes }) => [...foremost(findings).map(({ text }) => text), ...notes],
};

/** An outcome as text for people, without a last line break. */
export function render(outcome: Outcome, style: Style): string {
  // Logs and help have line breaks of their own.
  const hasWholeText = outcome.kind === 'logged' || outcome.kind === 'helped';
  const renderer = RENDERERS[outcome.kind] as Render<Outcome['kind']>;
  const text = renderer(hasWholeText ? outcome : printableLines(outcome), style).join('\n');
  return hasWholeText ? text : withNames(text);
}

function renderNotUnderstood({ message, instead }: NotUnderstood, style: Style): readonly string[] {
  return [message, ...insteadLines(instead, style)];
}

function renderChoice({ message, candidates }: Choice, style: Style): readonly string[] {
  const number: Column<Member> = ['#', (_, index) => String(index + 1)];
  const members = memberTable(candidates, style);
  return [message, ...tableLines({ ...members, columns: [number, ...members.columns] }, style)];
}

function renderFailed({ message, stands, undo }: Failed, style: Style): readonly string[] {
  return [
    style.paint('red', message),
    ...(stands.length === 0 && style.isChange ? ['Nothing was changed.'] : section('Current state', stands, style)),
    ...undoLines(undo, style),
  ];
}
