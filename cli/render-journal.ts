import type { JournalEntry } from '../pitlane/journal/entry.ts';
import { askedFor, ENDINGS, standing } from '../pitlane/journal/words.ts';
import type { Cancelled, Denied, OperationsList, Repeated, Running } from '../pitlane/operate/outcome.ts';
import { age, clock } from './age.ts';
import { insteadLines, type Style, undoLines } from './style.ts';
import { type Cell, table } from './table.ts';

export function renderDenied({ message }: Denied, style: Style): readonly string[] {
  return [style.paint('red', message), ...(style.isChange ? ['Nothing was changed.'] : [])];
}

export function renderRunning({ entry }: Running, style: Style): readonly string[] {
  return [
    style.paint('yellow', `${askedFor(entry)} is already in progress; not started again.`),
    `Requested by ${entry.by} ${age(entry.at, style.now)} ago; ${standing(entry, style.now).join(', ')}.`,
    'To see its progress:',
    ...insteadLines(['operations'], style),
  ];
}

export function renderRepeated({ entry }: Repeated, style: Style): readonly string[] {
  const { ended } = entry;
  const how = ended === undefined ? 'requested' : `${ENDINGS[ended.kind]} at ${clock(ended.at, style.now)}`;
  return [
    style.paint(ended?.kind === 'done' ? 'green' : 'yellow', `${askedFor(entry)}: already ${how}; not repeated.`),
    `Requested by ${entry.by} ${age(entry.at, style.now)} ago.`,
    ...(ended === undefined ? [] : [ended.message]),
  ];
}

export function renderCancelled({ entry, undo }: Cancelled, style: Style): readonly string[] {
  const { cancel, ended } = entry;
  const how = ended === undefined ? 'cancelling' : ENDINGS[ended.kind];
  const by = cancel === undefined || cancel.instead !== undefined ? '' : ` by ${cancel.by}`;
  const when = by === '' || cancel === undefined ? '' : `, ${age(cancel.at, style.now)} ago`;
  return [
    style.paint('yellow', `${askedFor(entry)}: ${how}${by}${when}.`),
    ended?.message ?? 'The running process stops and reports the state.',
    ...undoLines(undo, style),
  ];
}

/** One line each: first operations in progress, the newest last, then ended ones, the newest first. */
export function renderOperations({ service, underWay, ended }: OperationsList, style: Style): readonly string[] {
  const rows = [...underWay, ...ended].map((entry) => cells(entry, style));
  return [
    style.paint('bold', `${service}: ${underWay.length} in progress, ${ended.length} ended in the last 24 hours`),
    ...(rows.length === 0 ? [] : table(['ID', 'OPERATION', 'BY', 'REQUESTED', 'STATE'], rows, style.paint)),
    ...(underWay.length === 0 ? [] : ['To cancel one:', ...insteadLines(['cancel ID'], style)]),
  ];
}

function cells(entry: JournalEntry, { now }: Style): readonly Cell[] {
  const { ended } = entry;
  const state: Cell =
    ended === undefined
      ? { text: standing(entry, now).join(', '), colour: 'yellow' }
      : {
          text: `${ENDINGS[ended.kind]} ${age(ended.at, now)} ago${ended.kind === 'done' ? '' : `: ${ended.message}`}`,
          colour: ended.kind === 'done' ? 'green' : 'red',
        };
  return [
    { text: entry.id },
    { text: askedFor(entry) },
    { text: entry.by },
    { text: `${age(entry.at, now)} ago` },
    state,
  ];
}
