import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import { asPod, asPods, isActive, isTerminating, type Pod } from '../../api/pod.ts';
import { timeOf } from '../../api/time.ts';
import { claim } from '../common/claim.ts';
import type { Controller, Environment, Requeue } from '../common/controller.ts';
import { inDeletionOrderOfJob } from '../common/deletion-order.ts';
import { controllerOf, keyOf } from '../common/informers.ts';
import { burstReplicas, inSlowStartBatches, PodControl } from '../common/pod-control.ts';
import { writeStatus } from '../common/status.ts';
import { duplicates, indexOf, isIndexed, parseIndexes, pendingIndexes, withIndex } from './indexes.ts';
import {
  failureOf,
  hasTrackingFinalizer,
  isJobFinished,
  JobBackoff,
  type JobState,
  jobStatus,
  trackingFinalizer,
  wantedPods,
} from './state.ts';

const component = 'job-controller';
const orphanPrefix = 'orphan ';

/**
 * Runs pods to completion (k/job/job_controller.go, syncJob). Each pod has a finalizer until it is counted; a released
 * pod loses it and does not count. A Job selects by its own uid, so removing another label does not release a pod.
 */
export function jobController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const pods = new PodControl(environment, component);
  const backoff = new JobBackoff();

  function reconcile(key: string, queue: Requeue): void {
    if (key.startsWith(orphanPrefix)) stripOrphan(key.slice(orphanPrefix.length));
    else syncJob(key, queue);
  }

  function syncJob(key: string, queue: Requeue): void {
    const job = informers.getByKey('jobs', key);
    if (job === undefined) {
      backoff.forget(key);
      return;
    }
    if (isJobFinished(job)) {
      backoff.forget(key);
      expire(job, (delayMs) => queue.addAfter(key, delayMs));
      return;
    }
    const owned = claim<Pod>(
      {
        api,
        controller: job,
        controllerResource: 'jobs',
        resource: 'pods',
        matches: (pod) => matchesSelector(job.spec.selector, pod.metadata.labels),
        finalizer: trackingFinalizer,
      },
      [
        ...asPods(informers.controlledBy('pods', job.metadata.uid)),
        ...asPods(informers.orphans('pods', job.metadata.namespace)),
      ],
    );
    const state = stateOf(key, job, owned);
    if (job.metadata.deletionTimestamp === undefined) act(key, state, queue);
    const status = jobStatus(state);
    const finished = finishOf(state);
    writeStatus(api, 'jobs', job, status);
    for (const pod of [...state.newSucceeded, ...state.newFailed]) removeFinalizer(pod);
    if (finished !== undefined) events.record(component, job, finished.type, finished.reason, finished.message);
  }

  /** Counts the pods that ended since the last sync. */
  function stateOf(key: string, job: KubeObject, owned: readonly Pod[]): JobState {
    const uncounted = owned.filter(hasTrackingFinalizer);
    const newSucceeded = uncounted.filter((pod) => pod.status.phase === 'Succeeded');
    // A terminating pod counts as failed (podReplacementPolicy TerminatingOrFailed).
    const newFailed = uncounted.filter(
      (pod) => pod.status.phase === 'Failed' || (isTerminating(pod) && pod.status.phase !== 'Succeeded'),
    );
    backoff.observe(key, newSucceeded.length, newFailed.length, api.now());
    // An index counts once, however many of its pods succeeded.
    const completed = isIndexed(job)
      ? [...new Set([...parseIndexes(job.status?.completedIndexes), ...newSucceeded.map(indexOf)])]
      : undefined;
    const counted = {
      job,
      now: api.now(),
      active: owned.filter(isActive),
      terminating: owned.filter(isTerminating).length,
      newSucceeded,
      newFailed,
      completed,
      succeeded: completed?.length ?? (job.status?.succeeded ?? 0) + newSucceeded.length,
      failed: (job.status?.failed ?? 0) + newFailed.length,
    };
    return { ...counted, failure: failureOf(counted) };
  }

  /** Creates and deletes pods and updates the state accordingly (manageJob, deleteActivePods). */
  function act(key: string, state: JobState, queue: Requeue): void {
    const { job, now } = state;
    const deadline = job.spec.activeDeadlineSeconds;
    if (typeof deadline === 'number' && job.status?.startTime !== undefined && !job.spec.suspend) {
      const left = timeOf(job.status.startTime) + deadline * 1000 - now;
      if (left > 0) queue.addAfter(key, left);
    }
    const wanted = wantedPods(state);
    const twins = isIndexed(job) ? duplicates(state.active) : [];
    const rest = state.active.filter((pod) => !twins.includes(pod));
    const surplus = [...twins, ...inDeletionOrderOfJob(rest).slice(0, Math.max(0, rest.length - wanted))];
    for (const pod of surplus) {
      removeFinalizer(pod);
      pods.delete(job, pod);
    }
    state.active = state.active.filter((pod) => !surplus.includes(pod));
    // Pods that a failed Job deletes count as failed, too.
    if (state.failure !== undefined) state.failed += surplus.length;
    const missing = Math.min(wanted - state.active.length, burstReplicas);
    if (missing <= 0) return;
    const wait = backoff.leftMs(key, now);
    if (wait > 0) {
      queue.addAfter(key, wait);
      return;
    }
    const indexes = isIndexed(job)
      ? pendingIndexes(job, [...(state.completed ?? []), ...state.active.map(indexOf)], missing)
      : undefined;
    inSlowStartBatches(indexes?.length ?? missing, () => {
      const index = indexes?.shift();
      const template = index === undefined ? job.spec.template : withIndex(job.spec.template, job, index);
      const named = index === undefined ? {} : { generateName: `${job.metadata.name}-${index}-` };
      const created = pods.create(job, template, { finalizer: trackingFinalizer, ...named });
      if (created !== undefined) state.active.push(asPod(created));
    });
  }

  function finishOf(state: JobState): { type: 'Normal' | 'Warning'; reason: string; message: string } | undefined {
    const conditions: { type: string; reason: string; message: string }[] = jobStatus(state).conditions ?? [];
    for (const { type, reason, message } of conditions) {
      if (type === 'Complete') return { type: 'Normal', reason: 'Completed', message: 'Job completed' };
      if (type === 'Failed') return { type: 'Warning', reason, message };
    }
    return undefined;
  }

  /** ttlSecondsAfterFinished (k/ttlafterfinished) */
  function expire(job: KubeObject, wakeAfter: (delayMs: number) => void): void {
    const ttl = job.spec.ttlSecondsAfterFinished;
    if (typeof ttl !== 'number' || job.metadata.deletionTimestamp !== undefined) return;
    const finished = job.status.conditions.find(
      ({ type, status }: { type: string; status: string }) =>
        (type === 'Complete' || type === 'Failed') && status === 'True',
    );
    const left = timeOf(finished?.lastTransitionTime) + ttl * 1000 - api.now();
    if (left > 0) {
      wakeAfter(left);
      return;
    }
    const { namespace, name, uid } = job.metadata;
    api.delete('jobs', namespace, name, { uid, propagationPolicy: 'Foreground' });
  }

  function removeFinalizer({ metadata }: KubeObject): void {
    const finalizers = metadata.finalizers?.filter((each) => each !== trackingFinalizer) ?? [];
    const patch = { metadata: { uid: metadata.uid, finalizers: finalizers.length > 0 ? finalizers : null } };
    try {
      api.mergePatch('pods', metadata.namespace, metadata.name, patch);
    } catch (error) {
      if (!(error instanceof ApiError && (error.code === 404 || error.code === 422))) throw error;
    }
  }

  /** Removes the finalizer from a pod without a Job (syncOrphanPod). */
  function stripOrphan(key: string): void {
    const found = informers.getByKey('pods', key);
    if (found === undefined || !hasTrackingFinalizer(found)) return;
    const owner = controllerOf(found);
    if (
      owner?.kind === 'Job' &&
      informers.get('jobs', found.metadata.namespace, owner.name)?.metadata.uid === owner.uid
    ) {
      return;
    }
    removeFinalizer(found);
  }

  function* keysOf({ resource, object, previous, type }: ApiEvent): Iterable<string> {
    if (resource === 'jobs') {
      yield keyOf(object);
      if (type !== 'DELETED') return;
      for (const pod of informers.controlledBy('pods', object.metadata.uid)) yield orphanPrefix + keyOf(pod);
    }
    if (resource !== 'pods') return;
    for (const pod of previous === undefined ? [object] : [previous, object]) {
      const owner = controllerOf(pod);
      if (owner?.kind === 'Job') yield `${pod.metadata.namespace}/${owner.name}`;
    }
    if (type === 'DELETED') return;
    if (hasTrackingFinalizer(object)) yield orphanPrefix + keyOf(object);
    if (controllerOf(object) !== undefined) return;
    for (const job of informers.inNamespace('jobs', object.metadata.namespace)) {
      if (matchesSelector(job.spec.selector, object.metadata.labels)) yield keyOf(job);
    }
  }

  return { name: component, keysOf, reconcile, backoff: { baseMs: 1000, maxMs: 60_000 } };
}
