import { becauseField, dryRunField, forceField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** Puts the gate label on pods that were disabled, or that came without it. */
export const enable: OperationSpec = {
  name: 'enable',
  fields: [podsField, dryRunField, forceField, becauseField],
  help: {
    summary: 'Put disabled pods back into rotation.',
    description:
      'Puts the gate label on pods that were disabled, or that came without it, so that they return to the endpoints as ' +
      'soon as they are ready. Several pods change at once. Drained pods come back with restore.',
    examples: [
      ['Enable a pod', 'enable b85tm'],
      ['Enable the pods with a label', 'enable -l track=canary'],
    ],
  },
  role: 'operator',
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...RECORD] },
  words: { ask: 'Enable', doing: 'Enabling', done: 'Enabled', event: 'Enabled', was: 'was enabled' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => state === 'disabled' && !isFinished(pod),
    none: (service) => `${service} has no disabled pod to enable.`,
  },
  needs: { members: 'full', owner: true, bystanders: true, adopters: true },
  meets: 'supersedes',
  lookAfter: 'ends',
  lookedAfter: 'disabled',
  opposite: 'disable',
};
