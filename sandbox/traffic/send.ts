import { request as httpRequest, type IncomingMessage } from 'node:http';
import { podHeader } from '@pitlane/embedded-cluster/kubelet/app';
import type { Endpoint } from './endpoints.ts';
import type { Cause } from './tally.ts';

/** Finds the server of a pod on this machine, since pod addresses cannot be dialled. */
export type FindServer = (podUid: string, containerPort: number) => { host: string; port: number } | undefined;

export interface Sending {
  method?: string;
  path: string;
  body?: Buffer;
  timeoutMs: number;
  /** The client address that the app sees. */
  from: string;
}

export type Answer = { status: number; body: Buffer } | { cause: Cause };

/**
 * Sends one request over a new connection, since a Service balances connections.
 */
export async function send(endpoint: Endpoint, findServer: FindServer, sending: Sending): Promise<Answer> {
  const server = findServer(endpoint.podUid, endpoint.port);
  if (server === undefined) return { cause: 'refused' };
  if (server.host !== '127.0.0.1' && server.host !== '::1') {
    throw new Error(`traffic goes to loopback addresses only, not to ${server.host}`);
  }
  const { method = 'GET', path, body, timeoutMs, from } = sending;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const headers = { 'x-forwarded-for': from, connection: 'close' };
  const request = httpRequest({ ...server, method, path, headers, agent: false });
  const timer = setTimeout(() => {
    resolve({ cause: 'timeout' });
    request.destroy();
  }, timeoutMs);
  request.on('error', (error: NodeJS.ErrnoException) => {
    resolve({ cause: error.code === 'ECONNREFUSED' ? 'refused' : 'cut' });
  });
  request.on('response', (response) => read(response, endpoint).then(resolve));
  request.end(body);
  const answer = await promise;
  clearTimeout(timer);
  return answer;
}

async function read(response: IncomingMessage, endpoint: Endpoint): Promise<Answer> {
  // Another pod may have the port by now; at the pod's own address the connection would be refused.
  if (response.headers[podHeader] !== endpoint.podUid) {
    response.resume();
    return { cause: 'refused' };
  }
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer);
  } catch {
    return { cause: 'cut' };
  }
  return status >= 500 ? { cause: 'serverError' } : { status, body: Buffer.concat(chunks) };
}
