import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';
import type { Given, Values } from './arguments.ts';
import { DRY_RUN_FLAG } from './fields.ts';
import { type FlagSyntax, flagTokens, isKnownFlag, looksLikeFlag, readFlags, takesNext } from './flags.ts';
import { type Misread, misread } from './misread.ts';
import { splitReason } from './reason.ts';
import { isChange, type Request } from './request.ts';
import { type Line, retyped, without } from './retype.ts';
import { type CommandSyntax, flagsOf, hasField } from './syntax.ts';
import { decodeSlack, type Token, tokenize, tokensOfArguments, typedAgain } from './tokens.ts';

export type Parsed = Understood | Misread;

interface Understood {
  readonly kind: 'parsed';
  readonly request: Request;
  /** Flags that the door asked for besides the command's own, by name. */
  readonly also: ReadonlyMap<string, string>;
}

export interface Grammar {
  readonly commands: readonly CommandSyntax[];
  readonly commandNames: readonly string[];
  /** Whether a command begins with the word. */
  isCommand(word: string): boolean;
  /** Reads what was typed after `/rng` in Slack, where `&`, `<` and `>` arrive escaped. `service`: the configured key. */
  parse(text: string, service: string): Parsed;
  /** Reads a command that is split already. `also`: flags that the door understands in every command. */
  parseTokens(tokens: readonly Token[], service: string, also?: readonly FlagSyntax[]): Parsed;
}

/** Longer than any command that makes sense, and shorter than what would be slow to read. */
const LONGEST_TEXT = 4_000;

const HELP: FlagSyntax = { name: 'help', short: 'h' };

/** What is read, and the flags of the door. */
interface Reader {
  readonly commands: readonly CommandSyntax[];
  readonly names: readonly string[];
  readonly service: string;
  readonly also: readonly FlagSyntax[];
}

export function grammarOf(commands: readonly CommandSyntax[]): Grammar {
  const names = commands.map(({ name }) => name);
  const parseTokens: Grammar['parseTokens'] = (tokens, service, also = []) => {
    const reader = { commands, names, service, also };
    const parsed = read(tokens, reader);
    if (parsed.kind === 'parsed') return parsed;
    const safe = parsed.instead.filter((line) => isSafe(line, tokens, reader)).map(typedAgain);
    const command = commandIn(tokens, reader)?.command;
    return { ...parsed, instead: safe.length > 0 ? safe : [command ? `help ${command.name}` : 'help'] };
  };
  return {
    commands,
    commandNames: names,
    isCommand: (word) => names.some((name) => name === word || name.startsWith(`${word} `)),
    parseTokens,
    parse: (text, service) =>
      text.length > LONGEST_TEXT
        ? misread(`The command is too long: ${text.length} characters, at most ${LONGEST_TEXT}.`, 'help')
        : parseTokens(tokenize(decodeSlack(text)), service),
  };
}

/** Can be sent as it is, and carries nothing out where something was only to be tried. */
function isSafe(line: Line, typed: readonly Token[], reader: Reader): boolean {
  const sent = line.some(({ isArgument }) => isArgument) ? line : tokenize(typedAgain(line));
  const parsed = read(sent, reader);
  if (parsed.kind === 'misread') return false;
  // In quotes too: they may have closed where nobody meant them to.
  const words = tokensOfArguments(typed.flatMap(({ text }) => text.split(/\s+/)));
  const isTrial = words.some((word) => isKnownFlag(word, [DRY_RUN_FLAG]));
  const { request } = parsed;
  return !isTrial || (isChange(request) ? request.dryRun : request.command !== 'cancel');
}

/** The command that the tokens begin with, the longer name first, and all other tokens. */
function commandIn(
  tokens: readonly Token[],
  { commands, also }: Pick<Reader, 'commands' | 'also'>,
): { readonly command: CommandSyntax; readonly others: readonly Token[] } | undefined {
  const [first, second] = commandPositions(tokens, also);
  for (const places of [[first, second], [first]]) {
    const name = places.map((at) => tokens[at]?.text.toLowerCase()).join(' ');
    const command = commands.find((each) => each.name === name);
    if (command !== undefined) return { command, others: tokens.filter((_, index) => !places.includes(index)) };
  }
  return undefined;
}

/** Where the first and the second word of a command stand. */
function commandPositions(tokens: readonly Token[], also: readonly FlagSyntax[]): readonly [number, number] {
  const first = commandPosition(tokens, also);
  return [first, first + 1 + commandPosition(tokens.slice(first + 1), also)];
}

/** The commands of two words that begin with the word: `gate on` and `gate off`. */
function commandsBelow(word: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith(`${word} `));
}

function read(tokens: readonly Token[], reader: Reader): Understood | Misread<Line> {
  const { service, also, names } = reader;
  const [at, after] = commandPositions(tokens, also);
  const word = tokens[at];
  const others = tokens.filter((_, index) => index !== at);
  if (word === undefined || isKnownFlag(word, [HELP])) {
    const flags = readFlags(word === undefined ? others : [], also);
    return flags.kind === 'misread'
      ? flags
      : { kind: 'parsed', request: { command: 'help', service }, also: flags.flags };
  }
  const named = commandIn(tokens, reader);
  const text = word.text.toLowerCase();
  const below = commandsBelow(text, names);
  const second = tokens[after];
  const isSecondWord = second !== undefined && !looksLikeFlag(second);
  if (
    below.length > 0 &&
    (named === undefined || (named.command.name === text && isSecondWord && !takesWords(named.command)))
  ) {
    const rest = isSecondWord ? others.filter((token) => token !== second) : others;
    return unknownSecondWord(text, isSecondWord ? second : undefined, rest, reader);
  }
  return named === undefined ? unknownCommand(word, others, reader) : readCommand(named.command, named.others, reader);
}

function takesWords({ fields }: CommandSyntax): boolean {
  return fields.some(({ isPositional, values }) => isPositional && values.length > 0);
}

function readCommand(
  command: CommandSyntax,
  tokens: readonly Token[],
  { service, also, names }: Reader,
): Understood | Misread<Line> {
  const syntaxes = [...flagsOf(command), HELP, ...also];
  const split = hasField(command, 'because')
    ? splitReason(tokens, syntaxes)
    : ({ kind: 'split', rest: tokens } as const);
  if (split.kind === 'misread') return split;
  const flags = readFlags(split.rest, syntaxes);
  if (flags.kind === 'misread') return flags;
  const extras = new Map([...flags.flags].filter(([name]) => also.some((flag) => flag.name === name)));
  if (flags.flags.has('help')) {
    const topic = command.name === 'help' ? {} : { topic: command.name };
    return { kind: 'parsed', request: { command: 'help', service, ...topic }, also: extras };
  }
  const given: Given = {
    ...flags,
    values: {},
    ...('reason' in split && { reason: split.reason }),
    typed: tokens,
    reasonTokens: tokens.filter((token) => !split.rest.includes(token)),
    doorTokens: flagTokens(tokens, also),
  };
  const values = readFields(command, given, names);
  if (values.kind === 'misread') return values;
  const isForced = hasField(command, 'dryRun') && { force: false };
  const request = { command: command.name, service, ...isForced, ...values.values } as unknown as Request;
  return { kind: 'parsed', request, also: extras };
}

/** The command's values, those first whose words are marked, and then what takes the words that are left. */
function readFields(
  command: CommandSyntax,
  all: Given,
  names: readonly string[],
): { readonly kind: 'values'; readonly values: Values } | Misread<Line> {
  const { fields, exclusive = [] } = command;
  const isPositional = (field: CommandSyntax['fields'][number]) => field.isPositional === true;
  let given = all;
  for (const field of [...fields.filter((each) => !isPositional(each)), ...fields.filter(isPositional)]) {
    const found = field.read(given, command, names);
    if (found.kind === 'misread') return found;
    given = { ...found.given, values: { ...given.values, ...found.values } };
  }
  const clash = exclusive.find(({ flags }) => flags.every((flag) => given.values[flag] === true));
  if (clash === undefined) return { kind: 'values', values: given.values };
  return misread(clash.message, retyped(command.name, all, without(all.givenBy.get(clash.flags[1]) ?? [])));
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

function unknownCommand(word: Token, others: readonly Token[], reader: Reader): Misread<Line> {
  const { commands, names, service } = reader;
  const known = `Commands: ${alternatives(names, 'and')}.`;
  if (looksLikeFlag(word)) return misread(`Expected a command, found ${quote(word.text)}. ${known}`);
  const firstWords = [...new Set(names.map((name) => name.split(' ')[0] ?? name))];
  const [next, ...rest] = others;
  const swapped = next?.text.toLowerCase() ?? '';
  const isSwapped = firstWords.includes(swapped);
  const text = word.text.toLowerCase();
  // `/rng rng list`: the service stands in front already.
  if (isSwapped && text === service.toLowerCase())
    return misread(`The service is given twice: ${quote(word.text)}.`, ...corrected(swapped, rest, reader));
  const nearest = commands.find(({ aliases = [] }) => aliases.includes(text))?.name ?? nearestWord(text, firstWords);
  if (nearest !== undefined)
    return misread(
      `Unknown command ${quote(word.text)}. Did you mean ${nearest}?`,
      ...corrected(nearest, others, reader),
    );
  const message = `Unknown command ${quote(word.text)}. ${known}`;
  return isSwapped ? misread(message, ...corrected(swapped, [word, ...rest], reader)) : misread(message);
}

/** `gate` alone, or `gate onn`. */
function unknownSecondWord(
  first: string,
  second: Token | undefined,
  others: readonly Token[],
  reader: Reader,
): Misread<Line> {
  const known = commandsBelow(first, reader.names);
  const secondWords = known.map((name) => name.slice(first.length + 1));
  if (second === undefined)
    return misread(
      `${first} needs a second word: ${alternatives(secondWords)}.`,
      ...known.flatMap((name) => corrected(name, others, reader)),
    );
  const typed = quote(`${first} ${second.text}`);
  const nearest = nearestWord(second.text.toLowerCase(), secondWords);
  return nearest === undefined
    ? misread(`Unknown command ${typed}. Expected ${alternatives(known)}.`)
    : misread(
        `Unknown command ${typed}. Did you mean ${first} ${nearest}?`,
        ...corrected(`${first} ${nearest}`, others, reader),
      );
}

/** kubectl's word for what every command is about: `get pods`, `describe pod b85tm`. */
const KIND = /^(?:pods?|po)$/i;

/** The same line with the right command, or what that would be told to type. */
function corrected(name: string, others: readonly Token[], reader: Reader): readonly Line[] {
  const [first, ...rest] = others;
  const line = [...tokenize(name), ...(first !== undefined && KIND.test(first.text) ? rest : others)];
  const parsed = read(line, reader);
  if (parsed.kind === 'parsed') return [line];
  return parsed.instead.length > 0
    ? parsed.instead
    : [[...tokenize(`help ${name}`), ...flagTokens(others, reader.also)]];
}
