import type { HelpRequest, Request } from './request.ts';

/** What `help` says of a command. */
interface Help {
  /** What may follow the command's name. */
  readonly usage: string;
  /** Half a line, for the overview. */
  readonly summary: string;
  readonly description: string;
  /** The task in words, then the command without its prefix. */
  readonly examples: readonly (readonly [task: string, command: string])[];
}

export const HELP: Readonly<Record<Request['command'], Help>> = {
  list: {
    usage: '[-l selector] [--all]',
    summary: 'Which pods get traffic, which do not, and why.',
    description:
      'Lists the pods of the service with state, readiness, restarts, age, node and owner; for drained ones who did it, ' +
      'why and until when. What is not plainly in rotation comes first. Selectors are those of kubectl.',
    examples: [
      ['See who is in rotation', 'list'],
      ['See every pod, not only the first 20', 'list --all'],
      ['See the pods with some labels', 'list -l app=rng,enabled!=yes'],
      ['See the pods of two zones', "list -l 'zone in (a, b)'"],
    ],
  },
  drain: {
    usage: '[pod] [for 30m] [because text] [--dry-run] [--force]',
    summary: 'Take a pod out of rotation, alive; it is replaced.',
    description:
      'Takes labels off a pod, so that the service no longer lists it and its controller starts a replacement. The pod ' +
      'stays alive to be looked at. Refused where too few pods would be left; --force is for admins and overrides what ' +
      'may be overridden. When the time given (1m to 7d) is over, pitlane reminds you, or restores or finishes the pod, as ' +
      'is configured. ' +
      'Without a pod you choose from a list.',
    examples: [
      ['Take a pod out of rotation', 'drain b85tm because 5xx'],
      ['… for half an hour', 'drain b85tm for 30m because 5xx'],
      ['See what would happen, and change nothing', 'drain b85tm --dry-run'],
    ],
  },
  restore: {
    usage: '[pod] [--dry-run] [--force]',
    summary: 'Put a drained pod back into rotation.',
    description:
      'Puts the labels back as they were, so that the service lists the pod again and its controller takes it back and ' +
      'removes the pod that is then one too many; which one, it says before. Refused where the pod would not survive.',
    examples: [
      ['Put a pod back', 'restore b85tm'],
      ['See which pod would go', 'restore b85tm --dry-run'],
    ],
  },
  extend: {
    usage: '[pod] [for 1h] [--dry-run]',
    summary: 'More time for a drained pod.',
    description:
      'Puts off the moment at which a drained pod is asked about, restored or finished: by the time given, or else by as ' +
      'long as a drain lasts by default. At most 7d from now.',
    examples: [['Look at a pod for another hour', 'extend b85tm 1h']],
  },
  finish: {
    usage: '[pod] [--dry-run] [--force]',
    summary: 'Keep the evidence of a drained pod, then delete it.',
    description:
      'The end of a runbook: takes the evidence once more and deletes the pod. Only drained pods and canaries; their ' +
      'replacements are there already. Without evidence nothing is deleted, unless an admin says --force.',
    examples: [
      ['End the life of a drained pod', 'finish b85tm'],
      ['See what would be deleted', 'finish b85tm --dry-run'],
    ],
  },
  drained: {
    usage: '',
    summary: 'Every drained pod of all services, the oldest first.',
    description: 'Shows who drained what, why, since when and until when, in all services that pitlane looks after.',
    examples: [['See what is in the pit lane', 'drained']],
  },
  evidence: {
    usage: '[pod]',
    summary: 'All about a pod in one bundle, for the incident.',
    description:
      'Collects the last 500 lines of each container and of its run before, the description with the values of the ' +
      'environment taken out, image digests, node, restarts and events. What looks like a password or token is blacked ' +
      'out. Taken by itself after each drain.',
    examples: [['Keep what is known of a pod', 'evidence b85tm']],
  },
  operations: {
    usage: '',
    summary: 'What pitlane is doing now, and did within a day.',
    description: 'Shows the changes that are under way and those that have ended within 24 hours, with who asked.',
    examples: [['See what is under way', 'operations']],
  },
  cancel: {
    usage: '[operation | pod]',
    summary: 'End an operation where it stands.',
    description:
      'Ends an operation that is under way: nothing more is written, and what is written already stands; it is said, ' +
      'with what takes it back. Without a name it ends the only one there is.',
    examples: [
      ['End the only operation', 'cancel'],
      ['End the operation on a pod', 'cancel b85tm'],
    ],
  },
  inspect: {
    usage: '[pod]',
    summary: 'State, events and last crash of a pod.',
    description:
      'Shows one pod: its state in the service, conditions, containers with their last termination, requests and limits, ' +
      'and its events, the newest first.',
    examples: [['Look at a pod', 'inspect b85tm']],
  },
  logs: {
    usage: '[pod | -l selector] [--previous] [--tail n] [-c container] [--follow]',
    summary: 'The log of a pod, or of several.',
    description:
      'Shows the last lines of the log of each container: 100, or as many as --tail says (at most 10000). --previous shows ' +
      'the run before the last restart. --follow goes on until you stop it; Slack can not follow a log.',
    examples: [
      ['Read the last 20 lines of a pod', 'logs b85tm --tail 20'],
      ['Read why it crashed', 'logs b85tm --previous'],
      ['Read one container of all pods', 'logs -l app=rng -c rng'],
    ],
  },
  help: {
    usage: '[command]',
    summary: 'All commands, or one with examples.',
    description: 'Explains all commands in a line each, or one of them in full.',
    examples: [['Read about a command', 'help drain']],
  },
};

export interface HelpStyle {
  /** What stands in front of a command: `/rng`, `pitlane rng`. Absent: the service's slash command. */
  readonly prefix?: string;
  /** Columns to wrap at; absent: paragraphs stay whole, for a reader that wraps by itself. */
  readonly width?: number;
}

/** Plain text, the same for every door but for the prefix. */
export function help(request: HelpRequest, style: HelpStyle = {}): string {
  const prefix = style.prefix ?? (request.service === undefined ? '/pitlane SERVICE' : `/${request.service}`);
  const topic = Object.hasOwn(HELP, request.topic ?? '') ? HELP[request.topic as Request['command']] : undefined;
  const lines =
    topic === undefined
      ? overview(prefix, request.service).map((line) => wrap(line, style.width))
      : details(prefix, request.topic ?? '', topic, style.width);
  return lines.join('\n');
}

/** What needs no service in front of it. */
const ABOUT_ALL = ['drained', 'help'];
const ANY_SERVICE = ' SERVICE';

/** `/pitlane SERVICE drain b85tm`, but `/pitlane drained`. */
function address(prefix: string, command: string): string {
  const [name = ''] = command.split(' ');
  return ABOUT_ALL.includes(name) && prefix.endsWith(ANY_SERVICE)
    ? `${prefix.slice(0, -ANY_SERVICE.length)} ${command}`
    : `${prefix} ${command}`;
}

function overview(prefix: string, service = 'a service'): readonly string[] {
  return [
    `Pitlane decides which pods get the traffic of ${service}: pull a pod into the pit lane, look at it, send it back into the race.`,
    '',
    ...Object.entries(HELP).flatMap(([name, { usage, summary }]) => [
      `${address(prefix, name)} ${usage}`.trimEnd(),
      `  ${summary}`,
    ]),
    '',
    'A pod is its name, or at least 3 characters from the beginning or end of it: b85tm.',
    `Examples: ${address(prefix, 'help')} drain`,
  ];
}

/** An example stays one line, however long: it is there to be copied. */
function details(prefix: string, name: string, topic: Help, width: number | undefined): readonly string[] {
  const { usage, description, examples } = topic;
  return [
    wrap(`${address(prefix, name)} ${usage}`.trimEnd(), width),
    '',
    wrap(description, width),
    ...examples.flatMap(([task, command]) => ['', wrap(`${task}:`, width), `  ${address(prefix, command)}`]),
  ];
}

/** Breaks at spaces, but in no `[…]` of a usage line, whose further lines are indented. */
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
