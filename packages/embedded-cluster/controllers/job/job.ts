import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isReady, type Pod } from '../../api/pod.ts';
import { timeOf } from '../../api/time.ts';
import { attempt, type Controller, type Environment, remove, type WakeAfter } from '../common/controller.ts';
import { inDeletionOrderOfJob } from '../common/deletion-order.ts';
import { controllerOf, keyOf } from '../common/informers.ts';
import { ownedBy, removeFinalizer } from '../common/owned.ts';
import { burstReplicas, inSlowStartBatches, type PodTemplate, podControl } from '../common/pod-control.ts';
import { writeStatus } from '../common/status.ts';
import { generateNameOf, hasLimitPerIndex, isIndexed, surplusOfIndexes, withIndex } from './indexes.ts';
import { replacesOnlyFailed } from './policies.ts';
import {
  conditionIn,
  deadlineOf,
  endOf,
  finishedAt,
  hasTrackingFinalizer,
  type JobCondition,
  type JobState,
  jobStateOf,
  retryAt,
  trackingFinalizer,
} from './state.ts';

const component = 'job-controller';
const ownName = 'kubernetes.io/job-controller';
const orphanPrefix = 'orphan ';

/**
 * Runs pods to completion (k/job/job_controller.go, syncJob). Each pod has a finalizer until it is counted; a released
 * pod loses it and does not count. A Job selects by its own uid, so removing another label does not release a pod.
 */
export function jobController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const pods = podControl(environment, component);
  const owned = ownedBy(environment, { kind: 'Job', resource: 'jobs', owned: 'pods', finalizer: trackingFinalizer });
  /** Delay the replacement of failed pods of Jobs without a limit per index, by key. */
  const failures = new Map<string, { count: number; lastMs: number }>();

  function reconcile(key: string, wakeAfter: WakeAfter): void {
    if (key.startsWith(orphanPrefix)) stripOrphan(key.slice(orphanPrefix.length));
    else syncJob(key, wakeAfter);
  }

  function syncJob(key: string, wakeAfter: WakeAfter): void {
    const job = informers.getByKey('jobs', key);
    const end = job && endOf(job);
    if (job === undefined || end !== undefined) failures.delete(key);
    if (job !== undefined && end !== undefined) expire(job, end, wakeAfter);
    if (job === undefined || end !== undefined || (job.spec.managedBy ?? ownName) !== ownName) return;
    const state = jobStateOf(job, owned.claim<Pod>(job), api.now());
    countFailures(key, state);
    const ending = state.ending();
    let failure: unknown;
    if (ending !== undefined) failure = attempt(() => endPods(state, state.activePods));
    else if (job.metadata.deletionTimestamp === undefined) {
      if (Number.isFinite(deadlineOf(job))) wakeAfter(deadlineOf(job) - api.now());
      failure = attempt(() => manage(key, state, wakeAfter));
    }
    const verdict = ending ?? state.completion();
    const status = state.newStatus(verdict);
    writeStatus(api, 'jobs', job, status);
    for (const pod of state.countable(verdict)) removeFinalizer(api, 'pods', pod, trackingFinalizer);
    say(job, status.conditions);
    if (failure !== undefined) throw failure;
  }

  /** A success resets the delay. */
  function countFailures(key: string, { newSucceeded, newFailed }: JobState): void {
    const success = Math.max(Number.NEGATIVE_INFINITY, ...newSucceeded.map(finishedAt));
    const later = newFailed.map(finishedAt).filter((at) => at > success);
    if (newSucceeded.length > 0) failures.delete(key);
    const count = (failures.get(key)?.count ?? 0) + later.length;
    if (later.length > 0) failures.set(key, { count, lastMs: Math.max(...later) });
  }

  /** The Events about conditions that are new. */
  function say(job: KubeObject, conditions: readonly JobCondition[]): void {
    for (const { type, status, reason = '', message = '' } of conditions) {
      if (conditionIn(job.status?.conditions ?? [], type, status)) continue;
      if (type === 'Complete') events.record(component, job, 'Normal', 'Completed', 'Job completed');
      if (type === 'Failed') events.record(component, job, 'Warning', reason, message);
      if (type === 'Suspended') events.record(component, job, 'Normal', reason.replace('Job', ''), message);
    }
  }

  function endPods(state: JobState, surplus: readonly Pod[]): void {
    const { counts, job } = state;
    pods.deleteAll(job, surplus);
    counts.active -= surplus.length;
    counts.ready -= surplus.filter(isReady).length;
    counts.terminating += surplus.length;
  }

  /** Deletes surplus pods or creates missing ones, never both in one sync (manageJob). */
  function manage(key: string, state: JobState, wakeAfter: WakeAfter): void {
    const { job, now, counts } = state;
    const inOrder = inDeletionOrderOfJob(state.activePods);
    const wrong = isIndexed(job) ? surplusOfIndexes(inOrder, job.spec.completions) : [];
    const others = inOrder.filter((pod) => !wrong.includes(pod));
    const surplus = [...wrong, ...others.slice(0, Math.max(0, others.length - state.wanted()))].slice(0, burstReplicas);
    if (surplus.length > 0) {
      for (const pod of surplus) removeFinalizer(api, 'pods', pod, trackingFinalizer);
      endPods(state, surplus);
      return;
    }
    const leaving = replacesOnlyFailed(job) ? counts.terminating : 0;
    const missing = Math.min(state.wanted() - leaving - counts.active, burstReplicas);
    if (missing <= 0) return;
    const indexes = isIndexed(job) ? state.pendingIndexes(missing) : Array<undefined>(missing).fill(undefined);
    const { count, lastMs } = failures.get(key) ?? { count: 0, lastMs: 0 };
    const dueAt = (index = 0) => (hasLimitPerIndex(job) ? state.retryIndexAt(index) : retryAt(count, lastMs));
    const due = indexes.filter((index) => dueAt(index) <= now);
    if (due.length > 0) {
      create(state, due);
    } else if (indexes.length > 0) {
      // As in manageJob, the status then shows no active pods.
      counts.active = 0;
      wakeAfter(Math.min(...indexes.map(dueAt)) - now);
    }
  }

  /** Creates a pod for each index; undefined: a pod of a Job without indexes. */
  function create(state: JobState, indexes: readonly (number | undefined)[]): void {
    const { job, counts } = state;
    const { metadata, spec }: PodTemplate = job.spec.template;
    const finalizers = [...(metadata?.finalizers ?? []), trackingFinalizer];
    const template = { metadata: { ...metadata, finalizers }, spec };
    inSlowStartBatches(indexes.length, (at) => {
      const index = indexes[at];
      const created =
        index === undefined
          ? pods.create(job, template)
          : pods.create(job, withIndex(template, job, index, state.failuresAt(index)), generateNameOf(job, index));
      if (created !== undefined) counts.active += 1;
    });
  }

  /** ttlSecondsAfterFinished (k/ttlafterfinished) */
  function expire(job: KubeObject, end: JobCondition, wakeAfter: WakeAfter): void {
    const ttl = job.spec.ttlSecondsAfterFinished;
    if (typeof ttl !== 'number' || job.metadata.deletionTimestamp !== undefined) return;
    const left = timeOf(end.lastTransitionTime) + ttl * 1000 - api.now();
    if (left > 0) wakeAfter(left);
    else remove(api, 'jobs', job, { propagationPolicy: 'Foreground' });
  }

  /** Removes the finalizer from a pod that no unfinished Job counts (handleSingleOrphanPod). */
  function stripOrphan(key: string): void {
    const found = informers.getByKey('pods', key);
    if (found === undefined || !hasTrackingFinalizer(found)) return;
    const owner = controllerOf(found);
    if (owner !== undefined && owner.kind !== 'Job') return;
    const job = owner && informers.referredTo('jobs', found.metadata.namespace, owner);
    const isCounted = job !== undefined && endOf(job) === undefined;
    if (!isCounted) removeFinalizer(api, 'pods', found, trackingFinalizer);
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, type } = event;
    yield* owned.keysOf(event);
    if (resource === 'jobs' && (type === 'DELETED' || endOf(object) !== undefined)) {
      for (const pod of informers.controlledBy('pods', object.metadata.uid)) yield orphanPrefix + keyOf(pod);
    }
    if (resource === 'pods' && type !== 'DELETED' && hasTrackingFinalizer(object)) yield orphanPrefix + keyOf(object);
  }

  return { name: component, keysOf, reconcile, backoff: { baseMs: 1000, maxMs: 60_000 } };
}
