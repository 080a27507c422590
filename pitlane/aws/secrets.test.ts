import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Post, placeOf, readSecret } from './secrets.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' };

test.each([
  ['pitlane/slack', { store: 'secretsmanager', id: 'pitlane/slack' }],
  ['/pitlane/slack', { store: 'secretsmanager', id: '/pitlane/slack' }],
  ['ssm:/pitlane/slack', { store: 'ssm', id: '/pitlane/slack' }],
  [
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:pitlane/slack-AbCdEf',
    {
      store: 'secretsmanager',
      id: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:pitlane/slack-AbCdEf',
      region: 'us-east-1',
    },
  ],
  [
    'arn:aws-cn:ssm:cn-north-1:123456789012:parameter/pitlane/slack',
    { store: 'ssm', id: 'arn:aws-cn:ssm:cn-north-1:123456789012:parameter/pitlane/slack', region: 'cn-north-1' },
  ],
] as const)('%s names %o', (name, place) => {
  expect(placeOf(name)).toEqual(place);
});

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

interface Call {
  readonly url: string;
  readonly target: string | undefined;
  readonly input: unknown;
  readonly authorization: string | undefined;
}

/** The answers one by one: the last one is repeated. */
function aws(...answers: readonly ([status: number, body: object | string] | Error)[]) {
  const calls: Call[] = [];
  const post: Post = async (url, headers, body) => {
    const { 'x-amz-target': target, authorization } = headers;
    const answer = answers[Math.min(calls.length, answers.length - 1)] ?? new Error('no answer');
    calls.push({ url, target, input: JSON.parse(body), authorization });
    if (answer instanceof Error) throw answer;
    return { status: answer[0], body: typeof answer[1] === 'string' ? answer[1] : JSON.stringify(answer[1]) };
  };
  return { calls, post };
}

async function read(name: string, post: Post, env: Record<string, string> = KEYS, deadline = 1_000) {
  const value = readSecret(name, { env, post, now: Date.now }, deadline);
  value.catch(() => {});
  await vi.runAllTimersAsync();
  return value;
}

test('a secret of Secrets Manager is read with a signed request', async () => {
  const { calls, post } = aws([200, { SecretString: '{"a":1}' }]);
  expect(await read('pitlane/slack', post)).toBe('{"a":1}');
  expect(calls).toEqual([
    {
      url: 'https://secretsmanager.eu-west-1.amazonaws.com/',
      target: 'secretsmanager.GetSecretValue',
      input: { SecretId: 'pitlane/slack' },
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/19700101\/eu-west-1\/secretsmanager\//,
      ),
    },
  ]);
});

test('a parameter of SSM is decrypted, and an ARN names its region', async () => {
  const { calls, post } = aws([200, { Parameter: { Value: 'text' } }]);
  expect(await read('ssm:/pitlane/slack', post)).toBe('text');
  await read('arn:aws:ssm:us-east-1:123456789012:parameter/pitlane/slack', post);
  expect(calls.map(({ url, target, input }) => ({ url, target, input }))).toEqual([
    {
      url: 'https://ssm.eu-west-1.amazonaws.com/',
      target: 'AmazonSSM.GetParameter',
      input: { Name: '/pitlane/slack', WithDecryption: true },
    },
    {
      url: 'https://ssm.us-east-1.amazonaws.com/',
      target: 'AmazonSSM.GetParameter',
      input: { Name: 'arn:aws:ssm:us-east-1:123456789012:parameter/pitlane/slack', WithDecryption: true },
    },
  ]);
});

test('a binary secret is read as text', async () => {
  const { post } = aws([200, { SecretBinary: Buffer.from('text').toString('base64') }]);
  expect(await read('pitlane/slack', post)).toBe('text');
});

test.each([
  ['throttling', [400, { __type: 'ThrottlingException' }]],
  ['an error of AWS', [500, { __type: 'com.amazonaws.secretsmanager#InternalServiceError' }]],
  ['an answer that is not JSON', [503, '<html>']],
  ['no answer', new Error('reset')],
] as const)('%s is tried again', async (_, answer) => {
  const { calls, post } = aws(answer as [number, object], [200, { SecretString: 'text' }]);
  expect(await read('pitlane/slack', post)).toBe('text');
  expect(calls).toHaveLength(2);
});

test('gives up at the deadline', async () => {
  const { calls, post } = aws([500, {}]);
  await expect(read('pitlane/slack', post)).rejects.toThrow(/status 500/);
  expect(Date.now()).toBeLessThan(1_000);
  expect(calls.length).toBeGreaterThan(2);
});

const FAILURES: readonly [string, readonly [number, object], string?, Record<string, string>?][] = [
  ['a secret that does not exist', [400, { __type: 'ResourceNotFoundException' }]],
  ['a parameter that does not exist', [400, { __type: 'ParameterNotFound' }], 'ssm:/pitlane/slack'],
  ['a path without ssm:', [400, { __type: 'ResourceNotFoundException' }], '/pitlane/slack'],
  ['a missing right', [400, { __type: 'AccessDeniedException', Message: 'arn:aws:iam::123456789012:role/x' }]],
  ['a missing right for a parameter', [400, { __type: 'AccessDeniedException' }], 'ssm:/pitlane/slack'],
  ['a disabled key', [400, { __type: 'DecryptionFailure' }]],
  ['a deleted secret', [400, { __type: 'InvalidRequestException' }]],
  ['refused credentials', [400, { __type: 'ExpiredTokenException' }]],
  ['another error', [418, {}]],
  ['no region', [200, {}], 'pitlane/slack', { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }],
  ['no credentials', [200, {}], 'pitlane/slack', { AWS_REGION: 'eu-west-1' }],
];

test('each failure is one sentence, at once', async () => {
  const sentences: string[] = [];
  for (const [what, answer, name = 'pitlane/slack', env = KEYS] of FAILURES) {
    const { calls, post } = aws(answer as [number, object]);
    const error = await read(name, post, env).catch((error: Error) => error);
    sentences.push(`${what}: ${(error as Error).message}`);
    expect(calls.length).toBeLessThan(2);
  }
  await expect(`${sentences.join('\n')}\n`).toMatchFileSnapshot('golden/secrets.golden.txt');
});
