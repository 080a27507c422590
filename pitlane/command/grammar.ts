import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';
import { DRY_RUN_FLAG } from './fields.ts';
import {
  type Arguments,
  type FlagSyntax,
  flagTokens,
  isKnownFlag,
  looksLikeFlag,
  matchFlag,
  readFlags,
  takesNext,
} from './flags.ts';
import { type Misread, MisreadError, misread } from './misread.ts';
import { splitReason } from './reason.ts';
import { isChange, type Request } from './request.ts';
import { type Line, retyped, without } from './retype.ts';
import { type CommandSyntax, flagsOf, type Given, hasField, type Values } from './syntax.ts';
import { decodeSlack, type Token, tokenize, tokensOfArguments, typedAgain } from './tokens.ts';

type Parsed = Understood | Misread;

interface Understood {
  readonly kind: 'parsed';
  readonly request: Request;
  /** The door's own flags, by name. */
  readonly also: ReadonlyMap<string, string>;
}

export interface Grammar {
  readonly commands: readonly CommandSyntax[];
  readonly commandNames: readonly string[];
  /** A command begins with the word. */
  isCommand(word: string): boolean;
  /** `drain rng b85tm`: the service after the command, and the line without it. Undefined: no word can be a service. */
  serviceAfterCommand(tokens: readonly Token[], also?: readonly FlagSyntax[]): ServiceAfterCommand | undefined;
  /** Reads the text after `/rng` in Slack, where `&`, `<` and `>` arrive escaped. `service`: the configured key. */
  parse(text: string, service: string): Parsed;
  /** Reads a command that is split already. `also`: flags that the door accepts with every command. */
  parseTokens(tokens: readonly Token[], service: string, also?: readonly FlagSyntax[]): Parsed;
}

interface ServiceAfterCommand {
  readonly service: string;
  readonly rest: readonly Token[];
}

/** Longer than any useful command, and short enough to read fast. */
const LONGEST_TEXT = 4_000;

const HELP: FlagSyntax = { name: 'help', short: 'h' };

/** The commands, and the flags of the door. */
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
    const parsed = understand(tokens, reader);
    if (parsed instanceof MisreadError) {
      const safe = parsed.instead.filter((line) => isSafe(line, tokens, reader)).map(typedAgain);
      const command = commandIn(tokens, reader)?.command;
      return misread(parsed.message, ...(safe.length > 0 ? safe : [command ? `help ${command.name}` : 'help']));
    }
    return parsed;
  };
  return {
    commands,
    commandNames: names,
    isCommand: (word) => names.some((name) => name === word || name.startsWith(`${word} `)),
    parseTokens,
    serviceAfterCommand: (tokens, also = []) => serviceAfterCommand(tokens, { commands, names, also }),
    parse: (text, service) =>
      text.length > LONGEST_TEXT
        ? misread(`The command is too long: ${text.length} characters, at most ${LONGEST_TEXT}.`, 'help')
        : parseTokens(tokenize(decodeSlack(text)), service),
  };
}

function understand(tokens: readonly Token[], reader: Reader): Understood | MisreadError {
  try {
    return read(tokens, reader);
  } catch (error) {
    if (error instanceof MisreadError) return error;
    throw error;
  }
}

/** The line works as it is, and does not execute where a dry run was typed. */
function isSafe(line: Line, typed: readonly Token[], reader: Reader): boolean {
  const sent = line.some(({ isArgument }) => isArgument) ? line : tokenize(typedAgain(line));
  const parsed = understand(sent, reader);
  if (parsed instanceof MisreadError) return false;
  // In quotes too: a quote may have closed in the wrong place.
  const words = tokensOfArguments(typed.flatMap(({ text }) => text.split(/\s+/)));
  const isTrial = words.some((word) => isKnownFlag(word, [DRY_RUN_FLAG]));
  const { request } = parsed;
  const { makesChanges } = reader.commands.find(({ name }) => name === request.command) ?? {};
  return !isTrial || (isChange(request) ? request.dryRun : !makesChanges);
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

/** As Kubernetes names Services: a pod's short name may begin with a digit. */
const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

function serviceAfterCommand(
  tokens: readonly Token[],
  { commands, names, also }: Pick<Reader, 'commands' | 'names' | 'also'>,
): ServiceAfterCommand | undefined {
  const named = commandIn(tokens, { commands, also });
  if (named === undefined || named.command.isAboutAll) return undefined;
  const { command, others } = named;
  const syntaxes = [...flagsOf(command), HELP, ...also];
  const word = others.find((token, at) => !looksLikeFlag(token) && !takesNext(others[at - 1], syntaxes));
  const service = word?.text.toLowerCase() ?? '';
  const isOtherCommand = commandsBelow(command.name, names).some((name) =>
    nearestWord(service, [name.slice(command.name.length + 1)]),
  );
  if (word?.isQuoted || !SERVICE_NAME.test(service) || leadWords(command).includes(service) || isOtherCommand)
    return undefined;
  return { service, rest: tokens.filter((token) => token !== word) };
}

/** `for` and `because`, which begin a value. */
function leadWords({ fields }: CommandSyntax): readonly string[] {
  return fields.flatMap(({ usage }) => /^\[([a-z]+) /.exec(usage)?.[1] ?? []);
}

/** The positions of the first and the second word of a command. */
function commandPositions(tokens: readonly Token[], also: readonly FlagSyntax[]): readonly [number, number] {
  const first = commandPosition(tokens, also);
  return [first, first + 1 + commandPosition(tokens.slice(first + 1), also)];
}

/** The commands of two words that begin with the word: `gate on` and `gate off`. */
function commandsBelow(word: string, names: readonly string[]): readonly string[] {
  return names.filter((name) => name.startsWith(`${word} `));
}

function read(tokens: readonly Token[], reader: Reader): Understood {
  const { service, also, names } = reader;
  const [at, after] = commandPositions(tokens, also);
  const word = tokens[at];
  const others = tokens.filter((_, index) => index !== at);
  if (word === undefined || isKnownFlag(word, [HELP])) {
    const { flags } = flagsIn(word === undefined ? others : [], also);
    return { kind: 'parsed', request: { command: 'help', service }, also: flags };
  }
  const named = commandIn(tokens, reader);
  const text = word.text.toLowerCase();
  const below = commandsBelow(text, names);
  const second = tokens[after];
  const isLead = named !== undefined && leadWords(named.command).includes(second?.text.toLowerCase() ?? '');
  const isSecondWord = second !== undefined && !looksLikeFlag(second) && !isLead;
  if (
    below.length > 0 &&
    (named === undefined || (named.command.name === text && isSecondWord && !takesWords(named.command)))
  ) {
    const rest = isSecondWord ? others.filter((token) => token !== second) : others;
    throw unknownSecondWord(text, isSecondWord ? second : undefined, rest, reader);
  }
  if (named === undefined) throw unknownCommand(word, others, reader);
  return readPrinted(named, reader) ?? readCommand(named.command, named.others, reader);
}

/** `-o yaml`, as kubectl prints manifests. In a terminal it is a flag of every command. */
const OUTPUT: FlagSyntax = { name: 'output', short: 'o', value: 'yaml' };

/** The command that prints what the other would create. Undefined: that was not asked for. */
function readPrinted(
  { command, others }: NonNullable<ReturnType<typeof commandIn>>,
  reader: Reader,
): Understood | undefined {
  const printing = reader.commands.find(({ name }) => name === command.manifest);
  const output = flagTokens(others, [OUTPUT]);
  const formats = output.map((token) => matchFlag(token, [OUTPUT])?.value ?? token.text.toLowerCase());
  if (printing === undefined || !formats.includes('yaml')) return undefined;
  const isOfDoor = reader.also.some(({ name }) => name === OUTPUT.name);
  return readCommand(printing, isOfDoor ? others : others.filter((token) => !output.includes(token)), reader);
}

function flagsIn(tokens: readonly Token[], syntaxes: readonly FlagSyntax[]): Arguments {
  const flags = readFlags(tokens, syntaxes);
  if (flags.kind === 'misread') throw new MisreadError(flags.message);
  return flags;
}

function takesWords({ fields }: CommandSyntax): boolean {
  return fields.some(({ isPositional, values }) => isPositional && values.length > 0);
}

function readCommand(command: CommandSyntax, tokens: readonly Token[], { service, also, names }: Reader): Understood {
  const syntaxes = [...flagsOf(command), HELP, ...also];
  const { reason, rest } = hasField(command, 'because') ? splitReason(tokens, syntaxes) : { rest: tokens };
  const flags = flagsIn(rest, syntaxes);
  const extras = new Map([...flags.flags].filter(([name]) => also.some((flag) => flag.name === name)));
  if (flags.flags.has('help')) {
    const topic = hasField(command, 'topic') ? {} : { topic: command.name };
    return { kind: 'parsed', request: { command: 'help', service, ...topic }, also: extras };
  }
  const given: Given = {
    ...flags,
    values: {},
    reason,
    typed: tokens,
    reasonTokens: tokens.filter((token) => !rest.includes(token)),
    doorTokens: flagTokens(tokens, also),
  };
  const values = readFields(command, given, names);
  const isForced = hasField(command, 'dryRun') && { force: false };
  const request = { command: command.name, service, ...isForced, ...values } as unknown as Request;
  return { kind: 'parsed', request, also: extras };
}

/** Reads the values of the command: first those with flags or lead words, then the remaining words. */
function readFields(command: CommandSyntax, all: Given, names: readonly string[]): Values {
  const { fields, exclusive = [] } = command;
  let given = all;
  for (const isPositional of [undefined, true])
    for (const field of fields.filter((each) => each.isPositional === isPositional)) {
      const { values, words = given.words } = field.read(given, command, names);
      const present = Object.entries(values).filter(([, value]) => value !== undefined);
      given = { ...given, words, values: { ...given.values, ...Object.fromEntries(present) } };
    }
  const clash = exclusive.find(({ flags }) => flags.every((flag) => given.values[flag] === true));
  if (clash === undefined) return given.values;
  const second = all.givenBy.get(clash.flags[1]) ?? [];
  throw new MisreadError(clash.message, retyped(command.name, all, without(second)));
}

/** The position of the first word that is not a flag of the door, or its value. */
export function commandPosition(tokens: readonly Token[], also: readonly FlagSyntax[]): number {
  let at = 0;
  for (;;) {
    const token = tokens[at];
    if (token === undefined || !isKnownFlag(token, also)) return at;
    at += takesNext(token, also) ? 2 : 1;
  }
}

function unknownCommand(word: Token, others: readonly Token[], reader: Reader): MisreadError {
  const { commands, names, service } = reader;
  const known = `Commands: ${alternatives(names, 'and')}.`;
  if (looksLikeFlag(word)) return new MisreadError(`Expected a command, found ${quote(word.text)}. ${known}`);
  const firstWords = [...new Set(names.map((name) => name.split(' ')[0] ?? name))];
  const [next, ...rest] = others;
  const swapped = next?.text.toLowerCase() ?? '';
  const isSwapped = firstWords.includes(swapped);
  const text = word.text.toLowerCase();
  // `/rng rng list`
  if (isSwapped && text === service.toLowerCase())
    return new MisreadError(`The service is given twice: ${quote(word.text)}.`, ...corrected(swapped, rest, reader));
  const nearest = commands.find(({ aliases = [] }) => aliases.includes(text))?.name ?? nearestWord(text, firstWords);
  if (nearest !== undefined) return didYouMean(word.text, nearest, others, reader);
  const instead = isSwapped ? corrected(swapped, [word, ...rest], reader) : [];
  return new MisreadError(`Unknown command ${quote(word.text)}. ${known}`, ...instead);
}

function didYouMean(typed: string, name: string, others: readonly Token[], reader: Reader): MisreadError {
  return new MisreadError(`Unknown command ${quote(typed)}. Did you mean ${name}?`, ...corrected(name, others, reader));
}

/** `gate` alone, or `gate onn`. */
function unknownSecondWord(
  first: string,
  second: Token | undefined,
  others: readonly Token[],
  reader: Reader,
): MisreadError {
  const known = commandsBelow(first, reader.names);
  const secondWords = known.map((name) => name.slice(first.length + 1));
  if (second === undefined)
    return new MisreadError(
      `${first} needs a second word: ${alternatives(secondWords)}.`,
      ...known.flatMap((name) => corrected(name, others, reader)),
    );
  const typed = `${first} ${second.text}`;
  const nearest = nearestWord(second.text.toLowerCase(), secondWords);
  return nearest === undefined
    ? new MisreadError(`Unknown command ${quote(typed)}. Expected ${alternatives(known)}.`)
    : didYouMean(typed, `${first} ${nearest}`, others, reader);
}

/** kubectl's kind, which Pitlane does not need: `get pods`, `describe pod b85tm`. */
const KIND = /^(?:pods?|po)$/i;

/** The same line with the right command, or its own corrections. */
function corrected(name: string, others: readonly Token[], reader: Reader): readonly Line[] {
  const [first, ...rest] = others;
  const line = [...tokenize(name), ...(first !== undefined && KIND.test(first.text) ? rest : others)];
  const parsed = understand(line, reader);
  if (!(parsed instanceof MisreadError)) return [line];
  return parsed.instead.length > 0
    ? parsed.instead
    : [[...tokenize(`help ${name}`), ...flagTokens(others, reader.also)]];
}
