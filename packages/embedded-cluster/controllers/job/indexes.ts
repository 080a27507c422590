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

type Failures = ReturnType<typeof failuresBefore>;

/** How often earlier pods of this pod's index failed; only `counted` is limited. */
export function failuresBefore({ metadata: { annotations = {} } }: KubeObject) {
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
  const labels = { ...metadata?.labels, ...mark };
  const annotations = { ...metadata?.annotations, ...mark, ...counts };
  const containers = spec.containers.map(withVariable);
  const initContainers = spec.initContainers?.map(withVariable);
  const hostname = `${job.metadata.name}-${index}`;
  return { metadata: { ...metadata, labels, annotations }, spec: { ...spec, hostname, containers, initContainers } };
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
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  // Consecutive indexes are equally far from their positions.
  const ranges = Map.groupBy(sorted, (index, position) => index - position).values();
  const written = ranges.map((range) => (range.length > 2 ? `${range[0]}-${range.at(-1)}` : range.join(',')));
  return [...written].join(',');
}
