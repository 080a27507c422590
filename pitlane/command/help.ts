import type { HelpRequest } from './request.ts';
import { type CommandSyntax, usageOf } from './syntax.ts';

interface HelpStyle {
  /** The text in front of a command: `/rng`, `pitlane rng`. Absent: the service's slash command. */
  readonly prefix?: string;
  /** Wraps at this column; absent: paragraphs stay whole. */
  readonly width?: number;
}

export type HelpText = (request: HelpRequest, style?: HelpStyle) => string;

/** Plain text, the same for every door except for the prefix. */
export function helpOf(commands: readonly CommandSyntax[]): HelpText {
  return (request, style = {}) => {
    const prefix = style.prefix ?? (request.service === undefined ? '/pitlane SERVICE' : `/${request.service}`);
    const topic = commands.find(({ name }) => name === request.topic);
    const narrower = commands.filter(({ name }) => name.startsWith(`${request.topic} `));
    const below = summaries(narrower, prefix);
    const wrapped = (lines: readonly string[]) => lines.map((line) => wrap(line, style.width)).join('\n');
    if (topic === undefined) return wrapped(below.length > 0 ? below : overview(commands, prefix, request.service));
    return [...details(prefix, topic, style.width), ...(below.length > 0 ? ['', wrapped(below)] : [])].join('\n');
  };
}

const ANY_SERVICE = ' SERVICE';

/** `/pitlane SERVICE drain b85tm`, but `/pitlane drained`. */
function address(prefix: string, { isAboutAll }: CommandSyntax, typed: string): string {
  return isAboutAll && prefix.endsWith(ANY_SERVICE)
    ? `${prefix.slice(0, -ANY_SERVICE.length)} ${typed}`
    : `${prefix} ${typed}`;
}

function overview(commands: readonly CommandSyntax[], prefix: string, service = 'a service'): readonly string[] {
  const last = commands.at(-1);
  return [
    `Pitlane controls which pods get the traffic of ${service}: pull a pod into the pit lane, look at it, send it back into the race.`,
    '',
    ...summaries(commands, prefix),
    '',
    'Name a pod by its full name, or by at least 3 characters from the start or end: b85tm.',
    ...(last === undefined ? [] : [`Examples: ${address(prefix, last, 'help')} drain`]),
  ];
}

function summaries(commands: readonly CommandSyntax[], prefix: string): readonly string[] {
  return commands.flatMap((command) => [
    address(prefix, command, `${command.name} ${usageOf(command)}`).trimEnd(),
    `  ${command.help.summary}`,
  ]);
}

/** Examples are copied, so each stays on one line. */
function details(prefix: string, command: CommandSyntax, width: number | undefined): readonly string[] {
  const { description, examples } = command.help;
  return [
    wrap(address(prefix, command, `${command.name} ${usageOf(command)}`).trimEnd(), width),
    '',
    wrap(description, width),
    ...examples.flatMap(([task, typed]) => ['', wrap(`${task}:`, width), `  ${address(prefix, command, typed)}`]),
  ];
}

/** Breaks at spaces outside of `[…]`. The following lines of a usage line are indented. */
function wrap(line: string, width = Number.POSITIVE_INFINITY): string {
  if (line.length <= width) return line;
  const indent = /^ */.exec(line)?.[0] ?? '';
  const hanging = line.endsWith(']') ? `${indent}    ` : indent;
  const lines: string[] = [];
  let current = '';
  for (const word of line.trimStart().split(/ (?![^[]*\])/)) {
    const start = lines.length === 0 ? indent : hanging;
    if (current !== '' && start.length + current.length + 1 + word.length > width) {
      lines.push(`${start}${current}`);
      current = word;
    } else current += current === '' ? word : ` ${word}`;
  }
  return [...lines, `${lines.length === 0 ? indent : hanging}${current}`].join('\n');
}
