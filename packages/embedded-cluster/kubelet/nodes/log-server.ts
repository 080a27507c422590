import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type LogLine, type LogRing, withTimestamp } from '../containers/log-ring.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import { serveStreams } from '../streams/server.ts';

export interface LogServerOptions {
  workers(): Iterable<PodWorker>;
  now(): number;
  /** Paths of PEM files; absent: plain HTTP. */
  tls?: { cert: string; key: string };
}

export interface LogServer {
  port: number;
  stop(): Promise<void>;
}

/** Serves `/containerLogs`, `/exec`, `/attach` and `/portForward` to the API server, on 127.0.0.1 only and without authentication. */
export async function startLogServer(options: LogServerOptions): Promise<LogServer> {
  const { tls } = options;
  const answer = (request: IncomingMessage, response: ServerResponse) => respond(options, request, response);
  const server = tls
    ? createHttpsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, answer)
    : createHttpServer(answer);
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, wire, head) => {
    upgraded.add(wire);
    wire.on('close', () => upgraded.delete(wire)).on('error', () => wire.destroy());
    void serveStreams({ request, wire, head }, options.workers());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      for (const wire of upgraded) wire.destroy();
      await closed;
    },
  };
}

function respond(options: LogServerOptions, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://kubelet');
  const found = findLog(options, url);
  if ('log' in found) stream(found.log, url.searchParams, options.now(), response);
  else response.writeHead(found.status, { 'content-type': 'text/plain; charset=utf-8' }).end(found.problem);
}

/** Messages and codes are from the kubelet's server.go and GetKubeletContainerLogs; `kubectl logs` shows them. */
function findLog(options: LogServerOptions, url: URL): { log: LogRing } | { status: number; problem: string } {
  const [, namespace, pod, container] = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(url.pathname) ?? [];
  if (container === undefined) return { status: 404, problem: '404 page not found' };
  const worker = [...options.workers()].find(
    ({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === pod,
  );
  if (worker === undefined) return { status: 404, problem: 'pod does not exist' };
  const keeper = worker.keeper(container);
  if (keeper === undefined) return { status: 400, problem: `container "${container}" not found in pod "${pod}"` };
  const isPrevious = url.searchParams.get('previous') === 'true';
  const log = keeper.log(isPrevious);
  if (log !== undefined) return { log };
  if (isPrevious) {
    return { status: 400, problem: `previous terminated container "${container}" in pod "${pod}" not found` };
  }
  const reason = keeper.state.state.waiting?.reason ?? 'ContainerCreating';
  return { status: 400, problem: `container "${container}" in pod "${pod}" is waiting to start: ${reason}` };
}

function stream(log: LogRing, query: URLSearchParams, now: number, response: ServerResponse): void {
  let bytesLeft = numberIn(query, 'limitBytes') ?? Number.POSITIVE_INFINITY;
  const hasTimestamps = query.get('timestamps') === 'true';
  response.setHeader('content-type', 'text/plain');
  // A follower of a silent container must see that it is connected.
  response.flushHeaders();
  const write = (line: LogLine) => {
    const text = Buffer.from(`${hasTimestamps ? withTimestamp(line) : line.text}\n`);
    response.write(text.subarray(0, bytesLeft));
    bytesLeft -= text.length;
  };
  const selection = { tailLines: numberIn(query, 'tailLines'), since: sinceIn(query, now) };
  for (const line of log.select(selection)) if (bytesLeft > 0) write(line);
  const goesOn = query.get('follow') === 'true' && !log.isEnded && bytesLeft > 0;
  if (!goesOn) {
    response.end();
    return;
  }
  const unfollow = log.follow(
    (line) => {
      if (bytesLeft > 0) write(line);
      if (bytesLeft <= 0) response.end();
    },
    () => response.end(),
  );
  response.on('close', unfollow);
}

function sinceIn(query: URLSearchParams, now: number): number | undefined {
  const seconds = numberIn(query, 'sinceSeconds');
  if (seconds !== undefined) return now - seconds * 1000;
  const time = query.get('sinceTime');
  return time === null ? undefined : Date.parse(time);
}

function numberIn(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  return text === null || text === '' ? undefined : Number(text);
}
