import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';
import { COMMAND_NAMES, type Command, commandNamed, DRY_RUN } from './commands.ts';
import { type FlagSyntax, flagTokens, isKnownFlag, looksLikeFlag, readFlags, takesNext } from './flags.ts';
import { type Misread, misread } from './misread.ts';
import { splitReason } from './reason.ts';
import type { Request } from './request.ts';
import type { Line } from './retype.ts';
import { decodeSlack, type Token, tokenize, tokensOfArguments, typedAgain } from './tokens.ts';

export type Parsed = Understood | Misread;

interface Understood {
  readonly kind: 'parsed';
  readonly request: Request;
  /** Flags that the door asked for besides the command's own, by name. */
  readonly also: ReadonlyMap<string, string>;
}

/** Longer than any command that makes sense, and shorter than what would be slow to read. */
const LONGEST_TEXT = 4_000;

const HELP: FlagSyntax = { name: 'help', short: 'h' };

/** What people type who know other tools. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  get: 'list',
  ls: 'list',
  ps: 'list',
  pods: 'list',
  status: 'list',
  describe: 'inspect',
  show: 'inspect',
  log: 'logs',
  tail: 'logs',
  remove: 'drain',
  evict: 'drain',
  cordon: 'drain',
  uncordon: 'restore',
  undrain: 'restore',
  prolong: 'extend',
  postpone: 'extend',
  snooze: 'extend',
  // Nothing else is ever deleted.
  delete: 'finish',
  kill: 'finish',
  rm: 'finish',
  terminate: 'finish',
  abort: 'cancel',
  stop: 'cancel',
  ops: 'operations',
  history: 'operations',
  bundle: 'evidence',
  dump: 'evidence',
};

/** Reads what was typed after `/rng` in Slack, where `&`, `<` and `>` arrive escaped. `service`: the configured key. */
export function parse(text: string, service: string): Parsed {
  if (text.length > LONGEST_TEXT)
    return misread(`The command has ${text.length} characters, expected at most ${LONGEST_TEXT}.`, 'help');
  return parseTokens(tokenize(decodeSlack(text)), service);
}

/** Reads a command that is split already. `also`: flags that the door understands in every command. */
export function parseTokens(tokens: readonly Token[], service: string, also: readonly FlagSyntax[] = []): Parsed {
  const parsed = read(tokens, service, also);
  if (parsed.kind === 'parsed') return parsed;
  const safe = parsed.instead.filter((line) => isSafe(line, tokens, also)).map(typedAgain);
  const command = commandNamed(tokens[commandPosition(tokens, also)]?.text.toLowerCase() ?? '');
  return { ...parsed, instead: safe.length > 0 ? safe : [command ? `help ${command.name}` : 'help'] };
}

/** Can be sent as it is, and carries nothing out where something was only to be tried. */
function isSafe(line: Line, typed: readonly Token[], also: readonly FlagSyntax[]): boolean {
  const sent = line.some(({ isArgument }) => isArgument) ? line : tokenize(typedAgain(line));
  const parsed = read(sent, '', also);
  if (parsed.kind === 'misread') return false;
  // In quotes too: they may have closed where nobody meant them to.
  const words = tokensOfArguments(typed.flatMap(({ text }) => text.split(/\s+/)));
  const isTrial = words.some((word) => isKnownFlag(word, [DRY_RUN]));
  const { request } = parsed;
  return !isTrial || ('dryRun' in request ? request.dryRun : request.command !== 'cancel');
}

function read(tokens: readonly Token[], service: string, also: readonly FlagSyntax[]): Understood | Misread<Line> {
  const at = commandPosition(tokens, also);
  const word = tokens[at];
  const others = tokens.filter((_, index) => index !== at);
  if (word === undefined || isKnownFlag(word, [HELP])) {
    const flags = readFlags(word === undefined ? others : [], also);
    return flags.kind === 'misread'
      ? flags
      : { kind: 'parsed', request: { command: 'help', service }, also: flags.flags };
  }
  const command = commandNamed(word.text.toLowerCase());
  return command === undefined
    ? unknownCommand(word, others, service, also)
    : readCommand(command, others, service, also);
}

function readCommand(
  command: Command,
  tokens: readonly Token[],
  service: string,
  also: readonly FlagSyntax[],
): Understood | Misread<Line> {
  const syntaxes = [...command.flags, HELP, ...also];
  const split = command.takesReason ? splitReason(tokens, syntaxes) : ({ kind: 'split', rest: tokens } as const);
  if (split.kind === 'misread') return split;
  const given = readFlags(split.rest, syntaxes);
  if (given.kind === 'misread') return given;
  const extras = new Map([...given.flags].filter(([name]) => also.some((flag) => flag.name === name)));
  if (given.flags.has('help')) {
    const topic = command.name === 'help' ? {} : { topic: command.name };
    return { kind: 'parsed', request: { command: 'help', service, ...topic }, also: extras };
  }
  const request = command.read(service, {
    ...given,
    ...('reason' in split && { reason: split.reason }),
    typed: tokens,
    reasonTokens: tokens.filter((token) => !split.rest.includes(token)),
    doorTokens: flagTokens(tokens, also),
  });
  return 'kind' in request ? request : { kind: 'parsed', request, also: extras };
}

/** The first word that no flag of the door lays claim to. */
export function commandPosition(tokens: readonly Token[], also: readonly FlagSyntax[]): number {
  let at = 0;
  for (;;) {
    const token = tokens[at];
    if (token === undefined || !isKnownFlag(token, also)) return at;
    at += takesNext(token, also) ? 2 : 1;
  }
}

function unknownCommand(
  word: Token,
  others: readonly Token[],
  service: string,
  also: readonly FlagSyntax[],
): Misread<Line> {
  const known = `the commands are ${alternatives(COMMAND_NAMES, 'and')}`;
  if (looksLikeFlag(word)) return misread(`A command begins with a word, not with ${quote(word.text)}: ${known}.`);
  const swapped = others.find((token) => !looksLikeFlag(token) && commandNamed(token.text.toLowerCase()));
  const text = word.text.toLowerCase();
  // `/rng rng list`: the service stands in front already.
  if (swapped !== undefined && others[0] === swapped && text === service.toLowerCase())
    return misread(
      `${service} is named already, and stands twice.`,
      ...corrected(swapped.text.toLowerCase(), others.slice(1), also),
    );
  const nearest = Object.hasOwn(ELSEWHERE, text) ? ELSEWHERE[text] : nearestWord(text, COMMAND_NAMES);
  const sentence = `There is no command ${quote(word.text)}: ${known}.`;
  if (nearest !== undefined) return misread(sentence, ...corrected(nearest, others, also));
  if (swapped !== undefined && others[0] === swapped)
    return misread(sentence, ...corrected(swapped.text.toLowerCase(), [word, ...others.slice(1)], also));
  return misread(sentence);
}

/** kubectl's word for what every command is about: `get pods`, `describe pod b85tm`. */
const KIND = /^(?:pods?|po)$/i;

/** The same line with the right command, or what that would be told to type. */
function corrected(name: string, others: readonly Token[], also: readonly FlagSyntax[]): readonly Line[] {
  const [first, ...rest] = others;
  const line = [...tokenize(name), ...(first !== undefined && KIND.test(first.text) ? rest : others)];
  const parsed = read(line, '', also);
  if (parsed.kind === 'parsed') return [line];
  return parsed.instead.length > 0 ? parsed.instead : [[...tokenize(`help ${name}`), ...flagTokens(others, also)]];
}
