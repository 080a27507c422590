import type { V1CronJobStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { AsJson } from '../../api/json.ts';
import { timeOf, timestamp } from '../../api/time.ts';
import { type Controller, createUnlessEnding, type Environment, remove, type WakeAfter } from '../common/controller.ts';
import { type EventType, referenceTo } from '../common/event-recorder.ts';
import { controllerOf } from '../common/informers.ts';
import { controllerReferenceTo, ownedBy } from '../common/owned.ts';
import { writeStatus } from '../common/status.ts';
import { endOf } from '../job/state.ts';
import { dueSince, type Schedule, scheduleOf, zonedTimestamp } from './schedule.ts';

const component = 'cronjob-controller';
const scheduledAt = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** After the due time, so that clocks may differ a little (nextScheduleDelta). */
const delayMs = 100;

type CronJobStatus = AsJson<V1CronJobStatus>;
type Say = (type: EventType, reason: string, message: string) => void;

/** Creates a Job whenever the schedule of a CronJob is due (k/cronjob/cronjob_controllerv2.go). */
export function cronJobController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const owned = ownedBy(environment, { kind: 'CronJob', resource: 'cronjobs', owned: 'jobs' });

  function sync(cronJob: KubeObject, wakeAfter: WakeAfter): void {
    const say: Say = (type, reason, message) => events.record(component, cronJob, type, reason, message);
    const jobs = [...informers.controlledBy('jobs', cronJob.metadata.uid)];
    const status: CronJobStatus = { ...cronJob.status };
    try {
      noticeEnds(jobs, status, say);
      if (cronJob.metadata.deletionTimestamp === undefined && !cronJob.spec.suspend) {
        const next = scheduleFor(cronJob, say);
        if (next === undefined) return;
        startDue(cronJob, status, next, say);
        wakeAfter(nextDue(cronJob, status, next) + delayMs - api.now());
      }
    } finally {
      removeOld(cronJob, jobs, say);
      writeStatus(api, 'cronjobs', cronJob, status);
    }
  }

  function noticeEnds(jobs: readonly KubeObject[], status: CronJobStatus, say: Say): void {
    for (const job of jobs) {
      const { name, uid } = job.metadata;
      const end = endOf(job);
      const isActive = status.active?.some((each) => each.uid === uid) === true;
      if (end === undefined) {
        const message = `Saw a job that the controller did not create or forgot: ${name}`;
        if (!isActive) say('Warning', 'UnexpectedJob', message);
        continue;
      }
      if (isActive) say('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end.type}`);
      drop(status, uid);
      const completed: string | undefined = end.type === 'Complete' ? job.status.completionTime : undefined;
      if (timeOf(completed) > timeOf(status.lastSuccessfulTime)) status.lastSuccessfulTime = completed;
    }
    for (const { name, uid } of status.active ?? []) {
      if (jobs.some((job) => job.metadata.uid === uid)) continue;
      say('Normal', 'MissingJob', `Active job went missing: ${name}`);
      drop(status, uid);
    }
  }

  function scheduleFor({ spec: { schedule, timeZone } }: KubeObject, say: Say): Schedule | undefined {
    try {
      const next = scheduleOf(schedule, timeZone);
      // A day that no year has, such as the 31st of February.
      if (next(api.now()) !== Number.POSITIVE_INFINITY) return next;
      const why = 'time difference between two schedules is less than 1 second';
      say('Warning', 'InvalidSchedule', `invalid schedule: ${schedule} : ${why}`);
    } catch (error) {
      say('Warning', 'UnparseableSchedule', `unparseable schedule: "${schedule}" : ${(error as Error).message}`);
    }
    return undefined;
  }

  function startDue(cronJob: KubeObject, status: CronJobStatus, next: Schedule, say: Say): void {
    const now = api.now();
    const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
    const deadlineMs = (startingDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    const { at, missed } = dueSince(Math.max(lastDue(cronJob, status), now - deadlineMs), now, next);
    if (at === undefined) return;
    if (missed > 100) {
      const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      say('Warning', 'TooManyMissedTimes', `too many missed start times. ${advice}`);
    }
    if (at + deadlineMs < now) {
      const written = new Date(at).toUTCString().replace('GMT', '+0000');
      say('Warning', 'MissSchedule', `Missed scheduled time to start a job: ${written}`);
      return;
    }
    const name = `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`;
    const running = status.active ?? [];
    if (running.some((each) => each.name === name) || timeOf(status.lastScheduleTime) === at) return;
    if (concurrencyPolicy === 'Forbid' && running.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      say('Normal', 'JobAlreadyActive', message);
      return;
    }
    if (concurrencyPolicy === 'Replace') {
      for (const { namespace, name: old = '' } of running) {
        const job = informers.get('jobs', namespace, old);
        if (job !== undefined) end(job, say);
        drop(status, job?.metadata.uid);
      }
    }
    const job = create(cronJob, name, at, say);
    if (job === undefined || status.active?.some(({ uid }) => uid === job.metadata.uid)) return;
    status.active = [...(status.active ?? []), referenceTo(job)];
    status.lastScheduleTime = timestamp(at);
  }

  /** The Job of that due time, also when an earlier sync created it; undefined when another owner has the name. */
  function create(cronJob: KubeObject, name: string, at: number, say: Say): KubeObject | undefined {
    const { namespace } = cronJob.metadata;
    const { metadata, spec } = cronJob.spec.jobTemplate;
    const annotations = { ...metadata?.annotations, [scheduledAt]: zonedTimestamp(at, cronJob.spec.timeZone) };
    const ownerReferences = [controllerReferenceTo(cronJob)];
    const identity = { name, namespace, labels: metadata?.labels, annotations, ownerReferences };
    try {
      const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: identity, spec };
      const created = createUnlessEnding(api, 'jobs', job);
      if (created !== undefined) say('Normal', 'SuccessfulCreate', `Created job ${name}`);
      return created;
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') {
        const existing = informers.get('jobs', namespace, name);
        return existing && controllerOf(existing)?.uid === cronJob.metadata.uid ? existing : undefined;
      }
      if (error instanceof ApiError) say('Warning', 'FailedCreate', `Error creating job: ${error.message}`);
      throw error;
    }
  }

  /** The oldest ended Jobs beyond the limits of each kind (cleanupFinishedJobs). */
  function removeOld({ spec }: KubeObject, jobs: readonly KubeObject[], say: Say): void {
    const limits = { Complete: spec.successfulJobsHistoryLimit, Failed: spec.failedJobsHistoryLimit };
    for (const [type, limit] of Object.entries(limits)) {
      const ended = jobs.filter((job) => endOf(job)?.type === type).sort(byStart);
      for (const job of ended.slice(0, Math.max(0, ended.length - (limit ?? ended.length)))) end(job, say);
    }
  }

  function end(job: KubeObject, say: Say): void {
    remove(api, 'jobs', job, { propagationPolicy: 'Background' });
    say('Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
  }

  /** nextScheduleTimeDuration */
  function nextDue(cronJob: KubeObject, status: CronJobStatus, next: Schedule): number {
    const since = lastDue(cronJob, status);
    const { at, missed } = dueSince(since, api.now(), next);
    return next(at ?? (missed > 0 ? api.now() : since));
  }

  return { name: component, keysOf: owned.keysOf, reconcile: informers.each('cronjobs', sync) };
}

function lastDue({ metadata }: KubeObject, { lastScheduleTime }: CronJobStatus): number {
  return timeOf(lastScheduleTime ?? metadata.creationTimestamp);
}

function drop(status: CronJobStatus, uid: string | undefined): void {
  status.active = status.active?.filter((each) => each.uid !== uid);
}

/** By start, those without one last, then by name (byJobStartTime). */
function byStart(a: KubeObject, b: KubeObject): number {
  const startOf = ({ status }: KubeObject) => timeOf(status?.startTime) || Number.MAX_SAFE_INTEGER;
  return startOf(a) - startOf(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
}
