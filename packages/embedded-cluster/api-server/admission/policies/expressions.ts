import { createRequire } from 'node:module';
import type { Environment } from '@marcbachmann/cel-js';
import type { KubeObject } from '../../../api/api.ts';
import { isMap, type Json } from '../../../api/json.ts';
import { memo } from '../../../api/memo.ts';
import { dnsLabelErrors, labelValueErrors, qualifiedNameErrors, subdomainErrors } from '../../validation/text.ts';
import type { Admitted } from './matching.ts';

/** Loads the library with the first policy: most clusters have none. */
const require = createRequire(import.meta.url);
type Library = typeof import('@marcbachmann/cel-js');
const library = (): Library => require('@marcbachmann/cel-js');

/** What a policy's expressions see, by name. */
export type Inputs = Readonly<Record<string, unknown>>;

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

/** Variables of every expression; `authorizer` is not imitated. */
const always = ['object', 'oldObject', 'request', 'namespaceObject'];

/** The environment that all expressions share. Clone it to declare more. */
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

/** The values of an evaluation. `request` has no user: that is not imitated. */
export function inputsOf(request: Admitted, object: Json, param: KubeObject | undefined): Inputs {
  const { operation, oldObject, namespace, isDryRun } = request;
  const { group, version, kind, resource } = request.kind;
  return toCel({
    object,
    oldObject,
    params: param,
    namespaceObject: namespace,
    request: {
      kind: { group, version, kind },
      resource: { group, version, resource },
      requestKind: { group, version, kind },
      requestResource: { group, version, resource },
      ...(object.metadata.name !== undefined && { name: object.metadata.name }),
      ...(namespace && { namespace: namespace.metadata.name }),
      operation,
      dryRun: isDryRun === true,
    },
  }) as Inputs;
}

/** The CEL value of a JSON value: whole numbers are integers, as in Kubernetes' unstructured objects. */
function toCel(json: Json): unknown {
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(toCel);
  return isMap(json) ? mapped(json, toCel) : (json ?? null);
}

/** The JSON value of a CEL value; throws for values that JSON has none of, such as durations. */
export function fromCel(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Map) return fromCel(Object.fromEntries(value));
  if (!isMap(value)) return value;
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    throw new Error('JSONPath valueExpression evaluated to a type that could not marshal to JSON');
  return mapped(value, fromCel);
}

function mapped(map: object, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
