import type { JournalEntry } from '../../journal/entry.ts';
import { askedFor, ENDINGS, leftOutText, standing } from '../../journal/words.ts';
import type { OperationsList } from '../../operate/outcome.ts';
import { subjectText } from '../../rotation/plan.ts';
import { age } from '../../text/age.ts';
import {
  type Block,
  context,
  type Message,
  message,
  section,
  sections,
  shareRoom,
  takeFitting,
} from '../blocks/blocks.ts';
import { cancelButton } from '../blocks/buttons.ts';
import { code, escapeInline, mentionFirst, person } from '../blocks/escape.ts';
import { clock } from '../blocks/time.ts';
import type { Setting } from './setting.ts';

/** Each takes two of the 50 blocks. */
const MOST_WITH_BUTTON = 10;
/** For each of the two lists, since Slack refuses messages that are too long. */
const MOST_CHARACTERS = 4_500;

export function operationsView({ service, underWay, ended, at }: OperationsList, { address }: Setting): Message {
  const heading = `*${escapeInline(service)}*: ${underWay.length} in progress, ${ended.length} ended in the last 24 hours`;
  const asked = underWay.map((entry, index) => underWayText(entry, at, index < MOST_WITH_BUTTON ? undefined : address));
  const open = takeFitting(shareRoom(asked, MOST_CHARACTERS), MOST_CHARACTERS);
  const endings = ended.map((entry) => endedText(entry, at));
  const over = takeFitting(shareRoom(endings, MOST_CHARACTERS), MOST_CHARACTERS);
  return message('operations', heading, [
    section(heading),
    ...underWay
      .slice(0, Math.min(open.length, MOST_WITH_BUTTON))
      .flatMap((entry, index) => [section(open[index] ?? ''), ...cancelBlocks(entry, address)]),
    ...sections(open.slice(MOST_WITH_BUTTON)),
    ...leftOut(underWay.length - open.length, 'in progress'),
    ...(over.length === 0 ? [] : sections(['*Ended, newest first*', ...over])),
    ...leftOut(ended.length - over.length, 'ended'),
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

function cancelBlocks(entry: JournalEntry, address: string): readonly Block[] {
  if (entry.cancel !== undefined) return [];
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

function leftOut(count: number, what: string): readonly Block[] {
  return count === 0 ? [] : [context(`${count} more ${what} not shown.`)];
}
