import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import type { SignedJob } from '../pitlane/chat/signed-job.ts';
import { PostFailed } from '../pitlane/chat/slack/post.ts';
import { invocationOf, lambdaHandOver } from './hand-over.ts';

const ENV = {
  AWS_REGION: 'eu-west-1',
  WORKER_FUNCTION: 'pitlane-prod-worker',
  AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'session',
};
const JOB: SignedJob = { job: '{}', signedAt: 1, signature: 'f'.repeat(64) };
const PATH = '/2015-03-31/functions/pitlane-prod-worker/invocations';
const lambda = () => nock('https://lambda.eu-west-1.amazonaws.com');

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  nock.cleanAll();
});

async function failure(promise: Promise<void>): Promise<PostFailed> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PostFailed)) throw new Error(`expected a PostFailed, got ${error}`);
  return error;
}

test('invokes the function itself with an event', async () => {
  const path = '/2015-03-31/functions/pitlane-prod-tick/invocations';
  const invoked = lambda().matchHeader('x-amz-invocation-type', 'Event').post(path, { cluster: 'prod' }).reply(202);
  const invoke = invocationOf('AWS_LAMBDA_FUNCTION_NAME', { ...ENV, AWS_LAMBDA_FUNCTION_NAME: 'pitlane-prod-tick' });
  await invoke({ cluster: 'prod' });
  expect(invoked.isDone()).toBe(true);
});

test('invokes the worker asynchronously, signed with the role of the function', async () => {
  const invoked = lambda()
    .matchHeader('x-amz-invocation-type', 'Event')
    .matchHeader('x-amz-security-token', 'session')
    .matchHeader(
      'authorization',
      /^AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE\/20261124\/eu-west-1\/lambda\/aws4_request, /,
    )
    .post(PATH, JSON.stringify(JOB))
    .reply(202);
  await lambdaHandOver(ENV, () => Date.UTC(2026, 10, 24, 3, 12, 7))(JOB);
  expect(invoked.isDone()).toBe(true);
});

test.each([
  ['cn-north-1', {}, 'https://lambda.cn-north-1.amazonaws.com.cn'],
  ['us-gov-west-1', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'https://lambda-fips.us-gov-west-1.amazonaws.com'],
  ['eu-west-1', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4000' }, 'http://127.0.0.1:4000'],
])('invokes the worker in %s with %o at %s', async (region, env, host) => {
  const invoked = nock(host).post(PATH).reply(202);
  await lambdaHandOver({ ...ENV, ...env, AWS_REGION: region })(JOB);
  expect(invoked.isDone()).toBe(true);
});

test.each([
  [403, false],
  [404, false],
  [429, false],
  [500, true],
  [503, true],
])('rejects after status %d, with wasSent %s', async (status, wasSent) => {
  lambda()
    .post(PATH)
    .reply(status, '{"Message":"arn:aws:lambda:eu-west-1:123456789012"}', { 'x-amzn-errortype': 'SomeException' });
  const error = await failure(lambdaHandOver(ENV)(JOB));
  expect({ message: error.message, wasSent: error.wasSent }).toEqual({
    message: `Lambda answered ${status} (SomeException) to invoking pitlane-prod-worker`,
    wasSent,
  });
});

test('gives up while Slack still waits if Lambda does not answer', async () => {
  server = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const env = { ...ENV, AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const error = await failure(lambdaHandOver(env, Date.now, 50)(JOB));
  expect(error.wasSent).toBe(true);
  expect(error.message).toContain('was not answered within 50 ms');
});

test('is certain that the worker has no job if the connection is refused', async () => {
  const env = { ...ENV, AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:1' };
  expect((await failure(lambdaHandOver(env)(JOB))).wasSent).toBe(false);
});

test('names the missing environment variable', async () => {
  const { WORKER_FUNCTION: _, ...env } = ENV;
  await expect(lambdaHandOver(env)(JOB)).rejects.toThrow('the environment variable WORKER_FUNCTION is not set');
});
