import type { JournalEntry } from '../../journal/entry.ts';
import { askedFor, ENDINGS } from '../../journal/words.ts';
import type { Cancelled, Denied, Repeated, Running } from '../../operate/outcome.ts';
import { context, type Message, message, section } from '../blocks/blocks.ts';
import { channel, code, escapeInline, everybodyIn, peopleIn, person } from '../blocks/escape.ts';
import type { MessageState } from '../blocks/state.ts';
import { moment } from '../blocks/time.ts';
import { undoByHand } from './change-view.ts';
import type { Setting } from './setting.ts';

/** The asker's role does not cover it: who may. */
export function deniedView({ request, message: sentence }: Denied): Message {
  const isChange = 'dryRun' in request || request.command === 'cancel';
  const text = `${everybodyIn(sentence)}${isChange ? ' Nothing was changed.' : ''}`;
  return message('denied', text, [section(text)]);
}

/** Another delivery of the same request, while the first is at work. */
export function runningView({ entry }: Running, { address }: Setting): Message {
  const heading = `*${escapeInline(askedFor(entry))} is under way already.*`;
  const asked = `${person(entry.by)} asked for it ${moment(entry.at)}. It was not begun a second time.`;
  const where = entry.report === undefined ? '' : ` Its report is in ${channel(entry.report.channel)}.`;
  return message('alreadyRunning', heading, [
    section(`${heading} ${asked}${where}`),
    context(`See how it goes: ${code(`${address} operations`)}`),
  ]);
}

/** The same request once more: how it ended the first time. */
export function repeatedView({ entry }: Repeated, { address }: Setting): Message {
  const { ended, pod } = entry;
  const how = ended === undefined ? '' : `, and ${ENDINGS[ended.kind]}`;
  const heading = `*${escapeInline(askedFor(entry))}: asked before${how}.* It was not carried out again.`;
  const when = ended === undefined ? '' : ` It ended ${moment(ended.at)}: ${peopleIn(ended.message)}`;
  return message('repeated', heading, [
    section(`${heading}\n${person(entry.by)} asked for it ${moment(entry.at)}.${when}`),
    context(`See how it stands: ${code(`${address} inspect ${pod.name}`)}`),
  ]);
}

/** Ended where it stood, or about to be: what stands, who wanted it so, and how it is undone by hand. */
export function cancelledView({ entry, undo }: Cancelled, { address }: Setting): Message {
  const { cancel, ended } = entry;
  const asked = escapeInline(askedFor(entry));
  const heading = ended === undefined ? `*Cancelling ${asked}*` : `*${asked} was ${ENDINGS[ended.kind]}.*`;
  // Of what was overtaken the message says by whom.
  const isCancelled = cancel !== undefined && cancel.instead === undefined;
  const what =
    ended === undefined ? 'It is ended where it stands, and its report says what that is.' : peopleIn(ended.message);
  const who = [
    `asked by ${person(entry.by)}`,
    ...(isCancelled ? [`cancelled by ${person(cancel.by)} ${moment(cancel.at)}`] : []),
  ];
  return message(stateOf(ended), heading, [
    section(`${heading}\n${what}`),
    ...undoByHand(undo),
    context(who.join(' · ')),
    context(`See how it stands: ${code(`${address} inspect ${entry.pod.name}`)}`),
  ]);
}

function stateOf(ended: JournalEntry['ended']): MessageState {
  if (ended === undefined) return 'cancelling';
  return ended.kind === 'superseded' ? 'superseded' : 'cancelled';
}
