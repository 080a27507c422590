import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { ClusterConfig } from '../config/config.ts';
import { connect } from './connect.ts';
import type { Connection } from './connection.ts';
import { CannotConnect, Unauthorized } from './errors.ts';
import { PODS } from './resource.ts';

const AT = Date.parse('2015-08-30T12:36:00Z');
// The keys of the examples in the AWS documentation.
const AWS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

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

const open = (cluster: ClusterConfig, env: Record<string, string> = {}) =>
  connect(cluster, { env, now: () => AT, sleep: async () => {} });

test('a kubeconfig from a file or a secret reaches its cluster with its token', async () => {
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

const EKS = { kind: 'eks', name: 'prod', region: 'eu-west-1' } as const;
const DESCRIBE = 'https://eks.eu-west-1.amazonaws.com';

const withUser = (user: string) => LAB.replace('{ token: not-a-real-token }', user);

function openSecret(readSecret: () => Promise<string>, now = () => AT) {
  return connect({ kind: 'secret', secret: 'lab' }, { env: {}, now, readSecret });
}

const listPods = (connection: Connection) => connection.send({ verb: 'list', place: { resource: PODS } });

function openPlainHttp() {
  return openSecret(async () => LAB.replace('https://lab.test', 'http://lab.test')).then(listPods);
}

function openEks(describe: (scope: nock.Interceptor) => unknown) {
  describe(nock(DESCRIBE).persist().get('/clusters/prod'));
  return open(EKS, AWS);
}

function openWithRole(status: number, answer: string) {
  nock('https://sts.eu-west-1.amazonaws.com').persist().post('/').reply(status, answer);
  return open({ ...EKS, role: 'arn:aws:iam::210987654321:role/pitlane' }, AWS);
}

const FAILURES: readonly [string, () => Promise<unknown>][] = [
  ['an unknown context', () => open({ ...kubeconfig(LAB), context: 'lba' })],
  ['a missing file', () => open({ kind: 'kubeconfig', path: '/nowhere/config' })],
  ['a file that is not a kubeconfig', () => open(kubeconfig('{{{'))],
  ['a secret without a secret store', () => open({ kind: 'secret', secret: 'lab' })],
  ['a secret whose server is not https', openPlainHttp],
  [
    'a secret that can not be read',
    () => openSecret(() => Promise.reject(new Error("Can't read the secret lab: denied."))),
  ],
  ['a secret with a credential plugin', () => openSecret(async () => withUser('{ exec: { command: aws } }'))],
  ['a secret with a file', () => openSecret(async () => withUser('{ client-certificate: a.crt, client-key: a.key }'))],
  ['a secret with a token file', () => openSecret(async () => withUser('{ tokenFile: /var/token }'))],
  ['EKS without credentials', () => open(EKS)],
  ['EKS without eks:DescribeCluster', () => openEks((eks) => eks.reply(403, {}))],
  ['EKS without such a cluster', () => openEks((eks) => eks.reply(404, {}))],
  ['EKS without an answer', () => openEks((eks) => eks.replyWithError('reset'))],
  ['EKS that throttles for long', () => openEks((eks) => eks.reply(429, { __type: 'ThrottlingException' }))],
  ['a role that does not trust Pitlane', () => openWithRole(403, '<Error><Code>AccessDenied</Code></Error>')],
  ['an invalid role', () => openWithRole(400, '<Error><Code>ValidationError</Code></Error>')],
  ['a role without credentials', () => openWithRole(200, '<AssumeRoleResponse/>')],
  ['EKS with a new cluster', () => openEks((eks) => eks.reply(200, { cluster: {} }))],
];

/** A cluster that accepts one token. */
function cluster(accepted: string, server = 'https://lab.test') {
  return nock(server)
    .persist()
    .get('/api/v1/pods')
    .reply((request: Request) =>
      request.headers.get('authorization') === `Bearer ${accepted}` ? [200, { items: [] }] : [401, {}],
    );
}

test('a kubeconfig in a secret is read again after a 401, and its other server is used', async () => {
  let stored = withUser('{ token: first }');
  let reads = 0;
  const connection = await openSecret(async () => {
    reads += 1;
    return stored;
  });
  cluster('first');
  const person = connection.as({ user: 'pitlane', group: 'pitlane:viewer' });
  await listPods(person);
  await listPods(person);
  expect(reads).toBe(1);

  nock.cleanAll();
  cluster('second');
  cluster('second', 'https://moved.test');
  stored = withUser('{ token: second }').replace('lab.test', 'moved.test');
  expect((await listPods(person)).body).toEqual({ items: [] });
  expect(reads).toBe(2);
});

test('a cluster that refuses what the secret holds has it read again at most once a minute', async () => {
  let reads = 0;
  let now = AT;
  let failure: Error | undefined;
  const connection = await openSecret(
    async () => {
      reads += 1;
      if (failure) throw failure;
      return withUser('{ token: old }');
    },
    () => now,
  );
  cluster('new');
  for (let i = 0; i < 10; i += 1) await expect(listPods(connection)).rejects.toBeInstanceOf(Unauthorized);
  expect(reads).toBe(2);
  now += 60_000;
  failure = new Error("Can't read the secret lab: denied.");
  await expect(listPods(connection)).rejects.toThrow(/401.*denied/);
  expect(reads).toBe(3);
});

test.each(FAILURES)('%s throws CannotConnect', async (_, work) => {
  await expect(work()).rejects.toBeInstanceOf(CannotConnect);
});

test('explains every error in a sentence', async () => {
  const lines: string[] = [];
  for (const [name, work] of FAILURES) {
    nock.cleanAll();
    const message = await work().catch((error: Error) => error.message);
    lines.push(
      `${name}: ${String(message)
        .split('\n')[0]
        ?.replace(/\/\S+\/(?=[\w]+\.yaml)/, '/DIRECTORY/')}\n`,
    );
  }
  await expect(lines.join('')).toMatchFileSnapshot('golden/cannot-connect.golden.txt');
});
