import { parseSelector } from '../rotation/selector.ts';
import { formatDuration, LONGEST_SECONDS, SHORTEST_SECONDS } from '../text/duration.ts';
import { list, quote, shortened } from '../text/words.ts';
import {
  durationIn,
  type Given,
  inQuotes,
  isSet,
  onlyPod,
  podsIn,
  podWord,
  reasonIn,
  selectorIn,
  type Values,
} from './arguments.ts';
import type { FlagSyntax } from './flags.ts';
import { type Misread, misread } from './misread.ts';
import { moreTimeIn } from './more-time.ts';
import { LONGEST_REASON } from './reason.ts';
import { type Line, retyped, without } from './retype.ts';
import { DNS_SUBDOMAIN_NAME, MOST_PODS, POD_NAME } from './rules.ts';
import type { CommandSyntax } from './syntax.ts';

/** What a value of a request may be: for programs that send it, and for records that are read back. */
export type Form =
  | { readonly type: 'flag' }
  | { readonly type: 'podName' }
  | { readonly type: 'podNames' }
  | { readonly type: 'name'; readonly pattern: RegExp; readonly expected: string }
  | { readonly type: 'selector' }
  | { readonly type: 'duration' }
  | { readonly type: 'text'; readonly most: number; readonly expected: string }
  | { readonly type: 'number'; readonly least: number; readonly most: number; readonly otherwise: number };

/** A value of a request: where it stands there, and what programs call it. */
export interface Value {
  readonly key: string;
  /** Its name in a runbook's input; absent: it is for people only. */
  readonly name?: string;
  readonly form: Form;
  /** For the authors of runbooks. */
  readonly about: string;
  /** A program has to send it. */
  readonly isRequired?: true;
}

export type ReadField =
  /** `given`: without the words that the field took. */
  { readonly kind: 'values'; readonly values: Values; readonly given: Given } | Misread<Line>;

/** A part of a command: how it is typed, written, sent by programs and checked when it is read back from a record. */
export interface Field {
  readonly flags: readonly FlagSyntax[];
  /** As help shows it; empty: it is shown with another field. */
  readonly usage: string;
  /** It takes whatever words are left. */
  readonly isPositional?: true;
  readonly values: readonly Value[];
  /** `names`: of all commands. */
  read(given: Given, command: CommandSyntax, names: readonly string[]): ReadField;
  /** What to type for it; undefined: nothing. */
  format(request: Values, command: CommandSyntax): string | undefined;
}

const SELECTOR_FLAG: FlagSyntax = { name: 'selector', short: 'l', value: 'app=rng' };
const NODE_FLAG: FlagSyntax = { name: 'node', value: 'node-1' };

const POD_VALUE: Value = {
  key: 'pod',
  name: 'pod',
  form: { type: 'podName' },
  about: 'The full name of a pod. Parts of names are for people.',
};

const SELECTOR_VALUE: Value = {
  key: 'selector',
  name: 'selector',
  form: { type: 'selector' },
  about: 'A Kubernetes label selector.',
};

/** Several pods by name, by selector or by node; none of them: the asker chooses from a list. */
export const PODS: Field = {
  flags: [SELECTOR_FLAG, NODE_FLAG],
  usage: '[pods | -l selector | --node name]',
  isPositional: true,
  values: [
    { key: 'pods', name: 'pods', form: { type: 'podNames' }, about: `Full names of at most ${MOST_PODS} pods.` },
    SELECTOR_VALUE,
    {
      key: 'node',
      name: 'node',
      form: { type: 'name', pattern: DNS_SUBDOMAIN_NAME, expected: 'the name of a node' },
      about: 'Every pod of the service on that node.',
    },
  ],
  read(given, command) {
    const node = given.flags
      .get('node')
      ?.toLowerCase()
      .replace(/^(?:nodes?|no)\//, '');
    if (node !== undefined && !DNS_SUBDOMAIN_NAME.test(node))
      return misread(`${quote(node)} is not a node name: use lower-case letters, digits, "-" and ".".`);
    const selector = selectorIn(given);
    if (selector.kind === 'misread') return selector;
    const pods = podsIn(command, given, selector.others);
    if (pods.kind === 'misread') return pods;
    if (pods.names.length > MOST_PODS)
      return misread(`${command.name} takes at most ${MOST_PODS} pods, found ${pods.names.length}.`);
    const ways = [
      ...(pods.names.length > 0 ? [{ text: pods.names.join(' '), tokens: selector.others }] : []),
      ...(selector.text !== undefined
        ? [{ text: `-l ${selector.text}`, tokens: given.givenBy.get('selector') ?? [] }]
        : []),
      ...(node !== undefined ? [{ text: `--node ${node}`, tokens: given.givenBy.get('node') ?? [] }] : []),
    ];
    if (ways.length > 1) {
      const others = (kept: object) => without(ways.filter((way) => way !== kept).flatMap(({ tokens }) => tokens));
      return misread(
        `Use one of pods, -l and --node. Found ${list(ways.map(({ text }) => text))}.`,
        ...ways.map((way) => retyped(command.name, given, others(way))),
      );
    }
    const values = {
      ...(pods.names.length > 0 && { pods: pods.names }),
      ...(selector.text !== undefined && { selector: selector.text }),
      ...(node !== undefined && { node }),
    };
    return { kind: 'values', values, given: { ...given, words: [] } };
  },
  format({ pods, selector, node }, command) {
    if (Array.isArray(pods) && pods.length > 0) return pods.map((name) => podWord(name, command)).join(' ');
    if (typeof selector === 'string' && selector !== '') return `-l ${inQuotes(selector)}`;
    return typeof node === 'string' ? `--node ${node}` : undefined;
  },
};

/** One pod; none: the asker chooses from a list. */
export const POD: Field = {
  flags: [],
  usage: '[pod]',
  isPositional: true,
  values: [{ ...POD_VALUE, isRequired: true }],
  read(given, command) {
    const found = onlyPod(command, given, given.words);
    if (found.kind === 'misread') return found;
    return {
      kind: 'values',
      values: found.pod === undefined ? {} : { pod: found.pod },
      given: { ...given, words: [] },
    };
  },
  format: ({ pod }) => (typeof pod === 'string' ? pod : undefined),
};

/** One pod, or every one that a selector matches. */
export const POD_OR_SELECTOR: Field = {
  flags: [SELECTOR_FLAG],
  usage: '[pod | -l selector]',
  isPositional: true,
  values: [POD_VALUE, SELECTOR_VALUE],
  read(given, command) {
    const selector = selectorIn(given);
    if (selector.kind === 'misread') return selector;
    const { pod, ...found } = onlyPod(command, given, selector.others) as { pod?: string } & ReturnType<typeof onlyPod>;
    if (found.kind === 'misread') return found;
    if (pod !== undefined && selector.text !== undefined)
      return misread(
        `Use a pod or -l, not both. Found ${pod} and -l ${selector.text}.`,
        retyped(command.name, given, without(given.givenBy.get('selector') ?? [])),
        retyped(command.name, given, without(selector.others)),
      );
    const values = {
      ...(pod !== undefined && { pod }),
      ...(selector.text !== undefined && { selector: selector.text }),
    };
    return { kind: 'values', values, given: { ...given, words: [] } };
  },
  format: ({ pod, selector }) =>
    typeof pod === 'string'
      ? pod
      : typeof selector === 'string' && selector !== ''
        ? `-l ${inQuotes(selector)}`
        : undefined,
};

/** A selector that narrows what is shown. */
export const SELECTOR: Field = {
  flags: [SELECTOR_FLAG],
  usage: '[-l selector]',
  values: [SELECTOR_VALUE],
  read(given) {
    const selector = selectorIn(given);
    if (selector.kind === 'misread') return selector;
    const values = selector.text === undefined ? {} : { selector: selector.text };
    return { kind: 'values', values, given: { ...given, words: selector.others } };
  },
  format: ({ selector }) => (typeof selector === 'string' && selector !== '' ? `-l ${inQuotes(selector)}` : undefined),
};

/** No words at all. `does`: what the command does without any, for who gives some. `instead`: another command takes them. */
export function noWords(does: string, instead?: { readonly command: string; readonly does: string }): Field {
  return {
    flags: [],
    usage: '',
    isPositional: true,
    values: [],
    read(given, { name }) {
      const [extra] = given.words;
      if (extra === undefined) return { kind: 'values', values: {}, given };
      const besides = instead === undefined ? '' : ` ${instead.command} ${instead.does}.`;
      return misread(`Unexpected ${quote(extra.text)}: ${name} ${does}.${besides}`, [
        ...retyped(instead?.command ?? name, { typed: [] }, new Map()),
        ...(instead === undefined ? [] : [extra]),
        ...given.doorTokens,
      ]);
    },
    format: () => undefined,
  };
}

/** `for 30m`, `--for 30m`; `isBare`: `30m` and `by 30m` too. */
export function duration(example: string, about: string, isBare = false): Field {
  return {
    flags: [{ name: 'for', value: example }],
    usage: `[for ${example}]`,
    values: [{ key: 'forSeconds', name: 'for', form: { type: 'duration' }, about }],
    read(given, { name }) {
      const found = isBare ? moreTimeIn(name, given) : durationIn(name, given);
      if (found.kind === 'misread') return found;
      const { seconds, others } = found;
      const values = seconds === undefined ? {} : { forSeconds: seconds };
      return { kind: 'values', values, given: { ...given, words: others } };
    },
    format: ({ forSeconds }) =>
      typeof forSeconds === 'number' ? `${isBare ? '' : 'for '}${formatDuration(forSeconds)}` : undefined,
  };
}

/** `because …` to the end, or `--because`. */
export const BECAUSE: Field = {
  flags: [{ name: 'because', value: '"5xx"' }],
  usage: '[because text]',
  values: [
    {
      key: 'because',
      name: 'because',
      form: { type: 'text', most: LONGEST_REASON, expected: 'a reason in words' },
      about: 'Why; shown to people and kept with the pod.',
    },
  ],
  read(given, { name }) {
    const reason = reasonIn(name, given);
    if (reason.kind === 'misread') return reason;
    return { kind: 'values', values: reason.text === undefined ? {} : { because: reason.text }, given };
  },
  // Written by format(), which knows what comes before it.
  format: ({ because }) => (typeof because === 'string' ? `because ${because}` : undefined),
};

export function flag(key: string, syntax: FlagSyntax, about: string, name?: string): Field {
  return {
    flags: [syntax],
    usage: `[--${syntax.name}]`,
    values: [{ key, ...(name !== undefined && { name }), form: { type: 'flag' }, about }],
    read: (given) => ({ kind: 'values', values: { [key]: isSet(given, syntax.name) }, given }),
    format: (request) => (request[key] === true ? `--${syntax.name}` : undefined),
  };
}

export const DRY_RUN_FLAG: FlagSyntax = { name: 'dry-run', meansTrue: ['server', 'client'], isNeverText: true };
export const DRY_RUN = flag('dryRun', DRY_RUN_FLAG, 'Show what would happen, and change nothing.', 'dryRun');
export const FORCE = flag('force', { name: 'force' }, 'Override the refusals that may be overridden.', 'force');

/** A value behind a flag, such as `-c rng`. */
export function text(key: string, syntax: FlagSyntax, form: Extract<Form, { type: 'name' }>, about: string): Field {
  return {
    flags: [syntax],
    usage: `[${dashed(syntax)} ${key}]`,
    values: [{ key, name: key, form, about }],
    read(given) {
      const value = given.flags.get(syntax.name);
      if (value === undefined) return { kind: 'values', values: {}, given };
      if (!form.pattern.test(value)) return misread(`${quote(value)} is not ${form.expected}.`);
      return { kind: 'values', values: { [key]: value }, given };
    },
    format: (request) => (typeof request[key] === 'string' ? `${dashed(syntax)} ${request[key]}` : undefined),
  };
}

export function number(
  key: string,
  syntax: FlagSyntax,
  form: Extract<Form, { type: 'number' }>,
  words: { readonly unit: string; readonly about: string },
): Field {
  return {
    flags: [syntax],
    usage: `[--${syntax.name} n]`,
    values: [{ key, name: key, form, about: words.about }],
    read(given) {
      const value = given.flags.get(syntax.name) ?? String(form.otherwise);
      if (!/^\d{1,6}$/.test(value) || Number(value) < form.least || Number(value) > form.most)
        return misread(
          `--${syntax.name} ${shortened(value)} is out of range: expected ${form.least} to ${form.most} ${words.unit}.`,
        );
      return { kind: 'values', values: { [key]: Number(value) }, given };
    },
    format: (request) => (request[key] === form.otherwise ? undefined : `--${syntax.name} ${request[key]}`),
  };
}

function dashed({ name, short }: FlagSyntax): string {
  return short === undefined ? `--${name}` : `-${short}`;
}

/** Whether a value of a record is one that could have been typed. */
export function isOfForm(value: unknown, form: Form): boolean {
  switch (form.type) {
    case 'flag':
      return typeof value === 'boolean';
    case 'podName':
      return typeof value === 'string' && POD_NAME.test(value);
    case 'podNames':
      return Array.isArray(value) && value.length <= MOST_PODS && value.every((name) => POD_NAME.test(String(name)));
    case 'name':
      return typeof value === 'string' && form.pattern.test(value);
    case 'selector':
      return typeof value === 'string' && value.trim() !== '' && parseSelector(value).kind === 'selector';
    case 'duration':
      return typeof value === 'number' && value >= SHORTEST_SECONDS && value <= LONGEST_SECONDS;
    case 'text':
      return typeof value === 'string' && value.length <= form.most;
    case 'number':
      return Number.isInteger(value) && Number(value) >= form.least && Number(value) <= form.most;
  }
}
