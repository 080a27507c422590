import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { listen } from '../apps/app-server.ts';
import { type LogLine, type LogRing, withTimestamp } from '../containers/log-ring.ts';
import type { KubeletOptions } from '../kubelet.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import { plain, type UpgradeRequest } from './connection.ts';
import { portForward } from './port-forward.ts';
import { remoteCommand, translatedProtocol } from './remote-command.ts';

type Workers = ReadonlyMap<string, PodWorker>;

/** Serves `/containerLogs`, `/exec`, `/attach` and `/portForward` to the API server, on 127.0.0.1 only and without authentication. */
export async function startNodeServer(workers: Workers, now: () => number, tls: KubeletOptions['tls']) {
  const server = tls
    ? createHttpsServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) })
    : createHttpServer();
  server.on('request', (request, response) => serveLog(workers, now(), request, response));
  server.on('upgrade', (request, wire, head) => {
    wire.on('error', () => wire.destroy());
    void serveStreams(workers, { request, wire, head });
  });
  const { port, cut } = await listen(server);
  return {
    port,
    async stop() {
      const closed = once(server.close(), 'close');
      cut();
      await closed;
    },
  };
}

/** The parts of a path such as `/exec/shop/web/app`. */
function routeOf(workers: Workers, request: IncomingMessage) {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://kubelet');
  const [, what = '', namespace, name, container = ''] = pathname.split('/');
  const isAsked = ({ pod: { metadata } }: PodWorker) => metadata.namespace === namespace && metadata.name === name;
  const worker = [...workers.values()].find(isAsked);
  return { what, name, container, worker, keeper: worker?.keeper(container), query };
}

/** Messages and codes are from the kubelet's server.go and GetKubeletContainerLogs; `kubectl logs` shows them. */
function serveLog(workers: Workers, now: number, request: IncomingMessage, response: ServerResponse) {
  const { what, name, container, worker, keeper, query } = routeOf(workers, request);
  const refuse = (status: number, why: string) =>
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(why);
  if (what !== 'containerLogs' || container === '') return refuse(404, '404 page not found');
  if (worker === undefined) return refuse(404, 'pod does not exist');
  if (keeper === undefined) return refuse(400, `container "${container}" not found in pod "${name}"`);
  const isPrevious = query.get('previous') === 'true';
  const log = keeper.log(isPrevious);
  if (log !== undefined) return stream(log, query, now, response);
  if (isPrevious) return refuse(400, `previous terminated container "${container}" in pod "${name}" not found`);
  const reason = keeper.state.status.state?.waiting?.reason ?? 'ContainerCreating';
  return refuse(400, `container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}

function stream(log: LogRing, query: URLSearchParams, now: number, response: ServerResponse) {
  const number = (key: string) => (query.get(key) ? Number(query.get(key)) : undefined);
  const ago = number('sinceSeconds');
  const since = ago === undefined ? Date.parse(query.get('sinceTime') || '1970') : now - ago * 1000;
  const hasTimestamps = query.get('timestamps') === 'true';
  let bytesLeft = number('limitBytes') ?? Number.POSITIVE_INFINITY;
  response.setHeader('content-type', 'text/plain');
  // A follower of a silent container must see that it is connected.
  response.flushHeaders();
  const write = (line: LogLine) => {
    if (bytesLeft <= 0) return;
    const text = Buffer.from(`${hasTimestamps ? withTimestamp(line) : line.text}\n`);
    response.write(text.subarray(0, bytesLeft));
    bytesLeft -= text.length;
    if (bytesLeft <= 0) response.end();
  };
  for (const line of log.select({ tailLines: number('tailLines'), since })) write(line);
  if (query.get('follow') !== 'true' || log.isEnded) return response.end();
  log.on('line', write).once('end', () => response.end());
  return response.on('close', () => log.off('line', write));
}

/** Serves exec, attach and port-forward (pkg/kubelet/server/server.go, getExec and others). */
async function serveStreams(workers: Workers, asked: UpgradeRequest): Promise<void> {
  const { what, container, worker, keeper, query } = routeOf(workers, asked.request);
  const refuse = (status: number, why: string) => void asked.wire.end(plain(status, why));
  if (!['exec', 'attach', 'portForward'].includes(what)) return refuse(404, '404 page not found');
  if (worker === undefined) return refuse(404, 'pod does not exist');
  if (what === 'portForward') return portForward(asked, query, worker);
  const missing = `container not found ("${container}")`;
  const isTranslated = asked.request.headers['sec-websocket-protocol']?.includes(translatedProtocol) ?? false;
  if (keeper?.running === undefined && !isTranslated) return refuse(500, missing);
  await remoteCommand(asked, query, keeper?.running ?? missing);
}
