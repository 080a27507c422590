import type { KubeObject } from '../../api/api.ts';
import { isReady, type Pod } from '../../api/pod.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { omitEmpty } from '../common/status.ts';
import { formatIndexes } from './indexes.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export function hasTrackingFinalizer({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) === true;
}

/** A Job in one sync. */
export interface JobState {
  job: KubeObject;
  now: number;
  active: Pod[];
  terminating: number;
  /** Pods that succeeded and are not counted in the status yet. */
  newSucceeded: Pod[];
  newFailed: Pod[];
  /** The indexes of an Indexed Job that have succeeded; undefined: it has none. */
  completed: readonly number[] | undefined;
  /** All successes so far. */
  succeeded: number;
  failed: number;
  /** The reason of the failure; determined before the pods are deleted, and final. */
  failure: JobFailure | undefined;
}

interface JobFailure {
  reason: string;
  message: string;
}

interface JobCondition {
  type: string;
  status: string;
  lastProbeTime: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

export function isJobFinished(job: KubeObject): boolean {
  const conditions: JobCondition[] = job.status?.conditions ?? [];
  return conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');
}

/** The failure in this or an earlier sync. */
export function failureOf(state: Omit<JobState, 'failure'>): JobFailure | undefined {
  const { job, failed, now } = state;
  const conditions: JobCondition[] = job.status?.conditions ?? [];
  const earlier = conditions.find(({ type, status }) => type === 'FailureTarget' && status === 'True');
  if (earlier !== undefined) return { reason: earlier.reason, message: earlier.message };
  if (failed > limitOf(job) || hasTooManyRestarts(state)) {
    return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const deadline = job.spec.activeDeadlineSeconds;
  const started = timeOf(job.status?.startTime);
  if (typeof deadline === 'number' && !job.spec.suspend && started !== 0 && started + deadline * 1000 <= now) {
    return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  return undefined;
}

function limitOf(job: KubeObject): number {
  return job.spec.backoffLimit ?? 6;
}

/** With restartPolicy OnFailure the restarts of containers count (pastBackoffLimitOnFailure). */
function hasTooManyRestarts({ job, active }: Pick<JobState, 'job' | 'active'>): boolean {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const statuses = active.flatMap(({ status }) => [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  return restarts > 0 && restarts >= limitOf(job);
}

/** Without completions (a work queue) one success is enough once all pods have ended. */
function isComplete({ job, succeeded, active }: JobState): boolean {
  const { completions } = job.spec;
  if (typeof completions !== 'number') return succeeded > 0 && active.length === 0;
  return succeeded >= completions && active.length === 0;
}

/** The desired number of active pods (manageJob). */
export function wantedPods({ job, succeeded, active, failure }: JobState): number {
  const { completions, parallelism = 1, suspend } = job.spec;
  if (suspend || failure !== undefined) return 0;
  if (typeof completions !== 'number') return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

export function jobStatus(state: JobState): KubeObject['status'] {
  const { job, active, terminating, succeeded, failed, now } = state;
  const current = job.status ?? {};
  const startTime: string | undefined = current.startTime ?? (job.spec.suspend ? undefined : timestamp(now));
  const conditions = conditionsOf(state);
  const isDone = conditions.some(({ type }) => type === 'Complete');
  return {
    ...omitEmpty({ active: active.length, succeeded, failed, startTime }),
    ready: active.filter(isReady).length,
    terminating,
    uncountedTerminatedPods: {},
    ...(state.completed !== undefined &&
      state.completed.length > 0 && { completedIndexes: formatIndexes(state.completed) }),
    ...(isDone && { completionTime: timestamp(now) }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** Adds FailureTarget and SuccessCriteriaMet to Failed and Complete, as Kubernetes does since 1.31. */
function conditionsOf(state: JobState): JobCondition[] {
  const { job, now, failure } = state;
  let conditions: JobCondition[] = job.status?.conditions ?? [];
  const set = (type: string, status: string, reason: string, message: string) => {
    if (conditions.some((condition) => condition.type === type && condition.status === status)) return;
    const at = timestamp(now);
    const condition = { type, status, lastProbeTime: at, lastTransitionTime: at, reason, message };
    conditions = [...conditions.filter((each) => each.type !== type), condition];
  };
  if (failure !== undefined) {
    set('FailureTarget', 'True', failure.reason, failure.message);
    if (state.active.length === 0) set('Failed', 'True', failure.reason, failure.message);
  } else if (isComplete(state)) {
    const message = 'Reached expected number of succeeded pods';
    set('SuccessCriteriaMet', 'True', 'CompletionsReached', message);
    set('Complete', 'True', 'CompletionsReached', message);
  } else if (job.spec.suspend) {
    set('Suspended', 'True', 'JobSuspended', 'Job suspended');
  } else if (conditions.some(({ type }) => type === 'Suspended')) {
    set('Suspended', 'False', 'JobResumed', 'Job resumed');
  }
  return conditions;
}

/** Delays the replacement of failed pods: 10 s, 20 s, 40 s, … 10 min (backoff_utils.go). */
export class JobBackoff {
  readonly #failures = new Map<string, { count: number; lastMs: number }>();

  /** A success resets the delay. */
  observe(key: string, succeeded: number, failed: number, now: number): void {
    if (succeeded > 0) this.#failures.delete(key);
    if (failed > 0) this.#failures.set(key, { count: (this.#failures.get(key)?.count ?? 0) + failed, lastMs: now });
  }

  leftMs(key: string, now: number): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    return failures.lastMs + Math.min(10_000 * 2 ** (failures.count - 1), 600_000) - now;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
