import { createRequire } from 'node:module';
import type { Environment } from '@marcbachmann/cel-js';
import { memo } from '../../../api/memo.ts';
import { dnsLabelErrors, labelValueErrors, qualifiedNameErrors, subdomainErrors } from '../../validation/text.ts';
import type { Inputs } from './inputs.ts';

/** Loads the library with the first policy: most clusters have none. */
const require = createRequire(import.meta.url);
type Library = typeof import('@marcbachmann/cel-js');
const library = (): Library => require('@marcbachmann/cel-js');

/** A compiled expression. */
export interface Expression {
  /** In the library's notation, such as `list<string>`. */
  readonly type: string;
  /** Throws an Error with Kubernetes' message, as far as the library says the same as cel-go. */
  evaluate(inputs: Inputs): unknown;
}

/** An expression that does not compile. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}

/** A string format of Kubernetes' CEL library `format`. */
class Format {
  name = '';
}
class FormatLibrary {}

const formats: Record<string, (text: string) => string[]> = {
  qualifiedName: qualifiedNameErrors,
  labelValue: labelValueErrors,
  dns1123Label: dnsLabelErrors,
  dns1123Subdomain: subdomainErrors,
};

/** What every expression may use. Not `authorizer`, which is left out. */
const always = ['object', 'oldObject', 'request', 'namespaceObject'];

/** What all expressions share; a clone of it takes more declarations. */
export const commonEnvironment = memo((): Environment => {
  const { Environment, Optional } = library();
  // Kubernetes refuses a literal of several types too, but accepts `dyn` among them, which the library does not.
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const name of always) environment.registerVariable(name, 'dyn');
  environment
    .registerType('kubernetes.NamedFormat', Format)
    .registerType('kubernetes.formats', FormatLibrary)
    .registerConstant('format', 'kubernetes.formats', new FormatLibrary())
    .registerFunction(
      'kubernetes.NamedFormat.validate(string): optional<list<string>>',
      ({ name }: Format, text: string) => {
        const errors = formats[name]?.(text) ?? [];
        return errors.length === 0 ? Optional.none() : Optional.of(errors);
      },
    );
  for (const name of Object.keys(formats)) {
    const format = Object.assign(new Format(), { name });
    environment.registerFunction(`kubernetes.formats.${name}(): kubernetes.NamedFormat`, () => format);
  }
  return environment;
});

export type Compiler = (text: string) => Expression;

/** Throws a CompileError. `failure`: how the message of a failed evaluation begins. */
export function compiled(environment: Environment, text: string, failure: string): Expression {
  try {
    const run = environment.parse(text);
    const { type, error } = run.check();
    if (type === undefined) throw error;
    const evaluate = (inputs: Inputs) => {
      try {
        return run(inputs);
      } catch (failed) {
        throw new Error(`${failure}: ${said(failed)}`);
      }
    };
    return { type, evaluate };
  } catch (error) {
    throw new CompileError(`compilation failed: ERROR: <input>: ${said(error)}`);
  }
}

/** The message of an error without the library's drawing of the place; cel-go begins with a small letter. */
function said(error: unknown): string {
  const [first = ''] = (error as Error).message.split('\n');
  return first.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/** CEL's notation: `list(string)` for `list<string>`, and `list(dyn)` for `list` and for the empty list, `list<T>`. */
export function celType(type: string): string {
  if (type === 'list') return 'list(dyn)';
  return type
    .replace(/\b[A-Z]\b/g, 'dyn')
    .replaceAll('<', '(')
    .replaceAll('>', ')');
}
