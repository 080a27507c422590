import { becauseField, dryRunField, durationField, forceField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import { isFinished } from '../../rotation/workload.ts';
import { FOLLOW, LOGS, PATCH_PODS, RECORD } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** Takes the gate label off pods: they leave the endpoints, and their controllers keep them. */
export const disable: OperationSpec = {
  name: 'disable',
  fields: [
    podsField,
    durationField('30m', 'How long the pods stay disabled, such as 30m. Absent: until they are enabled.'),
    dryRunField,
    forceField,
    becauseField,
  ],
  help: {
    summary: 'Take pods out of rotation without replacing them.',
    description:
      'Removes the gate label from pods, so that they leave the endpoints. Unlike drained pods, they stay with their ' +
      'controller and are not replaced: rollouts, autoscalers and disruption budgets still count them. Needs a gate: a ' +
      "label in the service's selector that only switches traffic, such as enabled=yes. All pods change at once; those " +
      'that the service needs to stay at its minimum are left out; admins can override that with --force. When the time ' +
      '(1m to 7d) is up, Pitlane enables them again; without a time they stay disabled. Without a pod, choose from a list.',
    examples: [
      ['Disable a pod', 'disable b85tm because 5xx'],
      ['Disable a pod for half an hour', 'disable b85tm for 30m because load test'],
      ['Disable the pods with a label', 'disable -l track=canary'],
      ['Disable all pods of a node', 'disable --node node-2 because disk errors'],
    ],
  },
  role: 'operator',
  rights: { operator: [...FOLLOW, ...PATCH_PODS, ...RECORD, ...LOGS] },
  words: { ask: 'Disable', doing: 'Disabling', done: 'Disabled', event: 'Disabled', was: 'was disabled' },
  subject: 'pods',
  pods: {
    includes: ({ state, pod }) => ['in rotation', 'no port', 'not ready'].includes(state) && !isFinished(pod),
    none: (service) => `${service} has no pod to disable.`,
  },
  needs: { members: 'full', owner: true, bystanders: true, adopters: true },
  meets: 'supersedes',
  reportsSilence: true,
  lookAfter: 'begins',
  lookedAfter: 'disabled',
  opposite: 'enable',
};
