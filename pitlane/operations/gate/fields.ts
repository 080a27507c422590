import { another } from '../../command/arguments.ts';
import { textField } from '../../command/fields.ts';
import { MisreadError } from '../../command/misread.ts';
import type { Field, NameForm } from '../../command/syntax.ts';
import { labelKeyFault, labelValueFault } from '../../rotation/selector.ts';
import { quote } from '../../text/words.ts';

const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const PREFIX = '[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?';

/** Rule: apimachinery, content/kube.go IsLabelKey and IsLabelValue. */
const LABEL: NameForm = {
  type: 'name',
  pattern: new RegExp(`^(${PREFIX}/)?${NAME}=(${NAME})?$`),
  expected: 'a label, such as enabled=yes',
};

/** `enabled=yes` */
export const labelField: Field = {
  flags: [],
  usage: '[key=value]',
  isPositional: true,
  values: [
    {
      key: 'label',
      name: 'label',
      form: LABEL,
      about: 'The label that the Service asks for, such as enabled=yes. Absent: the configured one.',
    },
  ],
  read(given, { name }) {
    const [word, ...others] = given.words;
    if (word === undefined) return { values: {} };
    const fault = labelFault(word.text);
    if (fault !== undefined) throw new MisreadError(`${quote(word.text)} is not a label ${fault}.`);
    const [extra] = others;
    if (extra !== undefined)
      throw new MisreadError(
        `${name} takes one label, found ${quote(word.text)} and ${quote(extra.text)}.`,
        another(`${name} ${word.text}`, given),
      );
    return { values: { label: word.text }, words: [] };
  },
  format: ({ label }) => (typeof label === 'string' ? label : undefined),
};

/** Where and why the text is not a label; undefined: it is one. */
function labelFault(text: string): string | undefined {
  const at = text.indexOf('=');
  if (at < 0) return 'at the end: found no "=", expected key=value';
  const key = labelKeyFault(text.slice(0, at));
  if (key !== undefined) return `at character 1: ${key}`;
  const value = labelValueFault(text.slice(at + 1));
  return value === undefined ? undefined : `at character ${at + 2}: ${value}`;
}

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
