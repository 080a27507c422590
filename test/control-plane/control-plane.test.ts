import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { kubectlPath } from './build.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

const run = promisify(execFile);
const patiently = { timeout: 30_000, interval: 200 };

let plane: ControlPlane;
let ours: string;

beforeAll(async () => {
  plane = await startControlPlane({
    users: [{ token: 'token-of-bob', user: 'bob', groups: ['developers', 'on-call'] }],
  });
  ours = await kubectlPath();
});

afterAll(() => plane?.stop());

/** Returns standard output and standard error of kubectl, whether it succeeds or fails. */
async function kubectl(args: string[], { command = ours, input = '' } = {}): Promise<string> {
  const running = run(command, ['--kubeconfig', plane.kubeconfig, ...args]);
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => error);
  return `${stdout}${stderr}`.trim();
}

const names = (kind: string) => kubectl(['get', kind, '-l', 'app=rng', '-o', 'name']);

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'rng' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'rng' } },
    template: {
      metadata: { labels: { app: 'rng' } },
      spec: { containers: [{ name: 'rng', image: 'rng:1' }] },
    },
  },
};

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'rng' },
  spec: { selector: { app: 'rng' }, ports: [{ port: 80 }] },
};

const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'by-hand' } };
const nodeStatus = {
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'ByHand', message: 'made by a test' }],
  },
};

describe('the real control plane', () => {
  test('client and server have the version of go.mod', async () => {
    expect(await kubectl(['version'])).toMatch(/^Client Version: v1\.36\.2\n.*\nServer Version: v1\.36\.2$/s);
    expect(plane.version).toBe('v1.36.2');
  });

  test('controllers create the ReplicaSet, the pods and the EndpointSlice of applied objects', async () => {
    const input = [deployment, service].map((object) => stringify(object)).join('---\n');
    expect(await kubectl(['apply', '-f', '-'], { input })).toBe('deployment.apps/rng created\nservice/rng created');
    await vi.waitFor(async () => {
      expect(await names('replicasets')).toMatch(/^replicaset.apps\/rng-\w+$/);
      expect((await names('pods')).split('\n')).toHaveLength(2);
      expect(await kubectl(['get', 'endpointslices', '-o', 'name'])).toMatch(
        /^endpointslice.discovery.k8s.io\/rng-\w+$/,
      );
    }, patiently);
  });

  test('the scheduler binds pods once there is a node', async () => {
    const placed = () =>
      kubectl(['get', 'pods', '-o', 'jsonpath={range .items[*]}{.status.phase}:{.spec.nodeName} {end}']);
    expect(await placed()).toBe('Pending: Pending:');
    await kubectl(['create', '-f', '-'], { input: stringify(node) });
    await kubectl(['patch', 'node', 'by-hand', '--subresource=status', '-p', JSON.stringify(nodeStatus)]);
    await vi.waitFor(async () => expect(await placed()).toBe('Pending:by-hand Pending:by-hand'), patiently);
  });

  test('kubectl logs reaches a kubelet that serves with the generated certificate', async () => {
    const asked: string[] = [];
    const credentials = { cert: await readFile(plane.kubeletCert.cert), key: await readFile(plane.kubeletCert.key) };
    const kubelet = createServer(credentials, (req, res) => {
      asked.push(req.url ?? '');
      res.end('a line of the log\n');
    }).listen(0, '127.0.0.1');
    await once(kubelet, 'listening');
    const { port: Port } = kubelet.address() as AddressInfo;
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port } },
    };
    await kubectl(['patch', 'node', 'by-hand', '--subresource=status', '-p', JSON.stringify({ status })]);
    const [pod = ''] = (await names('pods')).split('\n');
    expect(await kubectl(['logs', pod])).toBe('a line of the log');
    expect(asked).toEqual([`/containerLogs/default/${pod.replace('pod/', '')}/rng`]);
    kubelet.close();
  });

  test('the server refuses an unquoted true as a label', async () => {
    const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: oops, labels: {enabled: true}}\n';
    expect(await kubectl(['create', '-f', '-'], { input })).toContain(
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
    );
    const patch = await kubectl(['patch', 'deployment', 'rng', '-p', '{"metadata":{"labels":{"enabled":true}}}']);
    expect(patch).toBe(
      'The request is invalid: patch: Invalid value: "map[metadata:map[labels:map[enabled:true]]]": unrecognized type: string',
    );
  });

  test('a user has no rights until RBAC grants them, and the audit log has each request', async () => {
    const list = ['--context=bob', 'get', 'pods'];
    expect(await kubectl(list)).toContain(
      'User "bob" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    await kubectl(['create', 'rolebinding', 'developers-look', '--clusterrole=view', '--group=developers']);
    await vi.waitFor(async () => expect(await kubectl(list)).toMatch(/^NAME /), patiently);
    const events = (await readFile(plane.auditLog, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const listing = events.filter(({ user, objectRef }) => user.username === 'bob' && objectRef?.resource === 'pods');
    expect(listing.at(0).responseStatus.code).toBe(403);
    expect(listing.at(-1).responseStatus.code).toBe(200);
  });

  test('the kubectl on PATH works too', async ({ skip }) => {
    const found = await run('kubectl', ['version', '--client']).catch(() => undefined);
    if (found === undefined) skip('no kubectl on PATH');
    expect(await kubectl(['get', 'deployment', 'rng', '-o', 'name'], { command: 'kubectl' })).toBe(
      'deployment.apps/rng',
    );
  });

  test('stop ends all processes and removes all files', async () => {
    const { pids, stateDir } = { pids: [...plane.pids], stateDir: plane.stateDir };
    expect(pids).toHaveLength(4);
    await plane.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(stateDir)).toBe(false);
  });
});
