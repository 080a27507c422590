import nock from 'nock';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { EksCluster } from '../config/config.ts';
import { eksConnection, eksToken } from './eks.ts';
import { PODS } from './resource.ts';

const AT = Date.parse('2015-08-30T12:36:00Z');
const MINUTE = 60_000;
// The keys of the examples in the AWS documentation.
const AWS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const KEYS = { accessKeyId: AWS.AWS_ACCESS_KEY_ID, secretAccessKey: AWS.AWS_SECRET_ACCESS_KEY };
const PROD: EksCluster = { name: 'prod', region: 'eu-west-1' };
const ROLE = 'arn:aws:iam::210987654321:role/pitlane';

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

/** A clock that only pauses move. */
function world(env: Record<string, string> = AWS) {
  const clock = { now: AT, pauses: [] as number[] };
  const sleep = async (ms: number) => {
    clock.pauses.push(ms);
    clock.now += ms;
  };
  return { clock, open: (cluster: EksCluster) => eksConnection(cluster, { env, now: () => clock.now, sleep }) };
}

const described = (server = 'https://prod.test') => ({
  cluster: { endpoint: server, certificateAuthority: { data: '' } },
});
const describeCluster = (host = 'https://eks.eu-west-1.amazonaws.com') => nock(host).get('/clusters/prod');
const listPods = (connection: Awaited<ReturnType<typeof eksConnection>>) =>
  connection.send({ verb: 'list', place: { resource: PODS } });

/** A cluster that answers, and keeps the access keys that its tokens are signed with. */
function cluster(server = 'https://prod.test'): string[] {
  const signers: string[] = [];
  nock(server)
    .persist()
    .get('/api/v1/pods')
    .reply((request: Request) => {
      const token = request.headers.get('authorization')?.replace('Bearer k8s-aws-v1.', '') ?? '';
      const url = new URL(Buffer.from(token, 'base64url').toString());
      signers.push(url.searchParams.get('X-Amz-Credential')?.split('/')[0] ?? '');
      return [200, { items: [] }];
    });
  return signers;
}

test('EKS tells the address, and the role of the function signs in without a stored token', async () => {
  nock('https://eks.eu-west-1.amazonaws.com', {
    reqheaders: { authorization: /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/ },
  })
    .get('/clusters/prod')
    .reply(200, described());
  const signers = cluster();
  await listPods(await world().open(PROD));
  expect(signers).toEqual(['AKIDEXAMPLE']);
});

test('makes the same presigned URL for an EKS token as @smithy/signature-v4', () => {
  const token = eksToken(PROD, { ...KEYS, sessionToken: 'tok/en+1==' }, AT);
  const url = new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString());
  expect(url.host).toBe('sts.eu-west-1.amazonaws.com');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
  expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-k8s-aws-id');
  // Computed once with version 5 of that package.
  expect(url.searchParams.get('X-Amz-Signature')).toBe(
    'a30de50f07115725166461ab68b2169e2a8f9b574855f5623d4c321be809ecae',
  );
});

test('a configured address is used without asking AWS', async () => {
  const signers = cluster();
  await listPods(await world().open({ ...PROD, endpoint: 'https://prod.test', ca: '' }));
  expect(signers).toEqual(['AKIDEXAMPLE']);
});

test('the address is asked again while EKS throttles or fails, with growing pauses', async () => {
  describeCluster().reply(429, { message: 'slow down' });
  describeCluster().reply(400, {}, { 'x-amzn-ErrorType': 'ThrottlingException:http://example.com/' });
  describeCluster().reply(503, '');
  describeCluster().replyWithError('reset');
  describeCluster().reply(200, described());
  cluster();
  const { clock, open } = world();
  await listPods(await open(PROD));
  expect(clock.pauses).toEqual([200, 400, 800, 1600]);
});

test('the address is asked six times at most', async () => {
  let asked = 0;
  nock('https://eks.eu-west-1.amazonaws.com')
    .persist()
    .get('/clusters/prod')
    .reply(() => {
      asked += 1;
      return [429, {}];
    });
  await expect(world().open(PROD)).rejects.toThrow(/429/);
  expect(asked).toBe(6);
});

test('the address is kept for 10 minutes, then asked again, and kept while EKS does not answer', async () => {
  describeCluster().reply(200, described());
  cluster();
  const { clock, open } = world();
  const connection = await open(PROD);
  await listPods(connection);
  clock.now += 9 * MINUTE;
  await listPods(connection);

  clock.now += 2 * MINUTE;
  describeCluster().reply(403, {});
  await listPods(connection);
  expect(nock.isDone()).toBe(true);

  clock.now += 2 * MINUTE;
  describeCluster().reply(200, described('https://moved.test'));
  const moved = cluster('https://moved.test');
  await listPods(connection);
  expect(moved).toHaveLength(1);
});

/** STS, and the requests that it has got. */
function securityTokenService(clock: { readonly now: number }, host = 'https://sts.eu-west-1.amazonaws.com') {
  const asked: { readonly signer: string; readonly role: string }[] = [];
  nock(host)
    .persist()
    .post('/')
    .reply(async (request: Request) => {
      const input = new URLSearchParams(await request.text());
      const signer = /Credential=(\w+)/.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
      asked.push({ signer, role: input.get('RoleArn') ?? '' });
      const xml = `<AssumeRoleResponse><AssumeRoleResult><Credentials>
        <AccessKeyId>ASIA${asked.length}</AccessKeyId>
        <SecretAccessKey>not/a+secret</SecretAccessKey>
        <SessionToken>session//==</SessionToken>
        <Expiration>${new Date(clock.now + 60 * MINUTE).toISOString()}</Expiration>
      </Credentials></AssumeRoleResult></AssumeRoleResponse>`;
      return [200, xml];
    });
  return asked;
}

test('the cluster of another account is described and reached with its role, which is assumed again before it expires', async () => {
  const { clock, open } = world();
  const asked = securityTokenService(clock);
  nock('https://eks.eu-west-1.amazonaws.com', {
    reqheaders: { authorization: /Credential=ASIA1\//, 'x-amz-security-token': 'session//==' },
  })
    .get('/clusters/prod')
    .reply(200, described());
  const signers = cluster();
  const connection = await open({ ...PROD, role: ROLE });
  await listPods(connection);
  expect(asked).toEqual([{ signer: 'AKIDEXAMPLE', role: ROLE }]);

  clock.now += 44 * MINUTE;
  describeCluster().reply(200, described());
  await listPods(connection);
  clock.now += 11 * MINUTE;
  describeCluster().reply(200, described());
  await listPods(connection);
  expect(signers).toEqual(['ASIA1', 'ASIA1', 'ASIA2']);
  expect(asked).toHaveLength(2);
});

test('a role with a configured address needs only STS', async () => {
  const { clock, open } = world();
  const asked = securityTokenService(clock);
  const signers = cluster();
  const connection = await open({ ...PROD, role: ROLE, endpoint: 'https://prod.test', ca: '' });
  await listPods(connection);
  await listPods(connection);
  expect(signers).toEqual(['ASIA1', 'ASIA1']);
  expect(asked).toHaveLength(1);
});

test.each([
  ['in China', 'cn-north-1', {}, 'https://eks.cn-north-1.amazonaws.com.cn', 'sts.cn-north-1.amazonaws.com.cn'],
  [
    'with FIPS endpoints',
    'us-east-1',
    { AWS_USE_FIPS_ENDPOINT: 'true' },
    'https://fips.eks.us-east-1.amazonaws.com',
    'sts.us-east-1.amazonaws.com',
  ],
  [
    'with an own endpoint of EKS',
    'eu-west-1',
    { AWS_ENDPOINT_URL_EKS: 'http://127.0.0.1:4000', AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4001' },
    'http://127.0.0.1:4000',
    'sts.eu-west-1.amazonaws.com',
  ],
])('%s, EKS is asked there, and the token names the public host of STS', async (_, region, env, eks, sts) => {
  describeCluster(eks).reply(200, described());
  cluster();
  await listPods(await world({ ...AWS, ...env }).open({ ...PROD, region }));
  expect(nock.isDone()).toBe(true);
  const token = eksToken({ ...PROD, region }, KEYS, AT).replace('k8s-aws-v1.', '');
  expect(new URL(Buffer.from(token, 'base64url').toString()).host).toBe(sts);
});

test('AWS_ENDPOINT_URL_STS is where a role is assumed', async () => {
  const { clock, open } = world({ ...AWS, AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:4001' });
  const asked = securityTokenService(clock, 'http://127.0.0.1:4001');
  cluster();
  await listPods(await open({ ...PROD, role: ROLE, endpoint: 'https://prod.test', ca: '' }));
  expect(asked).toHaveLength(1);
});
