import { becauseField, dryRunField, forceField, noWordsField } from '../../command/fields.ts';
import type { OperationSpec } from '../spec.ts';
import { GATE_RIGHTS } from './gate-rights.ts';

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
