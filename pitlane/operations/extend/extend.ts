import { DRY_RUN, duration, PODS } from '../../command/fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { planEach } from '../each-pod.ts';
import { FOLLOW, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { planExtend } from './plan.ts';

/** More time for drained pods. */
export const extend: OperationSpec = {
  name: 'extend',
  fields: [
    PODS,
    duration('1h', "How much longer, such as 1h. Absent: as long as the service's drains last by default.", true),
    DRY_RUN,
  ],
  aliases: ['prolong', 'postpone', 'snooze'],
  help: {
    summary: 'More time for drained pods.',
    description:
      'Puts off the moment at which a drained pod is asked about, restored or finished: by the time given, or else by as ' +
      'long as a drain lasts by default. At most 7d from now.',
    examples: [['Look at a pod for another hour', 'extend b85tm 1h']],
  },
  role: 'operator',
  rights: [...FOLLOW, ...PATCH_PODS, ...RECORD],
  words: { ask: 'Extend', doing: 'Extending', done: 'More time for', event: 'Extended', was: 'was given more time' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => state === 'drained' && !isFinished(pod),
    none: (service) => `No pod of ${service} is drained, so there is none to extend.`,
  },
  needs: { members: 'summary', owner: true, bystanders: false, adopters: false, headroom: false },
  plan: (snapshot, operation) => planEach(snapshot, operation, { plan: planExtend, sideBySide: 10 }),
  meets: 'independent',
  lookAfter: 'prolongs',
};
