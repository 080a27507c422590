import type { KubeObject } from '../../../api/api.ts';
import { ApiError } from '../../../api/api-error.ts';
import { isEqual, type Json } from '../../../api/json.ts';
import type { Cluster } from '../../cluster.ts';
import { conditionsHold, mutatedBy } from './evaluate.ts';
import { inputsOf } from './inputs.ts';
import { type Admitted, matchesRequest } from './matching.ts';
import { kindOfParams, paramsOf } from './params.ts';
import { policyOf } from './policy.ts';
import { Refusals } from './refusals.ts';

/** A policy that is evaluated for one parameter of one binding. */
interface Invocation {
  policy: KubeObject;
  binding: KubeObject;
  param: KubeObject | undefined;
}

const keyOf = ({ policy, binding, param }: Invocation) =>
  [policy.metadata.name, binding.metadata.name, param?.metadata.namespace, param?.metadata.name].join('/');

/**
 * The object as the MutatingAdmissionPolicies change it. `inTree` runs the other admission plugins again, as Kubernetes
 * does once a policy was invoked. Throws an ApiError if a policy refuses the request.
 */
export function mutatedByPolicies(cluster: Cluster, request: Admitted, inTree: (object: Json) => void): Json {
  if (cluster.store.list('mutatingadmissionpolicies').length === 0) return request.object;
  const mutation = new Mutation(cluster, request);
  mutation.run(false);
  if (mutation.isReinvoked) {
    inTree(mutation.object);
    mutation.run(true);
  }
  return mutation.object;
}

/** One request on its way through the policies (plugin/policy/mutating, dispatcher.go and reinvocationcontext.go). */
class Mutation {
  object: Json;
  isReinvoked = false;
  readonly #cluster: Cluster;
  readonly #request: Admitted;
  /** Invoked with `reinvocationPolicy: IfNeeded`, and nothing has changed since. */
  #invoked = new Set<string>();
  readonly #due = new Set<string>();
  #output: Json;

  constructor(cluster: Cluster, request: Admitted) {
    this.#cluster = cluster;
    this.#request = request;
    this.object = request.object;
  }

  run(isAgain: boolean): void {
    const request = { ...this.#request, object: this.object };
    const refusals = new Refusals();
    if (isAgain && !isEqual(this.object, this.#output)) this.#noteChange();
    let isPatched = false;
    for (const invocation of invocationsOf(this.#cluster, request, refusals)) {
      if (this.#invoke(invocation, isAgain, refusals)) isPatched = true;
    }
    // Kubernetes runs the plugins again even if the patches have changed nothing.
    if (isPatched) this.#noteChange();
    this.#output = this.object;
    refusals.throwIfAny(request);
  }

  /** Returns true if the patches were applied. */
  #invoke(invocation: Invocation, isAgain: boolean, refusals: Refusals): boolean {
    const { policy, binding, param } = invocation;
    const { conditions, mutations, variablesFor } = policyOf(policy.spec);
    try {
      if (!conditionsHold(conditions, inputsOf(this.#request, this.object, param))) return false;
    } catch (error) {
      refusals.addFailed(policy, binding, error);
      return false;
    }
    const key = keyOf(invocation);
    if (isAgain && !this.#due.has(key)) return false;
    const before = this.object;
    let isPatched = false;
    for (const mutation of mutations) {
      const inputs = inputsOf(this.#request, this.object, param);
      try {
        this.object = mutatedBy(
          mutation,
          { ...inputs, variables: variablesFor(inputs) },
          this.object,
          this.#request.kind,
        );
        isPatched = true;
      } catch (error) {
        if (error instanceof ApiError) throw error;
        refusals.addFailed(policy, binding, error);
      }
    }
    if (!isEqual(before, this.object)) this.#noteChange();
    if (policy.spec.reinvocationPolicy === 'IfNeeded') this.#invoked.add(key);
    return isPatched;
  }

  #noteChange(): void {
    this.isReinvoked = true;
    for (const key of this.#invoked) this.#due.add(key);
    this.#invoked = new Set();
  }
}

/** The invocations for a request (plugin/policy/generic/policy_dispatcher.go). */
function invocationsOf(cluster: Cluster, request: Admitted, refusals: Refusals): Invocation[] {
  const invocations: Invocation[] = [];
  const bindings = cluster.store.list('mutatingadmissionpolicybindings');
  for (const policy of cluster.store.list('mutatingadmissionpolicies')) {
    const { paramKind, matchConstraints } = policy.spec;
    const bound = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
    // Kubernetes knows a policy only by its bindings.
    if (bound.length === 0 || !matchesRequest(matchConstraints, request)) continue;
    const kind = paramKind && kindOfParams(paramKind);
    if (paramKind !== undefined && kind === undefined) {
      refusals.addMisconfigured(policy, undefined, unknownKind(paramKind));
      continue;
    }
    for (const binding of bound) {
      if (!matchesRequest(binding.spec.matchResources, request)) continue;
      try {
        const params = paramsOf(cluster, kind, binding.spec.paramRef, request.namespace?.metadata.name);
        invocations.push(...params.map((param) => ({ policy, binding, param })));
      } catch (error) {
        refusals.addMisconfigured(policy, binding, error);
      }
    }
  }
  return invocations;
}

function unknownKind({ apiVersion, kind }: Json): Error {
  const named = `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
  return new Error(`failed to find resource referenced by paramKind: '${named}'`);
}
