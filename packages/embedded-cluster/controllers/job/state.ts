import type { V1JobCondition } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import type { AsJson } from '../../api/json.ts';
import { conditionOf, isActive, isReady, isTerminal, isTerminating, type Pod } from '../../api/pod.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { withCondition } from '../common/status.ts';
import { failuresBefore, formatIndexes, hasLimitPerIndex, indexOf, isIndexed, parseIndexes } from './indexes.ts';
import { fulfilledRule, hasFailed, replacesOnlyFailed, verdictOnPod } from './policies.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export function hasTrackingFinalizer({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) === true;
}

export type JobCondition = AsJson<V1JobCondition>;

/** The reason of a Job's end, which a condition tells before its last pods are gone. */
type Verdict = Pick<JobCondition, 'type' | 'reason' | 'message'>;

export type JobState = ReturnType<typeof jobStateOf>;

/** A Job in one sync, with the pods that ended since the last one (syncJobCtx). */
export function jobStateOf(job: KubeObject, owned: readonly Pod[], now: number) {
  const { spec, status = {} } = job;
  const before: JobCondition[] = status.conditions ?? [];
  const hasIndexes = isIndexed(job);
  const isValid = (pod: Pod) => !hasIndexes || indexOf(pod) < spec.completions;
  const countFailures = (pods: readonly Pod[]) => pods.filter((pod) => verdictOnPod(job, pod).isCounted).length;

  const uncounted = owned.filter(hasTrackingFinalizer);
  const activePods = owned.filter(isActive);
  const leavingPods = owned.filter((pod) => isTerminating(pod) && !isTerminal(pod));
  const newSucceeded = uncounted.filter((pod) => isValid(pod) && pod.status.phase === 'Succeeded');
  const newFailed = uncounted.filter((pod) => isValid(pod) && hasFailed(pod, job));
  const succeededIndexes = new Set(parseIndexes(status.completedIndexes));
  if (hasIndexes) for (const pod of newSucceeded) succeededIndexes.add(indexOf(pod));
  /** The indexes that may not be tried again. */
  const failedIndexes = new Set(parseIndexes(status.failedIndexes));
  for (const pod of newFailed) if (exhaustsIndex(job, pod)) failedIndexes.add(indexOf(pod));
  const settled = new Set([...succeededIndexes, ...failedIndexes, ...activePods.map(indexOf)]);
  const waiting = hasLimitPerIndex(job) ? newFailed.filter((pod) => !settled.has(indexOf(pod))) : [];
  const failuresOf = (pod: Pod) => failuresBefore(pod).counted + failuresBefore(pod).ignored;
  waiting.sort((a, b) => failuresOf(a) - failuresOf(b) || finishedAt(a) - finishedAt(b));
  /**
   * The last failed pod of each index that waits for its next one, which takes over its count of failures
   * (getPodsWithDelayedDeletionPerIndex).
   */
  const delayed = new Map(waiting.map((pod) => [indexOf(pod), pod]));
  const succeeded = hasIndexes ? succeededIndexes.size : (status.succeeded ?? 0) + newSucceeded.length;
  const failed = (status.failed ?? 0) + countFailures(newFailed);
  /** Change with what the sync does. */
  const counts = {
    active: activePods.length,
    ready: activePods.filter(isReady).length,
    terminating: leavingPods.length,
  };

  /** The reason to end the Job now; undefined: it continues, or all its pods have succeeded. */
  function ending(): Verdict | undefined {
    const { backoffLimit, maxFailedIndexes = Number.POSITIVE_INFINITY, completions } = spec;
    const earlier = conditionIn(before, 'SuccessCriteriaMet') ?? conditionIn(before, 'FailureTarget');
    if (earlier !== undefined) return earlier;
    const failure = (reason: string, message: string): Verdict => ({ type: 'FailureTarget', reason, message });
    const message = newFailed.map((pod) => verdictOnPod(job, pod).message).find((each) => each !== undefined);
    if (message !== undefined) return failure('PodFailurePolicy', message);
    if (failed > backoffLimit || hasTooManyRestarts())
      return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    if (deadlineOf(job) <= now) return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
    const { size } = failedIndexes;
    if (size > maxFailedIndexes)
      return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
    if (size > 0 && size + succeeded >= completions) return failure('FailedIndexes', 'Job has failed indexes');
    const rule = fulfilledRule(job, succeededIndexes);
    return rule === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: rule };
  }

  /** With restartPolicy OnFailure the restarts of containers count (pastBackoffLimitOnFailure). */
  function hasTooManyRestarts(): boolean {
    if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
    const restarts = activePods
      .flatMap(({ status: each }) => [...(each.initContainerStatuses ?? []), ...(each.containerStatuses ?? [])])
      .reduce((sum, { restartCount }) => sum + restartCount, 0);
    return restarts > 0 && restarts >= spec.backoffLimit;
  }

  /** All successes are there. Without completions (a work queue) one is enough once all pods have ended. */
  function completion(): Verdict | undefined {
    if (counts.active > 0 || succeeded < (spec.completions ?? 1)) return undefined;
    const message = 'Reached expected number of succeeded pods';
    return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
  }

  /** The desired number of active pods (manageJob). */
  function wanted(): number {
    const { completions, parallelism, suspend } = spec;
    if (suspend) return 0;
    if (typeof completions !== 'number') return succeeded > 0 ? counts.active : parallelism;
    return Math.max(0, Math.min(parallelism, completions - succeeded));
  }

  /** The uncounted pods that are counted now, and need their finalizer no longer (canRemoveFinalizer). */
  function countable(verdict: Verdict | undefined): Pod[] {
    if (verdict !== undefined || job.metadata.deletionTimestamp !== undefined) return uncounted;
    const ended = uncounted.filter((pod) => pod.status.phase === 'Succeeded' || hasFailed(pod, job));
    return ended.filter((pod) => delayed.get(indexOf(pod)) !== pod);
  }

  function newStatus(verdict: Verdict | undefined): KubeObject['status'] {
    // When a Job fails, the pods that it ends count as failed, too.
    const failing = verdict?.type === 'FailureTarget' ? activePods.filter((pod) => uncounted.includes(pod)) : [];
    const uncertain = verdict === undefined ? [...delayed.values()] : [];
    const conditions = newConditions(verdict);
    const isNew = (is: string) => conditionIn(conditions, 'Suspended', is) && !conditionIn(before, 'Suspended', is);
    const hasNoStart = isNew('True') || (spec.suspend && status.startTime === undefined);
    const startTime = isNew('False') ? timestamp(now) : (status.startTime ?? timestamp(now));
    return {
      active: counts.active,
      succeeded,
      failed: failed + countFailures(failing) - countFailures(uncertain),
      startTime: hasNoStart ? undefined : startTime,
      ready: counts.ready,
      terminating: counts.terminating,
      uncountedTerminatedPods: {},
      completedIndexes: formatIndexes(succeededIndexes),
      failedIndexes: hasLimitPerIndex(job) ? formatIndexes(failedIndexes) : undefined,
      completionTime: conditionIn(conditions, 'Complete') && timestamp(now),
      conditions,
    };
  }

  /** Adds Failed or Complete only once the last pod is gone, as Kubernetes does since 1.31 (enactJobFinished). */
  function newConditions(verdict: Verdict | undefined): JobCondition[] {
    let conditions = before;
    const set = (type: string, is: string, reason?: string, message?: string): void => {
      const at = timestamp(now);
      const condition = { type, status: is, lastProbeTime: at, lastTransitionTime: at, reason, message };
      if (!conditionIn(conditions, type, is)) conditions = withCondition(conditions, condition, now);
    };
    if (verdict !== undefined) {
      const { type, reason, message } = verdict;
      set(type, 'True', reason, message);
      if (counts.terminating === 0) set(type === 'FailureTarget' ? 'Failed' : 'Complete', 'True', reason, message);
    } else if (job.metadata.deletionTimestamp === undefined) {
      if (spec.suspend) set('Suspended', 'True', 'JobSuspended', 'Job suspended');
      else if (conditionIn(before, 'Suspended')) set('Suspended', 'False', 'JobResumed', 'Job resumed');
    }
    return conditions;
  }

  /** The lowest indexes that no pod and no result has (firstPendingIndexes). */
  function pendingIndexes(count: number): number[] {
    const pods = replacesOnlyFailed(job) ? [...activePods, ...leavingPods] : activePods;
    const taken = new Set([...succeededIndexes, ...failedIndexes, ...pods.map(indexOf)]);
    const all = Array(spec.completions).keys();
    return [...all.filter((index) => !taken.has(index)).take(count)];
  }

  /** The failures of the index so far (getNewIndexFailureCounts); undefined: there is no limit per index. */
  function failuresAt(index: number) {
    if (!hasLimitPerIndex(job)) return undefined;
    const last = delayed.get(index);
    if (last === undefined) return { counted: 0, ignored: 0 };
    const { counted, ignored } = failuresBefore(last);
    return verdictOnPod(job, last).isCounted ? { counted: counted + 1, ignored } : { counted, ignored: ignored + 1 };
  }

  /** When the next pod of the index may be created, in ms (getRemainingTimePerIndex). */
  function retryIndexAt(index: number): number {
    const last = delayed.get(index);
    return last === undefined ? 0 : retryAt(failuresOf(last) + 1, finishedAt(last));
  }

  const pods = { activePods, newSucceeded, newFailed };
  const indexes = { pendingIndexes, failuresAt, retryIndexAt };
  return { job, now, counts, ...pods, ...indexes, ending, completion, wanted, countable, newStatus };
}

/** isIndexFailed */
function exhaustsIndex(job: KubeObject, pod: Pod): boolean {
  if (!hasLimitPerIndex(job)) return false;
  const { action, isCounted } = verdictOnPod(job, pod);
  return action === 'FailIndex' || (isCounted && failuresBefore(pod).counted >= job.spec.backoffLimitPerIndex);
}

export function conditionIn(conditions: readonly JobCondition[], type: string, status = 'True') {
  return conditions.find((each) => each.type === type && each.status === status);
}

/** The condition Complete or Failed of a Job that is over. */
export function endOf({ status }: KubeObject): JobCondition | undefined {
  const conditions: JobCondition[] = status?.conditions ?? [];
  return conditionIn(conditions, 'Complete') ?? conditionIn(conditions, 'Failed');
}

/** When activeDeadlineSeconds are over, in ms. */
export function deadlineOf({ spec, status }: KubeObject): number {
  const { activeDeadlineSeconds: seconds, suspend } = spec;
  if (typeof seconds !== 'number' || suspend || status?.startTime === undefined) return Number.POSITIVE_INFINITY;
  return timeOf(status.startTime) + seconds * 1000;
}

/** The latest end of a container, else when the pod was no longer ready, was deleted or created (getFinishedTime). */
export function finishedAt(pod: Pod): number {
  const { status, metadata } = pod;
  const ends = (status.containerStatuses ?? []).map(({ state }) => state?.terminated?.finishedAt);
  if (ends.length > 0 && ends.every((end) => end !== undefined)) return Math.max(...ends.map(timeOf));
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime !== undefined) return timeOf(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata;
  if (deletionTimestamp === undefined) return timeOf(creationTimestamp);
  return timeOf(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}

/** When a pod may replace the last of several that failed: after 10 s, 20 s, 40 s, … 10 min (backoff_utils.go). */
export function retryAt(failures: number, lastMs: number): number {
  return failures === 0 ? 0 : lastMs + Math.min(10_000 * 2 ** (failures - 1), 600_000);
}
