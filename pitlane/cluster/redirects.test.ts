import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Call, connectionTo } from './connection.ts';
import { Unavailable } from './errors.ts';
import { PODS } from './resource.ts';

// Real servers: one that redirects, and the one that it redirects to.
let servers: Server[] = [];
let received: IncomingMessage[] = [];
let [status, location, elsewhere] = [302, '', ''];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let send: (call: Call) => Promise<unknown>;
let open: (call: Call) => Promise<unknown>;
beforeEach(async () => {
  received = [];
  elsewhere = await listen(
    createServer((request, response) => {
      received.push(request);
      response.end('{}');
    }),
  );
  location = `${elsewhere}/login?code=secret`;
  const server = await listen(createServer((_, response) => response.writeHead(status, { location }).end()));
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: 'lab', server, skipTLSVerify: true }, { name: 'ada', token: 'secret' });
  ({ send, open } = connectionTo(kubeConfig).as({ user: 'pitlane' }));
});
afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  servers = [];
});

const place = { resource: PODS, namespace: 'dockercoins', name: 'rng-b85tm' };
const CALLS: readonly [string, (call: Call) => Promise<unknown>, Call][] = [
  ['a read', (call) => send(call), { verb: 'get', place }],
  ['a write', (call) => send(call), { verb: 'patch', place, body: [] }],
  ['a create', (call) => send(call), { verb: 'create', place, body: {} }],
  ['a delete', (call) => send(call), { verb: 'delete', place }],
  ['a watch', (call) => open(call), { verb: 'watch', place }],
];

test.each(CALLS.flatMap(([name, ...how]) => [301, 302, 303, 307, 308].map((code) => [name, code, ...how] as const)))(
  '%s is not sent on after a %d: it fails and names the address without its query',
  async (_, code, way, call) => {
    status = code;
    const error: unknown = await way(call).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Unavailable);
    expect((error as Error).message).toContain(`redirects to ${elsewhere}/login,`);
    expect(received).toEqual([]);
  },
);

test.each([
  ['/login?a=b#c', 'redirects to /login,'],
  ['http://ada:secret@evil.example/x', 'redirects to http://evil.example/x,'],
])('names the address of Location: %s', async (given, want) => {
  location = given;
  const error: unknown = await send({ verb: 'get', place }).catch((thrown) => thrown);
  expect((error as Error).message).toContain(want);
});
