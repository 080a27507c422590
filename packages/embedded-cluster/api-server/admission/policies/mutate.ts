import type { KubeObject } from '../../../api/api.ts';
import type { Json } from '../../../api/json.ts';
import type { Kind } from '../../../api/kinds.ts';
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
 * The object as the MutatingAdmissionPolicies change it (plugin/policy/mutating, dispatcher.go). `inTree` runs the other
 * admission plugins again, as Kubernetes does once a policy was invoked. Throws an ApiError if a policy refuses the request.
 */
export function mutatedByPolicies(cluster: Cluster, request: Admitted, inTree: (object: Json) => void): Json {
  if (cluster.store.list('mutatingadmissionpolicies').length === 0) return request.object;
  const { object, isPatched, again } = dispatched(cluster, request, () => true);
  // Kubernetes runs the plugins again even if the patches have changed nothing.
  if (!isPatched) return object;
  inTree(object);
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
    const { conditions, mutations, withVariables } = policyOf(policy.spec);
    const inputs = () => inputsOf(request, object, param);
    const isMeant = refusals.attempt(policy, binding, () => conditionsHold(conditions, inputs()));
    if (!isMeant || !isDue(invocation)) continue;
    for (const mutation of mutations) {
      refusals.attempt(policy, binding, () => {
        object = mutatedBy(mutation, withVariables(inputs()), object, request.kind);
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
  const ofBinding = (policy: KubeObject, binding: KubeObject, kind: Kind | undefined): Invocation[] =>
    paramsOf(cluster, kind, binding.spec.paramRef, request.namespace?.metadata.name).map((param) => ({
      policy,
      binding,
      param,
    }));
  const ofPolicy = (policy: KubeObject) => {
    const { paramKind, matchConstraints } = policy.spec;
    const bound = bindings.filter(({ spec }) => spec.policyName === policy.metadata.name);
    // Kubernetes knows a policy only by its bindings.
    if (bound.length === 0 || !matchesRequest(matchConstraints, request)) return [];
    const kind = paramKind && kindOfParams(paramKind);
    return bound
      .filter(({ spec }) => matchesRequest(spec.matchResources, request))
      .flatMap((binding) => refusals.attempt(policy, binding, () => ofBinding(policy, binding, kind)) ?? []);
  };
  return cluster.store
    .list('mutatingadmissionpolicies')
    .flatMap((policy) => refusals.attempt(policy, undefined, () => ofPolicy(policy)) ?? []);
}
