import { DRY_RUN, FORCE, PODS } from '../../command/fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** Back into the state that the pod was in before the drain. */
export const restore: OperationSpec = {
  name: 'restore',
  fields: [PODS, DRY_RUN, FORCE],
  aliases: ['uncordon', 'undrain'],
  help: {
    summary: 'Put drained pods back into rotation.',
    description:
      'Puts the labels back as they were, so that the service lists the pod again and its controller takes it back and ' +
      'removes the pod that is then one too many; which one, it says before. Refused where the pod would not survive. ' +
      'Several pods go back one after the other.',
    examples: [
      ['Put a pod back', 'restore b85tm'],
      ['See which pod would go', 'restore b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: [...FOLLOW, ...PATCH_PODS, ...RECORD],
  words: { ask: 'Restore', doing: 'Restoring', done: 'Restored', event: 'Restored', was: 'was restored' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => state === 'drained' && !isFinished(pod),
    none: (service) => `No pod of ${service} is drained, so there is none to restore.`,
  },
  needs: { members: 'full', owner: true, bystanders: true, adopters: true, headroom: false },
  meets: 'supersedes',
  lookAfter: 'ends',
  opposite: 'drain',
};
