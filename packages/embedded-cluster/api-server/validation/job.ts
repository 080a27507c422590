import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { invalidValue, notSupported, required } from './field-error.ts';
import { podSpecErrors } from './pod-spec.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';
const nameLabel = 'batch.kubernetes.io/job-name';

/** A Job selects its pods by its own uid unless manualSelector is set (batch/job/strategy.go). */
export function prepareJob(job: Json): void {
  job.status = {};
  const { spec, metadata } = job;
  if (spec.manualSelector) return;
  const labels: Record<string, string> = {
    'controller-uid': metadata.uid,
    'job-name': metadata.name,
    [uidLabel]: metadata.uid,
    [nameLabel]: metadata.name,
  };
  spec.template.metadata.labels = { ...spec.template.metadata.labels, ...labels };
  metadata.labels ??= { ...spec.template.metadata.labels };
  spec.selector ??= { matchLabels: { [uidLabel]: metadata.uid } };
}

export function jobErrors({ spec }: Json): Cause[] {
  const path = 'spec.template.spec.restartPolicy';
  const policy = spec.template.spec.restartPolicy;
  const causes = [...specErrors(spec), ...podSpecErrors(spec.template.spec, 'spec.template.spec')];
  if (policy === 'Always') causes.push(required(path, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    causes.push(notSupported(path, policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy !== undefined && policy !== 'Never')
    causes.push(invalidValue(path, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  return causes;
}

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
];

/** batch/validation.go, validateJobSpec. The Job in a CronJob has no defaults. */
function specErrors(spec: Json): Cause[] {
  const causes = counts.filter((name) => spec[name] < 0).map((name) => negative(`spec.${name}`, spec[name]));
  const oneOf = (name: string, choices: readonly string[]) => {
    if (spec[name] !== undefined && !choices.includes(spec[name]))
      causes.push(notSupported(`spec.${name}`, spec[name], choices));
  };
  const { completions, backoffLimitPerIndex, maxFailedIndexes, podFailurePolicy, successPolicy } = spec;
  oneOf('completionMode', ['NonIndexed', 'Indexed']);
  const isIndexed = spec.completionMode === 'Indexed';
  if (isIndexed && completions === undefined)
    causes.push(required('spec.completions', 'when completion mode is Indexed'));
  if (!isIndexed && backoffLimitPerIndex !== undefined)
    causes.push(invalidValue('spec.backoffLimitPerIndex', backoffLimitPerIndex, 'requires indexed completion mode'));
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    causes.push(required('spec.backoffLimitPerIndex', 'when maxFailedIndexes is specified'));
  if (maxFailedIndexes > completions)
    causes.push(invalidValue('spec.maxFailedIndexes', maxFailedIndexes, 'must be less than or equal to completions'));
  if (podFailurePolicy !== undefined) causes.push(...failurePolicyErrors(spec));
  if (successPolicy !== undefined) causes.push(...successPolicyErrors(spec));
  oneOf('podReplacementPolicy', podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed']);
  return causes;
}

function negative(field: string, value: number): Cause {
  return invalidValue(field, value, 'must be greater than or equal to 0');
}

/** validatePodFailurePolicy */
function failurePolicyErrors({ podFailurePolicy, backoffLimitPerIndex }: Json): Cause[] {
  const causes: Cause[] = [];
  const rules: Json[] = podFailurePolicy.rules ?? [];
  for (const [index, { action, onExitCodes, onPodConditions }] of rules.entries()) {
    const path = `spec.podFailurePolicy.rules[${index}]`;
    const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
    if (!actions.includes(action)) causes.push(notSupported(`${path}.action`, action, actions));
    if (action === 'FailIndex' && backoffLimitPerIndex === undefined)
      causes.push(invalidValue(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
    if (onExitCodes === undefined && !onPodConditions?.length) {
      const message = 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required';
      causes.push({ reason: 'FieldValueInvalid', message, field: path });
    }
    if (onExitCodes !== undefined) causes.push(...exitCodeErrors(onExitCodes, `${path}.onExitCodes`));
  }
  return causes;
}

function exitCodeErrors(onExitCodes: Json, path: string): Cause[] {
  const { operator } = onExitCodes;
  const values: number[] = onExitCodes.values ?? [];
  const operators = ['In', 'NotIn'];
  const causes = operators.includes(operator) ? [] : [notSupported(`${path}.operator`, operator, operators)];
  if (values.length === 0) causes.push(invalidValue(`${path}.values`, values, 'at least one value is required'));
  const zero = operator === 'In' ? values.indexOf(0) : -1;
  if (zero >= 0) causes.push(invalidValue(`${path}.values[${zero}]`, 0, 'must not be 0 for the In operator'));
  return causes;
}

/** validateSuccessPolicy */
function successPolicyErrors({ successPolicy, completionMode, completions }: Json): Cause[] {
  const rules: Json[] = successPolicy.rules ?? [];
  if (completionMode !== 'Indexed') {
    const shown = rules.map((rule) => ({
      SucceededIndexes: rule.succeededIndexes ?? null,
      SucceededCount: rule.succeededCount ?? null,
    }));
    return [invalidValue('spec.successPolicy', { Rules: shown }, 'requires indexed completion mode')];
  }
  if (rules.length === 0)
    return [
      required('spec.successPolicy.rules', 'at least one rules must be specified when the successPolicy is specified'),
    ];
  return rules.flatMap(({ succeededIndexes, succeededCount }, index) => {
    const path = `spec.successPolicy.rules[${index}]`;
    if (succeededIndexes === undefined && succeededCount === undefined)
      return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
    if (!(succeededCount > completions)) return [];
    const why = `must be less than or equal to ${completions} (the number of specified completions)`;
    return [invalidValue(`${path}.succeededCount`, succeededCount, why)];
  });
}

export function changedJobErrors(job: Json, old: KubeObject): Cause[] {
  const causes = jobErrors(job);
  const fixed = ['selector', 'completionMode', ...(old.spec.suspend === true ? [] : ['template'])];
  for (const field of fixed) {
    if (isEqual(job.spec[field], old.spec[field])) continue;
    causes.push(invalidValue(`spec.${field}`, job.spec[field] ?? null, 'field is immutable'));
  }
  return causes;
}
