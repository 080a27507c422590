import { dryRunField, forceField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** Puts drained pods back into the state before the drain. */
export const restore: OperationSpec = {
  name: 'restore',
  fields: [podsField, dryRunField, forceField],
  aliases: ['uncordon', 'undrain'],
  help: {
    summary: 'Put drained pods back into rotation.',
    description:
      'Puts the labels back, so that the pod returns to the endpoints. Its controller adopts it and deletes a surplus pod; ' +
      'the plan names that pod. Refuses where the restored pod would be deleted. Several pods are restored one after the ' +
      'other.',
    examples: [
      ['Restore a pod', 'restore b85tm'],
      ['Show which pod would be deleted', 'restore b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...RECORD] },
  words: { ask: 'Restore', doing: 'Restoring', done: 'Restored', event: 'Restored', was: 'was restored' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => state === 'drained' && !isFinished(pod),
    none: (service) => `${service} has no drained pod to restore.`,
  },
  needs: { members: 'full', owner: true, bystanders: true, adopters: true },
  meets: 'supersedes',
  lookAfter: 'ends',
  opposite: 'drain',
};
