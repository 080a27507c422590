import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { afterEach, expect, test } from 'vitest';
import { until } from '../kubelet/contract/playground.ts';
import { follow } from './follow.ts';
import { KubeApi } from './kube-api.ts';

type Reply = (response: ServerResponse) => void;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that gives the scripted replies in turn and records the requests. */
async function scripted(replies: Reply[]): Promise<{ api: KubeApi; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://api');
    const from = searchParams.get('resourceVersion');
    asked.push(searchParams.has('watch') ? `watch from ${from}` : 'list');
    const reply = replies.shift();
    if (reply !== undefined) reply(response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'scripted', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
    users: [{ name: 'anonymous' }],
    contexts: [{ name: 'scripted', cluster: 'scripted', user: 'anonymous' }],
    currentContext: 'scripted',
  });
  const api = new KubeApi(kubeConfig);
  closers.push(() => {
    api.close();
    server.closeAllConnections();
    server.close();
  });
  return { api, asked };
}

const pod = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
const list =
  (resourceVersion: string, ...names: string[]): Reply =>
  (response) =>
    response.end(JSON.stringify({ metadata: { resourceVersion }, items: names.map((name) => pod(name, '1')) }));
const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
const added = (name: string, resourceVersion: string) => line('ADDED', pod(name, resourceVersion));
const gone = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };

async function followed(replies: Reply[]) {
  const { api, asked } = await scripted(replies);
  const seen: string[] = [];
  const stopping = new AbortController();
  closers.push(() => stopping.abort());
  await follow<ReturnType<typeof pod>>({
    api,
    path: '/api/v1/pods',
    onList: (items) => seen.push(`list ${items.map(({ metadata }) => metadata.name)}`),
    onEvent: (type, { metadata }) => seen.push(`${type} ${metadata.name}`),
    onError: ({ message }) => seen.push(message),
    signal: stopping.signal,
  });
  return { asked, seen };
}

test.each<[string, Reply[], string[], string[]]>([
  [
    'resumes a watch that the server ends after the last event',
    [list('5', 'a'), (response) => response.end(added('b', '7')), (response) => response.write(added('c', '8'))],
    ['list', 'watch from 5', 'watch from 7'],
    ['list a', 'ADDED b', 'ADDED c'],
  ],
  [
    'resumes from a bookmark and does not report it as an event',
    [list('5'), (response) => response.end(line('BOOKMARK', { metadata: { resourceVersion: '42' } }))],
    ['list', 'watch from 5', 'watch from 42'],
    ['list '],
  ],
  [
    'lists again after a 410 in the watch',
    [list('5', 'a'), (response) => response.end(line('ERROR', gone)), list('90', 'b')],
    ['list', 'watch from 5', 'list', 'watch from 90'],
    ['list a', 'list b'],
  ],
  [
    'lists again after a 410 instead of a watch',
    [list('5', 'a'), (response) => response.writeHead(410).end(JSON.stringify(gone)), list('90', 'b')],
    ['list', 'watch from 5', 'list', 'watch from 90'],
    ['list a', 'list b'],
  ],
  [
    'reports a broken connection and resumes',
    [list('5'), (response) => response.write(added('b', '7'), () => response.destroy())],
    ['list', 'watch from 5', 'watch from 7'],
    ['list ', 'ADDED b', 'aborted'],
  ],
  [
    'retries until the server answers',
    [(response) => response.writeHead(503).end('etcd is down'), list('5', 'a')],
    ['list', 'list', 'watch from 5'],
    ['GET /api/v1/pods: 503  etcd is down', 'list a'],
  ],
])('%s', async (_, replies, wantAsked, wantSeen) => {
  const { asked, seen } = await followed(replies);
  const both = () => ({ asked, seen });
  const isRight = () => asked.length >= wantAsked.length && seen.length >= wantSeen.length;
  expect(await until('followed', both, isRight)).toEqual({ asked: wantAsked, seen: wantSeen });
});
