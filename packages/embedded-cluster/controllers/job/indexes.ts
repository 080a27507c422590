import type { V1Container } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import type { PodTemplate } from '../common/pod-control.ts';

/** Label and annotation of each pod of an Indexed Job (batch/v1, JobCompletionIndexAnnotation). */
const completionIndex = 'batch.kubernetes.io/job-completion-index';
const failureCount = 'batch.kubernetes.io/job-index-failure-count';
const ignoredFailureCount = 'batch.kubernetes.io/job-index-ignored-failure-count';
const variable = 'JOB_COMPLETION_INDEX';
const longestGenerateName = 58;

export function isIndexed({ spec }: KubeObject): boolean {
  return spec.completionMode === 'Indexed';
}

export function hasLimitPerIndex({ spec }: KubeObject): boolean {
  return typeof spec.backoffLimitPerIndex === 'number';
}

/** NaN for a pod that has none. */
export function indexOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[completionIndex] ?? Number.NaN);
}

/** How often the pods of an index failed; only `counted` is limited. */
export interface Failures {
  counted: number;
  ignored: number;
}

/** The failures of this index before this pod. */
export function failuresBefore({ metadata: { annotations = {} } }: KubeObject): Failures {
  return { counted: Number(annotations[failureCount] ?? 0), ignored: Number(annotations[ignoredFailureCount] ?? 0) };
}

/** The pods without a valid index, and of each index all but the last in order of deletion (activePodsForRemoval). */
export function surplusOfIndexes(inOrder: readonly Pod[], completions: number): Pod[] {
  const valid = inOrder.filter((pod) => indexOf(pod) < completions);
  const kept = new Map(valid.map((pod) => [indexOf(pod), pod]));
  return inOrder.filter((pod) => kept.get(indexOf(pod)) !== pod);
}

/** The template of one index, with how often its earlier pods failed where the limit is per index. */
export function withIndex(template: PodTemplate, job: KubeObject, index: number, failures?: Failures): PodTemplate {
  const { metadata, spec } = template;
  const mark = { [completionIndex]: String(index) };
  const counts = failures && {
    [failureCount]: String(failures.counted),
    ...(failures.ignored > 0 && { [ignoredFailureCount]: String(failures.ignored) }),
  };
  return {
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, ...mark },
      annotations: { ...metadata?.annotations, ...mark, ...counts },
    },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(withVariable),
      initContainers: spec.initContainers?.map(withVariable),
    },
  };
}

function withVariable(container: V1Container): V1Container {
  const { env = [] } = container;
  if (env.some(({ name }) => name === variable)) return container;
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${completionIndex}']` };
  return { ...container, env: [...env, { name: variable, valueFrom: { fieldRef } }] };
}

/** podGenerateNameWithIndex */
export function generateNameOf(job: KubeObject, index: number): string {
  const end = `-${index}-`;
  return job.metadata.name.slice(0, longestGenerateName - end.length) + end;
}

/** `0,2-4` */
export function parseIndexes(text: string | undefined): number[] {
  const ranges = text ? text.split(',') : [];
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, more) => first + more);
  });
}

/** `0,1,3-5`: two neighbours are no range (orderedIntervals.String). */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b);
  const ranges: { first: number; last: number }[] = [];
  for (const index of sorted) {
    const range = ranges.at(-1);
    if (range?.last === index - 1) range.last = index;
    else ranges.push({ first: index, last: index });
  }
  const written = ranges.map(({ first, last }) =>
    first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`,
  );
  return written.join(',');
}
