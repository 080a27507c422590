import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApiError } from '../../api/api-error.ts';
import type { Ask } from '../../ask.ts';
import { impersonation } from '../authorization/impersonation.ts';
import { authenticate } from '../authorization/tokens.ts';
import type { Cluster } from '../cluster.ts';
import { Exchange } from './exchange.ts';
import { connectionError, LocalResponse, requestOf } from './in-process.ts';
import { type Intercept, intercepted } from './intercept.ts';
import { upgradable } from './kubelet.ts';
import type { ApiRequest, ApiResponse } from './messages.ts';
import { route } from './route.ts';
import { accessOf } from './target.ts';

const maxRecords = 10_000;

/** The answered requests, for tests and benches that count them. */
class RequestLog {
  /** Only the newest. `path` includes the query; `status` is 0 when the connection ended without an answer. */
  records: { method: string; path: string; status: number }[] = [];
  /** Of all requests. */
  count = 0;

  add(record: RequestLog['records'][number]): void {
    this.count += 1;
    this.records.push(record);
    if (this.records.length >= maxRecords * 2) this.records.splice(0, maxRecords);
  }

  clear(): void {
    this.records = [];
    this.count = 0;
  }
}

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
    const exchange = new Exchange(cluster, request, response);
    const { path, params: query } = exchange;
    const { method = '', url = '', headers } = request;
    const verdict = intercept?.({ method, path, query, headers }) ?? 'pass';
    response.on('close', () => {
      requests.add({ method, path: url, status: response.headersSent ? response.statusCode : 0 });
    });
    if (!(await intercepted(response, verdict))) return;
    if (verdict === 'lose-answer') loseAnswer(response);
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
  const connections = new Set<Socket | LocalResponse>();
  const opened = (connection: Socket | LocalResponse) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
  };
  // Watches stay open for an hour; a closed socket ends them earlier.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, serve);
  server.on('upgrade', (request, wire, head) => serve(request, upgradable(request, wire, head)));
  server.on('connection', opened);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const dropConnections = () => {
    for (const connection of connections) connection.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ask(asked) {
      const response = new LocalResponse(asked.signal);
      opened(response);
      // As over HTTP, an answer never comes within the call that asks for it.
      setImmediate(() => {
        if (!server.listening) response.destroy(connectionError('ECONNREFUSED'));
        else if (!response.destroyed) serve(requestOf(asked), response);
      });
      return response.answered.promise;
    },
    requests,
    setIntercept(next) {
      intercept = next;
    },
    dropConnections,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      dropConnections();
      await closed;
    },
  };
}

/** Carries the request out, but cuts the connection instead of answering. */
function loseAnswer(response: ApiResponse): void {
  const cut = () => response.destroy();
  response.writeHead = cut;
  response.end = cut;
}

/** A bug of this server, answered as a real server answers its own. */
function internal(error: unknown): ApiError {
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}
