import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { fakeApi, type Handler, ok, status } from './fake/api.ts';
import { acquireLease, LeaseLost, LeaseTaken } from './lease.ts';

afterEach(() => nock.cleanAll());

interface Spec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  renewTime?: string;
}

const START = Date.parse('2026-11-24T03:12:07Z');
const CLAIM = { namespace: 'dockercoins', service: 'rng', identity: 'op-mine/1' };

/** A Lease as the API server keeps it: a stale resourceVersion is a conflict. Sleeping moves the clock. */
function leaseServer(spec?: Spec, own: Handler = () => undefined) {
  let stored = spec && { metadata: { name: 'pitlane-rng', resourceVersion: '1' }, spec };
  let version = 1;
  let time = START;
  const api = fakeApi(async (request) => {
    const reply = await own(request);
    if (reply !== undefined) return reply;
    const body = request.body as typeof stored;
    if (request.method === 'GET') return stored && ok(stored);
    if (request.method === 'PUT' && body?.metadata.resourceVersion !== stored?.metadata.resourceVersion) {
      return status(409, 'the object has been modified');
    }
    version += 1;
    stored = body && { ...body, metadata: { name: 'pitlane-rng', resourceVersion: String(version) } };
    return ok(stored);
  });
  const reports: string[] = [];
  return {
    ...api,
    reports,
    holder: () => stored?.spec.holderIdentity,
    steal: (identity: string) => {
      version += 1;
      stored = {
        metadata: { name: 'pitlane-rng', resourceVersion: String(version) },
        spec: { holderIdentity: identity },
      };
    },
    patience: {
      now: () => time,
      sleep: async (ms: number) => {
        time += ms;
      },
      deadline: START + 60_000,
      report: (why: string) => void reports.push(why),
    },
    pass: (ms: number) => {
      time += ms;
    },
  };
}

const held = (renewedSecondsAgo: number): Spec => ({
  holderIdentity: 'op-other/2',
  leaseDurationSeconds: 15,
  renewTime: new Date(START - renewedSecondsAgo * 1000).toISOString(),
});

test('the first lease of a service is created, and given back when all is written', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.holder()).toBe('op-mine/1');
  await lease.release();
  expect(server.holder()).toBe('');
  expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT']);
});

test('somebody who is at it is waited for, and named', async () => {
  const server = leaseServer(held(0));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.holder()).toBe('op-mine/1');
  expect(server.reports[0]).toBe('Waiting for another operation (op-other) that is changing rng.');
  // 15 s of its duration, by our own observation.
  expect(server.patience.now() - START).toBe(15_000);
});

test('one who died is waited for only as long as its lease has left, and 2 s for clocks that differ', async () => {
  const server = leaseServer(held(12));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now() - START).toBe(5_000);
});

test('one who died long ago is not waited for', async () => {
  const server = leaseServer(held(17));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now()).toBe(START);
});

test('one who does not finish before our deadline: nothing is done, and it is named', async () => {
  const server = leaseServer(held(0));
  const taken = acquireLease(server.connection, CLAIM, { ...server.patience, deadline: START + 3_000 });
  await expect(taken).rejects.toThrow(LeaseTaken);
  await expect(taken).rejects.toThrow('Another operation (op-other) is changing rng and has not finished in time.');
});

test('two who take a free lease at once have it one after the other', async () => {
  const server = leaseServer({ holderIdentity: '' });
  const holders: (string | undefined)[] = [];
  await Promise.all(
    ['op-mine/1', 'op-other/2'].map(async (identity) => {
      const lease = await acquireLease(server.connection, { ...CLAIM, identity }, server.patience);
      holders.push(identity);
      expect(server.holder()).toBe(identity);
      await lease.release();
    }),
  );
  expect(holders.sort()).toEqual(['op-mine/1', 'op-other/2']);
});

test('a lease that is nearly over is renewed before a write', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  server.pass(9_000);
  expect(await lease.remainingMs()).toBe(13_000);
});

test('a lease that ran out is not written under, even if nobody has taken it', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  server.pass(13_000);
  await expect(lease.remainingMs()).rejects.toThrow(LeaseLost);
});

test('a lease that somebody else has taken is neither written under nor given back', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  server.steal('op-other/2');
  server.pass(9_000);
  await expect(lease.remainingMs()).rejects.toThrow(LeaseLost);
  await lease.release();
  expect(server.holder()).toBe('op-other/2');
});

test('a lease whose write got no answer is recognised as ours', async () => {
  let lost = 1;
  const server = leaseServer(undefined, ({ method }) => {
    if (method === 'POST' && lost > 0) {
      lost -= 1;
      server.steal('op-mine/1');
      return { fails: 'reset' };
    }
    return undefined;
  });
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now() - START).toBeLessThan(1_000);
});

test.each([
  ['is too busy', { status: 429, body: '', headers: { 'retry-after': '2' } }, 2_000],
  ['stumbles', status(503, 'etcd has no leader'), 200],
])('an API server that %s is waited for', async (_, reply, waited) => {
  const replies = [reply];
  const server = leaseServer(undefined, ({ method }) => (method === 'POST' ? replies.shift() : undefined));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now() - START).toBe(waited);
});

test('one that never gives a free lease is named, and nobody is said to have it', async () => {
  const server = leaseServer({ holderIdentity: '' }, ({ method }) =>
    method === 'PUT' ? status(503, 'etcd has no leader') : undefined,
  );
  const taken = acquireLease(server.connection, CLAIM, server.patience);
  await expect(taken).rejects.toThrow(LeaseTaken);
  await expect(taken).rejects.toThrow('etcd has no leader');
  expect(server.reports.join()).not.toContain('another operation');
});

test('a lease that somebody has deleted is lost', async () => {
  let isDeleted = false;
  const server = leaseServer(undefined, ({ method }) =>
    isDeleted && method === 'PUT' ? status(404, 'not found') : undefined,
  );
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  isDeleted = true;
  server.pass(9_000);
  await expect(lease.remainingMs()).rejects.toThrow(LeaseLost);
});

test('a user without the right to leases is told which one is missing', async () => {
  const server = leaseServer(undefined, ({ method }) =>
    method === 'POST'
      ? status(
          403,
          'leases.coordination.k8s.io is forbidden: User "sam" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "dockercoins"',
        )
      : undefined,
  );
  await expect(acquireLease(server.connection, CLAIM, server.patience)).rejects.toThrow(
    'The user sam may not create leases.coordination.k8s.io in namespace dockercoins (403).',
  );
});
