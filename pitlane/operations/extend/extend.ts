import { dryRunField, durationField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** Gives drained and disabled pods more time. */
export const extend: OperationSpec = {
  name: 'extend',
  fields: [
    podsField,
    durationField('1h', "How much longer, such as 1h. Absent: the service's default for drains.", true),
    dryRunField,
  ],
  aliases: ['prolong', 'postpone', 'snooze'],
  help: {
    summary: 'Give drained and disabled pods more time.',
    description:
      'Postpones the reminder, restore or finish of a drained pod, or the end of the time of a disabled one, by the given ' +
      'time, or by the default time of a drain. At most 7d from now.',
    examples: [['Keep a pod drained for another hour', 'extend b85tm 1h']],
  },
  role: 'operator',
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...RECORD] },
  words: { ask: 'Extend', doing: 'Extending', done: 'More time for', event: 'Extended', was: 'was given more time' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod, disabled }) => (state === 'drained' || disabled?.until !== undefined) && !isFinished(pod),
    none: (service) => `${service} has no drained or disabled pod with an end to extend.`,
  },
  needs: { members: 'summary', owner: true, service: 'optional' },
  meets: 'independent',
  lookAfter: 'prolongs',
  cannotBeUndone: 'No command takes the extra time back: restore or finish the pod, or wait until its time is up.',
};
