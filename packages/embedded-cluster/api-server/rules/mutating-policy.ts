import { CompileError, type Compiler, celType } from '../admission/policies/expressions.ts';
import { compilersOf } from '../admission/policies/policy.ts';
import type { Field } from '../validation/field.ts';
import { checkLabelSelector } from '../validation/metadata.ts';
import { qualifiedNameErrors, subdomainErrors } from '../validation/text.ts';
import { filled, type Rules } from './kind-rules.ts';

/** The defaults of what a policy or a binding matches. */
const matching = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [{ scope: '*' }],
  excludeResourceRules: [{ scope: '*' }],
};

/** The rules of MutatingAdmissionPolicies and their bindings (admissionregistration/v1/defaults.go and validation). */
export const mutatingPolicies = {
  mutatingadmissionpolicies: {
    defaults: filled({ spec: { failurePolicy: 'Fail', 'matchConstraints?': matching } }),
    checkNew(policy) {
      const spec = policy.at('spec');
      const compilers = compilersOf(spec.value);
      checkChoice(spec.at('failurePolicy'), ['Fail', 'Ignore']);
      if (spec.value.paramKind) for (const field of ['apiVersion', 'kind']) spec.at(`paramKind.${field}`).given();
      const constraints = spec.at('matchConstraints');
      if (constraints.given()) {
        checkMatchResources(constraints);
        constraints.at('resourceRules').given();
      }
      const names = new Set<string>();
      for (const condition of spec.at('matchConditions').items()) {
        const name = condition.at('name');
        checkExpression(condition.at('expression'), compilers.condition, 'bool');
        if (!name.given()) continue;
        name.follows(qualifiedNameErrors);
        name.uniqueAmong(names);
      }
      for (const variable of spec.at('variables').items()) checkVariable(variable, compilers.variable);
      spec.at('mutations').given('mutations must contain at least one item');
      for (const mutation of spec.at('mutations').items()) checkMutation(mutation, compilers.mutation);
      checkChoice(spec.at('reinvocationPolicy'), ['IfNeeded', 'Never']);
    },
  },
  mutatingadmissionpolicybindings: {
    defaults: filled({ spec: { 'matchResources?': matching } }),
    checkNew(binding) {
      const spec = binding.at('spec');
      const name = spec.at('policyName');
      if (name.given()) name.follows(subdomainErrors);
      if (spec.value.paramRef) checkParamRef(spec.at('paramRef'));
      if (spec.value.matchResources) checkMatchResources(spec.at('matchResources'));
    },
  },
} satisfies Record<string, Rules>;

function checkChoice(field: Field, choices: readonly string[]): boolean {
  return field.given() && field.oneOf(choices);
}

function checkMatchResources(resources: Field): void {
  checkChoice(resources.at('matchPolicy'), ['Equivalent', 'Exact']);
  checkLabelSelector(resources.at('namespaceSelector'));
  checkLabelSelector(resources.at('objectSelector'));
  const rules = resources.at('resourceRules');
  for (const rule of [...rules.items(), ...resources.at('excludeResourceRules').items()]) {
    for (const list of ['operations', 'apiGroups', 'apiVersions', 'resources']) rule.at(list).given();
    checkChoice(rule.at('scope'), ['*', 'Cluster', 'Namespaced']);
  }
  const operations = rules.items().flatMap((rule) => rule.value.operations ?? []);
  for (const operation of operations)
    resources.at('resourceRules.operations').as(operation).oneOf(['*', 'CONNECT', 'CREATE', 'UPDATE']);
}

function checkVariable(variable: Field, compile: ReturnType<typeof compilersOf>['variable']): void {
  const [name, expression] = [variable.at('name', ''), variable.at('expression')];
  if (name.given('name is not specified') && !/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name.value))
    name.invalid('must be a valid CEL identifier');
  if (!expression.value?.trim()) expression.required('expression is not specified');
  else checkExpression(expression, (text) => compile(name.value, text));
}

function checkMutation(mutation: Field, compile: Compiler): void {
  // The embedded cluster does not imitate the other type, ApplyConfiguration.
  if (!checkChoice(mutation.at('patchType'), ['JSONPatch'])) return;
  if (mutation.at('jsonPatch').given('must be specified when patchType is JSONPatch'))
    checkExpression(mutation.at('jsonPatch.expression'), compile, 'list(JSONPatch)');
  const foreign = mutation.at('applyConfiguration');
  if (foreign.value) foreign.invalid('must not be specified when patchType is JSONPatch', '{applyConfiguration}');
}

/** `wanted`: the type that the expression must have. */
function checkExpression(expression: Field, compile: Compiler, wanted?: string): void {
  const text = expression.value?.trim();
  if (!text) {
    expression.required();
    return;
  }
  try {
    const type = celType(compile(text).type);
    if (wanted !== undefined && type !== wanted) expression.invalid(`must evaluate to ${wanted} but got ${type}`, text);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    expression.invalid(error.message, text);
  }
}

function checkParamRef(ref: Field): void {
  const [name, selector] = [ref.at('name'), ref.at('selector')];
  const areBoth = name.value && selector.value;
  const exclusive = 'name and selector are mutually exclusive';
  if (areBoth) name.forbidden(exclusive);
  checkLabelSelector(selector);
  if (areBoth) selector.forbidden(exclusive);
  if (!name.value && !selector.value) ref.required('one of name or selector must be specified');
  checkChoice(ref.at('parameterNotFoundAction'), ['Deny', 'Allow']);
}
