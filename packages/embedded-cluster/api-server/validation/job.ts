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
  const causes = podSpecErrors(spec.template.spec, 'spec.template.spec');
  if (policy === 'Always') causes.push(required(path, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    causes.push(notSupported(path, policy, ['OnFailure', 'Never']));
  return causes;
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
