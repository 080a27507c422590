import type { KubeObject } from '../../api/api.ts';
import { conditionOf, isActive, isReady, isTerminal, isTerminating, type Pod } from '../../api/pod.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { omitEmpty } from '../common/status.ts';
import { failuresBefore, formatIndexes, hasLimitPerIndex, indexOf, isIndexed, parseIndexes } from './indexes.ts';
import { type ContainerEnd, fulfilledRule, hasFailed, verdictOnPod } from './policies.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export function hasTrackingFinalizer({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(trackingFinalizer) === true;
}

/** The reason of a Job's end, which a condition tells before its last pods are gone. */
export interface Verdict {
  type: 'FailureTarget' | 'SuccessCriteriaMet';
  reason: string;
  message: string;
}

export interface JobCondition {
  type: string;
  status: string;
  lastProbeTime: string;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

/** A Job in one sync, with the pods that ended since the last one (syncJobCtx). */
export class JobState {
  readonly job: KubeObject;
  readonly now: number;
  readonly uncounted: readonly Pod[];
  readonly activePods: readonly Pod[];
  readonly leavingPods: readonly Pod[];
  readonly newSucceeded: readonly Pod[];
  readonly newFailed: readonly Pod[];
  /** The indexes of an Indexed Job that have succeeded; those that may not be tried again. */
  readonly succeededIndexes: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** The last failed pod of each index that waits for its next one, which takes over its count of failures. */
  readonly delayed: ReadonlyMap<number, Pod>;
  succeeded: number;
  failed: number;
  active: number;
  ready: number;
  terminating: number;

  constructor(job: KubeObject, owned: readonly Pod[], now: number) {
    this.job = job;
    this.now = now;
    const isValid = (pod: Pod) => !isIndexed(job) || indexOf(pod) < job.spec.completions;
    this.uncounted = owned.filter(hasTrackingFinalizer);
    this.activePods = owned.filter(isActive);
    this.leavingPods = owned.filter((pod) => isTerminating(pod) && !isTerminal(pod));
    this.newSucceeded = this.uncounted.filter((pod) => isValid(pod) && pod.status.phase === 'Succeeded');
    this.newFailed = this.uncounted.filter((pod) => isValid(pod) && hasFailed(pod, job));
    this.active = this.activePods.length;
    this.ready = this.activePods.filter(isReady).length;
    this.terminating = this.leavingPods.length;
    this.succeededIndexes = new Set(
      isIndexed(job) ? [...parseIndexes(job.status?.completedIndexes), ...this.newSucceeded.map(indexOf)] : [],
    );
    const spent = this.newFailed.filter((pod) => this.#exhaustsIndex(pod));
    this.failedIndexes = new Set([...parseIndexes(job.status?.failedIndexes), ...spent.map(indexOf)]);
    this.delayed = hasLimitPerIndex(job) ? this.#waitingForSuccessors() : new Map();
    this.succeeded = isIndexed(job)
      ? this.succeededIndexes.size
      : (job.status?.succeeded ?? 0) + this.newSucceeded.length;
    this.failed = (job.status?.failed ?? 0) + this.#countedFailures(this.newFailed);
  }

  /** isIndexFailed */
  #exhaustsIndex(pod: Pod): boolean {
    if (!hasLimitPerIndex(this.job)) return false;
    const { action, isCounted } = verdictOnPod(this.job, pod);
    return action === 'FailIndex' || (isCounted && failuresBefore(pod).counted >= this.job.spec.backoffLimitPerIndex);
  }

  /** getPodsWithDelayedDeletionPerIndex */
  #waitingForSuccessors(): Map<number, Pod> {
    const active = new Set(this.activePods.map(indexOf));
    const waiting = this.newFailed.filter(
      (pod) => ![this.succeededIndexes, this.failedIndexes, active].some((done) => done.has(indexOf(pod))),
    );
    const total = (pod: Pod) => failuresBefore(pod).counted + failuresBefore(pod).ignored;
    waiting.sort((a, b) => total(a) - total(b) || finishedAt(a) - finishedAt(b));
    return new Map(waiting.map((pod) => [indexOf(pod), pod]));
  }

  #countedFailures(pods: readonly Pod[]): number {
    return pods.filter((pod) => verdictOnPod(this.job, pod).isCounted).length;
  }

  /** The pods were deleted. */
  deleted(pods: readonly Pod[]): void {
    this.active -= pods.length;
    this.ready -= pods.filter(isReady).length;
    this.terminating += pods.length;
  }

  /** The reason to end the Job now; undefined: it continues, or all its pods have succeeded. */
  verdict(): Verdict | undefined {
    const { job, now } = this;
    const conditions: JobCondition[] = job.status?.conditions ?? [];
    const earlier = ['SuccessCriteriaMet', 'FailureTarget']
      .map((type) => conditions.find((each) => each.type === type && each.status === 'True'))
      .find((each) => each !== undefined);
    if (earlier !== undefined) return earlier as Verdict & JobCondition;
    const failure = (reason: string, message: string): Verdict => ({ type: 'FailureTarget', reason, message });
    const message = this.newFailed.map((pod) => verdictOnPod(job, pod).message).find((each) => each !== undefined);
    if (message !== undefined) return failure('PodFailurePolicy', message);
    if (this.failed > job.spec.backoffLimit || this.#hasTooManyRestarts())
      return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    if (deadlineOf(job) <= now) return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
    const { maxFailedIndexes = Number.POSITIVE_INFINITY, completions } = job.spec;
    const { size } = this.failedIndexes;
    if (size > maxFailedIndexes)
      return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
    if (size > 0 && size + this.succeeded >= completions) return failure('FailedIndexes', 'Job has failed indexes');
    const rule = fulfilledRule(job, this.succeededIndexes);
    return rule === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: rule };
  }

  /** With restartPolicy OnFailure the restarts of containers count (pastBackoffLimitOnFailure). */
  #hasTooManyRestarts(): boolean {
    const { template, backoffLimit } = this.job.spec;
    if (template.spec.restartPolicy !== 'OnFailure') return false;
    const statuses = this.activePods.flatMap(({ status }) => [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
    ]);
    const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
    return restarts > 0 && restarts >= backoffLimit;
  }

  /** All successes are there. Without completions (a work queue) one is enough once all pods have ended. */
  completion(): Verdict | undefined {
    const { completions } = this.job.spec;
    if (this.active > 0 || this.succeeded < (completions ?? 1)) return undefined;
    const message = 'Reached expected number of succeeded pods';
    return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
  }

  /** The desired number of active pods (manageJob). */
  wanted(): number {
    const { completions, parallelism, suspend } = this.job.spec;
    if (suspend) return 0;
    if (typeof completions !== 'number') return this.succeeded > 0 ? this.active : parallelism;
    return Math.max(0, Math.min(parallelism, completions - this.succeeded));
  }

  /** The uncounted pods that are counted now, and need their finalizer no longer (canRemoveFinalizer). */
  countable(verdict: Verdict | undefined): Pod[] {
    if (verdict !== undefined || this.job.metadata.deletionTimestamp !== undefined) return [...this.uncounted];
    const ended = this.uncounted.filter((pod) => pod.status.phase === 'Succeeded' || hasFailed(pod, this.job));
    return ended.filter((pod) => this.delayed.get(indexOf(pod)) !== pod);
  }

  status(verdict: Verdict | undefined): KubeObject['status'] {
    const { job, now } = this;
    const current = job.status ?? {};
    const isFailing = verdict?.type === 'FailureTarget';
    // When a Job fails, the pods that it ends count as failed, too.
    const failing = isFailing ? this.activePods.filter((pod) => this.uncounted.includes(pod)) : [];
    const waiting = verdict === undefined ? [...this.delayed.values()] : [];
    const failed = this.failed + this.#countedFailures(failing) - this.#countedFailures(waiting);
    const conditions = this.#conditions(verdict);
    const isNew = (is: string) => isSuspension(conditions, is) && !isSuspension(current.conditions ?? [], is);
    const hasNoStart = isNew('True') || (job.spec.suspend && current.startTime === undefined);
    const startTime = hasNoStart ? undefined : isNew('False') ? timestamp(now) : (current.startTime ?? timestamp(now));
    const isComplete = conditions.some(({ type }) => type === 'Complete');
    return {
      ...omitEmpty({ active: this.active, succeeded: this.succeeded, failed, startTime }),
      ready: this.ready,
      terminating: this.terminating,
      uncountedTerminatedPods: {},
      ...omitEmpty({ completedIndexes: formatIndexes(this.succeededIndexes) }),
      ...(hasLimitPerIndex(job) && { failedIndexes: formatIndexes(this.failedIndexes) }),
      ...(isComplete && { completionTime: timestamp(now) }),
      ...(conditions.length > 0 && { conditions }),
    };
  }

  /** Adds Failed or Complete only once the last pod is gone, as Kubernetes does since 1.31 (enactJobFinished). */
  #conditions(verdict: Verdict | undefined): JobCondition[] {
    const { job, now } = this;
    let conditions: JobCondition[] = job.status?.conditions ?? [];
    const set = (type: string, status: string, reason: string, message: string): void => {
      if (conditions.some((each) => each.type === type && each.status === status)) return;
      const at = timestamp(now);
      const condition = { type, status, lastProbeTime: at, lastTransitionTime: at, reason, message };
      const index = conditions.findIndex((each) => each.type === type);
      conditions = index === -1 ? [...conditions, condition] : conditions.with(index, condition);
    };
    if (verdict !== undefined) {
      const { type, reason, message } = verdict;
      set(type, 'True', reason, message);
      if (this.terminating === 0) set(type === 'FailureTarget' ? 'Failed' : 'Complete', 'True', reason, message);
    } else if (job.metadata.deletionTimestamp === undefined) {
      if (job.spec.suspend) set('Suspended', 'True', 'JobSuspended', 'Job suspended');
      else if (isSuspension(conditions, 'True')) set('Suspended', 'False', 'JobResumed', 'Job resumed');
    }
    return conditions;
  }
}

function isSuspension(conditions: readonly JobCondition[], is: string): boolean {
  return conditions.some(({ type, status }) => type === 'Suspended' && status === is);
}

/** The condition Complete or Failed of a Job that is over. */
export function endOf({ status }: KubeObject): JobCondition | undefined {
  const conditions: JobCondition[] = status?.conditions ?? [];
  return conditions.find((each) => (each.type === 'Complete' || each.type === 'Failed') && each.status === 'True');
}

/** When activeDeadlineSeconds are over, in ms. */
export function deadlineOf({ spec, status }: KubeObject): number {
  const { activeDeadlineSeconds: seconds, suspend } = spec;
  if (typeof seconds !== 'number' || suspend || status?.startTime === undefined) return Number.POSITIVE_INFINITY;
  return timeOf(status.startTime) + seconds * 1000;
}

/** The latest end of a container, else when the pod was no longer ready, was deleted or created (getFinishedTime). */
function finishedAt(pod: Pod): number {
  const { status, metadata } = pod;
  const ends = ((status.containerStatuses ?? []) as ContainerEnd[]).map(({ state }) => state?.terminated?.finishedAt);
  if (ends.length > 0 && ends.every((end) => end !== undefined)) return Math.max(...ends.map(timeOf));
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime !== undefined) return timeOf(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata as KubeObject['metadata'];
  if (deletionTimestamp === undefined) return timeOf(creationTimestamp);
  return timeOf(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}

/** When a pod may replace one that failed: after 10 s, 20 s, 40 s, … 10 min (getRemainingTimeForFailuresCount). */
function retryAt(failures: number, lastMs: number): number {
  return failures === 0 ? 0 : lastMs + Math.min(10_000 * 2 ** (failures - 1), 600_000);
}

/** When the next pod of the index may be created, in ms. */
export function indexRetryAt(failed: Pod | undefined): number {
  if (failed === undefined) return 0;
  const { counted, ignored } = failuresBefore(failed);
  return retryAt(counted + ignored + 1, finishedAt(failed));
}

/** Delays the replacement of failed pods of Jobs without a limit per index (backoff_utils.go). */
export class JobBackoff {
  readonly #failures = new Map<string, { count: number; lastMs: number }>();

  /** A success resets the delay. */
  observe(key: string, { newSucceeded, newFailed }: JobState): void {
    const success = Math.max(Number.NEGATIVE_INFINITY, ...newSucceeded.map(finishedAt));
    const later = newFailed.map(finishedAt).filter((at) => at > success);
    if (newSucceeded.length > 0) this.#failures.delete(key);
    if (later.length === 0) return;
    this.#failures.set(key, {
      count: (this.#failures.get(key)?.count ?? 0) + later.length,
      lastMs: Math.max(...later),
    });
  }

  retryAt(key: string): number {
    const { count, lastMs } = this.#failures.get(key) ?? { count: 0, lastMs: 0 };
    return retryAt(count, lastMs);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
