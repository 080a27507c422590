import { commandNamed } from '../pitlane/command/commands.ts';
import { type FlagSyntax, readFlags } from '../pitlane/command/flags.ts';
import { commandPosition, parseTokens } from '../pitlane/command/grammar.ts';
import { type Misread, misread } from '../pitlane/command/misread.ts';
import { isWord } from '../pitlane/command/reason.ts';
import type { Request } from '../pitlane/command/request.ts';
import { type Token, tokensOfArguments } from '../pitlane/command/tokens.ts';
import { shellWord } from '../pitlane/rotation/words.ts';
import { OPTION_FLAGS, type Options, readOptions } from './options.ts';

/** What the arguments of the process ask for. */
export type CommandLine =
  | { readonly kind: 'version' }
  | { readonly kind: 'overview' }
  | { readonly kind: 'check'; readonly options: Options }
  /** `prefix`: what to put in front of a command to reach the same service again. */
  | { readonly kind: 'request'; readonly request: Request; readonly options: Options; readonly prefix: string }
  | (Misread & { readonly prefix: string });

const FRONT_FLAGS: readonly FlagSyntax[] = [
  ...OPTION_FLAGS,
  { name: 'help', short: 'h' },
  { name: 'version', short: 'v' },
];

/** Flags that say where the service is: whoever types the next command needs them again. */
const WAY = ['config', 'kubeconfig', 'context', 'namespace', 'service'];

/**
 * Reads `pitlane [flags] SERVICE COMMAND …`, or `pitlane --service NAME COMMAND …`. The flags of the command line may
 * stand anywhere.
 */
export function readCommandLine(args: readonly string[], program: string): CommandLine {
  const tokens = tokensOfArguments(args);
  const at = commandPosition(tokens, FRONT_FLAGS);
  const word = tokens[at];
  const front = readFlags(tokens.slice(0, at), FRONT_FLAGS);
  if (front.kind === 'misread') return { ...front, prefix: program };
  if (front.flags.has('version')) return { kind: 'version' };
  if (front.flags.has('help') || word === undefined) return { kind: 'overview' };
  if (isWord(word, 'check')) return checkLine(tokens.toSpliced(at, 1), program);
  const isCommand = commandNamed(word.text.toLowerCase()) !== undefined;
  const [before, rest] = [tokens.slice(0, at), tokens.slice(at)];
  return isCommand || front.flags.has('service')
    ? requestLine(before, rest, undefined, program)
    : requestLine(before, rest.slice(1), word.text, program);
}

function checkLine(tokens: readonly Token[], program: string): CommandLine {
  const prefix = program;
  const given = readFlags(tokens, OPTION_FLAGS);
  if (given.kind === 'misread') return { ...given, prefix };
  const [extra] = given.words;
  if (extra)
    return {
      ...misread('check takes no words, expected --config FILE.', `check --config ${shellWord(extra.text)}`),
      prefix,
    };
  const options = readOptions(given.flags);
  return options.kind === 'misread' ? { ...options, prefix } : { kind: 'check', options: options.options };
}

/**
 * @param before the flags in front of the first word
 * @param key the word in front of the command; undefined: the service is named by `--service`
 */
function requestLine(
  before: readonly Token[],
  rest: readonly Token[],
  key: string | undefined,
  program: string,
): CommandLine {
  const tokens = [...before, ...rest];
  const prefixWith = (flags: ReadonlyMap<string, string>): string => {
    const way = WAY.flatMap((name) => (flags.has(name) ? [`--${name}`, shellWord(flags.get(name) ?? '')] : []));
    return [program, ...way, ...(key === undefined ? [] : [shellWord(key)])].join(' ');
  };
  const parsed = parseTokens(tokens, key ?? '', OPTION_FLAGS);
  if (parsed.kind === 'misread') {
    const front = readFlags(before, OPTION_FLAGS);
    const behind = parseTokens(rest, key ?? '', OPTION_FLAGS);
    return {
      ...parsed,
      ...(behind.kind === 'misread' && { instead: behind.instead }),
      prefix: prefixWith(front.kind === 'arguments' ? front.flags : new Map()),
    };
  }
  const flags = parsed.also;
  const prefix = prefixWith(flags);
  const service = key ?? flags.get('service');
  if (service === undefined && parsed.request.command !== 'help') return withoutService(tokens, prefix);
  const options = readOptions(flags);
  if (options.kind === 'misread') return { ...options, prefix };
  return { kind: 'request', request: { ...parsed.request, service: service ?? '' }, options: options.options, prefix };
}

function withoutService(tokens: readonly Token[], prefix: string): CommandLine {
  const line = tokens.map(({ text }) => shellWord(text)).join(' ');
  return {
    ...misread(`Which service? Expected its name in front of the command.`, `SERVICE ${line}`),
    prefix,
  };
}
