import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { CompileError, type Compiler, celType } from '../admission/policies/expressions.ts';
import { compilersOf } from '../admission/policies/policy.ts';
import { duplicate, forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { qualifiedNameErrors, subdomainErrors } from './text.ts';

/** The rules of MutatingAdmissionPolicies and their bindings (admissionregistration/validation). */

export function mutatingPolicyErrors({ spec }: Json): Cause[] {
  const compilers = compilersOf(spec);
  const noMutations = required('spec.mutations', 'mutations must contain at least one item');
  return [
    ...choiceErrors(spec.failurePolicy, 'spec.failurePolicy', ['Fail', 'Ignore']),
    ...(spec.paramKind === undefined ? [] : paramKindErrors(spec.paramKind)),
    ...matchConstraintErrors(spec.matchConstraints),
    ...each(
      spec.matchConditions,
      (condition, path, index) => [
        ...expressionErrors(condition.expression, `${path}.expression`, compilers.condition, 'bool'),
        ...conditionNameErrors(spec.matchConditions, index, `${path}.name`),
      ],
      'spec.matchConditions',
    ),
    ...each(spec.variables, (variable, path) => variableErrors(variable, path, compilers.variable), 'spec.variables'),
    ...(spec.mutations?.length > 0 ? [] : [noMutations]),
    ...each(spec.mutations, (mutation, path) => mutationErrors(mutation, path, compilers.mutation), 'spec.mutations'),
    ...choiceErrors(spec.reinvocationPolicy, 'spec.reinvocationPolicy', ['IfNeeded', 'Never']),
  ];
}

export function mutatingBindingErrors({ spec }: Json): Cause[] {
  const { policyName, paramRef, matchResources } = spec;
  const path = 'spec.policyName';
  const named = policyName
    ? subdomainErrors(policyName).map((error) => invalidValue(path, policyName, error))
    : [required(path)];
  return [
    ...named,
    ...(paramRef === undefined ? [] : paramRefErrors(paramRef)),
    ...(matchResources === undefined ? [] : matchErrors(matchResources, 'spec.matchResources')),
  ];
}

function each(items: Json, errorsOf: (item: Json, path: string, index: number) => Cause[], path: string): Cause[] {
  return (items ?? []).flatMap((item: Json, index: number) => errorsOf(item, `${path}[${index}]`, index));
}

function choiceErrors(value: Json, path: string, choices: readonly string[]): Cause[] {
  if (!value) return [required(path)];
  return choices.includes(value) ? [] : [notSupported(path, value, choices)];
}

function paramKindErrors({ apiVersion, kind }: Json): Cause[] {
  return [
    ...(apiVersion ? [] : [required('spec.paramKind.apiVersion')]),
    ...(kind ? [] : [required('spec.paramKind.kind')]),
  ];
}

function matchConstraintErrors(constraints: Json): Cause[] {
  const path = 'spec.matchConstraints';
  if (constraints === undefined) return [required(path)];
  const rules = constraints.resourceRules ?? [];
  return [...matchErrors(constraints, path), ...(rules.length === 0 ? [required(`${path}.resourceRules`)] : [])];
}

function matchErrors(resources: Json, path: string): Cause[] {
  const operations = (resources.resourceRules ?? []).flatMap((rule: Json) => rule.operations ?? []);
  return [
    ...choiceErrors(resources.matchPolicy, `${path}.matchPolicy`, ['Equivalent', 'Exact']),
    ...labelSelectorErrors(resources.namespaceSelector, `${path}.namespaceSelector`),
    ...labelSelectorErrors(resources.objectSelector, `${path}.objectSelector`),
    ...each(resources.resourceRules, ruleErrors, `${path}.resourceRules`),
    ...each(resources.excludeResourceRules, ruleErrors, `${path}.excludeResourceRules`),
    ...operations
      .filter((operation: string) => !mutable.includes(operation))
      .map((operation: string) => notSupported(`${path}.resourceRules.operations`, operation, mutable)),
  ];
}

const mutable = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

function ruleErrors(rule: Json, path: string): Cause[] {
  const lists = ['operations', 'apiGroups', 'apiVersions', 'resources'];
  return [
    ...lists.filter((list) => !(rule[list]?.length > 0)).map((list) => required(`${path}.${list}`)),
    ...choiceErrors(rule.scope, `${path}.scope`, ['*', 'Cluster', 'Namespaced']),
  ];
}

function conditionNameErrors(conditions: readonly Json[], index: number, path: string): Cause[] {
  const { name } = conditions[index];
  if (!name) return [required(path)];
  const isTaken = conditions.slice(0, index).some((other) => other.name === name);
  return [
    ...qualifiedNameErrors(name).map((error) => invalidValue(path, name, error)),
    ...(isTaken ? [duplicate(path, name)] : []),
  ];
}

type VariableCompiler = ReturnType<typeof compilersOf>['variable'];

function variableErrors({ name, expression }: Json, path: string, compile: VariableCompiler): Cause[] {
  const isIdentifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name ?? '');
  const nameErrors = name
    ? isIdentifier
      ? []
      : [invalidValue(`${path}.name`, name, 'must be a valid CEL identifier')]
    : [required(`${path}.name`, 'name is not specified')];
  const at = `${path}.expression`;
  if (!expression?.trim()) return [...nameErrors, required(at, 'expression is not specified')];
  return [...nameErrors, ...expressionErrors(expression, at, (text) => compile(name ?? '', text))];
}

function mutationErrors({ patchType, jsonPatch, applyConfiguration }: Json, path: string, compile: Compiler): Cause[] {
  if (!patchType) return [required(`${path}.patchType`)];
  // The embedded cluster does not imitate the other type, ApplyConfiguration.
  if (patchType !== 'JSONPatch') return [notSupported(`${path}.patchType`, patchType, ['JSONPatch'])];
  const foreign = applyConfiguration
    ? [
        invalidValue(
          `${path}.applyConfiguration`,
          '{applyConfiguration}',
          'must not be specified when patchType is JSONPatch',
        ),
      ]
    : [];
  if (!jsonPatch) return [required(`${path}.jsonPatch`, 'must be specified when patchType is JSONPatch'), ...foreign];
  return [
    ...expressionErrors(jsonPatch.expression, `${path}.jsonPatch.expression`, compile, 'list(JSONPatch)'),
    ...foreign,
  ];
}

/** `wanted`: the type that the expression must have. */
function expressionErrors(text: string | undefined, path: string, compile: Compiler, wanted?: string): Cause[] {
  const trimmed = text?.trim();
  if (!trimmed) return [required(path)];
  try {
    const type = celType(compile(trimmed).type);
    if (wanted === undefined || type === wanted) return [];
    return [invalidValue(path, trimmed, `must evaluate to ${wanted} but got ${type}`)];
  } catch (error) {
    if (error instanceof CompileError) return [invalidValue(path, trimmed, error.message)];
    throw error;
  }
}

function paramRefErrors({ name, selector, parameterNotFoundAction }: Json): Cause[] {
  const path = 'spec.paramRef';
  const exclusive = 'name and selector are mutually exclusive';
  return [
    ...(name && selector ? [forbiddenField(`${path}.name`, exclusive)] : []),
    ...labelSelectorErrors(selector, `${path}.selector`),
    ...(name && selector ? [forbiddenField(`${path}.selector`, exclusive)] : []),
    ...(name || selector ? [] : [required(path, 'one of name or selector must be specified')]),
    ...choiceErrors(parameterNotFoundAction, `${path}.parameterNotFoundAction`, ['Deny', 'Allow']),
  ];
}
