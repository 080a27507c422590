import { DRY_RUN, FORCE, PODS } from '../../command/fields.ts';
import { planEach } from '../each-pod.ts';
import { DELETE_PODS, EVENTS, FOLLOW, LOGS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { planFinish, planFinished } from './plan.ts';

/** The end of drained pods and canaries: evidence, then they are deleted. */
export const finish: OperationSpec = {
  name: 'finish',
  fields: [PODS, DRY_RUN, FORCE],
  // Nothing else is ever deleted.
  aliases: ['delete', 'kill', 'rm', 'terminate'],
  help: {
    summary: 'Keep the evidence of drained pods, then delete them.',
    description:
      'The end of a runbook: takes the evidence once more and deletes the pod. Only drained pods and canaries; their ' +
      'replacements are there already. Without evidence nothing is deleted, unless an admin says --force.',
    examples: [
      ['End the life of a drained pod', 'finish b85tm'],
      ['See what would be deleted', 'finish b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: [...FOLLOW, ...DELETE_PODS, ...RECORD, ...EVENTS, ...LOGS],
  words: { ask: 'Finish', doing: 'Finishing', done: 'Finished', event: 'Finished', was: 'was finished' },
  subject: 'pods',
  pods: {
    includes: ({ state, kind }) => state === 'drained' || (kind === 'canary' && state !== 'terminating'),
    none: (service) => `${service} has neither a drained pod nor a canary, so there is none to finish.`,
  },
  needs: { members: 'summary', owner: true, bystanders: true, adopters: false, headroom: false },
  plan: (snapshot, operation) =>
    planEach(snapshot, operation, {
      plan: planFinish,
      planGone: planFinished,
      sideBySide: 5,
    }),
  meets: 'supersedes',
  evidence: 'beforeWrite',
  lookAfter: 'ends',
  cannotBeUndone: 'There is no way back: the pod is deleted.',
};
