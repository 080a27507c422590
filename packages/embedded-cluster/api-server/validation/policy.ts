import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { Field } from './field.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { qualifiedNameErrors } from './text.ts';
import { countErrors } from './workload.ts';

/** The rules of PodDisruptionBudgets, claims, autoscalers, leases, priority classes and events. */

export function budgetErrors(budget: Json): Cause[] {
  const spec = new Field(budget.spec, 'spec');
  const { minAvailable, maxUnavailable, selector = null, unhealthyPodEvictionPolicy = null } = spec.value;
  const counts = ['minAvailable', 'maxUnavailable'].filter((field) => spec.value[field] !== undefined);
  const asGo = {
    MinAvailable: minAvailable,
    Selector: selector,
    MaxUnavailable: maxUnavailable,
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy,
  };
  return [
    ...spec.invalidIf(counts.length === 2, 'minAvailable and maxUnavailable cannot be both set', asGo),
    ...counts.flatMap((field) => countErrors(spec.at(field))),
    ...labelSelectorErrors(spec.at('selector')),
  ];
}

export function autoscalerErrors(autoscaler: Json): Cause[] {
  const spec = new Field(autoscaler.spec, 'spec');
  const [max, version] = [spec.at('maxReplicas', 0), spec.at('scaleTargetRef.apiVersion', '')];
  return [
    ...spec.at('minReplicas').invalidIf(spec.value.minReplicas < 1, 'must be greater than or equal to 1'),
    ...max.requiredIf(max.value < 1, 'must be set and greater than 0'),
    ...max.invalidIf(max.value < spec.value.minReplicas, 'must be greater than or equal to `minReplicas`'),
    ...spec.at('scaleTargetRef.kind').given(),
    ...spec.at('scaleTargetRef.name').given(),
    ...version.invalidIf(!version.value, 'apiVersion must specify API group'),
  ];
}

export function leaseErrors(lease: Json): Cause[] {
  const spec = new Field(lease.spec, 'spec');
  const duration = spec.at('leaseDurationSeconds');
  return [
    ...duration.invalidIf(duration.value <= 0, 'must be greater than 0'),
    ...spec.notNegative('leaseTransitions'),
  ];
}

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** core/validation, ValidatePersistentVolumeClaimSpec. */
export function claimErrors({ spec }: Json): Cause[] {
  const modes: string[] = spec.accessModes ?? [];
  const storage = new Field(spec.resources?.requests?.storage, 'spec.resources[storage]');
  return [
    ...new Field(modes, 'spec.accessModes').requiredIf(modes.length === 0, 'at least 1 access mode is required'),
    ...modes.flatMap((mode) => new Field(mode, 'spec.accessModes').oneOf(accessModes)),
    ...storage.requiredIf(storage.value === undefined),
    ...storage.invalidIf(quantity(storage.value ?? '1') <= 0, 'must be greater than zero'),
  ];
}

const highestPriority = 1_000_000_000;
const systemClasses = ['system-cluster-critical', 'system-node-critical'];

export function priorityClassErrors({ metadata: { name }, value }: Json): Cause[] {
  if (!name.startsWith('system-')) {
    const why = `maximum allowed value of a user defined priority is ${highestPriority}`;
    return new Field(value, 'value').forbiddenIf(value > highestPriority, why);
  }
  const why = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
  return new Field(name, 'metadata.name').forbiddenIf(!systemClasses.includes(name), why);
}

export function changedPriorityClassErrors(changed: Json, old: Json): Cause[] {
  const isOther = changed.value !== old.value;
  return [
    ...priorityClassErrors(changed),
    ...new Field(changed.value, 'value').forbiddenIf(isOther, 'may not be changed in an update.'),
    ...new Field(changed.preemptionPolicy, 'preemptionPolicy').unchangedFrom(old.preemptionPolicy),
  ];
}

const maxCharacters: Record<string, number> = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };

/** The rules for events of both versions (core/validation/events.go), on the fields of core/v1. */
export function eventErrors(given: Json): Cause[] {
  const event = new Field(given, '');
  const namespace: string = given.metadata.namespace ?? '';
  const involved = event.at('involvedObject.namespace', '');
  const isNew = Boolean(given.eventTime);
  const ofCluster = isNew ? ['default', 'kube-system'] : ['', 'default'];
  const isRight = involved.value === '' ? ofCluster.includes(namespace) : isNew || involved.value === namespace;
  const causes = involved.invalidIf(!isRight, 'does not match event.namespace');
  if (!isNew) return causes;
  const component = event.at('reportingComponent', '');
  return [
    ...causes,
    ...component.given(),
    ...component.follows(qualifiedNameErrors),
    ...Object.entries(maxCharacters).flatMap(([name, max]) => {
      const text = event.at(name, '');
      const isTooLong = Buffer.byteLength(text.value) > max;
      return [
        ...text.requiredIf(text.value === '' && name !== 'message'),
        ...text.invalidIf(isTooLong, `can have at most ${max} characters`, ''),
      ];
    }),
  ];
}
