import { parseSelector } from '../rotation/selector.ts';
import { formatDuration, LONGEST_SECONDS, SHORTEST_SECONDS } from '../text/duration.ts';
import { quote, shortened } from '../text/words.ts';
import { durationIn, moreTimeIn, reasonIn } from './arguments.ts';
import type { FlagSyntax } from './flags.ts';
import { MisreadError } from './misread.ts';
import { LONGEST_REASON } from './reason.ts';
import { POD_NAME } from './rules.ts';
import type { CommandSyntax, Field, Form, NameForm, Values } from './syntax.ts';
import { tokenize } from './tokens.ts';

export const POD_FORM: NameForm = { type: 'name', pattern: POD_NAME, expected: 'the full name of a pod' };

/** No words. `does`: describes the command to a person who types some. `instead`: another command takes them. */
export function noWordsField(does: string, instead?: { readonly command: string; readonly does: string }): Field {
  return {
    flags: [],
    usage: '',
    isPositional: true,
    values: [],
    read({ words: [extra], doorTokens }, { name }) {
      if (extra === undefined) return { values: {} };
      const message = `Unexpected ${quote(extra.text)}: ${name} ${does}.`;
      throw instead === undefined
        ? new MisreadError(message, [...tokenize(name), ...doorTokens])
        : new MisreadError(`${message} ${instead.command} ${instead.does}.`, [
            ...tokenize(instead.command),
            extra,
            ...doorTokens,
          ]);
    },
    format: () => undefined,
  };
}

/** `for 30m`, `--for 30m`; `isBare`: `30m` and `by 30m` too. */
export function durationField(example: string, about: string, isBare = false): Field {
  return timeField({ key: 'forSeconds', lead: 'for', example, about, isBare });
}

/** `since 10m`, `--since 10m`. */
export const sinceField = timeField({
  ...{ key: 'sinceSeconds', lead: 'since', example: '10m', about: 'Only what happened within this time.' },
  isBare: false,
});

function timeField(of: { key: string; lead: string; example: string; about: string; isBare: boolean }): Field {
  const { key, lead, example, about, isBare } = of;
  return {
    flags: [{ name: lead, value: example }],
    usage: `[${lead} ${example}]`,
    values: [{ key, name: lead, form: { type: 'duration' }, about }],
    read(given, { name }) {
      const { seconds, others } = isBare ? moreTimeIn(name, given) : durationIn(name, given, [lead]);
      return { values: { [key]: seconds }, words: others };
    },
    format({ [key]: seconds }) {
      return typeof seconds === 'number' ? `${isBare ? '' : `${lead} `}${formatDuration(seconds)}` : undefined;
    },
  };
}

/** `because …` to the end, or `--because`. */
export const becauseField: Field = {
  flags: [{ name: 'because', value: '"5xx"' }],
  usage: '[because text]',
  values: [
    {
      key: 'because',
      name: 'because',
      form: { type: 'text', most: LONGEST_REASON, expected: 'a reason in words' },
      about: 'The reason, which is shown and kept with the pod.',
    },
  ],
  read: (given, { name }) => ({ values: { because: reasonIn(name, given) } }),
  // Written by format(), at the end.
  format: ({ because }) => (typeof because === 'string' ? `because ${because}` : undefined),
};

export function flagField(key: string, syntax: FlagSyntax, about: string, name?: string): Field {
  return {
    flags: [syntax],
    usage: `[--${syntax.name}]`,
    values: [{ key, ...(name !== undefined && { name }), form: { type: 'flag' }, about }],
    read: ({ flags }) => ({ values: { [key]: flags.get(syntax.name) === 'true' } }),
    format: (request) => (request[key] === true ? `--${syntax.name}` : undefined),
  };
}

export const DRY_RUN_FLAG: FlagSyntax = { name: 'dry-run', meansTrue: ['server', 'client'], isNeverText: true };
export const dryRunField = flagField('dryRun', DRY_RUN_FLAG, 'Show the plan and change nothing.', 'dryRun');
export const forceField = flagField('force', { name: 'force' }, 'Override refusals that can be overridden.', 'force');

/** A value behind a flag, such as `-c rng`. */
export function textField(key: string, syntax: FlagSyntax, form: NameForm, about: string): Field {
  return {
    flags: [syntax],
    usage: `[${dashed(syntax)} ${key}]`,
    values: [{ key, name: key, form, about }],
    read(given) {
      const value = given.flags.get(syntax.name);
      if (value !== undefined && !form.pattern.test(value))
        throw new MisreadError(`${quote(value)} is not ${form.expected}.`);
      return { values: { [key]: value } };
    },
    format: (request) => (typeof request[key] === 'string' ? `${dashed(syntax)} ${request[key]}` : undefined),
  };
}

export function numberField(
  key: string,
  syntax: FlagSyntax,
  form: Extract<Form, { type: 'number' }>,
  words: { readonly unit: string; readonly about: string },
): Field {
  return {
    flags: [syntax],
    usage: `[--${syntax.name} n]`,
    values: [{ key, name: key, form, about: words.about }],
    read(given) {
      const value = given.flags.get(syntax.name) ?? String(form.otherwise);
      if (!/^\d{1,6}$/.test(value) || Number(value) < form.least || Number(value) > form.most)
        throw new MisreadError(
          `--${syntax.name} ${shortened(value)} is out of range: expected ${form.least} to ${form.most} ${words.unit}.`,
        );
      return { values: { [key]: Number(value) } };
    },
    format: (request) => (request[key] === form.otherwise ? undefined : `--${syntax.name} ${request[key]}`),
  };
}

function dashed({ name, short }: FlagSyntax): string {
  return short === undefined ? `--${name}` : `-${short}`;
}

/** The values of a record could have been typed: they are those of the command's fields, each of its form. */
export function couldBeTyped({ fields }: CommandSyntax, values: Values): boolean {
  const forms = new Map(fields.flatMap((field) => field.values.map(({ key, form }) => [key, form])));
  return Object.entries(values).every(([key, value]) => {
    const form = forms.get(key);
    return form !== undefined && isOfForm(value, form);
  });
}

function isOfForm(value: unknown, form: Form): boolean {
  switch (form.type) {
    case 'flag':
      return typeof value === 'boolean';
    case 'name':
      return typeof value === 'string' && form.pattern.test(value);
    case 'names':
      return Array.isArray(value) && value.length <= form.most && value.every((name) => isOfForm(name, form.of));
    case 'selector':
      return typeof value === 'string' && value.trim() !== '' && parseSelector(value).kind === 'selector';
    case 'duration':
      return typeof value === 'number' && value >= SHORTEST_SECONDS && value <= LONGEST_SECONDS;
    case 'text':
      return typeof value === 'string' && value.length <= form.most;
    case 'number':
      return Number.isInteger(value) && Number(value) >= form.least && Number(value) <= form.most;
  }
}
