import type { V1CronJob } from '@kubernetes/client-node';
import { expect } from 'vitest';
import type { Refusal } from './http.ts';
import * as manifests from './manifests.ts';
import { type Job, type KubeObject, nameOf, namesOf, ownerOf } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

type CronJob = KubeObject & { status?: V1CronJob['status'] };

/** Two times of a schedule that is due each minute, and some more. */
const twoMinutesMs = 150_000;

function cronJob(on: Space, script: string, spec: object): object {
  const { spec: jobSpec } = manifests.job(
    { pod: { container: { image: 'busybox', command: ['sh', '-c', script], ports: [] } } },
    on.cluster.placement,
  ) as { spec: object };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'web' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: { metadata: { labels: { made: 'yes' }, annotations: { note: 'this' } }, spec: jobSpec },
      ...spec,
    },
  };
}

async function everyMinute(on: Space, script: string, spec: object = {}): Promise<void> {
  await on.create('cronjobs', cronJob(on, script, spec));
}

function untilJobs(on: Space, what: string, isRight: (jobs: Job[]) => boolean): Promise<Job[]> {
  return until(what, () => on.list<Job>('jobs'), isRight, twoMinutesMs);
}

async function untilCronEvent(on: Space, text: string): Promise<void> {
  await until(
    text,
    () => on.eventsOn('CronJob', 'web'),
    (events) => events.some((event) => event.includes(text)),
    twoMinutesMs,
  );
}

const minuteOf = (time: string | undefined) => Date.parse(time ?? '') / 60_000;

/** When CronJobs create Jobs, and which they delete. */
export const cronJobs: Theme = (rule) => {
  rule('a CronJob creates a Job at the due time, named after the minute, and notices its end', async (on) => {
    await everyMinute(on, 'true', { timeZone: 'Asia/Kolkata' });
    const [job] = (await untilJobs(on, 'a Job', ({ length }) => length > 0)) as [Job];
    await untilCronEvent(on, `SawCompletedJob: Saw completed job: ${nameOf(job)}, condition: Complete`);
    expect(await on.eventsOn('CronJob', 'web')).toContain(`SuccessfulCreate: Created job ${nameOf(job)}`);
    const { status } = await on.get<CronJob>('cronjobs', 'web');
    const minute = Number(nameOf(job).replace('web-', ''));
    expect(ownerOf(job)).toBe('CronJob/web');
    expect(job.metadata.labels).toMatchObject({ made: 'yes' });
    const at = new Date(minute * 60_000 + 5.5 * 3_600_000).toISOString().replace('.000Z', '+05:30');
    expect(job.metadata.annotations).toMatchObject({
      note: 'this',
      'batch.kubernetes.io/cronjob-scheduled-timestamp': at,
    });
    expect(minuteOf(status?.lastScheduleTime as unknown as string)).toBeGreaterThanOrEqual(minute);
    expect(status?.lastSuccessfulTime).toBeDefined();
  });

  rule('a CronJob that forbids it starts no Job while one runs', async (on) => {
    await everyMinute(on, 'sleep 1000', { concurrencyPolicy: 'Forbid' });
    await untilCronEvent(on, 'JobAlreadyActive: Not starting job because prior execution is running');
    expect(await on.list('jobs')).toHaveLength(1);
    const { status } = await on.get<CronJob>('cronjobs', 'web');
    expect(status?.active?.map(({ name }) => name)).toEqual(namesOf(await on.list<Job>('jobs')));
  });

  rule('a CronJob that replaces deletes the Job that still runs', async (on) => {
    await everyMinute(on, 'sleep 1000', { concurrencyPolicy: 'Replace' });
    const [first] = await untilJobs(on, 'a Job', ({ length }) => length === 1);
    await untilCronEvent(on, `SuccessfulDelete: Deleted job ${nameOf(first)}`);
    const [second] = await untilJobs(on, 'another Job', ([only]) => nameOf(only) !== nameOf(first));
    const { status } = await on.get<CronJob>('cronjobs', 'web');
    expect(status?.active?.map(({ name }) => name)).toEqual([nameOf(second)]);
  });

  rule('a CronJob deletes successful Jobs beyond its limit', async (on) => {
    await everyMinute(on, 'true', { successfulJobsHistoryLimit: 0 });
    await untilCronEvent(on, 'SuccessfulDelete: Deleted job');
    await untilJobs(on, 'no Job', ({ length }) => length === 0);
  });

  rule(
    'a CronJob is refused with a schedule that is none, and with a zone, a policy and a limit that are none',
    async (on) => {
      const body = (spec: object) => cronJob(on, 'true', { suspend: true, ...spec });
      const refusal = async (spec: object): Promise<string[]> => {
        const { body: answer } = await on.ask<Refusal>('POST', 'cronjobs', '', {
          body: body(spec),
          query: { dryRun: 'All' },
        });
        return answer.details?.causes?.map(({ field, message }) => `${field}: ${message}`) ?? [];
      };
      const schedules = {
        '* * * *': 'expected exactly 5 fields, found 4: [* * * *]',
        '60 * * * *': 'end of range (60) above maximum (59): 60',
        '* * 0 * *': 'beginning of range (0) below minimum (1): 0',
        '5-1 * * * *': 'beginning of range (5) beyond end of range (1): 5-1',
        '*/0 * * * *': 'step of range should be a positive number: */0',
        '* * * foo *': 'failed to parse int from foo: strconv.Atoi: parsing "foo": invalid syntax',
        '@never': 'unrecognized descriptor: @never',
      };
      for (const [schedule, why] of Object.entries(schedules))
        expect(await refusal({ schedule })).toEqual([`spec.schedule: Invalid value: "${schedule}": ${why}`]);
      for (const schedule of ['@every 1h30m', '0 9 * JAN-MAR mon', '7/20 * * * ?'])
        expect(await refusal({ schedule })).toEqual([]);
      expect(await refusal({ timeZone: 'Nowhere', concurrencyPolicy: 'No', failedJobsHistoryLimit: -1 })).toEqual([
        'spec.timeZone: Invalid value: "Nowhere": unknown time zone Nowhere',
        'spec.concurrencyPolicy: Unsupported value: "No": supported values: "Allow", "Forbid", "Replace"',
        'spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ]);
    },
  );

  rule('a CronJob starts nothing while it is suspended, and notices a Job that a person starts from it', async (on) => {
    await everyMinute(on, 'true', { suspend: true });
    const { apiVersion, kind, metadata } = await on.get<CronJob>('cronjobs', 'web');
    await on.job({
      spec: { suspend: true },
      metadata: { ownerReferences: [{ apiVersion, kind, name: 'web', uid: metadata.uid, controller: true }] },
    });
    await untilCronEvent(on, 'UnexpectedJob: Saw a job that the controller did not create or forgot: web');
    expect(namesOf(await on.list<Job>('jobs'))).toEqual(['web']);
  });
};
