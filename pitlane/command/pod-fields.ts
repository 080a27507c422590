import { list, quote } from '../text/words.ts';
import { onlyPod, podsIn, podWord, selectorIn } from './arguments.ts';
import { POD_FORM } from './fields.ts';
import type { FlagSyntax } from './flags.ts';
import { MisreadError } from './misread.ts';
import { retyped, without } from './retype.ts';
import { MOST_PODS, POD_NAME } from './rules.ts';
import type { Field, Given, Value } from './syntax.ts';
import type { Token } from './tokens.ts';

const SELECTOR_FLAG: FlagSyntax = { name: 'selector', short: 'l', value: 'app=rng' };
const NODE_FLAG: FlagSyntax = { name: 'node', value: 'node-1' };

const POD_VALUE: Value = {
  key: 'pod',
  name: 'pod',
  form: POD_FORM,
  about: 'The full name of a pod. Parts of names are for people.',
};

const SELECTOR_VALUE: Value = {
  key: 'selector',
  name: 'selector',
  form: { type: 'selector' },
  about: 'A Kubernetes label selector.',
};

/** Several pods by name, by selector or by node. Without any, a picker is shown. */
export const podsField: Field = {
  flags: [SELECTOR_FLAG, NODE_FLAG],
  usage: '[pods | -l selector | --node name]',
  isPositional: true,
  values: [
    {
      key: 'pods',
      name: 'pods',
      form: { type: 'names', of: POD_FORM, most: MOST_PODS, expected: 'full names of pods' },
      about: `Full names of at most ${MOST_PODS} pods.`,
    },
    SELECTOR_VALUE,
    {
      key: 'node',
      name: 'node',
      form: { type: 'name', pattern: POD_NAME, expected: 'the name of a node' },
      about: 'Every pod of the service on that node.',
    },
  ],
  read(given, command) {
    const node = given.flags
      .get('node')
      ?.toLowerCase()
      .replace(/^(?:nodes?|no)\//, '');
    if (node !== undefined && !POD_NAME.test(node))
      throw new MisreadError(`${quote(node)} is not a node name: use lower-case letters, digits, "-" and ".".`);
    const { text: selector, others } = selectorIn(given);
    const pods = podsIn(command, given, others);
    if (pods.length > MOST_PODS)
      throw new MisreadError(`${command.name} takes at most ${MOST_PODS} pods, found ${pods.length}.`);
    refuseSeveralWays('Use one of pods, -l and --node.', command.name, given, [
      ...(pods.length > 0 ? [{ text: pods.join(' '), tokens: others }] : []),
      ...wayOf(given, 'selector', selector && `-l ${selector}`),
      ...wayOf(given, 'node', node && `--node ${node}`),
    ]);
    return { values: { pods: pods.length > 0 ? pods : undefined, selector, node }, words: [] };
  },
  format({ pods, selector, node }, command) {
    if (Array.isArray(pods) && pods.length > 0) return pods.map((name) => podWord(name, command)).join(' ');
    return selectorText(selector) ?? (typeof node === 'string' ? `--node ${node}` : undefined);
  },
};

/** One pod. Without it, a picker is shown. */
export const podField: Field = {
  flags: [],
  usage: '[pod]',
  isPositional: true,
  values: [{ ...POD_VALUE, isRequired: true }],
  read: (given, command) => ({ values: { pod: onlyPod(command, given, given.words) }, words: [] }),
  format: ({ pod }) => (typeof pod === 'string' ? pod : undefined),
};

/** One pod, or all that a selector matches. */
export const podOrSelectorField: Field = {
  flags: [SELECTOR_FLAG],
  usage: '[pod | -l selector]',
  isPositional: true,
  values: [POD_VALUE, SELECTOR_VALUE],
  read(given, command) {
    const { text: selector, others } = selectorIn(given);
    const pod = onlyPod(command, given, others);
    refuseSeveralWays('Use a pod or -l, not both.', command.name, given, [
      ...(pod === undefined ? [] : [{ text: pod, tokens: others }]),
      ...wayOf(given, 'selector', selector && `-l ${selector}`),
    ]);
    return { values: { pod, selector }, words: [] };
  },
  format: ({ pod, selector }) => (typeof pod === 'string' ? pod : selectorText(selector)),
};

/** A selector that filters the shown pods. */
export const selectorField: Field = {
  flags: [SELECTOR_FLAG],
  usage: '[-l selector]',
  values: [SELECTOR_VALUE],
  read(given) {
    const { text: selector, others } = selectorIn(given);
    return { values: { selector }, words: others };
  },
  format: ({ selector }) => selectorText(selector),
};

function selectorText(selector: unknown): string | undefined {
  if (typeof selector !== 'string' || selector === '') return undefined;
  return `-l ${/\s/.test(selector) ? `'${selector}'` : selector}`;
}

/** A way to name pods, and the tokens that give it. */
interface Way {
  readonly text: string;
  readonly tokens: readonly Token[];
}

function wayOf({ givenBy }: Given, flag: string, text: string | undefined): readonly Way[] {
  return text === undefined ? [] : [{ text, tokens: givenBy.get(flag) ?? [] }];
}

/** Proposes each way without the others. */
function refuseSeveralWays(message: string, command: string, given: Given, ways: readonly Way[]): void {
  if (ways.length < 2) return;
  throw new MisreadError(
    `${message} Found ${list(ways.map(({ text }) => text))}.`,
    ...ways.map((kept) => {
      const others = ways.filter((way) => way !== kept).flatMap(({ tokens }) => tokens);
      return retyped(command, given, without(others));
    }),
  );
}
