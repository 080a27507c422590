import { parseSelector } from '../rotation/selector.ts';
import { SHORTEST_PATTERN } from '../rotation/target.ts';
import { formatDuration, notADuration, parseDuration, spelledDuration } from '../text/duration.ts';
import { editDistance, nearestWord } from '../text/nearest.ts';
import { quote } from '../text/words.ts';
import type { Arguments } from './flags.ts';
import { type Misread, misread } from './misread.ts';
import { isWord, LONGEST_REASON, tidy } from './reason.ts';
import { type Line, retyped, reworded, without } from './retype.ts';
import { type CommandSyntax, flagsOf, hasField } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

export type Values = Readonly<Record<string, unknown>>;

/** What a command was given, sorted but not yet understood. */
export interface Given extends Arguments {
  /** What the fields before have read. */
  readonly values: Values;
  readonly reason?: string;
  /** All that was typed but the command's name, in that order. */
  readonly typed: readonly Token[];
  /** `because` and the words of the reason. */
  readonly reasonTokens: readonly Token[];
  /** Flags of the door, such as those that say where the service is: another command needs them as well. */
  readonly doorTokens: readonly Token[];
}

export function isSet(given: Given, flag: string): boolean {
  return given.flags.get(flag) === 'true';
}

/** A selector as a command carries it. */
export function inQuotes(selector: string): string {
  return /\s/.test(selector) ? `'${selector}'` : selector;
}

type FoundPod = { readonly kind: 'pod'; readonly pod?: string } | Misread<Line>;

/** Another command for the same service. */
export function another(line: string, { doorTokens }: Given): Line {
  return [...tokenize(line), ...doorTokens];
}

/** The one word that is left: the pod. None is none: the asker then chooses from a list. */
export function onlyPod(command: CommandSyntax, given: Given, words: readonly Token[]): FoundPod {
  const [first, extra] = words;
  if (first === undefined) return { kind: 'pod' };
  const pod = readPodName(first.text, given);
  if (pod.kind === 'misread' || extra === undefined) return pod;
  return (
    forgottenDashes(command, extra) ??
    misread(`${command.name} takes one pod, found ${quote(pod.pod)} and ${quote(extra.text)}.`)
  );
}

function textOf(words: readonly Token[]): string {
  return words.map(({ text }) => text).join(' ');
}

type FoundPods = { readonly kind: 'pods'; readonly names: readonly string[] } | Misread<Line>;

/** Every word that is left, as a pod; what can't be a pod is a time or a reason that lacks its word. */
export function podsIn(command: CommandSyntax, given: Given, words: readonly Token[]): FoundPods {
  const names = new Set<string>();
  for (const [index, word] of words.entries()) {
    const rest = words.slice(index);
    if (isWord(word, 'because'))
      return misread(`${command.name} takes no reason.`, retyped(command.name, given, without(rest)));
    const slip =
      index === 0 ? undefined : (forgottenDashes(command, word, isFlagName) ?? forgottenFor(command, rest, given));
    if (slip !== undefined) return slip;
    const pod = readPodName(word.text, given);
    if (pod.kind === 'misread') return index === 0 ? pod : (forgottenBecause(command, rest, given) ?? pod);
    names.add(pod.pod);
  }
  return { kind: 'pods', names: [...names] };
}

/** As kubectl writes a pod where its name alone would be read as something else. */
export function podWord(name: string, command: CommandSyntax): string {
  const isAnotherWord =
    ['for', 'by', 'because'].includes(name) ||
    /^\d+$/.test(name) ||
    spelledDuration([name]) !== undefined ||
    isFlagName(
      name,
      flagsOf(command).map((flag) => flag.name),
    ) !== undefined;
  return isAnotherWord ? `pod/${name}` : name;
}

/** Almost any short name of a pod is near to `for`, so among pods only a flag's own name counts, or a slip in a longer one. */
function isFlagName(text: string, flags: readonly string[]): string | undefined {
  return flags.find((flag) => flag === text || (flag.length > 4 && editDistance(flag, text) === 1));
}

function forgottenDashes(
  command: CommandSyntax,
  { text }: Token,
  find: (text: string, flags: readonly string[]) => string | undefined = nearestWord,
): Misread<never> | undefined {
  const flag = find(
    text.toLowerCase(),
    flagsOf(command).map(({ name }) => name),
  );
  if (flag === undefined) return undefined;
  return misread(`Unknown word ${quote(text)}. Did you mean --${flag}?`);
}

/** The words as the time, where they are one and none is given: nothing else can be meant by `drain b85tm 30m`. */
function forgottenFor(command: CommandSyntax, words: readonly Token[], given: Given): Misread<Line> | undefined {
  const [first, ...more] = words;
  const spelled = spelledDuration(words.map(({ text }) => text));
  if (first === undefined || !hasField(command, 'forSeconds') || spelled?.words !== words.length) return undefined;
  const { forSeconds } = given.values;
  if (typeof forSeconds === 'number')
    return misread(`The duration is given twice: ${quote(formatDuration(forSeconds))} and ${quote(first.text)}.`);
  const time = [...tokenize('for'), reworded(first, spelled.text)];
  return misread(
    `Unknown word ${quote(textOf(words))}. Did you mean for ${spelled.text}?`,
    retyped(command.name, given, new Map([...without(more), [first, time]])),
  );
}

/** The words as a reason, or as the beginning of the one that there is. */
function forgottenBecause(command: CommandSyntax, words: readonly Token[], given: Given): Misread<Line> | undefined {
  if (!hasField(command, 'because')) return undefined;
  const because = given.reasonTokens[0];
  const isNamed = words.length > 1 && /^reason:?$/i.test(words[0]?.text ?? '');
  const texts = (isNamed ? words.slice(1) : words).map((word) =>
    /["'“”‘’]|(^|\s)[-–—−]/.test(word.text) ? word : reworded(word, word.text),
  );
  const message = `${quote(textOf(words))} is not a pod name. A reason begins with because.`;
  return because === undefined
    ? misread(message, retyped(command.name, given, without(words), [...tokenize('because'), ...texts]))
    : misread(message, retyped(command.name, given, new Map([...without(words), [because, [because, ...texts]]])));
}

/** A pod's name or a part of it; `pod/rng-b85tm` as kubectl prints it, and capitals that a phone put there. */
function readPodName(text: string, given: Given): { readonly kind: 'pod'; readonly pod: string } | Misread<Line> {
  const pod = text
    .toLowerCase()
    .replace(/^(?:pods?|po)\//, '')
    .replace(/^`(.*)`$/, '$1');
  // Rule: apimachinery, content/dns.go IsDNS1123Subdomain; a part of a name may also begin or end with "-" or ".".
  if (!/^[-a-z0-9.]{1,253}$/.test(pod))
    return misread(
      `${quote(text)} is not a pod name: use lower-case letters, digits, "-" and ".".`,
      another('list', given),
    );
  if (pod.length < SHORTEST_PATTERN)
    return misread(
      `${quote(text)} is too short. Give at least ${SHORTEST_PATTERN} characters from the start or end of the pod's name.`,
      another('list', given),
    );
  return { kind: 'pod', pod };
}

type FoundSelector =
  | { readonly kind: 'selector'; readonly text?: string; readonly others: readonly Token[] }
  | Misread<never>;

/** `-l env in (a, b)` works without quotes too: words that make the selector whole belong to it. */
export function selectorIn(given: Given): FoundSelector {
  const text = given.flags.get('selector');
  if (text === undefined) return { kind: 'selector', others: given.words };
  if (text.trim() === '') return misread('The selector is empty: it would match every pod.');
  const joined = [text, ...given.words.map((word) => word.text)].join(' ');
  if (parseSelector(joined).kind === 'selector') return { kind: 'selector', text: tidy(joined), others: [] };
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return { kind: 'selector', text: tidy(text), others: given.words };
  return misread(`The selector ${quote(text)} is invalid ${parsed.message}.`);
}

export type FoundDuration =
  | { readonly kind: 'duration'; readonly seconds?: number; readonly others: readonly Token[] }
  | Misread<Line>;

/** `for 30m` among the words, or `--for 30m`. */
export function durationIn(command: string, given: Given, leads: readonly string[] = ['for']): FoundDuration {
  const at = given.words.findIndex((word) => leads.some((lead) => isWord(word, lead)));
  const lead = given.words[at]?.text.toLowerCase();
  const word = at < 0 ? undefined : given.words[at + 1];
  const others = at < 0 ? given.words : given.words.filter((_, index) => index !== at && index !== at + 1);
  if (at >= 0 && word === undefined) return misread(`${lead} needs a duration, such as ${lead} 30m.`);
  const flag = given.flags.get('for');
  if (word !== undefined && flag !== undefined)
    return misread(`The duration is given twice: ${quote(word.text)} and ${quote(flag)}.`);
  const text = word?.text ?? flag;
  const holder = word ?? given.givenBy.get('for')?.at(-1);
  if (text === undefined || holder === undefined) return { kind: 'duration', others };
  const parsed = parseDuration(text);
  const following = given.typed.slice(given.typed.indexOf(holder) + 1);
  const spelled = spelledDuration([text, ...following.map((token) => token.text)]);
  const more = spelled === undefined ? [] : following.slice(0, spelled.words - 1);
  // A lone word besides is the pod: `drain for 1h 30m`.
  if (parsed.kind === 'duration' && (more.length === 0 || others.length <= more.length))
    return { kind: 'duration', seconds: parsed.seconds, others };
  const whole = [text, ...more.map((token) => token.text)].join(' ');
  const message = parsed.kind === 'invalid' && more.length === 0 ? parsed.message : notADuration(whole);
  const instead = spelled?.text ?? (parsed.kind === 'invalid' ? parsed.instead : text);
  // `--for=8d` holds the flag too.
  const corrected = reworded(holder, holder.text.slice(0, holder.text.length - text.length) + instead);
  return misread(message, retyped(command, given, new Map([...without(more), [holder, [corrected]]])));
}

type FoundReason = { readonly kind: 'reason'; readonly text?: string } | Misread<Line>;

export function reasonIn(command: string, given: Given): FoundReason {
  const flag = given.flags.get('because');
  if (flag !== undefined && given.reason !== undefined) return misread('The reason is given twice.');
  const text = given.reason ?? (flag === undefined ? undefined : tidy(flag));
  if (text === undefined) return { kind: 'reason' };
  if (text === '') return misread('The reason is empty. Write one, such as because 5xx on checkout.');
  if (text.length > LONGEST_REASON)
    return misread(
      `The reason is too long: ${text.length} characters, at most ${LONGEST_REASON}.`,
      withShorterReason(command, given, `${text.slice(0, 60).trimEnd()}…`),
    );
  return { kind: 'reason', text };
}

function withShorterReason(command: string, given: Given, text: string): Line {
  const long = [...given.reasonTokens, ...(given.givenBy.get('because') ?? [])];
  const last = long.at(-1);
  return retyped(command, given, without(long), [...tokenize('because'), ...(last ? [reworded(last, text)] : [])]);
}
