import type { Choice, Failed, NotUnderstood, Outcome } from '../pitlane/operate/outcome.ts';
import { sanitizeAll } from './colour.ts';
import { renderDone, renderProposal, renderRefusal, renderUnfinished } from './render-change.ts';
import { renderDrained } from './render-drained.ts';
import { renderInspected } from './render-inspected.ts';
import { renderCancelled, renderDenied, renderOperations, renderRepeated, renderRunning } from './render-journal.ts';
import { memberTable, renderListed } from './render-list.ts';
import { renderLogged } from './render-logs.ts';
import { insteadLines, type Style, section, undoLines } from './style.ts';
import { table } from './table.ts';

/** An outcome as text for people, without a last line break. */
export function render(outcome: Outcome, style: Style): string {
  const lines = isWholeText(outcome) ? textLines(outcome, style) : linesOf(sanitizeAll(outcome), style);
  return lines.join('\n');
}

type WholeText = Extract<Outcome, { kind: 'logged' | 'helped' }>;

function isWholeText(outcome: Outcome): outcome is WholeText {
  return outcome.kind === 'logged' || outcome.kind === 'helped';
}

function textLines(outcome: WholeText, style: Style): readonly string[] {
  return outcome.kind === 'logged' ? renderLogged(outcome, style) : [outcome.text];
}

function linesOf(outcome: Exclude<Outcome, WholeText>, style: Style): readonly string[] {
  switch (outcome.kind) {
    case 'listed':
      return renderListed(outcome, style);
    case 'inspected':
      return renderInspected(outcome, style);
    case 'notUnderstood':
      return renderNotUnderstood(outcome, style);
    case 'choice':
      return renderChoice(outcome, style);
    case 'refusal':
      return renderRefusal(outcome, style);
    case 'proposal':
      return renderProposal(outcome, style);
    case 'done':
      return renderDone(outcome, style);
    case 'unfinished':
      return renderUnfinished(outcome, style);
    case 'failed':
      return renderFailed(outcome, style);
    case 'denied':
      return renderDenied(outcome, style);
    case 'running':
      return renderRunning(outcome, style);
    case 'repeated':
      return renderRepeated(outcome, style);
    case 'cancelled':
      return renderCancelled(outcome, style);
    case 'operations':
      return renderOperations(outcome, style);
    case 'drainedList':
      return renderDrained(outcome, style);
    case 'evidence':
      return outcome.notes;
  }
}

function renderNotUnderstood({ message, instead }: NotUnderstood, style: Style): readonly string[] {
  return [message, ...insteadLines(instead, style)];
}

function renderChoice({ message, candidates }: Choice, style: Style): readonly string[] {
  const [header, rows] = memberTable(candidates, style);
  const numbered = rows.map((row, index) => [{ text: String(index + 1) }, ...row]);
  return [message, ...table(['#', ...header], numbered, style.paint)];
}

function renderFailed({ message, stands, undo }: Failed, style: Style): readonly string[] {
  return [
    style.paint('red', message),
    ...(stands.length === 0 && style.isChange ? ['Nothing was changed.'] : section('Current state', stands, style)),
    ...undoLines(undo, style),
  ];
}
