import { askedFor, ENDINGS } from '../journal-words.ts';
import type { Cancelled, Denied, Repeated, Running } from '../outcome.ts';
import { context, type Message, message, section } from './blocks.ts';
import { code, escapeInline, everybodyIn, peopleIn, person } from './escape.ts';
import type { Setting } from './setting.ts';
import { moment } from './time.ts';

/** The asker's role does not cover it: who may. */
export function deniedView({ message: sentence }: Denied): Message {
  const text = `${everybodyIn(sentence)} Nothing was changed.`;
  return message(text, [section(text)]);
}

/** Another delivery of the same request, while the first is at work. */
export function runningView({ entry }: Running, { address }: Setting): Message {
  const heading = `*${escapeInline(askedFor(entry))} is under way already.*`;
  const asked = `${person(entry.by)} asked for it ${moment(entry.at)}. It was not begun a second time.`;
  const where = entry.report === undefined ? '' : ` Its report is in <#${entry.report.channel}>.`;
  return message(heading, [
    section(`${heading} ${asked}${where}`),
    context(`See how it goes: ${code(`${address} operations`)}`),
  ]);
}

/** The same request once more: how it ended the first time. */
export function repeatedView({ entry }: Repeated, { address }: Setting): Message {
  const { ended, pod } = entry;
  const how = ended === undefined ? 'was carried out before' : `${ENDINGS[ended.kind]} already`;
  const heading = `*${escapeInline(askedFor(entry))} ${how}.*`;
  const when = ended === undefined ? '' : ` It ended ${moment(ended.at)}: ${peopleIn(ended.message)}`;
  return message(heading, [
    section(`${heading} ${person(entry.by)} asked for it ${moment(entry.at)}.${when}`),
    section('It was not carried out again.'),
    context(`See how it stands: ${code(`${address} inspect ${pod.name}`)}`),
  ]);
}

/** Ended where it stood: what stands, and who wanted it so. */
export function cancelledView({ entry }: Cancelled, { address }: Setting): Message {
  const heading = `*${escapeInline(askedFor(entry))} was cancelled.*`;
  const { cancel, ended } = entry;
  const who = [
    `asked by ${person(entry.by)}`,
    ...(cancel === undefined ? [] : [`cancelled by ${person(cancel.by)} ${moment(cancel.at)}`]),
  ];
  return message(heading, [
    section(ended === undefined ? heading : `${heading}\n${peopleIn(ended.message)}`),
    context(who.join(' · ')),
    context(`See how it stands: ${code(`${address} inspect ${entry.pod.name}`)}`),
  ]);
}
