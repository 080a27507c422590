import type { types } from '@slack/bolt';

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
/** What is shorter is not cut to make room for the rest. */
const KEPT_CHARACTERS = 300;
/** Slack cuts `text` at 40,000 and advises 4,000; a notification shows far less. */
const FALLBACK_CHARACTERS = 300;

/** A paragraph of mrkdwn that is already escaped; cut at a line's end when Slack would refuse it for its length. */
export function section(mrkdwn: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(mrkdwn, SECTION_CHARACTERS) } };
}

/** Small grey text. */
export function context(mrkdwn: string): Block {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: cut(mrkdwn, SECTION_CHARACTERS) }] };
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
export function message(text: string, blocks: readonly Block[]): Message {
  const shown = shortened(
    blocks.length <= MOST_BLOCKS
      ? blocks
      : [
          ...blocks.slice(0, MOST_BLOCKS - 1),
          context(`${blocks.length - MOST_BLOCKS + 1} more parts do not fit into one Slack message.`),
        ],
  );
  return { text: cut(text, FALLBACK_CHARACTERS), blocks: shown };
}

/** Halves the longest text until all fit; commands to be pasted come last. Buttons are not counted, and stay. */
function shortened(blocks: readonly Block[]): readonly Block[] {
  if (sum(blocks.map(sizeOf)) <= MOST_CHARACTERS) return blocks;
  const sizes = blocks.map((block) => {
    const text = textOf(block) ?? '';
    if (text.length <= KEPT_CHARACTERS) return 0;
    return sizeOf(block) - (text.includes('```') ? MOST_CHARACTERS : 0);
  });
  const longest = sizes.indexOf(sizes.reduce((a, b) => (b !== 0 && (a === 0 || b > a) ? b : a), 0));
  const block = blocks[longest];
  const text = block && textOf(block);
  if (text === undefined || text.length <= KEPT_CHARACTERS) return blocks;
  const half = block?.type === 'context' ? context(cut(text, text.length / 2)) : section(cut(text, text.length / 2));
  return shortened(blocks.with(longest, half));
}

function sizeOf(block: Block): number {
  return block.type === 'actions' ? 0 : JSON.stringify(block).length;
}

function textOf(block: Block): string | undefined {
  if (block.type === 'section') return block.text?.text;
  const [element] = block.type === 'context' ? block.elements : [];
  return element !== undefined && 'text' in element ? element.text : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** A message of one paragraph. */
export function sentence(mrkdwn: string): Message {
  return message(mrkdwn, [section(mrkdwn)]);
}

/** Never in the middle of an entity (`&amp;`), which would show as rubbish, and never before a surrogate's second half. */
function cut(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const end = text.slice(0, characters - 2).replace(/&[a-z]{0,4}$|[\ud800-\udbff]$|<[^<>]*$/, '');
  const isOpenBlock = end.split('```').length % 2 === 0;
  return isOpenBlock ? `${end.slice(0, -4)}…\n\`\`\`` : `${end}…`;
}
