import type { Json } from '../../api/json.ts';
import { fill } from './fill.ts';
import { defaultPodSpec } from './pod.ts';

/** Defaults of workloads (apps/v1 and batch/v1 defaults.go). */

function defaultTemplateOf(spec: Json): void {
  fill(spec, { template: { metadata: {}, spec: {} } });
  defaultPodSpec(spec.template.spec);
}

export function defaultDeployment({ spec }: Json): void {
  defaultTemplateOf(spec);
  fill(spec, {
    replicas: 1,
    strategy: { type: 'RollingUpdate' },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
  if (spec.strategy.type === 'RollingUpdate')
    fill(spec.strategy, { rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } });
}

export function defaultReplicaSet({ spec }: Json): void {
  defaultTemplateOf(spec);
  spec.replicas ??= 1;
}

export function defaultDaemonSet({ spec }: Json): void {
  defaultTemplateOf(spec);
  fill(spec, { updateStrategy: { type: 'RollingUpdate' }, revisionHistoryLimit: 10 });
  if (spec.updateStrategy.type === 'RollingUpdate')
    fill(spec.updateStrategy, { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
}

export function defaultStatefulSet({ spec }: Json): void {
  defaultTemplateOf(spec);
  if (spec.updateStrategy?.type === undefined)
    fill(spec, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: {} } });
  const { type, rollingUpdate } = spec.updateStrategy;
  if (type === 'RollingUpdate' && rollingUpdate) rollingUpdate.partition ??= 0;
  fill(spec, {
    podManagementPolicy: 'OrderedReady',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    replicas: 1,
    revisionHistoryLimit: 10,
  });
  for (const claim of spec.volumeClaimTemplates ?? []) {
    Object.assign(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
    claim.status ??= { phase: 'Pending' };
    fill(claim, { spec: { volumeMode: 'Filesystem' } });
  }
}

export function defaultReplicationController({ spec, metadata }: Json): void {
  defaultTemplateOf(spec);
  const { labels } = spec.template.metadata;
  spec.replicas ??= 1;
  if (!labels) return;
  spec.selector ??= { ...labels };
  metadata.labels ??= { ...labels };
}

function defaultJobSpec(spec: Json): void {
  defaultTemplateOf(spec);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1,
    completionMode: 'NonIndexed',
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed',
  });
}

export function defaultJob({ spec, metadata }: Json): void {
  defaultJobSpec(spec);
  const { labels } = spec.template.metadata;
  if (labels) metadata.labels ??= { ...labels };
}

export function defaultCronJob({ spec }: Json): void {
  fill(spec, {
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: {}, spec: {} },
  });
  defaultTemplateOf(spec.jobTemplate.spec);
}
