import {
  type Arguments,
  type FlagSyntax,
  flagTokens,
  isKnownFlag,
  looksLikeFlag,
  readFlags,
} from '../pitlane/command/flags.ts';
import { commandPosition } from '../pitlane/command/grammar.ts';
import { type Misread, misread } from '../pitlane/command/misread.ts';
import { isWord } from '../pitlane/command/reason.ts';
import type { Request } from '../pitlane/command/request.ts';
import { type Token, tokensOfArguments, typedAgain } from '../pitlane/command/tokens.ts';
import { commandNames, isCommand, parseTokens, serviceAfterCommand } from '../pitlane/operations/commands.ts';
import { specOf } from '../pitlane/operations/table.ts';
import { alternatives, quote, shellWord } from '../pitlane/text/words.ts';
import { SHELLS, type Shell } from './completion/scripts.ts';
import { misplacedFlag } from './misplaced-flag.ts';
import { OPTION_FLAGS, type Options, readOptions } from './options.ts';

/** The parsed arguments of the process. */
export type CommandLine =
  | { readonly kind: 'version' }
  | { readonly kind: 'overview' }
  | { readonly kind: 'check'; readonly options: Options }
  | { readonly kind: 'completion'; readonly shell: Shell }
  /** The words up to the cursor. */
  | { readonly kind: 'complete'; readonly words: readonly string[] }
  /** `prefix`: what to type before a command to reach the same service. */
  | { readonly kind: 'request'; readonly request: Request; readonly options: Options; readonly prefix: string }
  | (Misread & { readonly prefix: string });

export const FRONT_FLAGS: readonly FlagSyntax[] = [
  ...OPTION_FLAGS,
  { name: 'help', short: 'h' },
  { name: 'version', short: 'v' },
];

const FOLLOW: FlagSyntax = { name: 'follow', short: 'f' };
const WATCH: FlagSyntax = { name: 'watch', short: 'w' };
const SERVICE_FLAG: FlagSyntax = { name: 'service', value: 'rng' };
const OUTPUT: FlagSyntax = { name: 'output', short: 'o', value: 'json' };

/** The scripts for shells, and kubectl, ask with it. */
const COMPLETE = '__complete';

/** Flags that locate the service. The next command needs them again. */
const LOCATION_FLAGS = ['config', 'kubeconfig', 'context', 'namespace', 'service'];

/**
 * Reads `pitlane [flags] SERVICE COMMAND …`, `pitlane COMMAND SERVICE …` or `pitlane --service NAME COMMAND …`. The flags can
 * be anywhere.
 */
export function readCommandLine(args: readonly string[], program: string): CommandLine {
  const line = readTokens(tokensOfArguments(args), program);
  return line.kind === 'misread' ? { prefix: program, ...line } : line;
}

/** A misread line without a prefix is about the program itself. */
function readTokens(tokens: readonly Token[], program: string): CommandLine | Misread {
  if (tokens[0]?.text === COMPLETE) return { kind: 'complete', words: tokens.slice(1).map(({ text }) => text) };
  const at = commandPosition(tokens, FRONT_FLAGS);
  const word = tokens[at];
  const front = readFlags(tokens.slice(0, at), FRONT_FLAGS);
  if (front.kind === 'misread') return front;
  if (front.flags.has('version')) return { kind: 'version' };
  if (front.flags.has('help') || word === undefined) return { kind: 'overview' };
  if (looksLikeFlag(word)) return misplacedFlag(tokens, word, FRONT_FLAGS, (line) => requestOf(line, program));
  if (isWord(word, 'check')) return checkLine(tokens.toSpliced(at, 1));
  if (isWord(word, 'completion')) return completionLine(tokens.slice(at + 1));
  const isKeyAbsent = isCommand(word.text.toLowerCase());
  const [before, rest] = [tokens.slice(0, at), tokens.slice(at)];
  if (front.flags.has('service')) return requestLine(before, rest, undefined, program);
  if (!isKeyAbsent) return requestLine(before, rest.slice(1), word.text, program);
  const isNamedByFlag = rest.some((token) => isKnownFlag(token, [SERVICE_FLAG]));
  const swapped = isNamedByFlag ? undefined : serviceAfterCommand(rest, OPTION_FLAGS);
  return requestLine(before, swapped?.rest ?? rest, swapped?.service, program);
}

function requestOf(tokens: readonly Token[], program: string): Request | undefined {
  const texts = tokens.map(({ text }) => text);
  const line = readCommandLine(texts, program);
  return line.kind === 'request' ? line.request : undefined;
}

function checkLine(tokens: readonly Token[]): CommandLine | Misread {
  const given = readFlags(tokens, OPTION_FLAGS);
  if (given.kind === 'misread') return given;
  const [extra] = given.words;
  if (extra) return misread('check takes no arguments, only --config FILE.', `check --config ${shellWord(extra.text)}`);
  const options = readOptions(given.flags);
  return options.kind === 'misread' ? options : { kind: 'check', options: options.options };
}

function completionLine([shell, extra]: readonly Token[]): CommandLine | Misread {
  const found = SHELLS.find((each) => each === shell?.text.toLowerCase());
  const instead = SHELLS.map((each) => `completion ${each}`);
  if (shell === undefined) return misread('completion needs the name of a shell.', ...instead);
  if (found === undefined)
    return misread(`Unknown shell ${quote(shell.text)}. Expected ${alternatives(SHELLS)}.`, ...instead);
  if (extra !== undefined)
    return misread(`Unexpected ${quote(extra.text)} after completion ${found}.`, `completion ${found}`);
  return { kind: 'completion', shell: found };
}

/**
 * @param before the flags before the first word
 * @param key the word before the command; undefined: `--service` names the service
 */
function requestLine(
  before: readonly Token[],
  rest: readonly Token[],
  key: string | undefined,
  program: string,
): CommandLine {
  const parsed = parseTokens([...before, ...rest], key ?? '', OPTION_FLAGS);
  const sameFlags = prefixLike(readFlags(before, OPTION_FLAGS), key, program);
  if (parsed.kind === 'misread') {
    const withoutBefore = parseTokens(rest, key ?? '', OPTION_FLAGS);
    const { instead } = withoutBefore.kind === 'misread' ? withoutBefore : parsed;
    return { ...parsed, instead, prefix: sameFlags };
  }
  const service = key ?? parsed.also.get('service');
  if (service === undefined && !specOf(parsed.request).isAboutAll) {
    const message = 'Which service? Type its name before the command.';
    return { ...misread(message, `SERVICE ${typedAgain(rest)}`), prefix: sameFlags };
  }
  const options = readOptions(parsed.also);
  const prefix = prefixWith(parsed.also, key, program);
  if (options.kind === 'misread') return { ...options, prefix };
  const misused = misusedStream(parsed.request, options.options, rest);
  if (misused !== undefined) return { ...misused, prefix: sameFlags };
  return { kind: 'request', request: { ...parsed.request, service: service ?? '' }, options: options.options, prefix };
}

/** The program with the flags that locate the service, and its name. */
function prefixWith(flags: ReadonlyMap<string, string>, key: string | undefined, program: string): string {
  const location = LOCATION_FLAGS.flatMap((name) =>
    flags.has(name) ? [`--${name}`, shellWord(flags.get(name) ?? '')] : [],
  );
  return [program, ...location, ...(key === undefined ? [] : [shellWord(key)])].join(' ');
}

/** The same prefix plus all other flags before the first word, for a line to type again. */
function prefixLike(front: Arguments | Misread, key: string | undefined, program: string): string {
  if (front.kind === 'misread') return prefixWith(new Map(), key, program);
  const others = [...front.givenBy].flatMap(([name, tokens]) => (LOCATION_FLAGS.includes(name) ? [] : tokens));
  return prefixWith(front.flags, key, others.length === 0 ? program : `${program} ${typedAgain(others)}`);
}

/** `--watch` of a command that has nothing to watch, and streams that are no single object. */
function misusedStream(request: Request, { output, watch }: Options, rest: readonly Token[]): Misread | undefined {
  const without = (flags: readonly FlagSyntax[]) =>
    flags
      .map((flag) => flagTokens(rest, [flag]))
      .filter((tokens) => tokens.length > 0)
      .map((tokens) => typedAgain(rest.filter((token) => !tokens.includes(token))));
  if (watch && !specOf(request).isWatchable) {
    const owners = commandNames.filter((name) => specOf({ command: name } as Request).isWatchable);
    return misread(`--watch is a flag of ${alternatives(owners, 'and')}.`, ...without([WATCH]));
  }
  const isStream = watch || ('follow' in request && request.follow === true);
  if (!isStream || (output !== 'json' && output !== 'yaml')) return undefined;
  const flag = watch ? WATCH : FOLLOW;
  return misread(
    `--${flag.name} streams lines, so it can't be combined with -o ${output}.`,
    ...without([flag, OUTPUT]),
  );
}
