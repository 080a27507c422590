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
    style.paint('yellow', `${askedFor(entry)} is under way already, and was not begun a second time.`),
    `${entry.by} asked for it ${age(entry.at, style.now)} ago; ${standing(entry, style.now).join(', ')}.`,
    'See how it goes:',
    ...insteadLines(['operations'], style),
  ];
}

export function renderRepeated({ entry }: Repeated, style: Style): readonly string[] {
  const { ended } = entry;
  const how = ended === undefined ? '' : `, and ${ENDINGS[ended.kind]}`;
  return [
    style.paint(ended?.kind === 'done' ? 'green' : 'yellow', `${askedFor(entry)}: asked before${how}.`),
    'It was not carried out again.',
    `${entry.by} asked for it ${age(entry.at, style.now)} ago.`,
    ...(ended === undefined ? [] : [`It ended at ${clock(ended.at, style.now)}: ${ended.message}`]),
  ];
}

export function renderCancelled({ entry, undo }: Cancelled, style: Style): readonly string[] {
  const { cancel, ended } = entry;
  return [
    style.paint(
      'yellow',
      `${askedFor(entry)} ${ended === undefined ? 'is being cancelled' : `was ${ENDINGS[ended.kind]}`}.`,
    ),
    ended?.message ?? 'It is ended where it stands, and its report says what that is.',
    ...(cancel === undefined || cancel.instead !== undefined
      ? []
      : [`${cancel.by} has cancelled it ${age(cancel.at, style.now)} ago.`]),
    ...undoLines(undo, style),
  ];
}

/** A line for each, the newest last as far as they are under way, then the newest first of those that have ended. */
export function renderOperations({ service, underWay, ended }: OperationsList, style: Style): readonly string[] {
  const rows = [...underWay, ...ended].map((entry) => cells(entry, style));
  return [
    style.paint('bold', `${service}: ${underWay.length} under way, ${ended.length} ended in the last 24 hours`),
    ...(rows.length === 0 ? [] : table(['ID', 'OPERATION', 'BY', 'ASKED', 'STATE'], rows, style.paint)),
    ...(underWay.length === 0 ? [] : ['To end one where it stands:', ...insteadLines(['cancel ID'], style)]),
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
