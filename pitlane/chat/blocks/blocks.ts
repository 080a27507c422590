import type { types } from '@slack/bolt';
import { type MessageState, withState } from './state.ts';

export type Block = types.KnownBlock;

/** What Slack is sent: the blocks, and the text for notifications and screen readers. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Block Kit reference: "Section block", text. */
const SECTION_CHARACTERS = 3000;
/** Messages of more than 50 blocks are refused (`invalid_blocks`). */
const MOST_BLOCKS = 50;
/**
 * Slack refuses messages whose blocks are too long together (`msg_blocks_too_long`): from about 13,000 characters of JSON,
 * as measured in slackapi/bolt-js issues 2509 and 2867; no page says it.
 */
const MOST_CHARACTERS = 12_500;
/** A block that needs no more is not cut to make room for the others: 50 of them fit. */
const KEPT_CHARACTERS = 240;
/** Slack cuts `text` at 40,000 and advises 4,000; a notification shows far less. */
const FALLBACK_CHARACTERS = 300;

/** A paragraph of mrkdwn that is already escaped; cut at a line's end when Slack would refuse it for its length. */
export function section(mrkdwn: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: said(cut(mrkdwn, SECTION_CHARACTERS)) } };
}

/** Slack refuses texts with nothing in them. */
function said(text: string): string {
  return text.trim() === '' ? '(nothing)' : text;
}

/** Small grey text. */
export function context(mrkdwn: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: said(cut(mrkdwn, SECTION_CHARACTERS)) }] };
}

/** As many sections as the lines need: no line is torn, unless it is longer than a section alone. */
export function sections(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= SECTION_CHARACTERS) {
      texts[texts.length - 1] = `${last}\n${line}`;
    } else texts.push(line);
  }
  return texts.map(section);
}

/** The first lines that need at most so many characters together. */
export function fitting(lines: readonly string[], characters: number): readonly string[] {
  let used = 0;
  const first = lines.findIndex((line) => {
    used += line.length + 1;
    return used > characters;
  });
  return first < 0 ? lines : lines.slice(0, first);
}

/** `text`: what a notification says, already escaped. What Slack would refuse for its length is cut, the longest first. */
export function message(state: MessageState, text: string, blocks: readonly Block[]): Message {
  const all = blocks.length === 0 ? [section(text)] : blocks;
  const shown = shortened(
    all.length <= MOST_BLOCKS
      ? all
      : [
          ...all.slice(0, MOST_BLOCKS - 1),
          context(`${all.length - MOST_BLOCKS + 1} more parts do not fit into one Slack message.`),
        ],
  );
  return { text: said(cut(text, FALLBACK_CHARACTERS)), blocks: withState(state, shown) };
}

/** Halves the longest text until all fit; commands to be pasted come last. Buttons are not counted, and stay. */
function shortened(blocks: readonly Block[]): readonly Block[] {
  const shown = blocks.map((block) => ({ block, size: sizeOf(block) }));
  for (;;) {
    if (shown.reduce((total, { size }) => total + size, 0) <= MOST_CHARACTERS) return shown.map(({ block }) => block);
    const long = shown.filter(({ size }) => size > KEPT_CHARACTERS);
    const words = long.filter(({ block }) => !textOf(block).includes('```'));
    const longest = (words.length > 0 ? words : long).reduce((a, b) => (b.size > a.size ? b : a));
    const text = textOf(longest.block);
    const half = cut(text, Math.floor(text.length / 2));
    const { block_id: id, type } = longest.block;
    const short = type === 'context' ? context(half) : section(half);
    longest.block = id === undefined ? short : { ...short, block_id: id };
    longest.size = sizeOf(longest.block);
  }
}

function sizeOf(block: Block): number {
  return block.type === 'actions' ? 0 : JSON.stringify(block).length;
}

function textOf(block: Block): string {
  if (block.type === 'section') return block.text?.text ?? '';
  const [element] = block.type === 'context' ? block.elements : [];
  return element !== undefined && 'text' in element ? element.text : '';
}

/** A message of one paragraph. */
export function sentence(state: MessageState, mrkdwn: string): Message {
  return message(state, mrkdwn, [section(mrkdwn)]);
}

/** Never in the middle of an entity (`&amp;`), which would show as rubbish, of a token or of a character; an open code block is closed. */
function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = text.slice(0, characters - 5).replace(/(&[a-z]{0,4}|[\ud800-\udbff]|<[^<>]*|`+)$/, '');
  const isOpenBlock = end.split('```').length % 2 === 0;
  return isOpenBlock ? `${end}…\n\`\`\`` : `${end}…`;
}
