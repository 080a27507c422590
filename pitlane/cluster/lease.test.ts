import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { fakeApi, type Handler, ok, status } from './fake/api.fixture.ts';
import { acquireLease, LeaseLost, LeaseTaken } from './lease.ts';

afterEach(() => nock.cleanAll());

interface Spec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  renewTime?: string;
}

const START = Date.parse('2026-11-24T03:12:07Z');
const CLAIM = { namespace: 'dockercoins', identity: 'op-mine/1' };

/** An API server with one Lease: a stale resourceVersion is a conflict. Sleeping advances the clock. */
function leaseServer(spec?: Spec, own: Handler = () => undefined) {
  let stored = spec && { metadata: { name: 'pitlane', resourceVersion: '1' }, spec };
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
    stored = body && { ...body, metadata: { name: 'pitlane', resourceVersion: String(version) } };
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
        metadata: { name: 'pitlane', resourceVersion: String(version) },
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

test('creates the first lease of a service and releases it', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.holder()).toBe('op-mine/1');
  await lease.release();
  expect(server.holder()).toBe('');
  expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT']);
});

test('waits for the current holder until its lease expires', async () => {
  const server = leaseServer(held(0));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.holder()).toBe('op-mine/1');
  expect(server.reports[0]).toContain('op-other');
  // The duration of the lease by our own clock.
  expect(server.patience.now() - START).toBe(15_000);
});

test('waits for a dead holder until its renew time plus the clock skew of 2 s', async () => {
  const server = leaseServer(held(12));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now() - START).toBe(5_000);
});

test('does not wait for a lease that expired long ago', async () => {
  const server = leaseServer(held(17));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now()).toBe(START);
});

test('throws LeaseTaken with the holder at the deadline', async () => {
  const server = leaseServer(held(0));
  const taken = acquireLease(server.connection, CLAIM, { ...server.patience, deadline: START + 3_000 });
  await expect(taken).rejects.toThrow(LeaseTaken);
  await expect(taken).rejects.toMatchObject({ holder: 'op-other' });
});

test('gives a free lease to two claims one after the other', async () => {
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

test('renews a lease that is about to expire before a write', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  server.pass(9_000);
  expect(await lease.remainingMs()).toBe(13_000);
});

test('throws LeaseLost after the lease expired, even without another holder', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  server.pass(13_000);
  await expect(lease.remainingMs()).rejects.toThrow(LeaseLost);
});

test('throws LeaseLost and does not release a lease that another holder acquired', async () => {
  const server = leaseServer();
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  server.steal('op-other/2');
  server.pass(9_000);
  await expect(lease.remainingMs()).rejects.toThrow(LeaseLost);
  await lease.release();
  expect(server.holder()).toBe('op-other/2');
});

test('recognises its own lease after a write without an answer', async () => {
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
  ['answers 429', { status: 429, body: '', headers: { 'retry-after': '2' } }, 2_000],
  ['answers 503', status(503, 'etcd has no leader'), 200],
])('retries when the API server %s', async (_, reply, waited) => {
  const replies = [reply];
  const server = leaseServer(undefined, ({ method }) => (method === 'POST' ? replies.shift() : undefined));
  await acquireLease(server.connection, CLAIM, server.patience);
  expect(server.patience.now() - START).toBe(waited);
});

test('throws LeaseTaken with the error of an API server that never grants a free lease', async () => {
  const server = leaseServer({ holderIdentity: '' }, ({ method }) =>
    method === 'PUT' ? status(503, 'etcd has no leader') : undefined,
  );
  const taken = acquireLease(server.connection, CLAIM, server.patience);
  await expect(taken).rejects.toThrow(LeaseTaken);
  await expect(taken).rejects.toThrow('etcd has no leader');
  expect(server.reports.join()).not.toContain('another operation');
});

test('throws LeaseLost after the lease was deleted', async () => {
  let isDeleted = false;
  const server = leaseServer(undefined, ({ method }) =>
    isDeleted && method === 'PUT' ? status(404, 'not found') : undefined,
  );
  const lease = await acquireLease(server.connection, CLAIM, server.patience);
  isDeleted = true;
  server.pass(9_000);
  await expect(lease.remainingMs()).rejects.toThrow(LeaseLost);
});

test('throws Forbidden without the permission to create leases', async () => {
  const server = leaseServer(undefined, ({ method }) =>
    method === 'POST'
      ? status(
          403,
          'leases.coordination.k8s.io is forbidden: User "sam" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "dockercoins"',
        )
      : undefined,
  );
  await expect(acquireLease(server.connection, CLAIM, server.patience)).rejects.toMatchObject({
    missing: { user: 'sam', verb: 'create', resource: 'leases.coordination.k8s.io', namespace: 'dockercoins' },
  });
});

test('explains every error in a sentence', async () => {
  const server = leaseServer(held(0));
  const late = acquireLease(server.connection, CLAIM, { ...server.patience, deadline: START + 3_000 });
  const taken = await late.catch((error: Error) => error.message);
  const sentences = [server.reports[0], taken, new LeaseLost('dockercoins').message];
  await expect(`${sentences.join('\n')}\n`).toMatchFileSnapshot('golden/lease.golden.txt');
});
