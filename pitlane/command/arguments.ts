import { parseSelector } from '../rotation/selector.ts';
import { SHORTEST_PATTERN } from '../rotation/target.ts';
import { notADuration, parseDuration, spelledDuration } from '../text/duration.ts';
import { nearestWord } from '../text/nearest.ts';
import { quote } from '../text/words.ts';
import type { Arguments, FlagSyntax } from './flags.ts';
import { type Misread, misread } from './misread.ts';
import { isWord, LONGEST_REASON, tidy } from './reason.ts';
import { type Line, retyped, reworded, without } from './retype.ts';
import { type Token, tokenize } from './tokens.ts';

/** What a command was given, sorted but not yet understood. */
export interface Given extends Arguments {
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
export function onlyPod(
  command: string,
  given: Given,
  words: readonly Token[],
  flags: readonly FlagSyntax[],
): FoundPod {
  const [first, ...extras] = words;
  const [extra] = extras;
  if (first === undefined) return { kind: 'pod' };
  const pod = readPodName(first.text, given);
  if (pod.kind === 'misread') return pod;
  if (extra === undefined) return pod;
  const flag = nearestWord(
    extra.text.toLowerCase(),
    flags.map(({ name }) => name),
  );
  if (flag !== undefined)
    return misread(`${command} does not understand the word ${quote(extra.text)}, expected --${flag}.`);
  return misread(
    `${command} takes one pod at a time and does not understand ${quote(extra.text)} after ${pod.pod}.`,
    ...(command === 'drain' ? [withTime(extras, given) ?? withReason(extras, given)] : []),
  );
}

/** The words as the time, where they are one and none is given; nothing else can be meant by `drain b85tm 30m`. */
function withTime(words: readonly Token[], given: Given): Line | undefined {
  const [first, ...more] = words;
  const spelled = spelledDuration(words.map(({ text }) => text));
  if (first === undefined || spelled?.words !== words.length) return undefined;
  if (given.flags.has('for') || given.words.some((word) => isWord(word, 'for'))) return undefined;
  const time = [...tokenize('for'), reworded(first, spelled.text)];
  return retyped('drain', given, new Map([...without(more), [first, time]]));
}

/** The words as a reason, or as the beginning of the one that there is. */
function withReason(words: readonly Token[], given: Given): Line {
  const because = given.reasonTokens[0];
  const isNamed = words.length > 1 && /^reason:?$/i.test(words[0]?.text ?? '');
  const texts = (isNamed ? words.slice(1) : words).map((word) =>
    /["'“”‘’]|(^|\s)[-–—−]/.test(word.text) ? word : reworded(word, word.text),
  );
  return because === undefined
    ? retyped('drain', given, without(words), [...tokenize('because'), ...texts])
    : retyped('drain', given, new Map([...without(words), [because, [because, ...texts]]]));
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
      `${quote(text)} is no pod name: they consist of lower-case letters, digits, "-" and ".".`,
      another('list', given),
    );
  if (pod.length < SHORTEST_PATTERN)
    return misread(
      `${quote(text)} is too short for a pod: give at least ${SHORTEST_PATTERN} characters from the beginning or end of its name.`,
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
  const joined = [text, ...given.words.map((word) => word.text)].join(' ');
  if (parseSelector(joined).kind === 'selector') return { kind: 'selector', text: tidy(joined), others: [] };
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return { kind: 'selector', text: tidy(text), others: given.words };
  return misread(`The selector ${quote(text)} can't be read ${parsed.message}.`);
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
  if (at >= 0 && word === undefined) return misread(`"${lead}" needs a duration after it, such as ${lead} 30m.`);
  const flag = given.flags.get('for');
  if (word !== undefined && flag !== undefined)
    return misread(`The duration is given twice, as ${quote(word.text)} and as ${quote(flag)}, expected one.`);
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

export function reasonIn(given: Given): FoundReason {
  const flag = given.flags.get('because');
  if (flag !== undefined && given.reason !== undefined) return misread('The reason is given twice, expected one.');
  const text = given.reason ?? (flag === undefined ? undefined : tidy(flag));
  if (text === undefined) return { kind: 'reason' };
  if (text === '') return misread('The reason is empty, expected some words, such as because 5xx on checkout.');
  if (text.length > LONGEST_REASON)
    return misread(
      `The reason has ${text.length} characters, expected at most ${LONGEST_REASON}.`,
      withShorterReason(given, `${text.slice(0, 60).trimEnd()}…`),
    );
  return { kind: 'reason', text };
}

function withShorterReason(given: Given, text: string): Line {
  const long = [...given.reasonTokens, ...(given.givenBy.get('because') ?? [])];
  const last = long.at(-1);
  return retyped('drain', given, without(long), [...tokenize('because'), ...(last ? [reworded(last, text)] : [])]);
}
