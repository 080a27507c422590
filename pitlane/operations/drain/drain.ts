import { becauseField, dryRunField, durationField, flagField, forceField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { isFinished } from '../../rotation/workload.ts';
import { AROUND, CREATE_PODS, FOLLOW, LOGS, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

export interface DrainRequest extends ChangeRequest {
  /** Take the pods out of every Service that selects them. */
  readonly allServices?: boolean;
}

/** Takes pods out of rotation by their labels. Their controllers replace them, and they stay alive. */
export const drain: OperationSpec = {
  name: 'drain',
  fields: [
    podsField,
    durationField('30m', "How long the pods stay drained, such as 30m. Absent: the service's default."),
    flagField(
      'allServices',
      { name: 'all-services' },
      'Take the pods out of every Service that selects them.',
      'all-services',
    ),
    dryRunField,
    forceField,
    becauseField,
  ],
  aliases: ['remove', 'evict', 'cordon'],
  help: {
    summary: 'Take pods out of rotation and keep them alive.',
    description:
      'Removes labels from a pod, so that it leaves the endpoints and its controller starts a replacement. The pod stays ' +
      'alive for debugging. Several pods are drained in turns: each turn waits until the replacements of the one before ' +
      'are ready. Refuses to go below the minimum; admins can override with --force. When the time (1m to 7d) is up, ' +
      'Pitlane reminds you, restores the pod or finishes it, as configured. Without a pod, choose from a list.',
    examples: [
      ['Drain a pod', 'drain b85tm because 5xx'],
      ['Drain a pod for half an hour', 'drain b85tm for 30m because 5xx'],
      ['Drain a pod from every Service', 'drain b85tm --all-services'],
      ['Drain all pods of a node', 'drain --node node-2 because disk errors'],
      ['Show the plan without changing anything', 'drain b85tm --dry-run'],
    ],
  },
  role: 'operator',
  // It creates pods in dry runs only.
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...CREATE_PODS, ...RECORD, ...AROUND, ...LOGS] },
  words: { ask: 'Drain', doing: 'Draining', done: 'Drained', event: 'Drained', was: 'was drained' },
  subject: 'pods',
  isOfferedInList: true,
  pods: {
    includes: ({ state, pod }) =>
      ['in rotation', 'no port', 'not ready', 'disabled'].includes(state) && !isFinished(pod),
    none: (service) => `${service} has no pod to drain.`,
  },
  needs: { members: 'summary', owner: true, bystanders: true, adopters: true, headroom: true, replacement: true },
  meets: 'supersedes',
  evidence: 'afterWrite',
  reportsSilence: true,
  lookAfter: 'begins',
  opposite: 'restore',
};
