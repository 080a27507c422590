import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { inDeletionOrderOfJob } from '../common/deletion-order.ts';
import type { PodTemplate } from '../common/pod-control.ts';

/** Label and annotation of each pod of an Indexed Job (batch/v1, JobCompletionIndexAnnotation). */
const completionIndex = 'batch.kubernetes.io/job-completion-index';

export function isIndexed({ spec }: KubeObject): boolean {
  return spec.completionMode === 'Indexed';
}

export function indexOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[completionIndex] ?? Number.NaN);
}

/** All but one pod of each index (indexed_job_utils.go, appendDuplicatedIndexPodsForRemoval). */
export function duplicates(pods: readonly Pod[]): Pod[] {
  return [...Map.groupBy(pods, indexOf).values()].flatMap((same) => inDeletionOrderOfJob(same).slice(0, -1));
}

/** The lowest indexes that have neither succeeded nor an active pod (firstPendingIndexes). */
export function pendingIndexes(job: KubeObject, taken: readonly number[], count: number): number[] {
  const all = Array.from({ length: job.spec.completions }, (_, index) => index);
  return all.filter((index) => !taken.includes(index)).slice(0, count);
}

/** The template of one index, whose pods are named after it (addCompletionIndex…, podGenerateNameWithIndex). */
export function withIndex({ metadata, spec }: PodTemplate, job: KubeObject, index: number): PodTemplate {
  const mark = { [completionIndex]: String(index) };
  return {
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, ...mark },
      annotations: { ...metadata?.annotations, ...mark },
    },
    spec: { hostname: `${job.metadata.name}-${index}`, ...spec },
  };
}

/** `0,2-4` */
export function parseIndexes(text: string | undefined): number[] {
  return (text ?? '')
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, more) => first + more);
    });
}

export function formatIndexes(indexes: readonly number[]): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b);
  const firsts = sorted.filter((index) => !sorted.includes(index - 1));
  return firsts
    .map((first) => {
      let last = first;
      while (sorted.includes(last + 1)) last += 1;
      return last === first ? `${first}` : `${first}-${last}`;
    })
    .join(',');
}
