import type { JournalEntry } from '../../journal/entry.ts';
import { askedFor, ENDINGS, standing } from '../../journal/words.ts';
import type { OperationsList } from '../../operate/outcome.ts';
import { endButton } from '../blocks/act-buttons.ts';
import { type Block, context, fitting, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, escapeInline, peopleIn, person } from '../blocks/escape.ts';
import { age, clock } from '../blocks/time.ts';
import type { Setting } from './setting.ts';

/** With a button of their own; each takes two blocks of the 50. */
const MOST_WITH_BUTTON = 10;
/** Of each of the two lists: Slack refuses messages that are too long. */
const MOST_CHARACTERS = 4_500;

/** What is under way, each with a Cancel button, and what has ended. */
export function operationsView({ service, underWay, ended, at }: OperationsList, { address }: Setting): Message {
  const heading = `*${escapeInline(service)}*: ${underWay.length} under way, ${ended.length} ended in the last 24 hours`;
  const open = fitting(
    underWay.map((entry, index) => underWayText(entry, at, index < MOST_WITH_BUTTON ? undefined : address)),
    MOST_CHARACTERS,
  );
  const over = fitting(
    ended.map((entry) => endedText(entry, at)),
    MOST_CHARACTERS,
  );
  return message('operations', heading, [
    section(heading),
    ...underWay
      .slice(0, Math.min(open.length, MOST_WITH_BUTTON))
      .flatMap((entry, index) => [section(open[index] ?? ''), ...cancelBlocks(entry, address)]),
    ...sections(open.slice(MOST_WITH_BUTTON)),
    ...leftOut(underWay.length - open.length, 'under way'),
    ...(over.length === 0 ? [] : sections(['*Ended, the newest first*', ...over])),
    ...leftOut(ended.length - over.length, 'ended'),
  ]);
}

/** `address`: how to cancel it is typed, for there is no button. */
function underWayText(entry: JournalEntry, now: number, address: string | undefined): string {
  const line = `▸ *${escapeInline(askedFor(entry))}* by ${person(entry.by)} since ${clock(entry.at)} (${age(now - entry.at)})`;
  const by = entry.cancel === undefined ? '' : ` by ${person(entry.cancel.by)}`;
  const how = `${standing(entry, now).join(', ')}${by}`;
  const typed = address === undefined ? '' : ` · ${code(`${address} cancel ${entry.id}`)}`;
  return `${line}\n      ${how}${typed}`;
}

function cancelBlocks(entry: JournalEntry, address: string): readonly Block[] {
  if (entry.cancel !== undefined) return [];
  const { service, command } = entry.request;
  return [endButton({ service, id: entry.id, address }, { command, pod: entry.pod.name })];
}

function endedText(entry: JournalEntry, now: number): string {
  const { ended } = entry;
  const how = ended === undefined ? '' : `${ENDINGS[ended.kind]} ${age(now - ended.at)} ago · `;
  // What is done needs no further words.
  const what = ended === undefined || ended.kind === 'done' ? '' : `\n      ${peopleIn(ended.message)}`;
  return `• *${escapeInline(askedFor(entry))}* ${how}by ${person(entry.by)}${what}`;
}

function leftOut(count: number, what: string): readonly Block[] {
  return count === 0 ? [] : [context(`${count} more ${what} ${count === 1 ? 'does' : 'do'} not fit here.`)];
}
