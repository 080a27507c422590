import type { Helped, NotUnderstood } from '../../operate/outcome.ts';
import { type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, codeBlock, escapeInline, escapeText } from '../blocks/mrkdwn.ts';
import type { Setting } from './setting.ts';

/** What needs no cluster: the function that answers Slack needs no other view. */
export function toldView(outcome: Helped | NotUnderstood, setting: Setting): Message {
  return outcome.kind === 'helped' ? helpView(outcome) : notUnderstoodView(outcome, setting);
}

export function helpView({ text }: Helped): Message {
  const commands = text.split(/\n(?=\S)/);
  return message('helped', escapeInline(text.split('\n', 1)[0] ?? 'help'), sections(commands, codeBlock));
}

export function notUnderstoodView({ message: sentence, instead }: NotUnderstood, setting: Setting): Message {
  const ways = instead.map((way) => code(typed(way, setting)));
  const line = ways.length === 0 ? '' : `\n${ways.length === 1 ? 'Instead' : 'Instead, one of'}: ${ways.join(', ')}`;
  return message('notUnderstood', escapeText(sentence), [section(escapeText(sentence) + line)]);
}

/** The command with the service in front. Complete commands and kubectl lines stay as they are. */
export function typed(instead: string, { address }: Setting): string {
  return /^(\/|@|kubectl )/.test(instead) ? instead : `${address} ${instead}`;
}
