import nock from 'nock';
import { afterEach, expect, test, vi } from 'vitest';
import { type Call, connectionTo } from './connection.ts';
import {
  Conflict,
  Expired,
  Forbidden,
  NotFound,
  Rejected,
  Stopped,
  TooManyRequests,
  Unauthorized,
  Unavailable,
} from './errors.ts';
import { fakeApi, ok, type Reply, status } from './fake/api.fixture.ts';
import { BUDGETS, PODS } from './resource.ts';

afterEach(() => nock.cleanAll());

const READ: Call = { verb: 'get', place: { resource: PODS, namespace: 'dockercoins', name: 'rng-b85tm' } };
const WRITE: Call = { ...READ, verb: 'patch', body: [{ op: 'test', path: '/metadata/uid', value: 'u-1' }] };

async function failureOf(call: Call, reply: Reply): Promise<Error> {
  const { connection } = fakeApi(() => reply);
  return connection.send(call).then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );
}

const DENIED =
  'pods "rng-b85tm" is forbidden: User "U042" cannot get resource "pods" in API group "" in the namespace "dockercoins"';
const CANNOT_IMPERSONATE =
  'users "pitlane" is forbidden: User "arn:aws:iam::1:role/x" cannot impersonate resource "users" in API group "" at the cluster scope';
const DENIED_BY_WEBHOOK = 'admission webhook "no.example.com" denied the request: not on Fridays.';
const INVALID_LABEL = { field: 'metadata.labels', message: 'Invalid value: "-": a valid label must be …' };

const FAILURES: readonly [string, Call, Reply, new (...args: never[]) => Error][] = [
  ['401', READ, status(401, 'Unauthorized'), Unauthorized],
  ['403 from RBAC', READ, status(403, DENIED), Forbidden],
  ['403 for impersonation', READ, status(403, CANNOT_IMPERSONATE), Forbidden],
  ['403 from a policy', WRITE, status(403, DENIED_BY_WEBHOOK), Forbidden],
  ['404', READ, status(404, 'pods "rng-b85tm" not found'), NotFound],
  ['404 for a whole kind', { ...READ, place: { resource: BUDGETS } }, status(404, 'not found'), NotFound],
  ['404 from a server that is not an API server', READ, { status: 404, body: '<html>Not found</html>' }, Unavailable],
  ['an answer that is not JSON', READ, { status: 200, body: '<html>Hello</html>' }, Unavailable],
  ['409', WRITE, status(409, 'the object has been modified'), Conflict],
  ['410', READ, status(410, 'too old resource version'), Expired],
  ['422 for a failed patch test', WRITE, status(422, 'the server rejected our request'), Conflict],
  ['422 from validation', WRITE, status(422, 'Pod is invalid', { causes: [INVALID_LABEL] }), Rejected],
  ['400 without a reason', WRITE, { status: 400, body: '' }, Rejected],
  ['429', READ, status(429, 'too many requests'), TooManyRequests],
  ['500', READ, status(500, 'etcdserver: request timed out'), Unavailable],
  ['502 from a proxy, in HTML', READ, { status: 502, body: '<html>Bad gateway</html>' }, Unavailable],
  ['a refused connection', READ, { fails: 'refused' }, Unavailable],
  ['a broken connection', READ, { fails: 'reset' }, Unavailable],
];

test.each(FAILURES)('%s throws its own error class', async (_, call, reply, kind) => {
  expect(await failureOf(call, reply)).toBeInstanceOf(kind);
});

test('explains every error in a sentence', async () => {
  const lines: string[] = [];
  for (const [name, call, reply] of FAILURES) lines.push(`${name}: ${(await failureOf(call, reply)).message}\n`);
  const { connection } = fakeApi(() => new Promise(() => {}));
  const timedOut = connection.send({ ...READ, timeoutMs: 50 });
  lines.push(`a timeout: ${await timedOut.catch((error: Error) => error.message)}\n`);
  const aborted = connection.send({ ...READ, signal: AbortSignal.abort() });
  lines.push(`an abort: ${await aborted.catch((error: Error) => error.message)}\n`);
  await expect(lines.join('')).toMatchFileSnapshot('golden/errors.golden.txt');
});

test.each([
  status(403, 'admission webhook "no.example.com" denied the request: token=hunter2'),
  status(422, 'Pod is invalid', { causes: [{ field: 'spec', message: 'Invalid value: {"password":"hunter2"}' }] }),
  status(500, 'Post "https://ada:hunter2@hook": dial tcp: no route to host'),
])('redacts what the API server quotes: $body.message', async (reply) => {
  const { message } = await failureOf(WRITE, reply);
  expect(message).toContain('<redacted>');
  expect(message).not.toContain('hunter2');
});

test('429 carries the time from Retry-After', async () => {
  const error = await failureOf(READ, { status: 429, body: '', headers: { 'retry-after': '3' } });
  expect(error).toMatchObject({ retryAfterMs: 3_000, isRetryable: true });
});

test('a call without an answer times out', async () => {
  const { connection } = fakeApi(() => new Promise(() => {}));
  await expect(connection.send({ ...READ, timeoutMs: 50 })).rejects.toBeInstanceOf(Unavailable);
});

test('the timeout starts after the authentication, which may ask a person to log in', async () => {
  const order: string[] = [];
  const startTimer = AbortSignal.timeout.bind(AbortSignal);
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    order.push('timeout starts');
    return startTimer(ms);
  });
  nock('https://lab.test').get('/api/v1/pods').reply(200, {});
  const connection = connectionTo({
    getCurrentCluster: () => ({ name: 'lab', server: 'https://lab.test', skipTLSVerify: false }),
    getCurrentContext: () => 'lab',
    applySecurityAuthentication: async () => void order.push('authenticated'),
  });
  await connection.send({ verb: 'list', place: { resource: PODS } });
  timeout.mockRestore();
  expect(order).toEqual(['authenticated', 'timeout starts']);
});

test('a call that the caller aborts is Stopped, not Unavailable', async () => {
  const { connection } = fakeApi(() => new Promise(() => {}));
  const controller = new AbortController();
  const sent = connection.send({ ...READ, signal: controller.signal });
  controller.abort();
  await expect(sent).rejects.toBeInstanceOf(Stopped);
});

test('impersonation sends user, group and person as headers', async () => {
  const { connection, requests } = fakeApi(() => ok({}));
  await connection.as({ user: 'pitlane', group: 'pitlane:operator', extra: { Person: 'U042' } }).send(READ);
  const { headers } = requests[0] as (typeof requests)[0];
  expect(headers.get('impersonate-user')).toBe('pitlane');
  expect(headers.get('impersonate-group')).toBe('pitlane:operator');
  expect(headers.get('impersonate-extra-person')).toBe('U042');
});

test('a dry run sends dryRun=All and returns the warnings of the API server', async () => {
  const { connection, lines } = fakeApi(() => ({
    status: 200,
    body: {},
    headers: { warning: '299 - "policy would deny", 299 - "say \\"please\\"", 299 - "token=hunter2"' },
  }));
  const { warnings } = await connection.send({ ...WRITE, dryRun: true });
  expect(lines()).toEqual(['PATCH /api/v1/namespaces/dockercoins/pods/rng-b85tm?dryRun=All']);
  expect(warnings).toEqual(['policy would deny', 'say "please"', 'token=<redacted>']);
});

test('counts requests and received bytes', async () => {
  const { connection } = fakeApi(() => ok({ a: 1 }));
  await connection.send(READ);
  await connection.as({ user: 'pitlane' }).send(READ);
  expect(connection.usage).toEqual({ requests: 2, received: 14 });
});
