import type { JournalEntry, PastChange } from '../../journal/entry.ts';
import { undoneBy } from '../../journal/history.ts';
import { askedFor, ENDINGS, lastText, leftOutText, moreOfChange, standing } from '../../journal/words.ts';
import type { Cancelled, Denied, History, OperationsList, Repeated, Running } from '../../operate/outcome.ts';
import { makesChanges } from '../../operations/table.ts';
import { podsIn, subjectText } from '../../rotation/plan.ts';
import { age } from '../../text/age.ts';
import { compact, onlyOf } from '../../text/words.ts';
import {
  type Block,
  context,
  fitted,
  type Message,
  message,
  type Shown,
  section,
  sections,
  titled,
} from '../blocks/blocks.ts';
import { cancelButton } from '../blocks/buttons.ts';
import {
  becauseText,
  channel,
  clock,
  code,
  escapeInline,
  mentionAll,
  mentionFirst,
  moment,
  person,
} from '../blocks/mrkdwn.ts';
import type { MessageState } from '../blocks/state.ts';
import { notWritten } from './change-report.ts';
import type { Setting } from './setting.ts';
import { undoByHand, undoEnded } from './undo-blocks.ts';

export function deniedView({ request, message: sentence }: Denied): Message {
  const text = `${mentionAll(sentence)}${makesChanges(request) ? ' Nothing was changed.' : ''}`;
  return message('denied', text, [section(text)]);
}

export function runningView({ entry }: Running, { address }: Setting): Message {
  const heading = `*Already in progress: ${escapeInline(askedFor(entry))}.*`;
  const asked = `${person(entry.by)} asked for it ${moment(entry.at)}; it does not start twice.`;
  const where = entry.report === undefined ? '' : ` Its report is in ${channel(entry.report.channel)}.`;
  return message('alreadyRunning', heading, [
    section(`${heading} ${asked}${where}`),
    context(`Progress: ${code(`${address} operations`)}`),
  ]);
}

export function repeatedView({ entry }: Repeated, { address }: Setting): Message {
  const { ended } = entry;
  const how = ended === undefined ? 'requested' : ENDINGS[ended.kind];
  const heading = `*${escapeInline(askedFor(entry))}: already ${how} ${moment((ended ?? entry).at)}.* Not repeated.`;
  // The heading says it all if it is done.
  const why = ended === undefined || ended.kind === 'done' ? '' : ` ${mentionFirst(ended.message)}`;
  return message('repeated', heading, [
    section(`${heading}\n${person(entry.by)} asked for it ${moment(entry.at)}.${why}`),
    context(`Check the state: ${code(`${address} ${lookAt(entry)}`)}`),
  ]);
}

export function cancelledView(cancelled: Cancelled, setting: Setting): Message {
  const { entry, isUntouched } = cancelled;
  const { cancel, ended } = entry;
  const asked = escapeInline(askedFor(entry));
  const heading = ended === undefined ? `*Cancelling ${asked}*` : `*${asked} was ${ENDINGS[ended.kind]}.*`;
  // The message of a superseded operation names who did so.
  const isCancelled = cancel !== undefined && cancel.instead === undefined;
  const what =
    ended === undefined
      ? 'Its process stops at the next step. Its report then says what was changed.'
      : mentionFirst(ended.message);
  const by = isCancelled ? ` · cancelled by ${person(cancel.by)} ${moment(cancel.at)}` : '';
  return message(stateOf(ended, isUntouched), heading, [
    section(`${heading}\n${what}`),
    undoCancelled(cancelled, setting),
    context(`asked by ${person(entry.by)}${by}`),
    context(`Check the state: ${code(`${setting.address} ${lookAt(entry)}`)}`),
  ]);
}

/** Names only the pods that were changed. An operation that replaces this one has its own undo. */
function undoCancelled({ entry, undo }: Cancelled, setting: Setting): Shown {
  const { report } = setting;
  if (podsIn(entry.subject).length > 1 && report !== undefined && entry.ended?.kind === 'cancelled')
    return undoEnded(report.plan, setting, notWritten(report));
  return undoByHand(undo);
}

function stateOf(ended: JournalEntry['ended'], isUntouched = false): MessageState {
  if (ended === undefined) return 'cancelling';
  const state = ended.kind === 'superseded' ? 'superseded' : 'cancelled';
  return isUntouched ? `${state}Untouched` : state;
}

/** The command that shows what became of the operation's pods. */
function lookAt({ subject }: JournalEntry): string {
  const pod = onlyOf(podsIn(subject));
  return pod === undefined ? 'list' : `inspect ${pod.name}`;
}

/** Slack refuses messages that are too long. */
const MOST_OF_HISTORY = 9_000;

export function historyView({ service, changes, last }: History, { address }: Setting): Message {
  const name = `*${escapeInline(service)}*`;
  if (changes.length === 0) return message('history', `${name}: no change is remembered.`, []);
  const lines = changes.slice(0, last).map((change) => changeText(change, changes));
  const shown = fitted(lines, MOST_OF_HISTORY);
  const heading = `${name}: ${lastText(shown.length, changes.length)}`;
  const typed = compact(
    `Undo one: ${code(`${address} undo ID`)}`,
    `In progress: ${code(`${address} operations`)}`,
    last < changes.length && `More: ${code(`${address} history --last ${changes.length}`)}`,
  );
  return message('history', heading, [section(heading), sections(shown), context(typed.join(' · '))]);
}

function changeText(change: PastChange, changes: readonly PastChange[]): string {
  const { id, request, by, at, ended } = change;
  const more = moreOfChange(change, undoneBy(change, changes)).map(escapeInline);
  const how = [`${ENDINGS[ended.kind]}`, ...more, code(id)].join(' · ');
  // The message of a finished operation adds nothing.
  const what = ended.kind === 'done' ? '' : `\n      ${mentionFirst(ended.message)}`;
  return `• *${escapeInline(askedFor(change))}* ${moment(at)} by ${person(by)}${becauseText(request.because)}\n      ${how}${what}`;
}

/** Each takes two of the 50 blocks. */
const MOST_WITH_BUTTON = 10;
/** For each of the two lists of operations. */
const MOST_OF_OPERATIONS = 4_500;

export function operationsView({ service, underWay, ended, at }: OperationsList, { address }: Setting): Message {
  const heading = `*${escapeInline(service)}*: ${underWay.length} in progress, ${ended.length} ended in the last 24 hours`;
  const asked = underWay.map((entry, index) => underWayText(entry, at, index < MOST_WITH_BUTTON ? undefined : address));
  const open = fitted(asked, MOST_OF_OPERATIONS);
  const endings = ended.map((entry) => endedText(entry, at));
  const over = fitted(endings, MOST_OF_OPERATIONS);
  return message('operations', heading, [
    section(heading),
    open.slice(0, MOST_WITH_BUTTON).map((text, index) => [section(text), cancelBlock(underWay[index], address)]),
    sections(open.slice(MOST_WITH_BUTTON)),
    leftOut(underWay.length - open.length, 'in progress'),
    titled('Ended, newest first', over),
    leftOut(ended.length - over.length, 'ended'),
  ]);
}

/** `address`: shows the command that cancels it, for an operation without a button. */
function underWayText(entry: JournalEntry, now: number, address: string | undefined): string {
  const line = `▸ *${escapeInline(askedFor(entry))}* by ${person(entry.by)} since ${clock(entry.at)} (${age(entry.at, now)})`;
  const by = entry.cancel === undefined ? '' : ` by ${person(entry.cancel.by)}`;
  const how = `${[...standing(entry, now), ...outOf(entry)].join(', ')}${by}`;
  const typed = address === undefined ? '' : ` · ${code(`${address} cancel ${entry.id}`)}`;
  return `${line}\n      ${how}${typed}`;
}

function cancelBlock(entry: JournalEntry | undefined, address: string): Block | undefined {
  if (entry === undefined || entry.cancel !== undefined) return undefined;
  const { service, command } = entry.request;
  return cancelButton({ service, id: entry.id, address }, { command, pod: subjectText(entry.subject) });
}

function endedText(entry: JournalEntry, now: number): string {
  const { ended } = entry;
  const how = ended === undefined ? '' : `${ENDINGS[ended.kind]} ${age(ended.at, now)} ago · `;
  // The message of a finished operation adds nothing.
  const what = ended === undefined || ended.kind === 'done' ? '' : `\n      ${mentionFirst(ended.message)}`;
  const out = outOf(entry).map((text) => ` · ${text}`);
  return `• *${escapeInline(askedFor(entry))}* ${how}by ${person(entry.by)}${out.join('')}${what}`;
}

function outOf(entry: JournalEntry): readonly string[] {
  const out = leftOutText(entry);
  return out === undefined ? [] : [escapeInline(out)];
}

function leftOut(count: number, what: string): Shown {
  return count > 0 && context(`${count} more ${what} not shown.`);
}
