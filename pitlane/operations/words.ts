import { another, onlyPod } from '../command/arguments.ts';
import type { Field } from '../command/fields.ts';
import { misread } from '../command/misread.ts';
import { POD_NAME } from '../command/rules.ts';
import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';

/** The operation that `cancel` ends: its id, or one of its pods. */
export const operationWord: Field = {
  flags: [],
  usage: '[operation | pod]',
  isPositional: true,
  values: [
    {
      key: 'operation',
      name: 'operation',
      form: { type: 'name', pattern: POD_NAME, expected: 'the id of an operation, or the full name of its pod' },
      about: 'The id of an operation, or the full name of its pod. Absent: the only one in progress.',
    },
  ],
  read(given, command) {
    if (given.words.length > 1)
      return misread(`cancel ends one operation, not ${given.words.length}.`, another('operations', given));
    // An operation's id consists of the characters of a pod's name.
    const found = onlyPod(command, given, given.words);
    if (found.kind === 'misread') return { ...found, instead: [another('operations', given)] };
    return {
      kind: 'values',
      values: found.pod === undefined ? {} : { operation: found.pod },
      given: { ...given, words: [] },
    };
  },
  format: ({ operation }) => (typeof operation === 'string' ? operation : undefined),
};

/** The command that `help` explains, in one or two words. */
export const topicWord: Field = {
  flags: [],
  usage: '[command]',
  isPositional: true,
  values: [{ key: 'topic', form: { type: 'text', most: 40, expected: 'a command' }, about: 'A command.' }],
  read(given, _, commands) {
    const { words } = given;
    if (words.length === 0) return { kind: 'values', values: {}, given };
    const text = words.map((word) => word.text.toLowerCase()).join(' ');
    const rest = { ...given, words: [] };
    if (commands.some((name) => name === text || name.startsWith(`${text} `)))
      return { kind: 'values', values: { topic: text }, given: rest };
    const [first = ''] = text.split(' ');
    if (words.length > 1)
      return misread(`help explains one command, not ${words.length}.`, another(`help ${first}`, given));
    const nearest = nearestWord(text, [...commands, ...commands.map((name) => name.split(' ')[0] ?? name)]);
    return nearest === undefined
      ? misread(`Unknown command ${quote(text)}. Commands: ${alternatives(commands, 'and')}.`, another('help', given))
      : misread(`Unknown command ${quote(text)}. Did you mean ${nearest}?`, another(`help ${nearest}`, given));
  },
  format: ({ topic }) => (typeof topic === 'string' ? topic : undefined),
};
