import type { types } from '@slack/bolt';
import { fairShare } from '../../text/fair-share.ts';
import { oneLine } from '../../text/printable.ts';
import { upTo } from '../../text/words.ts';
import { blockIdOf, type MessageState } from './state.ts';

export type Block = types.KnownBlock;

/** A part of a message: a block, several parts, or none. */
export type Shown = Block | readonly Shown[] | false | undefined;

/** The blocks, and the text for notifications and screen readers. */
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
/** Shorter blocks are not cut to make room for others: 50 of them fit. */
const KEPT_CHARACTERS = 240;
/** Slack cuts `text` at 40,000 and advises 4,000; a notification shows far less. */
const FALLBACK_CHARACTERS = 300;

/** A paragraph of escaped mrkdwn, cut if it is longer than Slack accepts. */
export function section(mrkdwn: string): Block {
  return { type: 'section', text: textObject(mrkdwn) };
}

/** `verbatim`: Slack makes no link of a URL and no mention of a name in foreign text, only of Pitlane's own `<…>` tokens. */
function textObject(mrkdwn: string): types.MrkdwnElement {
  return { type: 'mrkdwn', text: orPlaceholder(cut(mrkdwn, SECTION_CHARACTERS)), verbatim: true };
}

/** Slack refuses empty texts. */
function orPlaceholder(text: string): string {
  return text.trim() === '' ? '(empty)' : text;
}

/** Small grey text. */
export function context(mrkdwn: string): Block {
  return { type: 'context', elements: [textObject(mrkdwn)] };
}

/** As many sections as the lines need, each in this form. Cuts a line only if it is longer than a section. */
export function sections(lines: readonly string[], form = (text: string) => text): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const longer = `${texts.at(-1)}\n${line}`;
    if (texts.length > 0 && form(longer).length <= SECTION_CHARACTERS) texts[texts.length - 1] = longer;
    else texts.push(line);
  }
  return texts.map((text) => section(form(text)));
}

/** The lines below a bold title; nothing without lines. */
export function titled(title: string, lines: readonly string[]): Block[] {
  return lines.length === 0 ? [] : sections([`*${title}*`, ...lines]);
}

/** The first lines that fit into so many characters together. */
export function takeFitting(lines: readonly string[], characters: number): readonly string[] {
  let used = 0;
  const first = lines.findIndex((line) => {
    used += line.length + 1;
    return used > characters;
  });
  return first < 0 ? lines : lines.slice(0, first);
}

/** A line of a list keeps that much, whatever the others say: a pod's name, its state and who did it. */
const LEAST_CHARACTERS = 400;

/**
 * The lines, of which the longest are cut first until all fit into so many characters together, or none is longer than
 * LEAST_CHARACTERS: a pod with long texts must not take the room of the others.
 */
export function shareRoom(lines: readonly string[], characters: number): readonly string[] {
  const sizes = lines.map(({ length }) => length + 1);
  const most = Math.max(LEAST_CHARACTERS, fairShare(sizes, characters) - 1);
  return lines.map((line) => cut(line, most));
}

/** As many of the lines as fit, after the longest were cut for the others. */
export function fitted(lines: readonly string[], characters: number): readonly string[] {
  return takeFitting(shareRoom(lines, characters), characters);
}

/** `text`: escaped, for the notification. Cuts what Slack would refuse for its length, the longest block first. */
export function message(state: MessageState, text: string, parts: readonly Shown[]): Message {
  const blocks = blocksIn(parts);
  const all = blocks.length === 0 ? [section(text)] : blocks;
  const shown = shortened(
    all.length <= MOST_BLOCKS
      ? all
      : [...all.slice(0, MOST_BLOCKS - 1), context(`${all.length - MOST_BLOCKS + 1} more sections not shown.`)],
  );
  return {
    text: orPlaceholder(cut(text, FALLBACK_CHARACTERS)),
    blocks: shown.map((block, index) => (index === 0 ? { ...block, block_id: blockIdOf(state) } : block)),
  };
}

function blocksIn(shown: Shown): readonly Block[] {
  if (!shown) return [];
  return 'type' in shown ? [shown] : shown.flatMap(blocksIn);
}

/** Halves the longest text until all fit, code blocks last: people paste them. Buttons do not count. */
function shortened(blocks: readonly Block[]): readonly Block[] {
  const shown = blocks.map((block) => ({ block, size: sizeOf(block) }));
  for (;;) {
    if (shown.reduce((total, { size }) => total + size, 0) <= MOST_CHARACTERS) return shown.map(({ block }) => block);
    const long = shown.filter(({ size }) => size > KEPT_CHARACTERS);
    const prose = long.filter(({ block }) => !textOf(block).includes('```'));
    const longest = (prose.length > 0 ? prose : long).reduce((a, b) => (b.size > a.size ? b : a));
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

/** Cut to what Slack accepts, and never inside a character. */
export function plainText(given: string, characters: number): types.PlainTextElement {
  return { type: 'plain_text', text: upTo(characters, oneLine(given)), emoji: false };
}

/**
 * Never cuts inside an entity (`&amp;`), a token or a character. Drops inline code that would be cut: it may be a command.
 * In a code block, cuts at the end of a line if there is one in its second half, and closes the block.
 */
function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = text.slice(0, characters - 5).replace(/(&[a-z]{0,4}|[\ud800-\udbff]|<[^<>]*|`+)$/, '');
  if (end.split('```').length % 2 === 0) {
    const line = end.lastIndexOf('\n');
    return `${line > end.length / 2 ? end.slice(0, line + 1) : end}…\n\`\`\``;
  }
  const inline = end.split('`').length % 2 === 0 ? end.slice(0, end.lastIndexOf('`')) : end;
  return `${inline}…`;
}
