import { list, quote } from '../text/words.ts';
import { inQuotes, onlyPod, podsIn, podWord, selectorIn } from './arguments.ts';
import type { Field, Value } from './fields.ts';
import type { FlagSyntax } from './flags.ts';
import { misread } from './misread.ts';
import { retyped, without } from './retype.ts';
import { MOST_PODS, POD_NAME } from './rules.ts';

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

/** Several pods by name, by selector or by node. Without any, a picker is shown. */
export const podsField: Field = {
  flags: [SELECTOR_FLAG, NODE_FLAG],
  usage: '[pods | -l selector | --node name]',
  isPositional: true,
  values: [
    { key: 'pods', name: 'pods', form: { type: 'podNames' }, about: `Full names of at most ${MOST_PODS} pods.` },
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

/** One pod. Without it, a picker is shown. */
export const podField: Field = {
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

/** One pod, or all that a selector matches. */
export const podOrSelectorField: Field = {
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

/** A selector that filters the shown pods. */
export const selectorField: Field = {
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
