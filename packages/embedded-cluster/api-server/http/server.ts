import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApiError } from '../../api/api-error.ts';
import type { Ask } from '../../ask.ts';
import { impersonation } from '../authorization/impersonation.ts';
import { authenticate } from '../authorization/tokens.ts';
import type { Cluster } from '../cluster.ts';
import { Exchange } from './exchange.ts';
import { InProcess } from './in-process.ts';
import { type Intercept, intercepted } from './intercept.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';
import { RequestLog } from './request-log.ts';
import { route } from './route.ts';
import { upgradable } from './streams.ts';
import { accessOf } from './target.ts';

export interface ApiServer {
  /** Such as `http://127.0.0.1:40123`. */
  url: string;
  /** A request without a socket. */
  ask: Ask;
  requests: RequestLog;
  /** Default: all requests pass. */
  setIntercept(intercept: Intercept | undefined): void;
  /** Cuts all connections including watches, as a failing load balancer does. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** Serves the cluster's API over HTTP on 127.0.0.1; port 0 is any free one. */
export async function startServer(cluster: Cluster, port = 0): Promise<ApiServer> {
  let intercept: Intercept | undefined;
  const impersonated = impersonation(cluster);
  const requests = new RequestLog();

  async function answer(request: ApiRequest, response: ApiResponse): Promise<void> {
    const verdict = intercept?.(asIntercepted(request)) ?? 'pass';
    response.on('close', () => {
      const { method = '', url: path = '' } = request;
      requests.add({ method, path, status: response.headersSent ? response.statusCode : 0 });
    });
    if (!(await intercepted(response, verdict))) return;
    if (verdict === 'lose-answer') loseAnswer(response);
    const exchange = new Exchange(cluster, request, response);
    try {
      exchange.user = authenticate(cluster, request);
      exchange.user = impersonated(request, exchange.user, accessOf(exchange));
      await route(exchange);
    } catch (error) {
      exchange.sendError(error instanceof ApiError ? error : internal(error));
    }
  }

  const serve = (request: ApiRequest, response: ApiResponse) => {
    answer(request, response).catch((error) => response.destroy(error));
  };
  const inProcess = new InProcess(serve);
  const server = createServer(serve);
  server.on('upgrade', (request, wire, head) => serve(request, upgradable(request, wire, head)));
  // Watches stay open for an hour; a closed socket ends them earlier.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
    inProcess.dropConnections();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ask: inProcess.ask,
    requests,
    setIntercept(next) {
      intercept = next;
    },
    dropConnections,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      inProcess.stop();
      dropConnections();
      await closed;
    },
  };
}

function asIntercepted(request: ApiRequest) {
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
  return { method: request.method ?? '', path, query, headers: request.headers };
}

/** Carries the request out, but cuts the connection instead of answering. */
function loseAnswer(response: ApiResponse): void {
  const cut = () => {
    response.destroy();
    return response;
  };
  response.writeHead = cut;
  response.end = cut;
}

/** A bug of this server, answered as a real server answers its own. */
function internal(error: unknown): ApiError {
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
