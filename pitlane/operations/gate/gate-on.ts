import { becauseField, dryRunField, forceField } from '../../command/fields.ts';
import type { OperationSpec } from '../spec.ts';
import { labelField, newPodsField, viaField } from './fields.ts';
import { GATE_RIGHTS } from './gate-rights.ts';

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
