import type { Json } from '../../../api/json.ts';
import { memo } from '../../../api/memo.ts';
import { commonEnvironment, compiled, type Expression, type Inputs } from './expressions.ts';
import { declareJsonPatch, withCalls } from './json-patch-literals.ts';

/** The expressions of a MutatingAdmissionPolicy, in the order of its spec. */
export interface Policy {
  readonly conditions: readonly Expression[];
  readonly mutations: readonly Expression[];
  /** The inputs with `variables`. Each variable is computed when it is first used, as in Kubernetes. */
  withVariables(inputs: Inputs): Inputs;
}

/** Compiles the spec of a valid policy; throws a CompileError for an invalid one. */
export const policyOf = memo((spec: Json): Policy => {
  const { Variables, condition, variable, mutation } = compilersOf(spec);
  const variables: [name: string, Expression][] = (spec.variables ?? []).map(({ name, expression }: Json) => [
    name,
    variable(name, expression),
  ]);
  return {
    conditions: (spec.matchConditions ?? []).map(({ expression }: Json) => condition(expression)),
    mutations: (spec.mutations ?? []).map(({ jsonPatch }: Json) => mutation(jsonPatch.expression)),
    withVariables: (inputs) => withVariables(inputs, new Variables(), variables),
  };
}, new WeakMap());

/** The compilers of a policy's expressions. Variables have to be compiled first, in their order. */
export function compilersOf({ paramKind }: Json) {
  const environment = commonEnvironment().clone();
  if (paramKind !== undefined) environment.registerVariable('params', 'dyn');
  const fields: Record<string, string> = {};
  class Variables {}
  const declaringVariables = () =>
    environment
      .clone()
      .registerType('kubernetes.variables', { ctor: Variables, fields: { ...fields } })
      .registerVariable('variables', 'kubernetes.variables');
  const failure = (text: string) => `expression '${text}' resulted in error`;
  return {
    Variables,
    condition: (text: string) => compiled(environment, text, failure(text)),
    mutation: (text: string) => compiled(declareJsonPatch(declaringVariables()), withCalls(text), failure(text)),
    variable(name: string, text: string): Expression {
      const expression = compiled(declaringVariables(), text, `composited variable "${name}" fails to evaluate`);
      // The library cannot declare a field of type null.
      fields[name] = expression.type === 'null' ? 'dyn' : expression.type;
      return expression;
    },
  };
}

function withVariables(inputs: Inputs, variables: object, expressions: readonly [name: string, Expression][]): Inputs {
  const all = { ...inputs, variables };
  for (const [name, expression] of expressions) {
    const get = () => {
      const value = expression.evaluate(all);
      Object.defineProperty(variables, name, { value });
      return value;
    };
    Object.defineProperty(variables, name, { get, configurable: true });
  }
  return all;
}
