import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/pod.ts';
import { newTestCluster, setStatus, type TestCluster } from '../cluster.fixture.ts';
import { dueSince, scheduleOf, zonedTimestamp } from './schedule.ts';

/** The clock begins at 03:12:07 UTC. */
async function everyMinute(spec: object = {}): Promise<TestCluster> {
  const cluster = newTestCluster();
  const template = {
    metadata: { labels: { app: 'dig' } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'dig', image: 'dig' }] },
  };
  cluster.apply('cronjobs', {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'dig', namespace: 'default' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec },
  });
  await cluster.settled();
  return cluster;
}

const jobs = (cluster: TestCluster) => cluster.api.list('jobs', 'default').map(({ metadata }) => metadata.name);

async function endAll(cluster: TestCluster): Promise<void> {
  for (const pod of cluster.pods() as Pod[])
    if (pod.status.phase === 'Running') setStatus(cluster.api, pod, { phase: 'Succeeded' });
  await cluster.settled();
}

describe('a CronJob', () => {
  test('creates one Job each minute, and keeps the last three that succeeded', async () => {
    const cluster = await everyMinute();
    await cluster.pass(52);
    expect(jobs(cluster)).toEqual([]);
    for (let minute = 0; minute < 5; minute += 1) {
      await cluster.pass(60);
      await endAll(cluster);
    }
    expect(jobs(cluster)).toHaveLength(3);
    expect(cluster.get('cronjobs', 'dig').status).toEqual({
      lastScheduleTime: '2026-03-01T03:17:00Z',
      lastSuccessfulTime: '2026-03-01T03:17:59Z',
    });
    expect(cluster.eventMessages('SawCompletedJob')).toHaveLength(5);
  });

  test('starts only the last of several missed times', async () => {
    const cluster = await everyMinute();
    await cluster.pass(10 * 60);
    expect(jobs(cluster)).toEqual([`dig-${Date.parse('2026-03-01T03:22:00Z') / 60_000}`]);
    expect(cluster.eventMessages('TooManyMissedTimes')).toEqual([]);
  });

  test('warns when more than a hundred times were missed', async () => {
    const cluster = await everyMinute();
    await cluster.pass(102 * 60);
    expect(jobs(cluster)).toHaveLength(1);
    expect(cluster.eventMessages('TooManyMissedTimes')).toHaveLength(1);
  });

  test('starts no Job later than its starting deadline', async () => {
    const cluster = await everyMinute({ schedule: '15 * * * *', startingDeadlineSeconds: 30 });
    await cluster.pass(5 * 60);
    expect(jobs(cluster)).toEqual([]);
    await cluster.pass(60 * 60 - 2 * 60);
    expect(jobs(cluster)).toHaveLength(1);
  });

  test('reports a Job of its own that is gone', async () => {
    const cluster = await everyMinute({ concurrencyPolicy: 'Forbid' });
    await cluster.pass(60);
    const [name = ''] = jobs(cluster);
    cluster.remove('jobs', name);
    await cluster.settled();
    expect(cluster.eventMessages('MissingJob')).toEqual([`Active job went missing: ${name}`]);
    expect(cluster.get('cronjobs', 'dig').status.active).toBeUndefined();
    await cluster.pass(60);
    expect(jobs(cluster)).toHaveLength(1);
  });
});

describe('a schedule', () => {
  const at = (time: string) => Date.parse(`2026-03-28T${time}Z`);
  const next = (text: string, timeZone?: string) =>
    new Date(scheduleOf(text, timeZone)(at('03:12:07'))).toISOString().slice(5, 19);

  test.each([
    ['*/5 * * * *', undefined, '03-28T03:15:00'],
    ['0 9 * * MON-FRI', undefined, '03-30T09:00:00'],
    ['0 9 * * ?', 'Europe/Zurich', '03-28T08:00:00'],
    // The clocks go forward on the 29th.
    ['30 3 29 3 *', 'Europe/Zurich', '03-29T01:30:00'],
    ['@daily', undefined, '03-29T00:00:00'],
    ['@every 1h30m', undefined, '03-28T04:42:07'],
    ['7/20 * * * *', undefined, '03-28T03:27:00'],
  ])('%s in zone %s is due next at %s', (text, timeZone, due) => {
    expect(next(text, timeZone)).toBe(due);
  });

  test('is unparseable when it is no cron line', () => {
    expect(() => scheduleOf('every day', undefined)).toThrow();
  });

  test('finds the last due time however long ago the one before was', () => {
    const everyHour = scheduleOf('0 * * * *', undefined);
    expect(dueSince(at('00:30:00'), at('00:59:59'), everyHour).at).toBeUndefined();
    expect(dueSince(at('00:30:00'), at('01:00:00'), everyHour).at).toBe(at('01:00:00'));
    expect(dueSince(at('00:30:00'), at('23:59:00'), everyHour).at).toBe(at('23:00:00'));
  });

  test('is written with the offset of its zone', () => {
    expect(zonedTimestamp(at('03:12:07'), 'Asia/Kolkata')).toBe('2026-03-28T08:42:07+05:30');
    expect(zonedTimestamp(at('03:12:07'), 'America/New_York')).toBe('2026-03-27T23:12:07-04:00');
    expect(zonedTimestamp(at('03:12:07'))).toBe('2026-03-28T03:12:07Z');
  });
});
