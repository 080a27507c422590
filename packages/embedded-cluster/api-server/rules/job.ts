import type { Json } from '../../api/json.ts';
import type { Field } from '../validation/field.ts';
import { asGo } from '../validation/field-error.ts';
import { fill, type Rules } from './kind-rules.ts';
import { checkPodSpec } from './pod-spec.ts';
import { withTemplate } from './workloads.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';

export const jobs: Rules = {
  defaults: withTemplate(({ spec, metadata }) => {
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    fill(spec, {
      parallelism: 1,
      backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
    });
    const { labels } = spec.template.metadata;
    if (labels) metadata.labels ??= { ...labels };
  }),
  /** A Job selects its pods by its own uid unless manualSelector is set (batch/job/strategy.go). */
  prepareNew(job) {
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
  },
  checkNew: checkJob,
  checkChange(job, old) {
    checkJob(job);
    for (const field of ['selector', 'completionMode']) job.at(`spec.${field}`).unchangedFrom(old.spec[field]);
    if (old.spec.suspend !== true) job.at('spec.template').unchangedFrom(old.spec.template);
  },
};

/** batch/validation.go, validateJobSpec. The Job in a CronJob has no defaults. */
export function checkJob(job: Field): void {
  const spec = job.at('spec');
  const { completions, backoffLimitPerIndex, maxFailedIndexes, podFailurePolicy, completionMode } = spec.value;
  const isIndexed = completionMode === 'Indexed';
  const byIndex = spec.at('backoffLimitPerIndex');
  spec.notNegative('parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit');
  spec.notNegative('ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes');
  spec.at('completionMode', 'NonIndexed').oneOf(['NonIndexed', 'Indexed']);
  if (isIndexed && completions === undefined) spec.at('completions').required('when completion mode is Indexed');
  if (!isIndexed && backoffLimitPerIndex !== undefined) byIndex.invalid('requires indexed completion mode');
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    byIndex.required('when maxFailedIndexes is specified');
  if (maxFailedIndexes > completions) spec.at('maxFailedIndexes').invalid('must be less than or equal to completions');
  for (const rule of spec.at('podFailurePolicy.rules').items()) checkFailureRule(rule, backoffLimitPerIndex);
  if (spec.value.successPolicy !== undefined) checkSuccessPolicy(spec);
  const replacement = spec.at('podReplacementPolicy', 'Failed');
  replacement.oneOf(podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed']);
  checkPodSpec(spec.at('template.spec'));
  const policy = spec.at('template.spec.restartPolicy');
  if (policy.value === 'Always') policy.required('valid values: "OnFailure", "Never"');
  else if (policy.oneOf(['OnFailure', 'Never']) && podFailurePolicy !== undefined && policy.value !== 'Never')
    policy.invalid('only "Never" is supported when podFailurePolicy is specified');
}

/** validatePodFailurePolicyRule */
function checkFailureRule(rule: Field, backoffLimitPerIndex: number | undefined): void {
  const { action, onExitCodes, onPodConditions } = rule.value;
  rule.at('action').oneOf(['Count', 'FailIndex', 'FailJob', 'Ignore']);
  if (action === 'FailIndex' && backoffLimitPerIndex === undefined)
    rule.at('action').invalid('requires the backoffLimitPerIndex to be set');
  if (onExitCodes === undefined && !onPodConditions?.length)
    rule.wrong('Invalid', 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required');
  if (onExitCodes === undefined) return;
  const [operator, values] = [rule.at('onExitCodes.operator'), rule.at('onExitCodes.values', [])];
  operator.oneOf(['In', 'NotIn']);
  if (values.value.length === 0) values.invalid('at least one value is required');
  const zero = values.items().find(({ value }) => value === 0);
  if (operator.value === 'In') zero?.invalid('must not be 0 for the In operator');
}

/** validateSuccessPolicy */
function checkSuccessPolicy(spec: Field): void {
  const { completions, completionMode } = spec.value;
  const rules = spec.at('successPolicy.rules', []);
  if (completionMode !== 'Indexed') {
    const shown = rules.value.map(({ succeededIndexes = null, succeededCount = null }: Json) =>
      asGo({ succeededIndexes, succeededCount }),
    );
    spec.at('successPolicy').invalid('requires indexed completion mode', { Rules: shown });
    return;
  }
  rules.given('at least one rules must be specified when the successPolicy is specified');
  for (const rule of rules.items()) {
    const { succeededIndexes, succeededCount } = rule.value;
    if (succeededIndexes === undefined && succeededCount === undefined)
      rule.required('at least one of succeededCount or succeededIndexes must be specified');
    if (succeededCount > completions)
      rule
        .at('succeededCount')
        .invalid(`must be less than or equal to ${completions} (the number of specified completions)`);
  }
}
