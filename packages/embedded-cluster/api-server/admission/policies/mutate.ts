import type { KubeObject } from '../../../api/api.ts';
import { ApiError, detailsOf } from '../../../api/api-error.ts';
import type { Json } from '../../../api/json.ts';
import type { Kind } from '../../../api/kinds.ts';
import type { Cluster } from '../../cluster.ts';
import { decodeOr } from '../../decode/decode.ts';
import { jsonPatched } from '../../patch/json-patch.ts';
import { rulesOf } from '../../rules.ts';
import { type Expression, fromCel, type Inputs, inputsOf } from './expressions.ts';
import type { JsonPatchLiteral } from './json-patch-literals.ts';
import { type Admitted, kindOfParams, Misconfigured, matchesRequest, paramsOf } from './matching.ts';
import { policyOf } from './policy.ts';

/** A policy that is evaluated for one parameter of one binding. */
interface Invocation {
  policy: KubeObject;
  binding: KubeObject;
  param: KubeObject | undefined;
}

const keyOf = ({ policy, binding, param }: Invocation) =>
  [policy.metadata.name, binding.metadata.name, param?.metadata.namespace, param?.metadata.name].join('/');

/**
 * The object as the MutatingAdmissionPolicies change it (plugin/policy/mutating, dispatcher.go). `inTree` runs the other
 * admission plugins again, as Kubernetes does once a policy was invoked. Throws an ApiError if a policy refuses the request.
 */
export function mutatedByPolicies(
  cluster: Cluster,
  change: Omit<Admitted, 'operation' | 'namespace'>,
  inTree?: (object: Json) => void,
): Json {
  const { kind, oldObject } = change;
  if (cluster.store.list('mutatingadmissionpolicies').length === 0) return change.object;
  const { metadata } = oldObject ?? change.object;
  const request: Admitted = {
    ...change,
    operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
    namespace: kind.namespaced ? cluster.store.get('namespaces', undefined, metadata.namespace) : undefined,
  };
  const { object, isPatched, again } = dispatched(cluster, request, () => true);
  // Kubernetes runs the plugins again even if the patches have changed nothing.
  if (!isPatched) return object;
  inTree?.(object);
  return dispatched(cluster, { ...request, object }, (invocation) => again.has(keyOf(invocation))).object;
}

/** `again`: the keys of the invocations with `reinvocationPolicy: IfNeeded`. */
function dispatched(cluster: Cluster, request: Admitted, isDue: (invocation: Invocation) => boolean) {
  const refusals = new Refusals();
  const again = new Set<string>();
  let isPatched = false;
  let { object } = request;
  for (const invocation of invocationsOf(cluster, request, refusals)) {
    const { policy, binding, param } = invocation;
    const { conditions, mutations } = policyOf(policy.spec);
    const inputs = () => inputsOf(request, object, param);
    const isMeant = refusals.attempt(policy, binding, () => conditionsHold(conditions, inputs()));
    if (!isMeant || !isDue(invocation)) continue;
    for (const mutation of mutations) {
      refusals.attempt(policy, binding, () => {
        object = mutatedBy(mutation, inputs(), object, request.kind);
        isPatched = true;
      });
    }
    if (policy.spec.reinvocationPolicy === 'IfNeeded') again.add(keyOf(invocation));
  }
  refusals.throwIfAny(request);
  return { object, isPatched, again };
}

/** The invocations for a request (plugin/policy/generic/policy_dispatcher.go). */
function invocationsOf(cluster: Cluster, request: Admitted, refusals: Refusals): Invocation[] {
  const bindings = cluster.store.list('mutatingadmissionpolicybindings');
  const ofPolicy = (policy: KubeObject) => {
    const { paramKind, matchConstraints } = policy.spec;
    const bound = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
    // Kubernetes knows a policy only by its bindings.
    if (bound.length === 0 || !matchesRequest(matchConstraints, request)) return [];
    const kind = paramKind && kindOfParams(paramKind);
    return bound
      .filter(({ spec }) => matchesRequest(spec.matchResources, request))
      .flatMap((binding) => {
        const namespace = request.namespace?.metadata.name;
        const collect = () => paramsOf(cluster, kind, binding.spec.paramRef, namespace);
        return refusals.attempt(policy, binding, collect)?.map((param) => ({ policy, binding, param })) ?? [];
      });
  };
  return cluster.store
    .list('mutatingadmissionpolicies')
    .flatMap((policy) => refusals.attempt(policy, undefined, () => ofPolicy(policy)) ?? []);
}

/** Whether all conditions hold; throws an Error if one fails and none is false (matchconditions/matcher.go). */
function conditionsHold(conditions: readonly Expression[], inputs: Inputs): boolean {
  const errors: string[] = [];
  for (const condition of conditions) {
    try {
      if (condition.evaluate(inputs) === false) return false;
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  if (errors.length === 0) return true;
  throw new Error(errors.length === 1 ? errors[0] : `[${[...new Set(errors)].join(', ')}]`);
}

/** The object with the patch that the mutation returns; throws an Error that the failure policy decides about. */
function mutatedBy(mutation: Expression, inputs: Inputs, object: Json, kind: Kind): Json {
  const patch = mutation.evaluate(inputs) as JsonPatchLiteral[];
  let patched = object;
  for (const { op, path, from, value } of patch) {
    const operation = { op, path, ...(from !== '' && { from }), ...(value !== undefined && { value: fromCel(value) }) };
    try {
      patched = jsonPatched(patched, [operation]);
    } catch {
      // A failed test keeps the whole patch from being applied, and is no error.
      if (op === 'test') return object;
      throw new Error(`JSON Patch: ${op} operation does not apply: doc is missing path: "${path}": missing value`);
    }
  }
  const decoded = strictlyDecoded(kind, patched);
  rulesOf(kind.resource).defaults?.(decoded);
  return decoded;
}

/** A wrong type or an unknown field fails the request whatever the failure policy is (mutating/patch/json_patch.go). */
function strictlyDecoded(kind: Kind, object: Json): Json {
  const refuse = (why: string) =>
    new ApiError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
  const { value, unknown } = decodeOr(kind.model, object, ({ message }) => refuse(message));
  if (unknown.length === 0) return value;
  const fields = unknown.map((field) => `unknown field ${JSON.stringify(field)}`);
  throw refuse(`strict decoding error: ${fields.join(', ')}`);
}

/** The errors of policies in one request; those of policies that ignore failures do not count. */
class Refusals {
  readonly #counted: { message: string; reason: string }[] = [];

  /** What `work` returns; undefined if it fails. An ApiError passes, since it does not depend on the failure policy. */
  attempt<T>(policy: Json, binding: Json, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (policy.spec.failurePolicy !== 'Ignore') this.#counted.push(refusalOf(policy, binding, error as Error));
      return undefined;
    }
  }

  /** Throws the first error, with all of them as causes. */
  throwIfAny({ kind, object: { metadata } }: Admitted): void {
    const [first] = this.#counted;
    if (first === undefined) return;
    const details = detailsOf(kind, metadata.name ?? metadata.generateName ?? '');
    const causes = this.#counted.map(({ message }) => ({ message }));
    throw new ApiError(403, first.reason, first.message, { ...details, causes });
  }
}

function refusalOf({ metadata: { name } }: Json, binding: Json, error: Error) {
  const by = binding === undefined ? `policy "${name}"` : `policy '${name}' with binding '${binding.metadata.name}'`;
  const subject = binding === undefined ? 'policy' : 'binding';
  return error instanceof Misconfigured
    ? { message: `${by} denied request: failed to configure ${subject}: ${error.message}`, reason: 'Forbidden' }
    : { message: `${by} denied request: ${error.message}`, reason: 'Invalid' };
}
