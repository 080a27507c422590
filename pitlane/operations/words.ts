import { another, onlyPod } from '../command/arguments.ts';
import { MisreadError } from '../command/misread.ts';
import { POD_NAME } from '../command/rules.ts';
import type { Field } from '../command/syntax.ts';
import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote } from '../text/words.ts';

/**
 * An operation: its id, or one of its pods.
 *
 * @param does what the command does to it
 * @param otherwise the one that is meant without a word
 * @param shownBy the command that lists the operations
 */
export function operationWord(does: string, otherwise: string, shownBy: string): Field {
  return {
    flags: [],
    usage: '[operation | pod]',
    isPositional: true,
    values: [
      {
        key: 'operation',
        name: 'operation',
        form: { type: 'name', pattern: POD_NAME, expected: 'the id of an operation, or the full name of its pod' },
        about: `The id of an operation, or the full name of its pod. Absent: ${otherwise}.`,
      },
    ],
    read(given, command) {
      const shown = another(shownBy, given);
      if (given.words.length > 1)
        throw new MisreadError(`${command.name} ${does} one operation, not ${given.words.length}.`, shown);
      try {
        // The id of an operation is also a valid pod name.
        return { values: { operation: onlyPod(command, given, given.words) }, words: [] };
      } catch (error) {
        throw error instanceof MisreadError ? new MisreadError(error.message, shown) : error;
      }
    },
    format: ({ operation }) => (typeof operation === 'string' ? operation : undefined),
  };
}

/** The command that `help` explains, in one or two words. */
export const topicWord: Field = {
  flags: [],
  usage: '[command]',
  isPositional: true,
  values: [{ key: 'topic', form: { type: 'text', most: 40, expected: 'a command' }, about: 'A command.' }],
  read(given, _, commands) {
    const { words } = given;
    const text = words.map((word) => word.text.toLowerCase()).join(' ');
    if (text === '') return { values: {} };
    if (commands.some((name) => name === text || name.startsWith(`${text} `)))
      return { values: { topic: text }, words: [] };
    const [first = ''] = text.split(' ');
    if (words.length > 1)
      throw new MisreadError(`help explains one command, not ${words.length}.`, another(`help ${first}`, given));
    const nearest = nearestWord(text, [...commands, ...commands.map((name) => name.split(' ')[0] ?? name)]);
    throw nearest === undefined
      ? new MisreadError(
          `Unknown command ${quote(text)}. Commands: ${alternatives(commands, 'and')}.`,
          another('help', given),
        )
      : new MisreadError(`Unknown command ${quote(text)}. Did you mean ${nearest}?`, another(`help ${nearest}`, given));
  },
  format: ({ topic }) => (typeof topic === 'string' ? topic : undefined),
};
