import type { Json } from '../../../api/json.ts';
import { type Compiler, compilerOf, type Expression } from './expressions.ts';

/** What a policy's expressions see. */
export interface Inputs {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly namespaceObject: unknown;
  readonly params: unknown;
}

/** The expressions of a MutatingAdmissionPolicy, in the order of its spec. */
export interface Policy {
  readonly conditions: readonly Expression[];
  readonly mutations: readonly Expression[];
  /** The value of `variables`. Each variable is computed when it is first used, as in Kubernetes. */
  variablesFor(inputs: Inputs): object;
}

const compiled = new WeakMap<object, Policy>();

/** Compiles the spec of a valid policy; throws a CompileError for an invalid one. */
export function policyOf(spec: Json): Policy {
  let policy = compiled.get(spec);
  if (policy === undefined) {
    const compilers = compilersOf(spec);
    const variables = (spec.variables ?? []).map(({ name, expression }: Json) => compilers.variable(name, expression));
    policy = {
      conditions: (spec.matchConditions ?? []).map(({ expression }: Json) => compilers.condition(expression)),
      mutations: (spec.mutations ?? []).map(({ jsonPatch }: Json) => compilers.mutation(jsonPatch.expression)),
      variablesFor: (inputs) => compilers.variablesFor(inputs, variables),
    };
    compiled.set(spec, policy);
  }
  return policy;
}

/** The compilers of a policy's expressions. Variables have to be compiled first, in their order. */
export function compilersOf({ paramKind }: Json) {
  const scope = { hasParams: paramKind !== undefined };
  const types: Record<string, string> = {};
  const names: string[] = [];
  class Variables {
    // biome-ignore lint/suspicious/noExplicitAny: a getter for each variable is added below
    [name: string]: any;
  }
  const evaluations = new WeakMap<object, (index: number) => unknown>();
  const declare = (name: string, type: string) => {
    const index = names.push(name) - 1;
    // The library cannot declare a field of type null.
    types[name] = type === 'null' ? 'dyn' : type;
    Object.defineProperty(Variables.prototype, name, {
      get(this: object) {
        return evaluations.get(this)?.(index);
      },
    });
  };
  const ofMutations = once(() => compilerOf({ ...scope, variables: types, isMutation: true }, Variables));
  return {
    condition: once(() => compilerOf(scope)),
    variable(name: string, text: string): Expression {
      const expression = compilerOf({ ...scope, variables: types }, Variables)(text);
      declare(name, expression.type);
      return expression;
    },
    mutation: ofMutations,
    variablesFor(inputs: Inputs, expressions: readonly Expression[]): object {
      const variables = new Variables();
      const known = new Map<number, unknown>();
      evaluations.set(variables, (index) => {
        if (!known.has(index)) known.set(index, evaluated(names[index], expressions[index], { ...inputs, variables }));
        return known.get(index);
      });
      return variables;
    },
  };
}

function evaluated(
  name: string | undefined,
  expression: Expression | undefined,
  inputs: Inputs & { variables: object },
) {
  try {
    return expression?.evaluate({ ...inputs });
  } catch (error) {
    throw new Error(`composited variable "${name}" fails to evaluate: ${(error as Error).message}`);
  }
}

/** The compiler that is made with the first expression. */
function once(make: () => Compiler): Compiler {
  let made: Compiler | undefined;
  return (text) => {
    made ??= make();
    return made(text);
  };
}
