import { becauseField, dryRunField, flagField, forceField } from '../../command/fields.ts';
import { labelWord } from '../../command/label-word.ts';
import type { ChangeRequest } from '../../command/request.ts';
import { parseLabel } from '../../rotation/selector.ts';
import { FOLLOW, PATCH_PODS, RECORD, rule } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';

export interface SwitchRequest extends ChangeRequest {
  /** `version=green` */
  readonly label?: string;
  /** Both sets get traffic for a while. */
  readonly widen?: boolean;
}

/** Moves all traffic of the service to the pods with a label. */
export const switchTo: OperationSpec = {
  name: 'switch',
  fields: [
    labelWord({
      usage: 'key=value',
      about: 'The label of the pods that get all traffic, such as version=green.',
      example: 'version=green',
    }),
    flagField('widen', { name: 'widen' }, 'Give both sets traffic for a while before the others leave.', 'widen'),
    dryRunField,
    forceField,
    becauseField,
  ],
  aliases: ['cutover', 'swap'],
  help: {
    summary: 'Move all traffic to another set of pods (blue/green).',
    description:
      'Moves all traffic to the pods with the label. If the selector has the key, one write does it: version=blue becomes ' +
      'version=green. Otherwise the gate does it: the pods with the label get the gate label, and once they are in ' +
      'rotation, all others lose it. At least as many of them must be ready as there are pods in rotation now; admins can ' +
      'override that with --force. The former pods stay up. With --widen both sets get traffic for at least 6 seconds, for ' +
      'load balancers that follow slowly. Run it again to finish a switch that was interrupted, or with the former value ' +
      'to go back.',
    examples: [
      ['Move the traffic to the new version', 'switch version=green because release 1.4'],
      ['With load balancers that follow slowly', 'switch version=green --widen'],
      ['Move it back', 'switch version=blue'],
      ['Show the plan without changing anything', 'switch version=green --dry-run'],
    ],
  },
  role: 'admin',
  rights: { admin: [...FOLLOW, ...PATCH_PODS, ...RECORD, rule('', ['services'], ['watch', 'patch'])] },
  words: { ask: 'Switch', doing: 'Switching', done: 'Switched', event: 'Switched', was: 'was switched' },
  subject: 'service',
  needs: (request) => {
    const label = parseLabel((request as SwitchRequest).label ?? '');
    const needs = { members: 'summary', owner: true, bystanders: true } as const;
    return label === undefined ? needs : { ...needs, anyValueOf: label.key };
  },
  meets: 'supersedes',
  opposite: 'switch',
};
