import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';
import { another, durationIn, type Given, isSet, onlyPod, reasonIn, selectorIn } from './arguments.ts';
import type { FlagSyntax } from './flags.ts';
import { type Misread, misread } from './misread.ts';
import { moreTimeIn } from './more-time.ts';
import type { Request } from './request.ts';
import { type Line, retyped, without } from './retype.ts';
import { tokenize } from './tokens.ts';

export interface Command {
  readonly name: Request['command'];
  readonly flags: readonly FlagSyntax[];
  /** The word `because` begins a reason. */
  readonly takesReason: boolean;
  read(service: string, given: Given): Request | Misread<Line>;
}

export const DEFAULT_TAIL = 100;
export const LONGEST_TAIL = 10_000;

const SELECTOR: FlagSyntax = { name: 'selector', short: 'l', value: 'app=rng' };
export const DRY_RUN: FlagSyntax = { name: 'dry-run', meansTrue: ['server', 'client'], isNeverText: true };
const FORCE: FlagSyntax = { name: 'force' };
const LOGS_FLAGS: readonly FlagSyntax[] = [
  SELECTOR,
  { name: 'container', short: 'c', value: 'rng' },
  { name: 'previous', short: 'p' },
  { name: 'tail', value: String(DEFAULT_TAIL) },
  { name: 'follow', short: 'f' },
];

export const COMMANDS: readonly Command[] = [
  {
    name: 'list',
    flags: [SELECTOR, { name: 'all', short: 'a' }],
    takesReason: false,
    read(service, given) {
      const selector = selectorIn(given);
      if (selector.kind === 'misread') return selector;
      const [extra] = selector.others;
      if (extra)
        return misread(`list shows all pods and takes no ${quote(extra.text)}: inspect looks at one pod.`, [
          ...tokenize('inspect'),
          extra,
          ...given.doorTokens,
        ]);
      return { command: 'list', service, ...withSelector(selector.text), all: isSet(given, 'all') };
    },
  },
  {
    name: 'drain',
    flags: [{ name: 'for', value: '30m' }, { name: 'because', value: '"5xx"' }, DRY_RUN, FORCE],
    takesReason: true,
    read(service, given) {
      const duration = durationIn('drain', given);
      if (duration.kind === 'misread') return duration;
      const pod = onlyPod('drain', given, duration.others, this.flags);
      if (pod.kind === 'misread') return pod;
      const reason = reasonIn(given);
      if (reason.kind === 'misread') return reason;
      return {
        command: 'drain',
        service,
        ...withPod(pod.pod),
        ...(duration.seconds !== undefined && { forSeconds: duration.seconds }),
        ...(reason.text !== undefined && { because: reason.text }),
        dryRun: isSet(given, 'dry-run'),
        force: isSet(given, 'force'),
      };
    },
  },
  {
    name: 'restore',
    flags: [DRY_RUN, FORCE],
    takesReason: false,
    read(service, given) {
      const pod = onlyPod('restore', given, given.words, this.flags);
      if (pod.kind === 'misread') return pod;
      const [dryRun, force] = [isSet(given, 'dry-run'), isSet(given, 'force')];
      return { command: 'restore', service, ...withPod(pod.pod), dryRun, force };
    },
  },
  {
    name: 'extend',
    flags: [{ name: 'for', value: '1h' }, DRY_RUN],
    takesReason: false,
    read(service, given) {
      const duration = moreTimeIn(given);
      if (duration.kind === 'misread') return duration;
      const pod = onlyPod('extend', given, duration.others, this.flags);
      if (pod.kind === 'misread') return pod;
      return {
        command: 'extend',
        service,
        ...withPod(pod.pod),
        ...(duration.seconds !== undefined && { forSeconds: duration.seconds }),
        dryRun: isSet(given, 'dry-run'),
        force: false,
      };
    },
  },
  {
    name: 'finish',
    flags: [DRY_RUN, FORCE],
    takesReason: false,
    read(service, given) {
      const pod = onlyPod('finish', given, given.words, this.flags);
      if (pod.kind === 'misread') return pod;
      const [dryRun, force] = [isSet(given, 'dry-run'), isSet(given, 'force')];
      return { command: 'finish', service, ...withPod(pod.pod), dryRun, force };
    },
  },
  {
    name: 'drained',
    flags: [],
    takesReason: false,
    read(service, given) {
      return nothingElse('drained', given, 'shows the drained pods of all services') ?? { command: 'drained', service };
    },
  },
  {
    name: 'evidence',
    flags: [],
    takesReason: false,
    read(service, given) {
      const pod = onlyPod('evidence', given, given.words, this.flags);
      return pod.kind === 'misread' ? pod : { command: 'evidence', service, ...withPod(pod.pod) };
    },
  },
  {
    name: 'operations',
    flags: [],
    takesReason: false,
    read(service, given) {
      return nothingElse('operations', given, 'shows all of them') ?? { command: 'operations', service };
    },
  },
  {
    name: 'cancel',
    flags: [],
    takesReason: false,
    read(service, given) {
      const { words } = given;
      if (words.length > 1)
        return misread(`cancel ends one operation, not ${words.length}.`, another('operations', given));
      // An operation's id is of the characters of a pod's name.
      const operation = onlyPod('cancel', given, words, this.flags);
      if (operation.kind === 'misread') return { ...operation, instead: [another('operations', given)] };
      return { command: 'cancel', service, ...(operation.pod !== undefined && { operation: operation.pod }) };
    },
  },
  {
    name: 'inspect',
    flags: [],
    takesReason: false,
    read(service, given) {
      const pod = onlyPod('inspect', given, given.words, this.flags);
      return pod.kind === 'misread' ? pod : { command: 'inspect', service, ...withPod(pod.pod) };
    },
  },
  {
    name: 'logs',
    flags: LOGS_FLAGS,
    takesReason: false,
    read: readLogs,
  },
  {
    name: 'help',
    flags: [],
    takesReason: false,
    read(service, given) {
      const { words } = given;
      const [topic, extra] = words;
      if (topic === undefined) return { command: 'help', service };
      const name = topic.text.toLowerCase();
      if (extra) return misread(`help explains one command, not ${words.length}.`, another(`help ${name}`, given));
      if (commandNamed(name)) return { command: 'help', service, topic: name };
      const nearest = nearestWord(name, COMMAND_NAMES);
      return misread(
        `There is no command ${quote(topic.text)} to explain: the commands are ${alternatives(COMMAND_NAMES, 'and')}.`,
        another(nearest === undefined ? 'help' : `help ${nearest}`, given),
      );
    },
  },
];

export const COMMAND_NAMES: readonly string[] = COMMANDS.map(({ name }) => name);

export function commandNamed(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

function readLogs(service: string, given: Given): Request | Misread<Line> {
  const selector = selectorIn(given);
  if (selector.kind === 'misread') return selector;
  const pod = onlyPod('logs', given, selector.others, LOGS_FLAGS);
  if (pod.kind === 'misread') return pod;
  if (pod.pod !== undefined && selector.text !== undefined)
    return misread(
      `logs takes a pod or a selector, not both (${pod.pod} and -l ${selector.text}).`,
      retyped('logs', given, without(given.givenBy.get('selector') ?? [])),
      retyped('logs', given, without(selector.others)),
    );
  const [previous, follow] = [isSet(given, 'previous'), isSet(given, 'follow')];
  if (previous && follow)
    return misread(
      '--previous shows a run that has ended and --follow waits for new lines, expected one of them.',
      retyped('logs', given, without(given.givenBy.get('follow') ?? [])),
    );
  const container = given.flags.get('container');
  // Rule: apimachinery, content/dns.go IsDNS1123Label.
  if (container !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(container))
    return misread(
      `${quote(container)} is no container name: they consist of at most 63 lower-case letters, digits and "-".`,
    );
  const tail = given.flags.get('tail') ?? String(DEFAULT_TAIL);
  if (!/^\d{1,6}$/.test(tail) || Number(tail) < 1 || Number(tail) > LONGEST_TAIL)
    return misread(`--tail ${quote(tail)} is out of range, expected a number of lines from 1 to ${LONGEST_TAIL}.`);
  return {
    command: 'logs',
    service,
    ...withPod(pod.pod),
    ...withSelector(selector.text),
    ...(container !== undefined && { container }),
    previous,
    tail: Number(tail),
    follow,
  };
}

/** A command that takes no words. Undefined: it got none. */
function nothingElse(command: string, given: Given, does: string): Misread<Line> | undefined {
  const [extra] = given.words;
  return extra && misread(`${command} ${does} and takes no ${quote(extra.text)}.`, another(command, given));
}

function withPod(pod: string | undefined): { pod?: string } {
  return pod === undefined ? {} : { pod };
}

function withSelector(selector: string | undefined): { selector?: string } {
  return selector === undefined ? {} : { selector };
}
