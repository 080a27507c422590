import type { PastChange } from '../../journal/entry.ts';
import { undoneBy } from '../../journal/history.ts';
import { askedFor, ENDINGS, lastText, moreOfChange } from '../../journal/words.ts';
import type { History } from '../../operate/outcome.ts';
import { context, type Message, message, section, sections, shareRoom, takeFitting } from '../blocks/blocks.ts';
import { code, escapeInline, mentionFirst, person } from '../blocks/escape.ts';
import { moment } from '../blocks/time.ts';
import type { Setting } from './setting.ts';

/** Slack refuses messages that are too long. */
const MOST_CHARACTERS = 9_000;

export function historyView({ service, changes, last }: History, { address }: Setting): Message {
  const name = `*${escapeInline(service)}*`;
  if (changes.length === 0) return message('history', `${name}: no change is remembered.`, []);
  const lines = changes.slice(0, last).map((change) => changeText(change, changes));
  const shown = takeFitting(shareRoom(lines, MOST_CHARACTERS), MOST_CHARACTERS);
  const heading = `${name}: ${lastText(shown.length, changes.length)}`;
  const typed = [
    `Undo one: ${code(`${address} undo ID`)}`,
    `In progress: ${code(`${address} operations`)}`,
    ...(last < changes.length ? [`More: ${code(`${address} history --last ${changes.length}`)}`] : []),
  ];
  return message('history', heading, [section(heading), ...sections(shown), context(typed.join(' · '))]);
}

function changeText(change: PastChange, changes: readonly PastChange[]): string {
  const { id, request, by, at, ended } = change;
  const because = request.because === undefined ? '' : ` because ${escapeInline(request.because)}`;
  const more = moreOfChange(change, undoneBy(change, changes)).map(escapeInline);
  const how = [`${ENDINGS[ended.kind]}`, ...more, code(id)].join(' · ');
  // The message of a finished operation adds nothing.
  const what = ended.kind === 'done' ? '' : `\n      ${mentionFirst(ended.message)}`;
  return `• *${escapeInline(askedFor(change))}* ${moment(at)} by ${person(by)}${because}\n      ${how}${what}`;
}
