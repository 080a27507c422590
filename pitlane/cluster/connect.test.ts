import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { ClusterConfig } from '../config/config.ts';
import { connect } from './connect.ts';
import { eksToken } from './eks.ts';
import { PODS } from './resource.ts';

const AT = Date.parse('2015-08-30T12:36:00Z');
// The keys of the examples in the AWS documentation.
const AWS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const KEYS = { accessKeyId: AWS.AWS_ACCESS_KEY_ID, secretAccessKey: AWS.AWS_SECRET_ACCESS_KEY };

let directory: string;
beforeAll(async () => {
  nock.disableNetConnect();
  directory = await mkdtemp(join(tmpdir(), 'pitlane-connect-'));
});
afterEach(() => nock.cleanAll());

function kubeconfig(text: string): ClusterConfig & { kind: 'kubeconfig' } {
  const path = join(directory, `${Math.abs(text.length)}.yaml`);
  writeFileSync(path, text);
  return { kind: 'kubeconfig', path };
}

const LAB = `
apiVersion: v1
kind: Config
current-context: lab
clusters: [{ name: lab, cluster: { server: 'https://lab.test' } }]
users: [{ name: sam, user: { token: not-a-real-token } }]
contexts: [{ name: lab, context: { cluster: lab, user: sam } }]
`;

const open = (cluster: ClusterConfig, env: Record<string, string> = {}) => connect(cluster, { env, now: () => AT });

test('a kubeconfig, from a file or from a secret, leads to its cluster with its token', async () => {
  const readSecret = async () => LAB;
  for (const cluster of [kubeconfig(LAB), { kind: 'secret', secret: 'lab' } as const]) {
    nock('https://lab.test', { reqheaders: { authorization: 'Bearer not-a-real-token' } })
      .get('/api/v1/pods')
      .reply(200, { items: [] });
    const connection = await connect(cluster, { env: {}, now: () => AT, readSecret });
    const { body } = await connection.send({ verb: 'list', place: { resource: PODS } });
    expect(body).toEqual({ items: [] });
    expect(connection.name).toBe('lab');
  }
});

test.each<[string, () => Promise<unknown>, string | RegExp]>([
  [
    'a context that the kubeconfig does not have',
    () => open({ ...kubeconfig(LAB), context: 'prod' }),
    /^The kubeconfig .* has no context prod; it has lab\.$/,
  ],
  [
    'a file that is not there',
    () => open({ kind: 'kubeconfig', path: '/nowhere/config' }),
    /^The kubeconfig \/nowhere\/config can't be read: ENOENT/,
  ],
  ['a file that is no kubeconfig', () => open(kubeconfig('{{{')), /^The kubeconfig .* can't be read: /],
  [
    'a secret where there are none',
    () => open({ kind: 'secret', secret: 'lab' }),
    'The kubeconfig is in the secret lab, which can only be read on AWS.',
  ],
  [
    'EKS without credentials',
    () => open({ kind: 'eks', name: 'prod', region: 'eu-west-1' }),
    'There are no AWS credentials: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set.',
  ],
])('%s: a sentence', async (_, work, sentence) => {
  await expect(work()).rejects.toThrow(sentence);
});

test('http: is refused by a sentence, not by a broken connection', async () => {
  const connection = await open(kubeconfig(LAB.replace('https://lab.test', 'http://lab.test')));
  await expect(connection.send({ verb: 'list', place: { resource: PODS } })).rejects.toThrow(
    'The credentials for lab could not be used: HTTP protocol is not allowed',
  );
});

test('EKS is asked where the cluster is, and the role signs in without a stored token', async () => {
  nock('https://eks.eu-west-1.amazonaws.com', {
    reqheaders: { authorization: /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/ },
  })
    .get('/clusters/prod')
    .reply(200, { cluster: { endpoint: 'https://prod.test', certificateAuthority: { data: '' } } });
  nock('https://prod.test', { reqheaders: { authorization: /^Bearer k8s-aws-v1\.[\w-]+$/ } })
    .get('/api/v1/pods')
    .reply(200, { items: [] });
  const connection = await open({ kind: 'eks', name: 'prod', region: 'eu-west-1' }, AWS);
  await connection.send({ verb: 'list', place: { resource: PODS } });
  expect(nock.isDone()).toBe(true);
});

test('EKS that does not let us ask: which permission is missing', async () => {
  nock('https://eks.eu-west-1.amazonaws.com').get('/clusters/prod').reply(403, {});
  await expect(open({ kind: 'eks', name: 'prod', region: 'eu-west-1' }, AWS)).rejects.toThrow(
    "EKS in eu-west-1 did not say where the cluster prod is (403): pitlane's role may not eks:DescribeCluster.",
  );
});

test('an EKS token is the presigned question that @smithy/signature-v4 makes', () => {
  const token = eksToken({ name: 'prod', region: 'eu-west-1' }, { ...KEYS, sessionToken: 'tok/en+1==' }, AT);
  const url = new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString());
  expect(url.host).toBe('sts.eu-west-1.amazonaws.com');
  expect(url.searchParams.get('X-Amz-Expires')).toBe('60');
  expect(url.searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-k8s-aws-id');
  // Computed once with version 5 of that package.
  expect(url.searchParams.get('X-Amz-Signature')).toBe(
    'a30de50f07115725166461ab68b2169e2a8f9b574855f5623d4c321be809ecae',
  );
});
