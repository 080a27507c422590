import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { CompileError, type Compiler, celType } from '../admission/policies/expressions.ts';
import { compilersOf } from '../admission/policies/policy.ts';
import { Field, firstOf } from './field.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { qualifiedNameErrors, subdomainErrors } from './text.ts';

/** The rules of MutatingAdmissionPolicies and their bindings (admissionregistration/validation). */

export function mutatingPolicyErrors(policy: Json): Cause[] {
  const spec = new Field(policy.spec, 'spec');
  const { paramKind, mutations } = spec.value;
  const compilers = compilersOf(spec.value);
  const names = new Set<string>();
  return [
    ...choiceErrors(spec.at('failurePolicy'), ['Fail', 'Ignore']),
    ...spec.at('paramKind.apiVersion').requiredIf(paramKind && !paramKind.apiVersion),
    ...spec.at('paramKind.kind').requiredIf(paramKind && !paramKind.kind),
    ...matchConstraintErrors(spec.at('matchConstraints')),
    ...spec.at('matchConditions').each((condition) => {
      const name = condition.at('name');
      return [
        ...expressionErrors(condition.at('expression'), compilers.condition, 'bool'),
        ...firstOf(name.given(), [...name.follows(qualifiedNameErrors), ...name.uniqueAmong(names)]),
      ];
    }),
    ...spec.at('variables').each((variable) => variableErrors(variable, compilers.variable)),
    ...spec.at('mutations').requiredIf(!mutations?.length, 'mutations must contain at least one item'),
    ...spec.at('mutations').each((mutation) => mutationErrors(mutation, compilers.mutation)),
    ...choiceErrors(spec.at('reinvocationPolicy'), ['IfNeeded', 'Never']),
  ];
}

export function mutatingBindingErrors(binding: Json): Cause[] {
  const spec = new Field(binding.spec, 'spec');
  const name = spec.at('policyName');
  return [
    ...firstOf(name.given(), name.follows(subdomainErrors)),
    ...(spec.value.paramRef ? paramRefErrors(spec.at('paramRef')) : []),
    ...(spec.value.matchResources ? matchErrors(spec.at('matchResources')) : []),
  ];
}

function choiceErrors(field: Field, choices: readonly string[]): Cause[] {
  return firstOf(field.given(), field.oneOf(choices));
}

function matchConstraintErrors(constraints: Field): Cause[] {
  if (!constraints.value) return constraints.given();
  const rules = constraints.at('resourceRules');
  return [...matchErrors(constraints), ...rules.requiredIf(!rules.value?.length)];
}

function matchErrors(resources: Field): Cause[] {
  const rules: Json[] = resources.value.resourceRules ?? [];
  const operations = rules.flatMap((rule) => rule.operations ?? []);
  return [
    ...choiceErrors(resources.at('matchPolicy'), ['Equivalent', 'Exact']),
    ...labelSelectorErrors(resources.at('namespaceSelector')),
    ...labelSelectorErrors(resources.at('objectSelector')),
    ...resources.at('resourceRules').each(ruleErrors),
    ...resources.at('excludeResourceRules').each(ruleErrors),
    ...operations.flatMap((operation) =>
      new Field(operation, `${resources.path}.resourceRules.operations`).oneOf(['*', 'CONNECT', 'CREATE', 'UPDATE']),
    ),
  ];
}

function ruleErrors(rule: Field): Cause[] {
  const lists = ['operations', 'apiGroups', 'apiVersions', 'resources'];
  return [
    ...lists.flatMap((list) => rule.at(list).requiredIf(!rule.value[list]?.length)),
    ...choiceErrors(rule.at('scope'), ['*', 'Cluster', 'Namespaced']),
  ];
}

type VariableCompiler = ReturnType<typeof compilersOf>['variable'];

function variableErrors(variable: Field, compile: VariableCompiler): Cause[] {
  const [name, expression] = [variable.at('name', ''), variable.at('expression')];
  const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name.value);
  return [
    ...firstOf(name.given('name is not specified'), name.invalidIf(!isIdentifier, 'must be a valid CEL identifier')),
    ...firstOf(
      expression.requiredIf(!expression.value?.trim(), 'expression is not specified'),
      expressionErrors(expression, (text) => compile(name.value, text)),
    ),
  ];
}

function mutationErrors(mutation: Field, compile: Compiler): Cause[] {
  const { jsonPatch, applyConfiguration } = mutation.value;
  // The embedded cluster does not imitate the other type, ApplyConfiguration.
  const ofType = choiceErrors(mutation.at('patchType'), ['JSONPatch']);
  if (ofType.length > 0) return ofType;
  const expression = mutation.at('jsonPatch.expression');
  const foreign = 'must not be specified when patchType is JSONPatch';
  return [
    ...mutation.at('jsonPatch').given('must be specified when patchType is JSONPatch'),
    ...(jsonPatch ? expressionErrors(expression, compile, 'list(JSONPatch)') : []),
    ...mutation.at('applyConfiguration').invalidIf(applyConfiguration, foreign, '{applyConfiguration}'),
  ];
}

/** `wanted`: the type that the expression must have. */
function expressionErrors(expression: Field, compile: Compiler, wanted?: string): Cause[] {
  const text = expression.value?.trim();
  if (!text) return expression.requiredIf(true);
  try {
    const type = celType(compile(text).type);
    const isOther = wanted !== undefined && type !== wanted;
    return expression.invalidIf(isOther, `must evaluate to ${wanted} but got ${type}`, text);
  } catch (error) {
    if (error instanceof CompileError) return expression.invalidIf(true, error.message, text);
    throw error;
  }
}

function paramRefErrors(ref: Field): Cause[] {
  const { name, selector } = ref.value;
  const exclusive = 'name and selector are mutually exclusive';
  return [
    ...ref.at('name').forbiddenIf(name && selector, exclusive),
    ...labelSelectorErrors(ref.at('selector')),
    ...ref.at('selector').forbiddenIf(name && selector, exclusive),
    ...ref.requiredIf(!name && !selector, 'one of name or selector must be specified'),
    ...choiceErrors(ref.at('parameterNotFoundAction'), ['Deny', 'Allow']),
  ];
}
