import { dryRunField, forceField } from '../command/fields.ts';
import type { CommandSpec } from './spec.ts';
import { operationWord } from './words.ts';

/**
 * Undoes an operation by its opposite. It is not an operation of its own: `operate/undo.ts` turns the request into the
 * opposite one, which is planned, confirmed and carried out as if it had been typed.
 */
export const undo: CommandSpec = {
  name: 'undo',
  fields: [operationWord('undoes', 'the last change', 'history'), dryRunField, forceField],
  aliases: ['revert', 'rollback'],
  help: {
    summary: 'Undo a change.',
    description:
      'Plans the opposite of the last change, or of the given one, and asks before it changes anything. Only pods that it ' +
      'changed, and that no later operation has changed since, are included. Takes the same role as the change and its ' +
      'opposite.',
    examples: [
      ['Undo the last change', 'undo'],
      ['Undo the last change of a pod', 'undo b85tm'],
      ['Show what it would do', 'undo --dry-run'],
    ],
  },
  role: 'operator',
  // Those of the opposite operations.
  rights: {},
};
