import type { KubeObject } from '../../api/api.ts';
import { quantity } from '../../api/quantity.ts';
import type { Field } from './field.ts';
import { checkLabelSelector } from './metadata.ts';
import { checkCount } from './workload.ts';

/** The rules of PodDisruptionBudgets, claims, autoscalers, leases and priority classes. */

export function checkBudget(budget: Field): void {
  const spec = budget.at('spec');
  const { minAvailable, maxUnavailable, selector = null, unhealthyPodEvictionPolicy = null } = spec.value;
  const asGo = {
    MinAvailable: minAvailable,
    Selector: selector,
    MaxUnavailable: maxUnavailable,
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
  };
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    spec.invalid('minAvailable and maxUnavailable cannot be both set', asGo);
  if (minAvailable !== undefined) checkCount(spec.at('minAvailable'));
  if (maxUnavailable !== undefined) checkCount(spec.at('maxUnavailable'));
  checkLabelSelector(spec.at('selector'));
}

export function checkAutoscaler(autoscaler: Field): void {
  const spec = autoscaler.at('spec');
  const [min, max] = [spec.at('minReplicas'), spec.at('maxReplicas', 0)];
  if (min.value < 1) min.invalid('must be greater than or equal to 1');
  if (max.value < 1) max.required('must be set and greater than 0');
  if (max.value < min.value) max.invalid('must be greater than or equal to `minReplicas`');
  spec.at('scaleTargetRef.kind').given();
  spec.at('scaleTargetRef.name').given();
  const version = spec.at('scaleTargetRef.apiVersion', '');
  if (!version.value) version.invalid('apiVersion must specify API group');
}

export function checkLease(lease: Field): void {
  const duration = lease.at('spec.leaseDurationSeconds');
  if (duration.value <= 0) duration.invalid('must be greater than 0');
  lease.at('spec').notNegative('leaseTransitions');
}

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** core/validation, ValidatePersistentVolumeClaimSpec. */
export function checkClaim(claim: Field): void {
  const modes = claim.at('spec.accessModes', []);
  const amount = claim.at('spec.resources.requests.storage').value;
  const storage = claim.as(amount, 'spec.resources[storage]');
  modes.given('at least 1 access mode is required');
  for (const mode of modes.value) modes.as(mode).oneOf(accessModes);
  if (amount === undefined) storage.required();
  else if (quantity(amount) <= 0) storage.invalid('must be greater than zero');
}

const highestPriority = 1_000_000_000;
const systemClasses = ['system-cluster-critical', 'system-node-critical'];

export function checkPriorityClass(priorityClass: Field): void {
  const [name, value] = [priorityClass.at('metadata.name'), priorityClass.at('value')];
  const isOfSystem = name.value.startsWith('system-');
  const reserved = "priority class names with 'system-' prefix are reserved for system use only";
  if (isOfSystem && !systemClasses.includes(name.value))
    name.forbidden(`${reserved}. error: ${name.value} is not a known system priority class`);
  if (!isOfSystem && value.value > highestPriority)
    value.forbidden(`maximum allowed value of a user defined priority is ${highestPriority}`);
}

export function checkChangedPriorityClass(priorityClass: Field, old: KubeObject): void {
  checkPriorityClass(priorityClass);
  if (priorityClass.value.value !== old.value) priorityClass.at('value').forbidden('may not be changed in an update.');
  priorityClass.at('preemptionPolicy').unchangedFrom(old.preemptionPolicy);
}
