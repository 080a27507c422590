import { parseSelector } from '../rotation/selector.ts';
import { SHORTEST_PATTERN } from '../rotation/target.ts';
import { formatDuration, notADuration, parseDuration, readSeconds, spelledDuration } from '../text/duration.ts';
import { editDistance, nearestWord } from '../text/nearest.ts';
import { oneLine } from '../text/printable.ts';
import { quote } from '../text/words.ts';
import { MisreadError } from './misread.ts';
import { isWord, LONGEST_REASON } from './reason.ts';
import { type Line, retyped, reworded, without } from './retype.ts';
import { type CommandSyntax, flagsOf, type Given, hasField } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

/** Another command for the same service. */
export function another(line: string, { doorTokens }: Given): Line {
  return [...tokenize(line), ...doorTokens];
}

/** Reads the only remaining word as a pod. Without one, a picker is shown. */
export function onlyPod(command: CommandSyntax, given: Given, words: readonly Token[]): string | undefined {
  const [first, extra] = words;
  if (first === undefined) return undefined;
  const pod = readPodName(first.text, given);
  if (extra === undefined) return pod;
  refuseForgottenDashes(command, extra, nearestWord);
  throw new MisreadError(`${command.name} takes one pod, found ${quote(pod)} and ${quote(extra.text)}.`);
}

/** Reads all remaining words as pods, each once. A word that can't be a pod is a time or a reason without its lead word. */
export function podsIn(command: CommandSyntax, given: Given, words: readonly Token[]): readonly string[] {
  const names = words.map((word, index) => {
    const rest = words.slice(index);
    if (isWord(word, 'because'))
      throw new MisreadError(`${command.name} takes no reason.`, retyped(command.name, given, without(rest)));
    if (index === 0) return readPodName(word.text, given);
    refuseForgottenDashes(command, word, isFlagName);
    refuseForgottenFor(command, rest, given);
    return readPodName(
      word.text,
      given,
      hasField(command, 'because') ? forgottenBecause(command, rest, given) : undefined,
    );
  });
  return [...new Set(names)];
}

/** The pod as a word, as `pod/name` where the name alone would be read as something else. */
export function podWord(name: string, command: CommandSyntax): string {
  const flags = flagsOf(command).map((flag) => flag.name);
  const isAnotherWord =
    ['for', 'by', 'since', 'because'].includes(name) ||
    /^\d+$/.test(name) ||
    spelledDuration([name]) !== undefined ||
    isFlagName(name, flags) !== undefined;
  return isAnotherWord ? `pod/${name}` : name;
}

/** Almost any short pod name is near `for`, so only exact names count, and one typo in longer ones. */
function isFlagName(text: string, flags: readonly string[]): string | undefined {
  return flags.find((flag) => flag === text || (flag.length > 4 && editDistance(flag, text) === 1));
}

function refuseForgottenDashes(
  command: CommandSyntax,
  { text }: Token,
  find: (text: string, flags: readonly string[]) => string | undefined,
): void {
  const flags = flagsOf(command).map(({ name }) => name);
  const flag = find(text.toLowerCase(), flags);
  if (flag !== undefined) throw new MisreadError(`Unknown word ${quote(text)}. Did you mean --${flag}?`);
}

function textOf(words: readonly Token[]): string {
  return words.map(({ text }) => text).join(' ');
}

/** Suggests `for` in front of words that are a duration: `drain b85tm 30m`. */
function refuseForgottenFor(command: CommandSyntax, words: readonly Token[], given: Given): void {
  const [first, ...more] = words;
  const spelled = spelledDuration(words.map(({ text }) => text));
  if (first === undefined || !hasField(command, 'forSeconds') || spelled?.words !== words.length) return;
  const { forSeconds } = given.values;
  if (typeof forSeconds === 'number') throw givenTwice('duration', formatDuration(forSeconds), first.text);
  const time = [...tokenize('for'), reworded(first, spelled.text)];
  throw new MisreadError(
    `Unknown word ${quote(textOf(words))}. Did you mean for ${spelled.text}?`,
    retyped(command.name, given, new Map([...without(more), [first, time]])),
  );
}

function givenTwice(what: string, one: string, other: string): MisreadError {
  return new MisreadError(`The ${what} is given twice: ${quote(one)} and ${quote(other)}.`);
}

/** Suggests `because` in front of the words, or adds them to the reason. */
function forgottenBecause(command: CommandSyntax, words: readonly Token[], given: Given): MisreadError {
  const because = given.reasonTokens[0];
  const isNamed = words.length > 1 && /^reason:?$/i.test(words[0]?.text ?? '');
  const texts = (isNamed ? words.slice(1) : words).map((word) =>
    /["'“”‘’]|(^|\s)[-–—−]/.test(word.text) ? word : reworded(word, word.text),
  );
  return new MisreadError(
    `${quote(textOf(words))} is not a pod name. A reason begins with because.`,
    because === undefined
      ? retyped(command.name, given, without(words), [...tokenize('because'), ...texts])
      : retyped(command.name, given, new Map([...without(words), [because, [because, ...texts]]])),
  );
}

/** Reads a pod's name or a part of it, also `pod/rng-b85tm` as kubectl prints it, and capitals from a phone. */
function readPodName(text: string, given: Given, otherwise?: MisreadError): string {
  const pod = text
    .toLowerCase()
    .replace(/^(?:pods?|po)\//, '')
    .replace(/^`(.*)`$/, '$1');
  // Rule: apimachinery, content/dns.go IsDNS1123Subdomain; a part of a name may also begin or end with "-" or ".".
  const hasValidCharacters = /^[-a-z0-9.]{1,253}$/.test(pod);
  if (hasValidCharacters && pod.length >= SHORTEST_PATTERN) return pod;
  const message = hasValidCharacters
    ? `${quote(text)} is too short. Give at least ${SHORTEST_PATTERN} characters from the start or end of the pod's name.`
    : `${quote(text)} is not a pod name: use lower-case letters, digits, "-" and ".".`;
  throw otherwise ?? new MisreadError(message, another('list', given));
}

/** `-l env in (a, b)` works without quotes too: words that complete the selector belong to it. */
export function selectorIn(given: Given): { readonly text?: string; readonly others: readonly Token[] } {
  const text = given.flags.get('selector');
  if (text === undefined) return { others: given.words };
  if (text.trim() === '') throw new MisreadError('The selector is empty: it would match every pod.');
  const joined = [text, ...given.words.map((word) => word.text)].join(' ');
  if (parseSelector(joined).kind === 'selector') return { text: oneLine(joined), others: [] };
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return { text: oneLine(text), others: given.words };
  throw new MisreadError(`The selector ${quote(text)} is invalid ${parsed.message}.`);
}

interface FoundDuration {
  readonly seconds?: number;
  readonly others: readonly Token[];
}

/** `for 30m` among the words, or `--for 30m`. `leads`: other words in front, the first of which is the flag. */
export function durationIn(command: string, given: Given, leads: readonly [string, ...string[]]): FoundDuration {
  const at = given.words.findIndex((word) => leads.some((lead) => isWord(word, lead)));
  const lead = given.words[at]?.text.toLowerCase();
  const word = at < 0 ? undefined : given.words[at + 1];
  const others = at < 0 ? given.words : given.words.filter((_, index) => index !== at && index !== at + 1);
  if (at >= 0 && word === undefined) throw new MisreadError(`${lead} needs a duration, such as ${lead} 30m.`);
  const flag = given.flags.get(leads[0]);
  if (word !== undefined && flag !== undefined) throw givenTwice('duration', word.text, flag);
  const text = word?.text ?? flag;
  const holder = word ?? given.givenBy.get(leads[0])?.at(-1);
  if (text === undefined || holder === undefined) return { others };
  const parsed = parseDuration(text);
  const following = given.typed.slice(given.typed.indexOf(holder) + 1);
  const spelled = spelledDuration([text, ...following.map((token) => token.text)]);
  const more = spelled === undefined ? [] : following.slice(0, spelled.words - 1);
  // A single other word is the pod: `drain for 1h 30m`.
  if (parsed.kind === 'duration' && (more.length === 0 || others.length <= more.length))
    return { seconds: parsed.seconds, others };
  const whole = [text, ...more.map((token) => token.text)].join(' ');
  const message = parsed.kind === 'invalid' && more.length === 0 ? parsed.message : notADuration(whole);
  const instead = spelled?.text ?? (parsed.kind === 'invalid' ? parsed.instead : text);
  // `--for=8d` holds the flag too.
  const corrected = reworded(holder, holder.text.slice(0, holder.text.length - text.length) + instead);
  throw new MisreadError(message, retyped(command, given, new Map([...without(more), [holder, [corrected]]])));
}

const LEADS = ['for', 'by'] as const;

/** Reads `for 1h`, `by 1h` or `--for 1h`, or the duration alone, before or after the pod: `1h`, `+1h`. */
export function moreTimeIn(command: string, given: Given): FoundDuration {
  const isLed = given.flags.has('for') || given.words.some((word) => LEADS.some((lead) => isWord(word, lead)));
  const alone = isLed ? undefined : durationAlone(given.words);
  if (alone === undefined) return durationIn(command, given, LEADS);
  // As if the duration had been typed as a flag.
  const asFlag = {
    ...given,
    words: given.words.filter((word) => word !== alone),
    flags: new Map([...given.flags, ['for', withoutPlus(alone.text)]]),
    givenBy: new Map([...given.givenBy, ['for', [alone]]]),
  };
  return durationIn(command, asFlag, LEADS);
}

/** The first word that is a duration or begins one: `1 hour`, `an hour`, or `30` next to a pod. */
function durationAlone(words: readonly Token[]): Token | undefined {
  return (
    words.find(({ text }) => readSeconds(withoutPlus(text)) !== undefined) ??
    words.find(({ text }, index) => {
      const rest = words.slice(index).map((word) => word.text);
      return spelledDuration(rest) !== undefined || (/^\d{1,6}$/.test(text) && (words.length > 1 || text.length < 3));
    })
  );
}

function withoutPlus(text: string): string {
  return text.replace(/^\+/, '');
}

/** `because …` or `--because`. */
export function reasonIn(command: string, given: Given): string | undefined {
  const flag = given.flags.get('because');
  if (flag !== undefined && given.reason !== undefined) throw new MisreadError('The reason is given twice.');
  const text = given.reason ?? (flag === undefined ? undefined : oneLine(flag));
  if (text === '') throw new MisreadError('The reason is empty. Write one, such as because 5xx on checkout.');
  if (text !== undefined && text.length > LONGEST_REASON)
    throw new MisreadError(
      `The reason is too long: ${text.length} characters, at most ${LONGEST_REASON}.`,
      withShorterReason(command, given, `${text.slice(0, 60).trimEnd()}…`),
    );
  return text;
}

function withShorterReason(command: string, given: Given, text: string): Line {
  const long = [...given.reasonTokens, ...(given.givenBy.get('because') ?? [])];
  const last = long.at(-1);
  return retyped(command, given, without(long), [...tokenize('because'), ...(last ? [reworded(last, text)] : [])]);
}
