import { type FlagSyntax, flagTokens, matchFlag, takesNext } from '../../pitlane/command/flags.ts';
import type { Request } from '../../pitlane/command/request.ts';
import { flagsOf, hasField } from '../../pitlane/command/syntax.ts';
import { type Token, tokensOfArguments } from '../../pitlane/command/tokens.ts';
import { commandNames, commands } from '../../pitlane/operations/commands.ts';
import { FRONT_FLAGS } from '../command-line.ts';
import { FORMATS, OPTION_FLAGS } from '../options.ts';
import { SHELLS } from './scripts.ts';

/** Where the words that may stand at the cursor come from. */
export type Source =
  | { readonly kind: 'words'; readonly words: readonly Candidate[] }
  | { readonly kind: 'services' | 'namespaces' | 'nodes' | 'contexts' | 'files' }
  /** `besides`: those that the line names already. */
  | {
      readonly kind: 'pods';
      readonly service: string;
      readonly command: Request['command'];
      readonly besides: readonly string[];
    };

export interface Candidate {
  readonly text: string;
  readonly about?: string;
}

/** A line up to the cursor. */
export interface Position {
  readonly sources: readonly Source[];
  /** The beginning of the word at the cursor; of the value in `--output=js`. */
  readonly typed: string;
  /** What the shell replaces together with the word: `--output=`. */
  readonly prefix: string;
  /** The flags that find the cluster and the service. */
  readonly options: readonly Token[];
}

const ALL_FLAGS: readonly FlagSyntax[] = [...FRONT_FLAGS, ...commands.flatMap(flagsOf)];

/** The commands of the program itself, each with the words that follow it. */
const OWN: readonly (Candidate & { readonly next: readonly Candidate[] })[] = [
  { text: 'check', about: 'Report every mistake in pitlane.yaml.', next: [] },
  { text: 'completion', about: 'Print the completion script of a shell.', next: SHELLS.map((text) => ({ text })) },
];

/** The flags whose values are known. */
const VALUES: Readonly<Record<string, Source>> = {
  namespace: { kind: 'namespaces' },
  service: { kind: 'services' },
  context: { kind: 'contexts' },
  node: { kind: 'nodes' },
  kubeconfig: { kind: 'files' },
  config: { kind: 'files' },
  to: { kind: 'files' },
  output: words(FORMATS.map((text) => ({ text }))),
};

/** Reads the words after the program's name. The last one is at the cursor, and may be empty. */
export function positionOf(args: readonly string[]): Position {
  const { whole, isSplit } = withWholeFlags(args);
  const tokens = tokensOfArguments(whole);
  const [before, current] = [tokens.slice(0, -1), tokens.at(-1)];
  const flag = takesNext(before.at(-1), ALL_FLAGS) ? before.at(-1) : undefined;
  const options = flagTokens(flag === undefined ? before : before.slice(0, -1), OPTION_FLAGS);
  const text = current?.text ?? '';
  const attached = /^(--[\w-]+=)(.*)$/s.exec(text);
  if (current !== undefined && attached !== null) {
    const [, prefix = '', typed = ''] = attached;
    return { sources: valuesOf(current), typed, prefix: isSplit ? '' : prefix, options };
  }
  const sources = flag ? valuesOf(flag) : text.startsWith('-') ? [flagsAfter(before)] : wordsAfter(before);
  return { sources, typed: text, prefix: '', options };
}

/** bash splits `--output=json` at the `=`, and replaces only what follows it. */
function withWholeFlags(args: readonly string[]): { readonly whole: readonly string[]; readonly isSplit: boolean } {
  const whole: string[] = [];
  for (const [at, arg] of args.entries()) {
    const isPart = arg === '=' ? whole.at(-1)?.startsWith('--') : args[at - 1] === '=' && whole.at(-1)?.endsWith('=');
    if (isPart) whole.push(`${whole.pop()}${arg}`);
    else whole.push(arg);
  }
  return { whole, isSplit: args.at(-1) === '=' || args.at(-2) === '=' };
}

function valuesOf(flag: Token): readonly Source[] {
  const source = VALUES[matchFlag(flag, ALL_FLAGS)?.syntax.name ?? ''];
  return source === undefined ? [] : [source];
}

function flagsAfter(tokens: readonly Token[]): Source {
  const spec = specIn(lineOf(tokens).words);
  const own = (spec?.fields ?? []).flatMap(({ flags, values }) =>
    flags.map(({ name }) => ({
      text: `--${name}`,
      about: values.find(({ key }) => key.toLowerCase() === name.replaceAll('-', ''))?.about,
    })),
  );
  return words([...own, ...FRONT_FLAGS.map(({ name }) => ({ text: `--${name}` }))]);
}

function wordsAfter(tokens: readonly Token[]): readonly Source[] {
  const { service, words: typed } = lineOf(tokens);
  const own = OWN.find(({ text }) => text === typed[0]);
  if (own !== undefined) return typed.length === 1 ? [words(own.next)] : [];
  const spec = specIn(typed);
  const next = words(nextWords(typed));
  if (spec !== undefined && hasField(spec, 'topic')) return [words(nextWords([]))];
  if (service === undefined && !spec?.isAboutAll)
    return [{ kind: 'services' }, ...(typed.length === 0 ? [words(OWN)] : []), next];
  if (spec === undefined) return [next];
  const besides = typed.slice(spec.name.split(' ').length);
  const takesPods = hasField(spec, 'pods') || (hasField(spec, 'pod') && besides.length === 0);
  const pods = { kind: 'pods', service: service ?? '', command: spec.name as Request['command'], besides } as const;
  return [next, ...(takesPods ? [pods] : [])];
}

/** The service, and the words of the command. Undefined: not typed yet. Empty: `--service` names it. */
function lineOf(tokens: readonly Token[]): { readonly service?: string; readonly words: readonly string[] } {
  const flags = flagTokens(tokens, ALL_FLAGS);
  const typed = tokens.filter((token) => !flags.includes(token)).map(({ text }) => text);
  const isNamed = flags.some((token) => matchFlag(token, OPTION_FLAGS)?.syntax.name === 'service');
  if (isNamed) return { service: '', words: typed };
  const [first = ''] = typed;
  const startsCommand = [...nextWords([]), ...OWN].some(({ text }) => text === first);
  if (first !== '' && !startsCommand) return { service: first, words: typed.slice(1) };
  // The command comes first, and the service after it.
  const length = specIn(typed)?.name.split(' ').length ?? typed.length;
  const service = specIn(typed)?.isAboutAll ? undefined : typed[length];
  return service === undefined ? { words: typed } : { service, words: typed.toSpliced(length, 1) };
}

/** The command with the longest name that the words begin with. */
function specIn(typed: readonly string[]) {
  const line = `${typed.join(' ')} `;
  const name = commandNames.filter((each) => line.startsWith(`${each} `)).sort((a, b) => b.length - a.length)[0];
  return commands.find((command) => command.name === name);
}

/** The next words of the commands whose names begin with these words. */
function nextWords(typed: readonly string[]): readonly Candidate[] {
  const found = new Map<string, string>();
  for (const { name, help } of commands) {
    const parts = name.split(' ');
    const next = parts[typed.length];
    if (next === undefined || typed.some((word, at) => word !== parts[at])) continue;
    if (!found.has(next) || parts.length === typed.length + 1) found.set(next, help.summary);
  }
  return [...found].map(([text, about]) => ({ text, about }));
}

function words(candidates: readonly Candidate[]): Source {
  return { kind: 'words', words: candidates };
}
