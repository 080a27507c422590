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

/** `text`: what a notification says, already escaped. */
export function message(text: string, blocks: readonly Block[]): Message {
  if (blocks.length <= MOST_BLOCKS) return { text: cut(text, FALLBACK_CHARACTERS), blocks };
  const left = blocks.length - MOST_BLOCKS + 1;
  return {
    text: cut(text, FALLBACK_CHARACTERS),
    blocks: [...blocks.slice(0, MOST_BLOCKS - 1), context(`${left} more parts do not fit into one Slack message.`)],
  };
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
