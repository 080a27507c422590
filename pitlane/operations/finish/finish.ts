import { dryRunField, forceField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import { AROUND, DELETE_PODS, FOLLOW, LOGS, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** Saves the evidence of drained pods and canaries, and deletes them. */
export const finish: OperationSpec = {
  name: 'finish',
  fields: [podsField, dryRunField, forceField],
  // Nothing else is ever deleted.
  aliases: ['delete', 'kill', 'rm', 'terminate'],
  help: {
    summary: 'Save the evidence of drained pods and delete them.',
    description:
      'Saves the evidence once more and deletes the pod. Only for drained pods and canaries. Without evidence nothing is ' +
      'deleted, unless an admin adds --force. A deletion cannot be undone, so it always asks.',
    examples: [
      ['Delete a drained pod', 'finish b85tm'],
      ['Show what would be deleted', 'finish b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...DELETE_PODS, ...RECORD, ...AROUND, ...LOGS] },
  words: { ask: 'Finish', doing: 'Finishing', done: 'Finished', event: 'Finished', was: 'was finished' },
  subject: 'pods',
  pods: {
    includes: ({ state, kind }) => state === 'drained' || (kind === 'canary' && state !== 'terminating'),
    none: (service) => `${service} has no drained pod or canary to finish.`,
  },
  needs: { members: 'summary', owner: true, bystanders: true, adopters: true, service: 'optional' },
  meets: 'supersedes',
  evidence: 'beforeWrite',
  lookAfter: 'ends',
  cannotBeUndone: 'Deleted pods cannot be restored.',
};
