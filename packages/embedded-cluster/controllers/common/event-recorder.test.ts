import { describe, expect, test } from 'vitest';
import type { Api, KubeObject } from '../../api/api.ts';
import { newCluster } from '../../api-server/cluster.ts';
import { apiOf } from '../../api-server/in-process.ts';
import { barePod } from '../cluster.fixture.ts';
import { type EventRecorder, eventRecorder } from './event-recorder.ts';

function newRecorder(): {
  api: Api;
  recorder: EventRecorder;
  pod: KubeObject;
  clock: { now: number };
  written: () => string[];
} {
  const clock = { now: Date.parse('2026-03-01T03:12:07Z') };
  const api = apiOf(newCluster({ now: () => clock.now }));
  const pod = api.create('pods', barePod('rng') as KubeObject);
  const written = () =>
    [...api.list('events', 'default')]
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ count, message }) => `${count}x ${message}`);
  return { api, recorder: eventRecorder(api), pod, clock, written };
}

describe('Events', () => {
  test('name the object, the component and the time', () => {
    const { api, recorder, pod } = newRecorder();
    recorder.record('replicaset-controller', pod, 'Normal', 'SuccessfulCreate', 'Created pod: rng');
    const [event] = api.list('events', 'default');
    expect(event).toMatchObject({
      involvedObject: { kind: 'Pod', namespace: 'default', name: 'rng', uid: pod.metadata.uid, apiVersion: 'v1' },
      source: { component: 'replicaset-controller' },
      type: 'Normal',
      reason: 'SuccessfulCreate',
      firstTimestamp: '2026-03-01T03:12:07Z',
      lastTimestamp: '2026-03-01T03:12:07Z',
      count: 1,
    });
    expect(event?.metadata.name).toMatch(/^rng\.[0-9a-f]{15,16}$/);
  });

  test('count repetitions', () => {
    const { recorder, pod, written } = newRecorder();
    for (let i = 0; i < 3; i++) recorder.record('test', pod, 'Warning', 'FailedCreate', 'no');
    expect(written()).toEqual(['3x no']);
  });

  test('are combined from the tenth similar one on', () => {
    const { recorder, pod, written } = newRecorder();
    for (let i = 1; i <= 12; i++) recorder.record('test', pod, 'Normal', 'SuccessfulCreate', `Created pod: ${i}`);
    expect(written()).toHaveLength(10);
    expect(written().at(-1)).toBe('3x (combined from similar events): Created pod: 12');
  });

  test('are limited to a burst of 25 for an object, then one in five minutes', () => {
    const { recorder, pod, written, clock } = newRecorder();
    for (let i = 1; i <= 30; i++) recorder.record('test', pod, 'Normal', `Reason${i}`, 'yes');
    expect(written()).toHaveLength(25);
    clock.now += 300_000;
    recorder.record('test', pod, 'Normal', 'Later', 'yes');
    recorder.record('test', pod, 'Normal', 'TooSoon', 'yes');
    expect(written()).toHaveLength(26);
  });

  test('of the scheduler repeat as a series', () => {
    const { api, recorder, pod } = newRecorder();
    for (let i = 0; i < 2; i++) recorder.recordAction(pod, 'Warning', 'FailedScheduling', 'Scheduling', 'no room');
    expect(api.list('events', 'default')).toMatchObject([
      { action: 'Scheduling', reportingComponent: 'default-scheduler', message: 'no room', series: { count: 2 } },
    ]);
  });
});
