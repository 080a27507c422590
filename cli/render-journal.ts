import type { JournalEntry, PastChange } from '../pitlane/journal/entry.ts';
import { undoneBy } from '../pitlane/journal/history.ts';
import { askedFor, ENDINGS, lastText, leftOutText, moreOfChange, standing } from '../pitlane/journal/words.ts';
import type { Cancelled, Denied, History, OperationsList, Repeated, Running } from '../pitlane/operate/outcome.ts';
import { age, clock } from '../pitlane/text/age.ts';
import type { Cell, Column } from '../pitlane/text/table.ts';
import { personText } from '../pitlane/text/words.ts';
import { fittingTable, insteadLines, type Style, undoLines } from './style.ts';

export function renderDenied({ message }: Denied, style: Style): readonly string[] {
  return [style.paint('red', message), ...(style.isChange ? ['Nothing was changed.'] : [])];
}

export function renderRunning({ entry }: Running, style: Style): readonly string[] {
  return [
    style.paint('yellow', `${askedFor(entry)} is already in progress; not started again.`),
    `Requested by ${personText(entry)} ${age(entry.at, style.now)} ago; ${standing(entry, style.now).join(', ')}.`,
    'To see its progress:',
    ...insteadLines(['operations'], style),
  ];
}

export function renderRepeated({ entry }: Repeated, style: Style): readonly string[] {
  const { ended } = entry;
  const how = ended === undefined ? 'requested' : `${ENDINGS[ended.kind]} at ${clock(ended.at, style.now)}`;
  return [
    style.paint(ended?.kind === 'done' ? 'green' : 'yellow', `${askedFor(entry)}: already ${how}; not repeated.`),
    `Requested by ${personText(entry)} ${age(entry.at, style.now)} ago.`,
    ...(ended === undefined ? [] : [ended.message]),
  ];
}

export function renderCancelled({ entry, undo }: Cancelled, style: Style): readonly string[] {
  const { cancel, ended } = entry;
  const how = ended === undefined ? 'cancelling' : ENDINGS[ended.kind];
  const by = cancel === undefined || cancel.instead !== undefined ? '' : ` by ${personText(cancel)}`;
  const when = by === '' || cancel === undefined ? '' : `, ${age(cancel.at, style.now)} ago`;
  return [
    style.paint('yellow', `${askedFor(entry)}: ${how}${by}${when}.`),
    ended?.message ?? 'The running process stops and reports the state.',
    ...undoLines(undo, style),
  ];
}

/** One line each: first operations in progress, the newest last, then ended ones, the newest first. */
export function renderOperations({ service, underWay, ended }: OperationsList, style: Style): readonly string[] {
  const columns: readonly Column<JournalEntry>[] = [
    ['ID', ({ id }) => id],
    ['OPERATION', askedFor],
    ['BY', personText],
    ['REQUESTED', ({ at }) => `${age(at, style.now)} ago`],
    ['STATE', (entry) => stateCell(entry, style)],
  ];
  return [
    style.paint('bold', `${service}: ${underWay.length} in progress, ${ended.length} ended in the last 24 hours`),
    ...fittingTable([...underWay, ...ended], columns, style, ['BY', 'REQUESTED']),
    ...(underWay.length === 0 ? [] : ['To cancel one:', ...insteadLines(['cancel ID'], style)]),
  ];
}

/** One line each, the newest first. */
export function renderHistory({ service, changes, last }: History, style: Style): readonly string[] {
  const shown = changes.slice(0, last);
  const columns: readonly Column<PastChange>[] = [
    ['ID', ({ id }) => id],
    ['CHANGE', askedFor],
    ['BY', personText],
    ['REQUESTED', ({ at }) => clock(at, style.now)],
    ['OUTCOME', (change) => outcomeCell(change, changes)],
    ['BECAUSE', ({ request }) => request.because ?? ''],
  ];
  if (shown.length === 0) return [style.paint('bold', `${service}: no change is remembered`)];
  return [
    style.paint('bold', `${service}: ${lastText(shown.length, changes.length)}`),
    ...fittingTable(shown, columns, style, ['BY', 'REQUESTED']),
    'To undo one:',
    ...insteadLines(['undo ID'], style),
  ];
}

function outcomeCell(change: PastChange, changes: readonly PastChange[]): Cell {
  const { kind, message } = change.ended;
  const text = [ENDINGS[kind], ...moreOfChange(change, undoneBy(change, changes))].join(', ');
  return kind === 'done' ? { text, colour: 'green' } : { text: `${text}: ${message}`, colour: 'red' };
}

function stateCell(entry: JournalEntry, { now }: Style): Cell {
  const { ended } = entry;
  const out = leftOutText(entry);
  const more = out === undefined ? [] : [out];
  if (ended === undefined) return { text: [...standing(entry, now), ...more].join(', '), colour: 'yellow' };
  const text = [`${ENDINGS[ended.kind]} ${age(ended.at, now)} ago`, ...more].join(', ');
  return ended.kind === 'done' ? { text, colour: 'green' } : { text: `${text}: ${ended.message}`, colour: 'red' };
}
