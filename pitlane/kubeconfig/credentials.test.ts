import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpMethod, RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { connectionTo } from '../cluster/connection.ts';
import { PODS } from '../cluster/resource.ts';
import { KubectlConfig, useCredentials } from './credentials.ts';
import { loadKubeconfig } from './kubeconfig.ts';

// A real server and real plugins: each answer holds the request's Authorization header.
let [server, proxy] = [{} as Server, {} as Server];
let [address, proxyAddress, folder] = ['', '', ''];
let proxied: string[] = [];
let received: IncomingHttpHeaders[] = [];
let refused: readonly string[] = [];
let onRefusal = () => {};

function listen(each: Server): Promise<string> {
  return new Promise((resolve) =>
    each.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(each.address() as AddressInfo).port}`)),
  );
}

beforeAll(async () => {
  server = createServer(({ headers }, response) => {
    received.push(headers);
    const isRefused = refused.includes(`${headers.authorization}`);
    if (isRefused) onRefusal();
    response.writeHead(isRefused ? 401 : 200).end(JSON.stringify({ seen: headers.authorization }));
  });
  address = await listen(server);
  proxy = createServer(({ url, headers }, response) => {
    proxied.push(`${url}`);
    response.end(JSON.stringify({ seen: headers.authorization }));
  });
  proxy.on('connect', ({ url }, client) => {
    proxied.push(`${url}`);
    client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxyAddress = await listen(proxy);
});
afterAll(() => {
  for (const each of [server, proxy]) {
    each.close();
    each.closeAllConnections();
  }
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pitlane-credentials-'));
  [proxied, received, refused] = [[], [], []];
  onRefusal = () => {};
});

/** Writes a kubeconfig with this user. */
function write(user: object, cluster: object = {}): string {
  const path = join(folder, 'config');
  const file = {
    clusters: [{ name: 'lab', cluster: { server: `http://${address}`, ...cluster } }],
    users: [{ name: 'ada', user }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'ada' } }],
    'current-context': 'lab',
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}

/** Returns a function that sends a request and returns its Authorization header. */
function open(path: string, env: Record<string, string> = {}) {
  const loaded = loadKubeconfig({ path }, { HOME: folder, ...env });
  if (loaded.kind === 'fault') throw new Error(loaded.messages.join('\n'));
  const connection = connectionTo(loaded.kubeConfig);
  return async () => {
    const { body } = await connection.send<{ readonly seen?: string }>({ verb: 'list', place: { resource: PODS } });
    return body.seen;
  };
}

/** Writes a plugin beside the kubeconfig. It counts its starts. */
function plugin(body: string): void {
  writeFileSync(join(folder, 'plug.sh'), `#!/bin/sh\necho start >> "${join(folder, 'starts')}"\n${body}\n`);
  chmodSync(join(folder, 'plug.sh'), 0o755);
}

function starts(): number {
  const file = join(folder, 'starts');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

const credential = (status: object) => `echo '${JSON.stringify({ kind: 'ExecCredential', status })}'`;
const EXEC = { apiVersion: 'client.authentication.k8s.io/v1', command: './plug.sh', interactiveMode: 'Never' };

test('sends the token of tokenFile, whose path is relative to the kubeconfig', async () => {
  writeFileSync(join(folder, 'token'), 'from-file\n');
  expect(await open(write({ tokenFile: 'token' }))()).toBe('Bearer from-file');
  expect(await open(write({ tokenFile: 'token', token: 'own' }))()).toBe('Bearer from-file');
  expect(await open(write({ tokenFile: 'absent', token: 'own' }))()).toBe('Bearer own');
  await expect(open(write({ tokenFile: 'absent' }))()).rejects.toThrow(/ENOENT.*absent/);
});

test('starts a plugin beside the kubeconfig once for requests at the same time and later', async () => {
  plugin(`sleep 0.2; ${credential({ token: 'good' })}`);
  const send = open(write({ exec: EXEC }));
  expect(await Promise.all([send(), send(), send(), send()])).toEqual(Array(4).fill('Bearer good'));
  expect(await send()).toBe('Bearer good');
  expect(starts()).toBe(1);
});

test('starts a plugin again when its credential has expired', async () => {
  plugin(credential({ token: 'good', expirationTimestamp: '2030-01-01T00:00:00Z' }));
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2029-12-31T23:59:00Z') });
  try {
    const send = open(write({ exec: EXEC }));
    await send();
    await send();
    expect(starts()).toBe(1);
    vi.setSystemTime(Date.parse('2030-01-01T00:00:01Z'));
    await send();
    expect(starts()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('starts a plugin again when the server refuses its credential, once for all waiting requests', async () => {
  plugin(
    `n=$(wc -l < "${join(folder, 'starts')}"); ${credential({ token: 'TOKEN' }).replace('TOKEN', `token-'"$(echo $n)"'`)}`,
  );
  refused = ['Bearer token-1'];
  const send = open(write({ exec: EXEC }));
  expect(await Promise.all([send(), send(), send()])).toEqual(Array(3).fill('Bearer token-2'));
  expect(starts()).toBe(2);
  refused = ['Bearer token-2', 'Bearer token-3'];
  await expect(send()).rejects.toThrow(/401/);
  expect(starts()).toBe(3);
});

test('reads a token file again when the server refuses its token, and for each request', async () => {
  const file = join(folder, 'token');
  writeFileSync(file, 'one');
  const send = open(write({ tokenFile: 'token' }));
  expect(await send()).toBe('Bearer one');
  writeFileSync(file, 'two');
  expect(await send()).toBe('Bearer two');
  refused = ['Bearer two'];
  onRefusal = () => writeFileSync(file, 'three');
  expect(await send()).toBe('Bearer three');
});

test("sends the token of a pod's account, also after it was rotated", async () => {
  const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, 'ca.crt'), '');
  const kubeConfig = new KubectlConfig();
  kubeConfig.loadFromCluster(folder);
  expect(useCredentials(kubeConfig)).toBeUndefined();
  for (const token of ['first', 'rotated']) {
    writeFileSync(join(account, 'token'), token);
    const context = new RequestContext('https://10.96.0.1:443/version', HttpMethod.GET);
    await kubeConfig.applySecurityAuthentication(context);
    expect(context.getHeaders().Authorization).toBe(`Bearer ${token}`);
  }
});

test('a refused token of the kubeconfig is final', async () => {
  refused = ['Bearer own'];
  await expect(open(write({ token: 'own' }))()).rejects.toThrow(/401/);
  expect(received).toHaveLength(1);
});

const AS = { token: 'own', as: 'root', 'as-uid': '7', 'as-groups': ['ops'], 'as-user-extra': { 'Why/it': ['5xx'] } };
const impersonated = () => Object.entries(received.at(-1) ?? {}).filter(([name]) => name.startsWith('impersonate-'));

test('impersonates the user, the group, the uid and the extra fields of the kubeconfig', async () => {
  await open(write(AS))();
  expect(Object.fromEntries(impersonated())).toEqual({
    'impersonate-user': 'root',
    'impersonate-uid': '7',
    'impersonate-group': 'ops',
    'impersonate-extra-why%2fit': '5xx',
  });
});

test('a role that Pitlane impersonates takes the place of the user that the kubeconfig impersonates', async () => {
  const loaded = loadKubeconfig({ path: write(AS) }, { HOME: folder });
  if (loaded.kind === 'fault') throw new Error(loaded.messages.join('\n'));
  const connection = connectionTo(loaded.kubeConfig).as({ user: 'pitlane' });
  await connection.send({ verb: 'list', place: { resource: PODS } });
  expect(impersonated()).toEqual([['impersonate-user', 'pitlane']]);
});

test('a plugin gets its arguments, its environment and the cluster', async () => {
  plugin(`printf '%s' "$KUBERNETES_EXEC_INFO" > "$1"; ${credential({ token: 'good' }).replace('good', `'"$REGION"'`)}`);
  const info = join(folder, 'info');
  const extension = { name: 'client.authentication.k8s.io/exec', extension: { audience: 'lab' } };
  const exec = { ...EXEC, args: [info], env: [{ name: 'REGION', value: 'eu' }], provideClusterInfo: true };
  expect(await open(write({ exec }, { extensions: [extension] }))()).toBe('Bearer eu');
  expect(JSON.parse(readFileSync(info, 'utf8'))).toEqual({
    kind: 'ExecCredential',
    apiVersion: EXEC.apiVersion,
    spec: { interactive: false, cluster: { server: `http://${address}`, config: { audience: 'lab' } } },
  });
});

test('does not start a plugin for a user with a token or a token file', async () => {
  plugin(credential({ token: 'good' }));
  expect(await open(write({ exec: EXEC, token: 'own' }))()).toBe('Bearer own');
  writeFileSync(join(folder, 'token'), 'from-file');
  expect(await open(write({ exec: EXEC, tokenFile: 'token' }))()).toBe('Bearer from-file');
  expect(starts()).toBe(0);
});

test('takes an OpenID Connect token until it expires', async () => {
  const oidc = (exp: number) => {
    const payload = Buffer.from(JSON.stringify({ exp })).toString('base64url');
    return { 'auth-provider': { name: 'oidc', config: { 'id-token': `e30.${payload}.sig` } } };
  };
  const inAnHour = Date.now() / 1000 + 3600;
  expect(await open(write(oidc(inAnHour)))()).toMatch(/^Bearer e30\./);
  expect(() => open(write(oidc(1)))).toThrow(/expired/);
});

test('explains credentials that it cannot use', async () => {
  const provider = (name: string) => ({ 'auth-provider': { name, config: {} } });
  const hint = 'Install it with:\n  brew install plug.';
  const users: readonly [string, object][] = [
    ...['gcp', 'azure', 'oidc', 'openstack'].map((name): [string, object] => [name, provider(name)]),
    ['two groups', { token: 'own', as: 'root', 'as-groups': ['ops', 'dev'] }],
    ['two extra values', { token: 'own', as: 'root', 'as-user-extra': { why: ['a', 'b'] } }],
    ['a plugin that is not installed', { exec: { ...EXEC, command: 'no-such-plug', installHint: hint } }],
    ['a plugin that fails', { exec: { ...EXEC, args: ['fail'] } }],
    ['a plugin without an answer', { exec: EXEC }],
    ['a plugin that needs a terminal', { exec: { ...EXEC, interactiveMode: 'Always' } }],
  ];
  plugin('test "$1" != fail');
  const lines: string[] = [];
  for (const [name, user] of users) {
    const error: unknown = await (async () => open(write(user))())().catch((thrown) => thrown);
    lines.push(`${name}: ${error instanceof Error ? error.message : 'no error'}\n`);
  }
  const text = lines.join('').replaceAll(folder, '/home/ada');
  await expect(text).toMatchFileSnapshot('golden/credentials.golden.txt');
});

test('reaches the cluster through the proxy of the environment', async () => {
  const env = { http_proxy: proxyAddress, HTTPS_PROXY: proxyAddress };
  const user = { token: 'good' };
  expect(await open(write(user, { server: 'http://api.internal:6443' }), env)()).toBe('Bearer good');
  await expect(open(write(user, { server: 'https://api.internal:6443' }), env)()).rejects.toThrow();
  await expect(
    open(write(user, { server: 'http://absent.invalid', 'proxy-url': `http://${address}` }), env)(),
  ).resolves.toBe('Bearer good');
  expect(proxied).toEqual(['http://api.internal:6443/api/v1/pods', 'api.internal:6443']);
});
