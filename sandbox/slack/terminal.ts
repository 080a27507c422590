import type { types } from '@slack/bolt';

/** A button or an option. */
export interface Pressable {
  readonly label: string;
  readonly actionId: string;
  readonly blockId: string;
  /** The value of the button or option. */
  readonly value: string;
  readonly isOption: boolean;
  /** What Slack asks before it delivers the press. */
  readonly dialog?: types.ConfirmationDialog;
}

export interface Rendered {
  readonly lines: readonly string[];
  /** In the order of their numbers. */
  readonly pressables: readonly Pressable[];
}

export interface RenderOptions {
  /** Default: counts from 1, and prints what a button asks. */
  readonly numberOf?: (pressable: Pressable) => number;
  /** Prints bold in ANSI; false for pipes and golden files. */
  readonly colours?: boolean;
  /** Names a user or channel id; default: the id. */
  readonly nameOf?: (id: string) => string;
}

/** Renders Block Kit for a terminal and numbers buttons and options. */
export function render(blocks: readonly types.KnownBlock[], options: RenderOptions = {}): Rendered {
  const lines: string[] = [];
  const pressables: Pressable[] = [];
  const numbered = (pressable: Pressable) => {
    pressables.push(pressable);
    return `[${options.numberOf?.(pressable) ?? pressables.length}] ${pressable.label}`;
  };
  for (const block of blocks) {
    if (block.type === 'input') lines.push(...inputLines(block));
    else if (block.type === 'section') lines.push(...plain(block.text?.text ?? '', options).split('\n'));
    else if (block.type === 'context') {
      for (const element of block.elements)
        if ('text' in element)
          lines.push(
            ...plain(element.text, options)
              .split('\n')
              .map((line) => `  ${line}`),
          );
    } else if (block.type === 'actions') {
      const blockId = block.block_id ?? '';
      for (const element of block.elements) {
        if (element.type === 'button') {
          const { confirm: dialog, value = '', action_id: actionId = '' } = element;
          lines.push(
            numbered({ label: element.text.text, actionId, blockId, value, isOption: false, dialog }),
            ...(dialog === undefined || options.numberOf !== undefined ? [] : [`    asks: ${dialogText(dialog)}`]),
          );
        } else if (element.type === 'static_select') {
          const actionId = element.action_id ?? '';
          lines.push(`${element.placeholder?.text ?? 'Choose'}:`);
          for (const { text, value = '' } of element.options ?? [])
            lines.push(numbered({ label: text.text, actionId, blockId, value, isOption: true }));
        }
      }
    }
  }
  return { lines, pressables };
}

function inputLines({ label, hint, optional, element }: types.InputBlock): readonly string[] {
  const options = element.type === 'static_select' ? (element.options ?? []).map(({ text }) => text.text) : [];
  const chosen = element.type === 'static_select' ? element.initial_option?.text.text : undefined;
  const choice = options.length === 0 ? '____' : `[${chosen ?? '…'}] of ${options.join(', ')}`;
  return [
    `${label.text}${optional ? ' (optional)' : ''}: ${choice}`,
    ...(hint === undefined ? [] : [`  ${hint.text}`]),
  ];
}

/** `Delete the pod? This cannot be undone. (Finish / Go back)` */
export function dialogText({ title, text, confirm, deny }: types.ConfirmationDialog): string {
  return `${title?.text} ${text.text} (${confirm?.text} / ${deny?.text})`;
}

/** Renders mrkdwn: without asterisks, with the fallback of dates and with unescaped entities. */
function plain(mrkdwn: string, { colours = false, nameOf = (id) => id }: RenderOptions = {}): string {
  return mrkdwn
    .split('```')
    .map((part, index) =>
      index % 2 === 1 ? part.replace(/^\n|\n$/g, '').replace(/^/gm, '    ') : inline(part, colours, nameOf),
    )
    .join('')
    .replaceAll('\u200b', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function inline(text: string, colours: boolean, nameOf: (id: string) => string): string {
  return text
    .replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<(?:@|!subteam\^)([^>|]+)>/g, (_, id: string) => `@${nameOf(id)}`)
    .replace(/<#([^>|]+)>/g, (_, id: string) => `#${nameOf(id)}`)
    .replace(/(?<![\w\u200b])\*(?! )([^*\n]+)(?<! )\*(?![\w\u200b])/g, colours ? '\u001b[1m$1\u001b[22m' : '$1')
    .replace(/`([^`\n]+)`/g, colours ? '\u001b[36m$1\u001b[39m' : '$1');
}
