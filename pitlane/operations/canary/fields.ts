import { textField } from '../../command/fields.ts';
import { MisreadError } from '../../command/misread.ts';
import { podsField } from '../../command/pod-fields.ts';
import type { Field, NameForm, Values } from '../../command/syntax.ts';
import { tokenize } from '../../command/tokens.ts';
import { CANARY } from '../../rotation/marks.ts';
import { quote } from '../../text/words.ts';

const VARIABLE: NameForm = {
  type: 'name',
  pattern: /^[-._A-Za-z][-._A-Za-z0-9]*=[^\n]{0,1000}$/,
  expected: 'a variable, such as LOG_LEVEL=debug',
};

const ARGUMENT: NameForm = { type: 'name', pattern: /^[^\n]{1,1000}$/, expected: 'an argument' };

const FROM: NameForm = {
  type: 'name',
  pattern: /^(?:(?:deployment|deploy|daemonset|ds|statefulset|sts)\/)?[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
  expected: 'a workload, such as rng or deployment/rng',
};

export const fromField: Field = {
  ...textField(
    'from',
    { name: 'from', value: 'deployment/rng' },
    FROM,
    'The workload, such as deployment/rng. Absent: the only one that serves.',
  ),
  usage: '[--from workload]',
};

/** A reference of an image, as the API server accepts it: anything without spaces; the registry knows the rest. */
export const IMAGE: NameForm = {
  type: 'name',
  pattern: /^[A-Za-z0-9][\w.:/@-]{0,399}$/,
  expected: 'an image, such as example.com/rng:v2',
};

/** `--env K=V`, several times. */
export const envField: Field = {
  flags: [{ name: 'env', value: 'LOG_LEVEL=debug', isRepeatable: true }],
  usage: '[--env K=V]',
  values: [
    {
      key: 'env',
      name: 'env',
      form: { type: 'names', of: VARIABLE, most: 20, expected: 'variables, such as LOG_LEVEL=debug' },
      about: 'Variables of the main container, KEY=value, in place of those of the template.',
    },
  ],
  read({ allValues }) {
    const env = allValues.get('env');
    const wrong = env?.find((each) => !VARIABLE.pattern.test(each));
    if (wrong !== undefined) throw new MisreadError(`${quote(wrong)} is not ${VARIABLE.expected}.`);
    if ((env?.length ?? 0) > 20) throw new MisreadError(`--env takes at most 20 variables, found ${env?.length}.`);
    return { values: { env } };
  },
  format: ({ env }) => (isList(env) ? env.map((each) => `--env ${quoted(each)}`).join(' ') : undefined),
  conceal: ({ env }) => (isList(env) ? { env: env.map((each) => `${variableName(each)}=<redacted>`) } : {}),
};

/** The name in `KEY=value`. */
export function variableName(variable: string): string {
  return variable.split('=', 1)[0] ?? '';
}

/** `--args "--verbose --port 8080"`: split at white space, quotes keep an argument together. */
export const argsField: Field = {
  flags: [{ name: 'args', value: '"--verbose"' }],
  usage: '[--args "…"]',
  values: [
    {
      key: 'args',
      name: 'args',
      form: { type: 'names', of: ARGUMENT, most: 50, expected: 'arguments' },
      about: 'The arguments of the main container, in place of those of the template.',
    },
  ],
  read({ flags }) {
    const text = flags.get('args');
    if (text === undefined) return { values: {} };
    const tokens = tokenize(text);
    if (tokens.length === 0 || tokens.length > 50)
      throw new MisreadError(`--args takes 1 to 50 arguments, found ${tokens.length}.`);
    if (tokens.some(({ isUnclosed }) => isUnclosed)) throw new MisreadError('A quote in --args is not closed.');
    return { values: { args: tokens.map((token) => token.text) } };
  },
  format: ({ args }) => (isList(args) ? `--args ${quoted(args.map(word).join(' '))}` : undefined),
};

/** The canaries to stop, or `all` of the service. */
export const canariesField: Field = {
  ...podsField,
  usage: '[pods | all | -l selector | --node name]',
  read(given, command, names) {
    const [word, ...others] = given.words;
    const isAll = word?.text.toLowerCase() === 'all' && others.length === 0;
    return isAll ? { values: { selector: CANARY }, words: [] } : podsField.read(given, command, names);
  },
  format: (request: Values, command) => (request.selector === CANARY ? 'all' : podsField.format(request, command)),
};

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0;
}

function quoted(text: string): string {
  return /^[\w./:=@%+,-]+$/.test(text) && !text.startsWith('-') ? text : `"${text.replace(/["“”„‟\\]/g, '\\$&')}"`;
}

/** One argument as part of `--args`. */
function word(text: string): string {
  return /^[^\s"'“”„‟‘’‚‛\\]+$/.test(text) ? text : `"${text.replace(/["“”„‟\\]/g, '\\$&')}"`;
}
