import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import type { ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import { admins } from '../admins.ts';
import { isService } from '../bad-days/faults.ts';
import { HOUR_MS, MINUTE_MS, RngAndTheClock } from './rng-and-the-clock.ts';

const rng = new RngAndTheClock();

/** A second cluster that answers so; undefined: never. */
let answer: { status: number } | undefined;
let bad: Server;
beforeAll(async () => {
  bad = createServer((_, response) => {
    if (answer !== undefined) response.writeHead(answer.status).end('{}');
  });
  await new Promise<void>((resolve) => bad.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  bad.closeAllConnections();
  bad.close();
});

function connectionAt(server: string): Connection {
  const { kubeConfig } = rng.cluster;
  return connectionTo({
    getCurrentContext: () => kubeConfig.getCurrentContext(),
    getCurrentCluster: () => {
      const cluster = kubeConfig.getCurrentCluster();
      return cluster && { ...cluster, server };
    },
    applySecurityAuthentication: async () => {},
  });
}

/** With a service in another cluster, which comes first. */
function withOther(connect: () => Connection | Promise<Connection>): void {
  const { namespace } = rng;
  const own = connectionTo(rng.cluster.kubeConfig);
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
  };
  rng.house = () => ({ service, access: house.access, pitlane: createPitlane(house) });
}

/** Its time is over once the one that can be looked at was. */
async function tickThatWaits() {
  const told = rng.tick();
  await expect.poll(() => rng.slack.workspace.messages.at(-1)?.text, { interval: 10 }).toContain('still drained');
  await expect.poll(() => rng.journal.drains[0]?.reminder, { interval: 10 }).toBeDefined();
  rng.later(MINUTE_MS);
  return (await told).answer;
}

beforeEach(async () => {
  await rng.type('/rng drain rng-a');
  rng.later(HOUR_MS);
  rng.workerMs = 36_000;
});

describe('one cluster that can not be looked at keeps no other from it', () => {
  test.each([
    ['refuses connections', 'http://127.0.0.1:1', undefined, /^other\/ns: Can't list .*/],
    ['does not know us', '', { status: 401 }, /^other\/ns: Can't list .* Pitlane's credentials/],
    ['fails', '', { status: 500 }, /^other\/ns: Can't list .* HTTP 500/],
  ])('one that %s', async (_, server, status, says) => {
    answer = status;
    const url = server || `http://127.0.0.1:${(bad.address() as AddressInfo).port}`;
    withOther(() => ({ ...connectionAt(url), as: () => connectionAt(url) }));
    const told = await tickThatWaits();
    expect(told.did).toEqual(['test/ns rng: reminded of rng-a (1)']);
    expect(told).toMatchObject({ ok: false, namespaces: 2, trouble: [expect.stringMatching(says)] });
  });

  test('one that never answers', async () => {
    answer = undefined;
    const connection = connectionAt(`http://127.0.0.1:${(bad.address() as AddressInfo).port}`);
    withOther(() => ({ ...connection, send: (call) => connection.send({ ...call, timeoutMs: 50 }) }));
    const told = await tickThatWaits();
    expect(told.trouble).toEqual([expect.stringMatching(/^other\/ns: .*no answer within 0\.05 s/)]);
  });

  test('one that there is no way into', async () => {
    withOther(() => Promise.reject(new TypeError('a bug, or a configuration that nobody has thought of')));
    const { answer: told } = await rng.tick();
    expect(told.did).toEqual(['test/ns rng: reminded of rng-a (1)']);
    expect(told.trouble).toEqual(['other/ns: a bug, or a configuration that nobody has thought of']);
  });
});

describe('one service', () => {
  test('whose journal can not be written keeps no other from being looked after', async () => {
    await rng.type('/hasher drain hash');
    rng.breakDown(({ method, path }) => method === 'PUT' && path.endsWith('/configmaps/pitlane-rng'), { status: 403 });
    const { answer: told } = await rng.tick();
    expect(told.trouble).toHaveLength(1);
    expect(told.trouble[0]).toContain('test/ns rng: ');
  });
});

test('two ticks at once do everything once', async () => {
  rng.then('restore');
  await rng.type('/rng drain rng-b');
  rng.later(HOUR_MS);
  rng.news();
  const ticks = await Promise.all([rng.tick(), rng.tick(), rng.tick()]);
  const did = ticks.flatMap(({ answer: { did: done } }) => done).sort();
  expect(did).toEqual([
    'test/ns rng: reminded of rng-a (1)',
    'test/ns rng: restore of rng-b at the end of its time: done',
  ]);
  const headings = rng.news().map((message) => message.split('\n')[0]);
  expect(headings.sort()).toEqual([
    expect.stringContaining('rng-a is still drained'),
    expect.stringContaining(': Restored rng-b'),
  ]);
});

test('two ticks at once finish what was left once', async () => {
  await rng.type('/rng drain rng-b');
  rng.leave({ command: 'restore', service: 'rng', dryRun: false, force: false }, 'rng-b');
  rng.news();
  const ticks = await Promise.all([rng.tick(), rng.tick(), rng.tick()]);
  const did = ticks.flatMap(({ answer: { did: done } }) => done).filter((done) => done.includes('rng-b'));
  expect(did).toEqual([expect.stringMatching(/went on with restore of rng-b \(left-\d+\): done$/)]);
  expect(rng.news().filter((message) => message.includes('Restored rng-b'))).toHaveLength(1);
});

test('a tick that runs out of time leaves the rest to the next one', async () => {
  rng.workerMs = 10_000;
  expect((await rng.tick()).answer).toEqual({ ok: true, namespaces: 1, did: [], trouble: [] });
  rng.workerMs = 60_000;
  expect((await rng.ticked(MINUTE_MS)).did).toEqual(['reminded of rng-a (1)']);
});

test('a tick that dies after it has begun leaves it to the next one, two minutes later', async () => {
  const isJournal = ({ method, path }: { method: string; path: string }) =>
    method === 'PUT' && path.endsWith('/configmaps/pitlane-rng');
  // It holds the note, and then the service can't be read any more.
  let isHeld = false;
  rng.intercept((request) => {
    isHeld ||= isJournal(request);
    return isHeld && isService(request) ? 'drop' : 'pass';
  });
  rng.isHurried = true;
  rng.slack.workspace.refuses = () => 'fatal_error';
  expect((await rng.tick()).answer.did).toEqual([]);
  rng.intercept(() => 'pass');
  rng.slack.workspace.refuses = undefined;
  expect((await rng.ticked(2 * MINUTE_MS)).did).toEqual(['reminded of rng-a (1)']);
});
