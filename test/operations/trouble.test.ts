import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import type { ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import { admins } from '../admins.ts';
import { isService } from '../bad-days/faults.ts';
import { connectionAt } from '../bad-days/rng-in-slack.ts';
import { GoldenFile } from '../golden.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);

/** What a second API server answers; undefined: nothing, ever. */
let status: number | undefined;
let bad: Server;
beforeAll(async () => {
  bad = createServer((_, response) => {
    if (status !== undefined) response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => bad.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  bad.closeAllConnections();
  bad.close();
});

/** Configures a service in a second cluster, which comes first. */
function withOther(connect: () => Connection | Promise<Connection>): void {
  const { namespace } = rng;
  const own = connectionTo(rng.cluster.kubeConfigInProcess);
  const service = (key: string): ServiceConfig => ({
    key,
    cluster: key === 'far' ? 'other' : 'test',
    namespace,
    service: key,
    policy: rng.policy,
  });
  const house = {
    service,
    access: admins('U0ADA00000'),
    keys: ['far', 'rng'],
    connect: (cluster: string) => (cluster === 'other' ? connect() : own),
    now: rng.now,
    hasTick: true as const,
  };
  rng.house = () => ({ service, access: house.access, pitlane: createPitlane(house) });
}

beforeEach(async () => {
  await rng.type('/rng drain rng-a');
  rng.skipTime(HOUR_MS);
  rng.workerMs = 36_000;
});

describe('a cluster does not keep the tick from the others', () => {
  test.each([
    ['when it refuses connections', 'http://127.0.0.1:1', undefined, 'other'],
    ['when it rejects our credentials', '', 401, 'other/ns'],
    ['when it fails', '', 500, 'other'],
    ['when it never answers', '', undefined, 'other'],
  ])('%s', async (_, server, answered, where) => {
    status = answered;
    withOther(() => connectionAt(server || `http://127.0.0.1:${(bad.address() as AddressInfo).port}`));
    const { answer } = await rng.tick();
    expect(rng.reminders('rng-a')).toBe(1);
    expect(answer).toMatchObject({ ok: false, namespaces: 2, trouble: [expect.stringMatching(`^${where}: `)] });
    // Which read fails last differs from run to run.
    golden.expect(...answer.trouble.map((trouble) => trouble.replace(/(list \w+|get ConfigMap \S+) in/, 'read … in')));
  });

  test('when there is no way to connect', async () => {
    withOther(() => Promise.reject(new TypeError('an error of our own')));
    const { answer } = await rng.tick();
    expect(rng.reminders('rng-a')).toBe(1);
    expect(answer.trouble).toEqual(['other: an error of our own']);
  });
});

test('a service whose journal can not be written does not keep the tick from the others', async () => {
  await rng.type('/hasher drain hash');
  rng.failAll(({ method, path }) => method === 'PUT' && path.endsWith('/configmaps/pitlane-rng'), { status: 403 });
  const { answer } = await rng.tick();
  expect(answer.trouble).toEqual([expect.stringMatching(/^test\/ns rng: /)]);
});

describe('ticks at once', () => {
  const atOnce = () => Promise.all([rng.tick(), rng.tick(), rng.tick()]);

  test('do everything once', async () => {
    rng.then('restore');
    await rng.type('/rng drain rng-b');
    rng.skipTime(HOUR_MS);
    rng.news();
    const ticks = await atOnce();
    expect(ticks.flatMap(({ answer }) => answer.did)).toHaveLength(2);
    expect(rng.news().toSorted()).toEqual(['ops, thread of done: done', 'ops, thread of done: reminder']);
    expect(rng.changedPods()).not.toContain('rng-b');
  });

  test('continue an operation once', async () => {
    await rng.type('/rng drain rng-b');
    rng.leave({ command: 'restore', service: 'rng', dryRun: false, force: false }, 'rng-b');
    rng.news();
    await atOnce();
    expect(rng.news().filter((code) => code.endsWith(': done'))).toHaveLength(1);
    expect(rng.journal.operations.at(-1)?.ended?.kind).toBe('done');
  });
});

test('a tick that runs out of time leaves the rest to the next one', async () => {
  rng.workerMs = 10_000;
  expect((await rng.tick()).answer).toEqual({ ok: true, namespaces: 1, did: [], trouble: [] });
  rng.workerMs = 60_000;
  await rng.ticked(MINUTE_MS);
  expect(rng.reminders('rng-a')).toBe(1);
});

test('two minutes after a tick has died the next one does its work', async () => {
  const isJournal = ({ method, path }: { method: string; path: string }) =>
    method === 'PUT' && path.endsWith('/configmaps/pitlane-rng');
  // It holds the note, and then the service can't be read any more.
  let isHeld = false;
  rng.intercept((request) => {
    isHeld ||= isJournal(request);
    return isHeld && isService(request) ? 'drop' : 'pass';
  });
  rng.slack.workspace.refuses = () => 'fatal_error';
  expect((await rng.tick()).answer.did).toEqual([]);
  rng.intercept(() => 'pass');
  rng.slack.workspace.refuses = undefined;
  expect((await rng.ticked(2 * MINUTE_MS)).news).toContain('ops, thread of done: reminder');
});
