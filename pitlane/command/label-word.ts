import { labelKeyFault, labelValueFault } from '../rotation/selector.ts';
import { quote } from '../text/words.ts';
import { another } from './arguments.ts';
import { MisreadError } from './misread.ts';
import { retyped, without } from './retype.ts';
import type { Field, NameForm } from './syntax.ts';

const NAME = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const PREFIX = '[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?';

/** Rule: apimachinery, content/kube.go IsLabelKey and IsLabelValue. */
const LABEL: NameForm = {
  type: 'name',
  pattern: new RegExp(`^(${PREFIX}/)?${NAME}=(${NAME})?$`),
  expected: 'a label, such as enabled=yes',
};

/** One label: `enabled=yes`. `example`: it is required. */
export function labelWord(of: { readonly usage: string; readonly about: string; readonly example?: string }): Field {
  const isRequired = of.example !== undefined;
  return {
    flags: [],
    usage: of.usage,
    isPositional: true,
    values: [{ key: 'label', name: 'label', form: LABEL, about: of.about, ...(isRequired && { isRequired }) }],
    read(given, { name }) {
      const [word, ...others] = given.words;
      if (word === undefined) {
        if (!isRequired) return { values: {} };
        throw new MisreadError(`${name} needs a label, such as ${of.example}.`, another(`help ${name}`, given));
      }
      // Copied from a message, it is in code formatting.
      const text = word.text.replace(/^`(.*)`$/, '$1');
      const fault = labelFault(text);
      if (fault !== undefined) throw new MisreadError(`${quote(text)} is not a label${fault}.`);
      const [extra] = others;
      if (extra !== undefined)
        throw new MisreadError(
          `${name} takes one label, found ${quote(text)} and ${quote(extra.text)}.`,
          retyped(name, given, without(others)),
        );
      return { values: { label: text }, words: [] };
    },
    format: ({ label }) => (typeof label === 'string' ? label : undefined),
  };
}

/** Where and why the text is not a label, as the end of a sentence; undefined: it is one. */
function labelFault(text: string): string | undefined {
  const at = text.indexOf('=');
  if (at < 0) return ': found no "=", expected key=value';
  const key = labelKeyFault(text.slice(0, at));
  if (key !== undefined) return ` at character 1: ${key}`;
  const value = labelValueFault(text.slice(at + 1));
  return value === undefined ? undefined : ` at character ${at + 2}: ${value}`;
}
