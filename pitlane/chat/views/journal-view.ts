import type { JournalEntry } from '../../journal/entry.ts';
import { askedFor, ENDINGS } from '../../journal/words.ts';
import type { Cancelled, Denied, Repeated, Running } from '../../operate/outcome.ts';
import { makesChanges } from '../../operations/table.ts';
import { podsIn } from '../../rotation/plan.ts';
import { onlyOf } from '../../text/words.ts';
import { type Block, context, type Message, message, section } from '../blocks/blocks.ts';
import { channel, code, escapeInline, mentionAll, mentionFirst, person } from '../blocks/escape.ts';
import type { MessageState } from '../blocks/state.ts';
import { moment } from '../blocks/time.ts';
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
  const who = [
    `asked by ${person(entry.by)}`,
    ...(isCancelled ? [`cancelled by ${person(cancel.by)} ${moment(cancel.at)}`] : []),
  ];
  return message(stateOf(ended, isUntouched), heading, [
    section(`${heading}\n${what}`),
    ...undoCancelled(cancelled, setting),
    context(who.join(' · ')),
    context(`Check the state: ${code(`${setting.address} ${lookAt(entry)}`)}`),
  ]);
}

/** Names only the pods that were changed. An operation that replaces this one has its own undo. */
function undoCancelled({ entry, undo }: Cancelled, setting: Setting): Block[] {
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
