import { BECAUSE, DRY_RUN, duration, FORCE, PODS } from '../../command/fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { planEach } from '../each-pod.ts';
import { EVENTS, FOLLOW, LOGS, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { planDrain } from './plan.ts';
import { drained, replaced } from './replacements.ts';

/** Out of rotation by labels; the controller replaces the pod, and it stays alive. */
export const drain: OperationSpec = {
  name: 'drain',
  fields: [
    PODS,
    duration('30m', "How long the pod stays drained, such as 30m. Absent: the service's default."),
    DRY_RUN,
    FORCE,
    BECAUSE,
  ],
  aliases: ['remove', 'evict', 'cordon'],
  help: {
    summary: 'Take pods out of rotation, alive; they are replaced.',
    description:
      'Takes labels off a pod, so that the service no longer lists it and its controller starts a replacement. The pod ' +
      'stays alive to be looked at. Several pods go in turns, as the minimum allows: the next one when the replacement of ' +
      'the one before is ready. Refused where too few pods would be left; --force is for admins and overrides what may be ' +
      'overridden. When the time given (1m to 7d) is over, pitlane reminds you, or restores or finishes the pod, as is ' +
      'configured. Without a pod you choose from a list.',
    examples: [
      ['Take a pod out of rotation', 'drain b85tm because 5xx'],
      ['… for half an hour', 'drain b85tm for 30m because 5xx'],
      ['Take every pod of a node out of rotation', 'drain --node node-2 because disk errors'],
      ['See what would happen, and change nothing', 'drain b85tm --dry-run'],
    ],
  },
  role: 'operator',
  rights: [...FOLLOW, ...PATCH_PODS, ...RECORD, ...EVENTS, ...LOGS],
  words: { ask: 'Drain', doing: 'Draining', done: 'Drained', event: 'Drained', was: 'was drained' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => ['in rotation', 'not ready', 'disabled'].includes(state) && !isFinished(pod),
    none: (service) => `${service} has no pod to drain.`,
  },
  needs: { members: 'summary', owner: true, bystanders: true, adopters: true, headroom: true },
  plan: (snapshot, operation) =>
    planEach(snapshot, operation, {
      plan: planDrain,
      sideBySide: 5,
      foresee: drained,
      settle: replaced,
    }),
  meets: 'supersedes',
  evidence: 'afterWrite',
  lookAfter: 'begins',
  opposite: 'restore',
};
