import { Readable } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import nock from 'nock';
import { type Connection, connectionTo } from '../connection.ts';

const SERVER = 'https://kubernetes.test';

/** One request that the API server received. */
export interface RecordedRequest {
  /** `GET /api/v1/namespaces/dockercoins/pods?limit=500`, with the query decoded and sorted. */
  readonly line: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
}

/** An answer: status and body, a stream of watch events, or no answer at all. */
export type Reply =
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly lines: readonly unknown[]; readonly then: 'end' | 'hang' | 'break' }
  | { readonly fails: 'refused' | 'reset' };

export type Handler = (request: RecordedRequest) => Reply | undefined | Promise<Reply | undefined>;

export interface FakeApi {
  readonly connection: Connection;
  readonly requests: readonly RecordedRequest[];
  /** The `line` of each request, in order. */
  lines(): string[];
}

/** An API server that answers by a function, through nock and the HTTP code of client-node. Other requests get 404. */
export function fakeApi(handler: Handler): FakeApi {
  nock.disableNetConnect();
  nock.cleanAll();
  const requests: RecordedRequest[] = [];
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    nock(SERVER)
      .persist()
      .intercept(/.*/, method)
      .reply(async (request: Request) => {
        const recorded = await recordedRequest(request);
        requests.push(recorded);
        return replyTo((await handler(recorded)) ?? notFound(recorded));
      });
  }
  return { connection: connectionTo(kubeConfig()), requests, lines: () => requests.map(({ line }) => line) };
}

function kubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'test', server: SERVER, skipTLSVerify: false },
    { name: 'test', token: 'not-a-real-token' },
  );
  return config;
}

async function recordedRequest(request: Request): Promise<RecordedRequest> {
  const url = new URL(request.url);
  const query = [...url.searchParams].map(([name, value]) => `${name}=${value}`).sort();
  const text = await request.text();
  return {
    line: `${request.method} ${url.pathname}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function replyTo(reply: Reply): [number, string | Readable, Record<string, string>] {
  if ('fails' in reply) {
    const code = reply.fails === 'refused' ? 'ECONNREFUSED' : 'ECONNRESET';
    throw Object.assign(new Error(reply.fails), { code });
  }
  if ('lines' in reply) return [200, streamOf(reply), { 'content-type': 'application/json' }];
  const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  return [reply.status, text, { 'content-type': 'application/json', ...reply.headers }];
}

function streamOf({ lines, then }: Extract<Reply, { lines: readonly unknown[] }>): Readable {
  async function* chunks() {
    for (const line of lines) {
      yield `${typeof line === 'string' ? line : JSON.stringify(line)}\n`;
    }
    if (then === 'hang') {
      await new Promise(() => {});
    }
    if (then === 'break') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  }
  return Readable.from(chunks(), { objectMode: false });
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

/** A metav1.Status as the API server writes it. */
export function status(code: number, message: string, details: object = {}): Reply {
  return { status: code, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code, details } };
}

function notFound({ path }: RecordedRequest): Reply {
  return status(404, `the server could not find ${path}`);
}
