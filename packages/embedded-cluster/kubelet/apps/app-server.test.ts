import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../random.ts';
import { type ProbeTarget, probeOnce } from '../containers/probes.ts';
import type { AppContext } from './app.ts';
import { type AppServer, serve } from './app-server.ts';
import { appFor } from './command.ts';
import { type Fault, noFault } from './fault.ts';
import { surroundingsFor } from './programs.fixture.ts';

const container = { name: 'app', image: 'example/app:v1', ports: [{ name: 'http', containerPort: 8080 }] };
const app = appFor(container, {});
const running: AppServer[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.kill();
});

async function served(fault: Partial<Fault> = {}) {
  if (app.kind !== 'http') throw new Error('an image that is not known must echo');
  const lines: string[] = [];
  const context: AppContext = {
    ...surroundingsFor(),
    pod: { metadata: { name: 'web', namespace: 'shop', uid: 'u-1' }, spec: { containers: [container] } },
    container,
    log: (text) => lines.push(text),
    write: () => {},
    input: Readable.from([]),
    random: seededRandom(7),
    signal: new AbortController().signal,
  };
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const server = await serve(app, context, () => {
    onAsked();
    return { ...noFault, ...fault };
  });
  running.push(server);
  const { loopbackPort } = server;
  const target: ProbeTarget = { container, pod: { podIp: '10.244.1.7', nodeGateway: '10.244.1.1' }, loopbackPort };
  return { server, port: loopbackPort() ?? 0, lines, target, asked };
}

function statusOf(port: number, path = '/'): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '')).end();
  });
}

test('failing=0.3 fails and logs about 3 of 10 requests, the same ones for the same seed', async () => {
  const statuses = async () => {
    const { port, lines } = await served({ failingShare: 0.3 });
    const seen: (number | string)[] = [];
    for (let i = 0; i < 100; i++) seen.push(await statusOf(port));
    return { seen, complaints: lines.filter((line) => line.endsWith('internal error')).length };
  };
  const first = await statuses();
  const failed = first.seen.filter((status) => status === 500).length;
  expect(failed).toBeGreaterThan(20);
  expect(failed).toBeLessThan(40);
  expect(first.complaints).toBe(failed);
  expect(await statuses()).toEqual(first);
});

test('draining finishes open answers and refuses new connections', async () => {
  const { server, port, asked } = await served({ slowMs: 200 });
  const answer = statusOf(port);
  await asked;
  const drained = server.drain(5_000);
  expect(await statusOf(port)).toBe('ECONNREFUSED');
  expect([await answer, await drained]).toEqual([200, true]);
});

test('draining cuts the requests that are still open after the grace period', async () => {
  const { server, port, asked } = await served({ slowMs: 60_000 });
  const answer = statusOf(port);
  await asked;
  expect([await server.drain(50), await answer]).toEqual([false, 'ECONNRESET']);
});

describe('a probe', () => {
  const refused = 'dial tcp 10.244.1.7:9090: connect: connection refused';
  test.each([
    ['succeeds by HTTP', {}, { httpGet: { port: 8080 } }, undefined],
    ['finds a port by name', {}, { httpGet: { path: 'healthz', port: 'http' } }, undefined],
    ['ignores the failing share', { failingShare: 1 }, { httpGet: { port: 8080 } }, undefined],
    ['fails by HTTP on a closed port', {}, { httpGet: { port: 9090 } }, `Get "http://10.244.1.7:9090/": ${refused}`],
    [
      'times out on a slow app',
      { slowMs: 400 },
      { httpGet: { path: '/healthz', port: 8080 }, timeoutSeconds: 0.1 },
      'Get "http://10.244.1.7:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    ['succeeds by TCP', {}, { tcpSocket: { port: 8080 } }, undefined],
    ['fails by TCP on a closed port', {}, { tcpSocket: { port: 9090 } }, refused],
    ['always succeeds by a command', {}, { exec: { command: ['false'] } }, undefined],
  ])('%s', async (_, fault, probe, want) => {
    const { target } = await served(fault);
    expect(await probeOnce(probe, target)).toBe(want);
  });
});
