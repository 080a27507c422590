import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import type { Call } from './connection.ts';
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
import { fakeApi, ok, type Reply, status } from './fake/api.ts';
import { PODS } from './resource.ts';

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

const denied =
  'pods "rng-b85tm" is forbidden: User "U042" cannot get resource "pods" in API group "" in the namespace "dockercoins"';

test.each<[string, Call, Reply, new (...args: never[]) => Error, string]>([
  [
    '401',
    READ,
    status(401, 'Unauthorized'),
    Unauthorized,
    "The cluster did not accept pitlane's credentials to get Pod rng-b85tm in namespace dockercoins (401): they are missing, wrong or expired.",
  ],
  [
    '403 by RBAC',
    READ,
    status(403, denied),
    Forbidden,
    'The user U042 may not get pods in namespace dockercoins (403).',
  ],
  [
    '403 because it may not impersonate',
    READ,
    status(
      403,
      'users "pitlane" is forbidden: User "arn:aws:iam::1:role/x" cannot impersonate resource "users" in API group "" at the cluster scope',
    ),
    Forbidden,
    'The user arn:aws:iam::1:role/x may not impersonate users in the whole cluster (403).',
  ],
  [
    '403 by a policy',
    WRITE,
    status(403, 'admission webhook "no.example.com" denied the request: not on Fridays.'),
    Forbidden,
    `Pitlane's user may not patch pods in namespace dockercoins (403). It said: admission webhook "no.example.com" denied the request: not on Fridays.`,
  ],
  [
    '404',
    READ,
    status(404, 'pods "rng-b85tm" not found'),
    NotFound,
    'There is no Pod rng-b85tm in namespace dockercoins (404).',
  ],
  [
    '404 by something that is no API server',
    READ,
    { status: 404, body: '<html>File not found</html>' },
    Unavailable,
    'The cluster could not get Pod rng-b85tm in namespace dockercoins: what answered is no API server (it answered 404 in words of its own).',
  ],
  [
    '409',
    WRITE,
    status(409, 'the object has been modified'),
    Conflict,
    'Pod rng-b85tm in namespace dockercoins was changed by somebody else meanwhile (409).',
  ],
  [
    '410',
    READ,
    status(410, 'too old resource version'),
    Expired,
    'The cluster no longer knows where it was asked to go on to get Pod rng-b85tm in namespace dockercoins (410).',
  ],
  [
    '422 to a patch whose test failed',
    WRITE,
    status(422, 'the server rejected our request due to an error in our request'),
    Conflict,
    'Pod rng-b85tm in namespace dockercoins was changed by somebody else meanwhile (422).',
  ],
  [
    '422 by validation',
    WRITE,
    status(422, 'Pod "rng-b85tm" is invalid', {
      causes: [{ field: 'metadata.labels', message: 'Invalid value: "-": a valid label must be …' }],
    }),
    Rejected,
    'The cluster refused to patch Pod rng-b85tm in namespace dockercoins (422): metadata.labels: Invalid value: "-": a valid label must be ….',
  ],
  [
    '429',
    READ,
    { ...status(429, 'too many requests'), headers: { 'retry-after': '3' } } as Reply,
    TooManyRequests,
    'The cluster is too busy to get Pod rng-b85tm in namespace dockercoins (429).',
  ],
  [
    '500',
    READ,
    status(500, 'etcdserver: request timed out'),
    Unavailable,
    'The cluster could not get Pod rng-b85tm in namespace dockercoins: it answered 500 (etcdserver: request timed out).',
  ],
  [
    '502 by a proxy in HTML',
    READ,
    { status: 502, body: '<html>Bad gateway</html>' },
    Unavailable,
    'The cluster could not get Pod rng-b85tm in namespace dockercoins: it answered 502.',
  ],
  [
    'a refused connection',
    READ,
    { fails: 'refused' },
    Unavailable,
    'The cluster could not get Pod rng-b85tm in namespace dockercoins: nothing listens at its address (connection refused).',
  ],
  [
    'a broken connection',
    READ,
    { fails: 'reset' },
    Unavailable,
    'The cluster could not get Pod rng-b85tm in namespace dockercoins: the connection broke off.',
  ],
])('%s is an error of its own kind, and a sentence', async (_, call, reply, kind, sentence) => {
  const error = await failureOf(call, reply);
  expect(error.message).toBe(sentence);
  expect(error).toBeInstanceOf(kind);
});

test('429 says how long to wait', async () => {
  const error = await failureOf(READ, { status: 429, body: '', headers: { 'retry-after': '3' } });
  expect(error).toMatchObject({ retryAfterMs: 3_000, isRetryable: true });
});

test('an answer that does not come is given up in time', async () => {
  const { connection } = fakeApi(() => new Promise(() => {}));
  await expect(connection.send({ ...READ, timeoutMs: 50 })).rejects.toThrow(
    'The cluster could not get Pod rng-b85tm in namespace dockercoins: no answer within 0.05 s.',
  );
});

test('a call that the caller ends is told apart from one that timed out', async () => {
  const { connection } = fakeApi(() => new Promise(() => {}));
  const controller = new AbortController();
  const sent = connection.send({ ...READ, signal: controller.signal });
  controller.abort();
  await expect(sent).rejects.toBeInstanceOf(Stopped);
});

test('acting as somebody else names user, group and person in headers', async () => {
  const { connection, requests } = fakeApi(() => ok({}));
  await connection.as({ user: 'pitlane', group: 'pitlane:operator', extra: { Person: 'U042' } }).send(READ);
  const { headers } = requests[0] as (typeof requests)[0];
  expect(headers.get('impersonate-user')).toBe('pitlane');
  expect(headers.get('impersonate-group')).toBe('pitlane:operator');
  expect(headers.get('impersonate-extra-person')).toBe('U042');
});

test('a dry run is asked for as one, and the warnings of the API server come back', async () => {
  const { connection, lines } = fakeApi(() => ({
    status: 200,
    body: {},
    headers: { warning: '299 - "policy would deny", 299 - "say \\"please\\""' },
  }));
  const { warnings } = await connection.send({ ...WRITE, dryRun: true });
  expect(lines()).toEqual(['PATCH /api/v1/namespaces/dockercoins/pods/rng-b85tm?dryRun=All']);
  expect(warnings).toEqual(['policy would deny', 'say "please"']);
});

test('requests and what they brought are counted', async () => {
  const { connection } = fakeApi(() => ok({ a: 1 }));
  await connection.send(READ);
  await connection.as({ user: 'pitlane' }).send(READ);
  expect(connection.usage).toEqual({ requests: 2, received: 14 });
});
