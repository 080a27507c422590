import { textField } from '../../command/fields.ts';
import { labelWord } from '../../command/label-word.ts';
import type { Field } from '../../command/syntax.ts';

/** `enabled=yes` */
export const labelField = labelWord({
  usage: '[key=value]',
  about: 'The label that the Service asks for, such as enabled=yes. Absent: the configured one.',
});

export const viaField: Field = {
  ...textField(
    'via',
    { name: 'via', value: 'admission' },
    { type: 'name', pattern: /^(admission|template)$/, expected: 'admission or template' },
    'How new pods get the label: from the admission policy, without a restart, or from the templates, by a rollout. Absent: admission where the policy is installed.',
  ),
  usage: '[--via admission|template]',
};

export const newPodsField: Field = {
  ...textField(
    'newPods',
    { name: 'new-pods', value: 'in' },
    { type: 'name', pattern: /^(in|out)$/, expected: 'in or out' },
    'in: new pods get traffic, as before. out: they wait until they are enabled. Absent: in.',
  ),
  usage: '[--new-pods in|out]',
};
