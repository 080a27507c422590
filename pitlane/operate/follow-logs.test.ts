import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { breakingAfter, isFollowedLog, LogFollower, numbered, writer } from '../../test/builders/log-follower.ts';
import { GoldenFile } from '../../test/golden.ts';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import { type Call, type Connection, connectionTo } from '../cluster/connection.ts';
import { Forbidden, Unavailable } from '../cluster/errors.ts';
import type { LogsRequest } from '../command/request.ts';
import { DEFAULT_POLICY } from '../config/config.ts';
import { type FollowMark, followMarkText } from './follow-marks.ts';
import type { Outcome } from './outcome.ts';
import { createPitlane } from './pitlane.ts';

const rng = new RngOnEmbedded();
const golden = new GoldenFile(import.meta.url);
const FOLLOW: LogsRequest = { command: 'logs', service: 'rng', previous: false, tail: 100, follow: true };
const ALL: LogsRequest = { ...FOLLOW, selector: 'app=rng' };

type Through = (connection: Connection) => Connection;

class Follower extends LogFollower {
  constructor(request: LogsRequest, through: Through = (connection) => connection) {
    const { namespace } = rng;
    const service = { key: 'rng', cluster: 'test', namespace, service: 'rng', policy: DEFAULT_POLICY };
    const pitlane = createPitlane({
      now: Date.now,
      connect: () => through(rng.recorded(connectionTo(rng.cluster.kubeConfigInProcess))),
      service: () => service,
    });
    super(pitlane, request);
  }

  override stop(): Promise<Outcome> {
    return during(super.stop());
  }

  untilLine(text: string): Promise<void> {
    return until(`line ${text}`, () => this.lines.some((line) => line.endsWith(text)));
  }

  untilMark(pod: string, kind: FollowMark['kind']): Promise<void> {
    return until(`${pod} ${kind}`, () => this.kindsOf(pod).includes(kind));
  }
}

function createWriter(name: string, lines: number, { labels = { app: 'rng' }, then = 'sleep infinity', ...spec } = {}) {
  rng.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: rng.namespace, labels },
    spec: { containers: [{ name: 'writer', ...writer(lines, then) }], ...spec },
  });
}

function forbidding(isForbidden: (call: Call) => boolean): Through {
  return (connection) => ({
    ...connection,
    async open(call) {
      if (!isForbidden(call)) return connection.open(call);
      const { verb, place } = call;
      const resource = [place.resource.plural, place.subresource].filter(Boolean).join('/');
      throw new Forbidden(call, { verb, resource, namespace: rng.namespace }, { status: 403 });
    },
  });
}

describe('logs --follow of a selector', () => {
  test('streams a new pod from its first line, and marks that it came', async () => {
    const follower = new Follower({ ...ALL, tail: 1 });
    await until('the logs are open', () => follower.lines.length >= 4);
    createWriter('newcomer', 5);
    await follower.untilLine('newcomer line 5');
    await follower.untilMark('newcomer', 'inEndpoints');
    expect(follower.of('newcomer')).toEqual(numbered(5));
    expect(follower.kindsOf('newcomer')).toEqual(['joined', 'inEndpoints']);
    expect(await follower.stop()).toEqual({ kind: 'logged', logs: [], notes: [] });
  });

  test('redacts the lines as they come, a private key over several of them', async () => {
    const follower = new Follower({ ...ALL, tail: 1 });
    await until('the logs are open', () => follower.lines.length >= 4);
    const key = ['-----BEGIN PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA0Z3VS5JJ', 'cds3xfny', '-----END PRIVATE KEY-----'];
    const lines = ['token=hunter2', ...key, '- name: DB_PASSWORD', ' value: hunter2', 'the end'];
    const command = ['sh', '-c', [...lines.map((line) => `echo '${line}'`), 'sleep infinity'].join('; ')];
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'talkative', namespace: rng.namespace, labels: { app: 'rng' } },
      spec: { containers: [{ name: 'app', image: 'busybox:1.36', command }] },
    });
    await follower.untilLine('the end');
    expect(follower.of('talkative')).toEqual([
      'token=<redacted>',
      '<redacted>',
      '- name: DB_PASSWORD',
      ' value: <redacted>',
      'the end',
    ]);
    await follower.stop();
  });

  test('streams the last lines of an old pod that begins to match', async () => {
    createWriter('outsider', 20, { labels: { app: 'other' } });
    await until('written', () => rng.pod('outsider')?.status.phase === 'Running');
    await during(wait(120_000));
    const follower = new Follower({ ...ALL, tail: 2 });
    await until('the logs are open', () => follower.lines.length >= 4);
    rng.patch('pods', 'outsider', { metadata: { labels: { app: 'rng' } } });
    await follower.untilLine('outsider line 20');
    expect(follower.of('outsider')).toEqual(['line 19', 'line 20']);
    await follower.stop();
  });

  test('keeps the log of a drained pod, and marks that it has left the selector and the endpoints', async () => {
    const follower = new Follower(ALL);
    await until('the logs are open', () => follower.lines.length >= 4);
    createWriter('rng-a', 400);
    await follower.untilMark('rng-a', 'inEndpoints');
    const drained = rng.carryOut({ ...DRAIN_IT, pods: ['rng-a'] }, { confirmed: 'any' });
    expect((await drained).outcome.kind).toBe('done');
    await follower.untilLine('rng-a line 400');
    expect(follower.of('rng-a')).toEqual(numbered(400));
    expect([...follower.kindsOf('rng-a')].sort()).toEqual(['inEndpoints', 'joined', 'left', 'outOfEndpoints']);
    await rng.carryOut({ ...DRAIN_IT, command: 'restore', pods: ['rng-a'] }, { confirmed: 'any' });
    await follower.untilMark('rng-a', 'rejoined');
    await follower.stop();
  });

  test('marks a pod that is deleted, and follows the others', async () => {
    createWriter('rng-a', 3);
    createWriter('rng-b', 40);
    const follower = new Follower(ALL);
    await follower.untilLine('rng-a line 3');
    rng.cluster.api.delete('pods', rng.namespace, 'rng-a');
    await follower.untilMark('rng-a', 'gone');
    expect(follower.kindsOf('rng-a').filter((kind) => !/endpoints|notReady/i.test(kind))).toEqual([
      'terminating',
      'gone',
    ]);
    await follower.untilLine('rng-b line 40');
    expect(follower.of('rng-b')).toEqual(numbered(40));
    await follower.stop();
  });

  test('follows a container through its restarts, each line once', async () => {
    createWriter('rng-a', 3, { then: 'exit 1' });
    const follower = new Follower(ALL);
    await until('two restarts', () => follower.kindsOf('rng-a').filter((kind) => kind === 'restarted').length === 2);
    await until('all lines', () => follower.of('rng-a').length >= 9);
    expect(follower.of('rng-a')).toEqual([...numbered(3), ...numbered(3), ...numbered(3)]);
    await follower.stop();
  });

  test.each([1, 2, 7])('loses and repeats no line where the connection breaks after %i lines', async (after) => {
    createWriter('rng-a', 60);
    const follower = new Follower(ALL, breakingAfter(after));
    await follower.untilLine('rng-a line 60');
    await during(wait(10_000));
    expect(follower.of('rng-a')).toEqual(numbered(60));
    await follower.stop();
  });

  test('reads the end of a run that is over when the connection is back', async () => {
    let isDown = false;
    const through: Through = (connection) => {
      const breaks = breakingAfter(2)(connection);
      const refused = (call: Call) => new Unavailable(call, 'the connection was refused', {});
      return {
        ...breaks,
        open: async (call) => (isFollowedLog(call) && isDown ? Promise.reject(refused(call)) : breaks.open(call)),
      };
    };
    createWriter('rng-a', 3, { then: 'exit 1' });
    const follower = new Follower({ ...ALL, selector: 'app=rng,!pod-template-hash' }, through);
    await follower.untilLine('rng-a line 2');
    isDown = true;
    await follower.untilMark('rng-a', 'restarted');
    isDown = false;
    await until('the second run', () => follower.of('rng-a').length >= 6);
    expect(follower.of('rng-a').slice(0, 6)).toEqual([...numbered(3), ...numbered(3)]);
    await follower.stop();
  });

  test('lists the pods again and again where they may not be watched, and says so once', async () => {
    createWriter('rng-a', 30);
    const mayNot = forbidding(({ verb, place }) => verb === 'watch' && place.subresource === undefined);
    const follower = new Follower(ALL, (connection) => mayNot(breakingAfter(10)(connection)));
    await follower.untilLine('rng-a line 30');
    expect(follower.of('rng-a')).toEqual(numbered(30));
    const before = [...follower.marks];
    createWriter('rng-b', 3);
    await follower.untilLine('rng-b line 3');
    expect(follower.of('rng-b')).toEqual(numbered(3));
    rng.cluster.api.delete('pods', rng.namespace, 'rng-b');
    await follower.untilMark('rng-b', 'gone');
    golden.expect(
      ...before
        .map(followMarkText)
        .map((text) => text.replaceAll(rng.namespace, 'NAMESPACE'))
        .sort(),
    );
    expect(before.map(({ kind }) => kind)).toEqual(['trouble', 'trouble']);
    await follower.stop();
  });

  test('fails once where logs may not be read', async () => {
    const follower = new Follower(ALL, forbidding(isFollowedLog));
    const outcome = await during(follower.ended);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'Forbidden' });
    expect(follower.marks).toEqual([]);
  });

  test('refuses more logs than it can follow, and leaves out pods that come when it follows as many', async () => {
    const container = (name: string) => ({ name, image: 'busybox:1.36', command: ['sleep', 'infinity'] });
    const containers = Array.from({ length: 45 }, (_, index) => container(`c${index}`));
    createWriter('rng-a', 1, { containers } as object);
    const follower = new Follower(ALL);
    await until('the logs are open', () => follower.lines.length >= 4);
    createWriter('rng-b', 1, { containers: containers.slice(0, 2) } as object);
    await follower.untilMark('rng-b', 'notFollowed');
    await follower.stop();
    const outcome = await during(new Follower(ALL).ended);
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'TooManyPods' });
    golden.expect(outcome.kind === 'notUnderstood' ? outcome.message : '');
  });
});

describe('logs --follow of a pod', () => {
  test('ends with the pod', async () => {
    createWriter('job', 5, { then: 'exit 0', restartPolicy: 'Never' } as object);
    const follower = new Follower({ ...FOLLOW, pod: 'job' });
    expect(await during(follower.ended)).toEqual({ kind: 'logged', logs: [], notes: [] });
    expect(follower.lines).toEqual(numbered(5));
    expect(follower.kindsOf('job')).toContain('ended');
  });

  test('waits for a pod that has not started', async () => {
    rng.startMs = 30_000;
    createWriter('slow', 3);
    const follower = new Follower({ ...FOLLOW, pod: 'slow', tail: 1 });
    await follower.untilLine('line 3');
    expect(follower.lines).toEqual(numbered(3));
    await follower.stop();
  });

  test('goes quiet when the pod leaves rotation, which is marked', async () => {
    const name = await rng.somePod();
    const follower = new Follower({ ...FOLLOW, pod: name });
    await until('the log is open', () => follower.lines.length > 0);
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    await follower.untilMark(name, 'outOfEndpoints');
    expect(follower.kindsOf(name)).toEqual(['outOfEndpoints']);
    await follower.stop();
  });
});

test('each mark is one line', () => {
  const at = Date.UTC(2026, 10, 24, 12, 3, 11);
  const ofPod = { pod: 'rng-a', at };
  const marks: readonly FollowMark[] = [
    { kind: 'joined', selector: 'app=rng', ...ofPod },
    { kind: 'left', selector: 'app=rng,enabled=yes', ...ofPod },
    { kind: 'rejoined', selector: 'app=rng', ...ofPod },
    { kind: 'inEndpoints', ...ofPod },
    { kind: 'notReady', ...ofPod },
    { kind: 'outOfEndpoints', ...ofPod },
    { kind: 'restarted', container: 'rng', restarts: 1, ...ofPod },
    { kind: 'ended', status: 'Completed', ...ofPod },
    { kind: 'terminating', ...ofPod },
    { kind: 'gone', ...ofPod },
    { kind: 'notFollowed', followed: 50, ...ofPod },
    { kind: 'trouble', why: 'Container rng of rng-a has no log to show: the pod is gone.' },
  ];
  golden.expect(...marks.map(followMarkText));
});
