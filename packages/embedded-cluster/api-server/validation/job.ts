import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { Field, firstOf } from './field.ts';
import { fieldError } from './field-error.ts';
import { podSpecErrors } from './pod-spec.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';

/** A Job selects its pods by its own uid unless manualSelector is set (batch/job/strategy.go). */
export function prepareJob(job: Json): void {
  job.status = {};
  const { spec, metadata } = job;
  if (spec.manualSelector) return;
  const labels: Record<string, string> = {
    'controller-uid': metadata.uid,
    'job-name': metadata.name,
    [uidLabel]: metadata.uid,
    'batch.kubernetes.io/job-name': metadata.name,
  };
  spec.template.metadata.labels = { ...spec.template.metadata.labels, ...labels };
  metadata.labels ??= { ...spec.template.metadata.labels };
  spec.selector ??= { matchLabels: { [uidLabel]: metadata.uid } };
}

export function jobErrors({ spec }: Json): Cause[] {
  return jobSpecErrors(new Field(spec, 'spec'));
}

/** batch/validation.go, validateJobSpec. The Job in a CronJob has no defaults. */
export function jobSpecErrors(spec: Field): Cause[] {
  const { completions, backoffLimitPerIndex, maxFailedIndexes, podFailurePolicy, completionMode } = spec.value;
  const isIndexed = completionMode === 'Indexed';
  const restartPolicy = spec.at('template.spec.restartPolicy');
  const isLimitedByIndex = backoffLimitPerIndex !== undefined;
  const hasFailurePolicy = podFailurePolicy !== undefined;
  const byIndex = spec.at('backoffLimitPerIndex');
  const needsLimit = maxFailedIndexes !== undefined && !isLimitedByIndex;
  const isTooMany = maxFailedIndexes > completions;
  return [
    ...spec.notNegative('parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit'),
    ...spec.notNegative('ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'),
    ...spec.at('completionMode', 'NonIndexed').oneOf(['NonIndexed', 'Indexed']),
    ...spec.at('completions').requiredIf(isIndexed && completions === undefined, 'when completion mode is Indexed'),
    ...byIndex.invalidIf(!isIndexed && isLimitedByIndex, 'requires indexed completion mode'),
    ...byIndex.requiredIf(needsLimit, 'when maxFailedIndexes is specified'),
    ...spec.at('maxFailedIndexes').invalidIf(isTooMany, 'must be less than or equal to completions'),
    ...spec.at('podFailurePolicy.rules').each((rule) => failureRuleErrors(rule, isLimitedByIndex)),
    ...(spec.value.successPolicy === undefined ? [] : successPolicyErrors(spec)),
    ...spec
      .at('podReplacementPolicy', 'Failed')
      .oneOf(hasFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']),
    ...podSpecErrors(spec.at('template.spec')),
    ...firstOf(
      restartPolicy.requiredIf(restartPolicy.value === 'Always', 'valid values: "OnFailure", "Never"'),
      restartPolicy.oneOf(['OnFailure', 'Never']),
      restartPolicy.invalidIf(
        hasFailurePolicy && restartPolicy.value !== 'Never',
        'only "Never" is supported when podFailurePolicy is specified',
      ),
    ),
  ];
}

/** validatePodFailurePolicyRule */
function failureRuleErrors(rule: Field, isLimitedByIndex: boolean): Cause[] {
  const { onExitCodes, onPodConditions } = rule.value;
  const action = rule.at('action');
  const needsLimit = action.value === 'FailIndex' && !isLimitedByIndex;
  const unspecified = 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required';
  return [
    ...action.oneOf(['Count', 'FailIndex', 'FailJob', 'Ignore']),
    ...action.invalidIf(needsLimit, 'requires the backoffLimitPerIndex to be set'),
    ...(onExitCodes === undefined && !onPodConditions?.length ? [fieldError('Invalid', rule.path, unspecified)] : []),
    ...(onExitCodes === undefined ? [] : exitCodeErrors(rule.at('onExitCodes'))),
  ];
}

function exitCodeErrors(onExitCodes: Field): Cause[] {
  const { operator } = onExitCodes.value;
  const values = onExitCodes.at('values', []);
  const zero = operator === 'In' ? values.value.indexOf(0) : -1;
  return [
    ...onExitCodes.at('operator').oneOf(['In', 'NotIn']),
    ...values.invalidIf(values.value.length === 0, 'at least one value is required'),
    ...values.each((value, index) => value.invalidIf(index === zero, 'must not be 0 for the In operator')),
  ];
}

/** validateSuccessPolicy */
function successPolicyErrors(spec: Field): Cause[] {
  const { completions, completionMode } = spec.value;
  const policy = spec.at('successPolicy');
  const rules = policy.at('rules', []);
  if (completionMode !== 'Indexed') {
    const asGo = rules.value.map(({ succeededIndexes = null, succeededCount = null }: Json) => ({
      SucceededIndexes: succeededIndexes,
      SucceededCount: succeededCount,
    }));
    return policy.invalidIf(true, 'requires indexed completion mode', { Rules: asGo });
  }
  const isEmpty = rules.value.length === 0;
  return [
    ...rules.requiredIf(isEmpty, 'at least one rules must be specified when the successPolicy is specified'),
    ...rules.each((rule) => {
      const { succeededIndexes, succeededCount } = rule.value;
      const isUnset = succeededIndexes === undefined && succeededCount === undefined;
      const most = `must be less than or equal to ${completions} (the number of specified completions)`;
      return [
        ...rule.requiredIf(isUnset, 'at least one of succeededCount or succeededIndexes must be specified'),
        ...rule.at('succeededCount').invalidIf(succeededCount > completions, most),
      ];
    }),
  ];
}

export function changedJobErrors(job: Json, old: KubeObject): Cause[] {
  const fixed = ['selector', 'completionMode', ...(old.spec.suspend === true ? [] : ['template'])];
  const spec = new Field(job.spec, 'spec');
  return [...jobErrors(job), ...fixed.flatMap((field) => spec.at(field).unchangedFrom(old.spec[field]))];
}
