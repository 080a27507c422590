import type { Json } from '../../../api/json.ts';
import { memo } from '../../../api/memo.ts';
import { commonEnvironment, compiled, type Expression, type Inputs } from './expressions.ts';
import { declareJsonPatch, withCalls } from './json-patch-literals.ts';

/** The expressions of a MutatingAdmissionPolicy, in the order of its spec. */
interface Policy {
  readonly conditions: readonly Expression[];
  readonly mutations: readonly Expression[];
}

/** Compiles the spec of a valid policy; throws a CompileError for an invalid one. */
export const policyOf = memo((spec: Json): Policy => {
  const { condition, variable, mutation } = compilersOf(spec);
  for (const { name, expression } of spec.variables ?? []) variable(name, expression);
  return {
    conditions: (spec.matchConditions ?? []).map(({ expression }: Json) => condition(expression)),
    mutations: (spec.mutations ?? []).map(({ jsonPatch }: Json) => mutation(jsonPatch.expression)),
  };
}, new WeakMap());

/** The compilers of a policy's expressions. Variables have to be compiled first, in their order. */
export function compilersOf({ paramKind }: Json) {
  const environment = commonEnvironment().clone();
  if (paramKind !== undefined) environment.registerVariable('params', 'dyn');
  const fields: Record<string, string> = {};
  const variables = new Map<string, Expression>();
  class Variables {}
  const declaringVariables = () =>
    environment
      .clone()
      .registerType('kubernetes.variables', { ctor: Variables, fields: { ...fields } })
      .registerVariable('variables', 'kubernetes.variables');
  const failure = (text: string) => `expression '${text}' resulted in error`;
  return {
    condition: (text: string) => compiled(environment, text, failure(text)),
    mutation(text: string): Expression {
      const { type, evaluate } = compiled(declareJsonPatch(declaringVariables()), withCalls(text), failure(text));
      return { type, evaluate: (inputs) => evaluate(withVariables(inputs, new Variables(), variables)) };
    },
    variable(name: string, text: string): Expression {
      const expression = compiled(declaringVariables(), text, `composited variable "${name}" fails to evaluate`);
      // The library cannot declare a field of type null.
      fields[name] = expression.type === 'null' ? 'dyn' : expression.type;
      variables.set(name, expression);
      return expression;
    },
  };
}

/** The inputs with `variables`. Each variable is computed when it is first used, as in Kubernetes. */
function withVariables(inputs: Inputs, variables: object, expressions: ReadonlyMap<string, Expression>): Inputs {
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
