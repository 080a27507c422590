import { becauseField, dryRunField, forceField, noWordsField, textField } from '../../command/fields.ts';
import { labelWord } from '../../command/label-word.ts';
import type { Field } from '../../command/syntax.ts';
import { FOLLOW, PATCH_PODS, RECORD, type Rule, rule } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

/** `enabled=yes` */
const labelField = labelWord({
  usage: '[key=value]',
  about: 'The label that the Service asks for, such as enabled=yes. Absent: the configured one.',
});

const viaField: Field = {
  ...textField(
    'via',
    { name: 'via', value: 'admission' },
    { type: 'name', pattern: /^(admission|template)$/, expected: 'admission or template' },
    'How new pods get the label: from the admission policy, without a restart, or from the templates, by a rollout. Absent: admission where the policy is installed.',
  ),
  usage: '[--via admission|template]',
};

const newPodsField: Field = {
  ...textField(
    'newPods',
    { name: 'new-pods', value: 'in' },
    { type: 'name', pattern: /^(in|out)$/, expected: 'in or out' },
    'in: new pods get traffic, as before. out: they wait until they are enabled. Absent: in.',
  ),
  usage: '[--new-pods in|out]',
};

/** Pods are created with `dryRun` only. RBAC can't say so. */
const GATE_RIGHTS: readonly Rule[] = [
  ...FOLLOW,
  ...PATCH_PODS,
  ...RECORD,
  rule('', ['services'], ['watch', 'patch']),
  rule('', ['pods'], ['create']),
  rule('apps', ['deployments'], ['list', 'watch', 'patch']),
  rule('apps', ['daemonsets', 'statefulsets'], ['patch']),
];

/** Makes the Service ask for one more label, which all its pods have by then. */
export const gateOn: OperationSpec = {
  name: 'gate on',
  fields: [labelField, viaField, newPodsField, dryRunField, forceField, becauseField],
  help: {
    summary: 'Set up a gate: a label by which traffic is switched per pod.',
    description:
      'Labels every pod of the service, then adds the label to the selector, so that a pod without it gets no traffic and ' +
      'is not replaced. No pod leaves the rotation. With the admission policy of infra/gate-policy.yaml new pods get the ' +
      'label as they are created: nothing restarts, and no template changes. Without it the templates get the label, which ' +
      'is a rollout. Run it again to finish a setup that was interrupted, or to take over a gate that was made by hand.',
    examples: [
      ['Set up the configured gate', 'gate on'],
      ['Set up a gate with another label', 'gate on traffic=on'],
      ['Show the plan without changing anything', 'gate on --dry-run'],
      ['Label the templates instead of using the admission policy', 'gate on --via template'],
    ],
  },
  role: 'admin',
  rights: { admin: GATE_RIGHTS },
  words: {
    ask: 'Set up the gate of',
    doing: 'Setting up the gate of',
    done: 'Set up the gate of',
    event: 'GateOn',
    was: 'got a gate',
  },
  subject: 'service',
  needs: { members: 'summary', owner: true, bystanders: true, adopters: true, gate: 'probe' },
  meets: 'supersedes',
  opposite: 'gate off',
};

/** Takes the gate's label out of the selector, and then off everything else. */
export const gateOff: OperationSpec = {
  name: 'gate off',
  fields: [noWordsField('removes the gate of the service'), dryRunField, forceField, becauseField],
  help: {
    summary: 'Remove the gate.',
    description:
      'Removes the label from the selector first, so that every ready pod gets traffic, also those that were disabled. Then ' +
      'removes the rule of the admission policy, the label of templates that Pitlane has labelled (a rollout), and the ' +
      'label and marks of the pods.',
    examples: [
      ['Remove the gate', 'gate off'],
      ['Show the plan without changing anything', 'gate off --dry-run'],
    ],
  },
  role: 'admin',
  rights: { admin: GATE_RIGHTS },
  words: {
    ask: 'Remove the gate of',
    doing: 'Removing the gate of',
    done: 'Removed the gate of',
    event: 'GateOff',
    was: 'lost its gate',
  },
  subject: 'service',
  needs: { members: 'summary', owner: true, bystanders: true, gate: 'rule', templates: true, schedules: true },
  meets: 'supersedes',
  lookAfter: 'ends',
  opposite: 'gate on',
};
