import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { qualifiedNameErrors } from './text.ts';
import { countErrors } from './workload.ts';

/** The rules of PodDisruptionBudgets, claims, autoscalers, leases and events. */

export function budgetErrors({ spec }: Json): Cause[] {
  const causes: Cause[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const asGo = {
      MinAvailable: spec.minAvailable,
      Selector: spec.selector ?? null,
      MaxUnavailable: spec.maxUnavailable,
      UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
    };
    causes.push(invalidValue('spec', asGo, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable']) {
    if (spec[field] !== undefined) causes.push(...countErrors(spec[field], `spec.${field}`));
  }
  return [...causes, ...labelSelectorErrors(spec.selector, 'spec.selector')];
}

export function autoscalerErrors({ spec }: Json): Cause[] {
  const causes: Cause[] = [];
  if (spec.minReplicas < 1) {
    causes.push(invalidValue('spec.minReplicas', spec.minReplicas, 'must be greater than or equal to 1'));
  }
  if (!(spec.maxReplicas >= 1)) causes.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  if ((spec.maxReplicas ?? 0) < spec.minReplicas) {
    const why = 'must be greater than or equal to `minReplicas`';
    causes.push(invalidValue('spec.maxReplicas', spec.maxReplicas ?? 0, why));
  }
  for (const field of ['kind', 'name']) {
    if (!spec.scaleTargetRef[field]) causes.push(required(`spec.scaleTargetRef.${field}`));
  }
  if (!spec.scaleTargetRef.apiVersion) {
    causes.push(invalidValue('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group'));
  }
  return causes;
}

export function leaseErrors({ spec }: Json): Cause[] {
  const causes: Cause[] = [];
  if (spec.leaseDurationSeconds <= 0) {
    causes.push(invalidValue('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0'));
  }
  if (spec.leaseTransitions < 0) {
    causes.push(invalidValue('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0'));
  }
  return causes;
}

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** core/validation, ValidatePersistentVolumeClaimSpec. */
export function claimErrors({ spec }: Json): Cause[] {
  const modes: string[] = spec.accessModes ?? [];
  const storage: string | undefined = spec.resources?.requests?.storage;
  const at = 'spec.resources[storage]';
  return [
    ...(modes.length === 0 ? [required('spec.accessModes', 'at least 1 access mode is required')] : []),
    ...modes
      .filter((mode) => !accessModes.includes(mode))
      .map((mode) => notSupported('spec.accessModes', mode, accessModes)),
    ...(storage === undefined ? [required(at)] : []),
    ...(quantity(storage ?? '1') <= 0 ? [invalidValue(at, storage, 'must be greater than zero')] : []),
  ];
}

const highestPriority = 1_000_000_000;
const systemClasses = ['system-cluster-critical', 'system-node-critical'];

export function priorityClassErrors({ metadata, value }: Json): Cause[] {
  if (metadata.name.startsWith('system-')) {
    if (systemClasses.includes(metadata.name)) return [];
    const why = `priority class names with 'system-' prefix are reserved for system use only. error: ${metadata.name} is not a known system priority class`;
    return [forbiddenField('metadata.name', why)];
  }
  if (value <= highestPriority) return [];
  return [forbiddenField('value', `maximum allowed value of a user defined priority is ${highestPriority}`)];
}

export function changedPriorityClassErrors(changed: Json, old: Json): Cause[] {
  return [
    ...priorityClassErrors(changed),
    ...(changed.value === old.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...(changed.preemptionPolicy === old.preemptionPolicy
      ? []
      : [invalidValue('preemptionPolicy', changed.preemptionPolicy, 'field is immutable')]),
  ];
}

const maxCharacters: Record<string, number> = { reportingInstance: 128, action: 128, reason: 128, message: 1024 };

/** The rules for events of both versions (core/validation/events.go), on the fields of core/v1. */
export function eventErrors(event: Json): Cause[] {
  const causes: Cause[] = [];
  const namespace: string = event.metadata.namespace ?? '';
  const involved: string = event.involvedObject?.namespace ?? '';
  const isNew = Boolean(event.eventTime);
  const ofCluster = isNew ? ['default', 'kube-system'] : ['', 'default'];
  const isRight = involved === '' ? ofCluster.includes(namespace) : isNew || involved === namespace;
  if (!isRight) causes.push(invalidValue('involvedObject.namespace', involved, 'does not match event.namespace'));
  if (!isNew) return causes;
  if (!event.reportingComponent) causes.push(required('reportingComponent'));
  for (const error of qualifiedNameErrors(event.reportingComponent ?? '')) {
    causes.push(invalidValue('reportingComponent', event.reportingComponent ?? '', error));
  }
  for (const [field, max] of Object.entries(maxCharacters)) {
    const text: string = event[field] ?? '';
    if (text === '' && field !== 'message') causes.push(required(field));
    if (Buffer.byteLength(text) > max) causes.push(invalidValue(field, '', `can have at most ${max} characters`));
  }
  return causes;
}
