import { Agent as HttpAgent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { Answered, Ask } from '../ask.ts';

/** The API server refused a request. */
export class KubeApiError extends Error {
  readonly status: number;
  /** The `reason` of the Status object, such as `NotFound`; empty when the answer was not a Status. */
  readonly reason: string;

  constructor(request: string, status: number, { reason = '', message = '' }: { reason?: string; message?: string }) {
    super(`${request}: ${status} ${reason} ${message}`.trimEnd());
    this.status = status;
    this.reason = reason;
  }
}

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: unknown;
}

/** Queues the requests beyond this number, so that a thousand starting pods do not overload a small server. */
const maxSockets = 20;

type Answer = Pick<Answered, 'status' | 'body'>;

interface Sent {
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

/**
 * The Kubernetes API as plain JSON. client-node's KubeConfig gives server and credentials. Its generated classes are
 * not used: they open a connection for each request (hundreds of TLS handshakes for 100 pods) and turn only some dates
 * into Date objects.
 */
export class KubeApi {
  readonly #kubeConfig: KubeConfig;
  readonly #server: string;
  readonly #ask: Ask | undefined;
  #agent: HttpAgent | HttpsAgent | undefined;
  /** Requests sent so far by kind, such as `PATCH pods/status`. */
  readonly sent = new Map<string, number>();

  /** With `ask`, requests reach the API server of this process without sockets. */
  constructor(kubeConfig: KubeConfig | string, ask?: Ask) {
    this.#ask = ask;
    this.#kubeConfig = typeof kubeConfig === 'string' ? fromFile(kubeConfig) : kubeConfig;
    const server = this.#kubeConfig.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('the kubeconfig has no current cluster');
    this.#server = server.replace(/\/$/, '');
  }

  get<T>(path: string, query?: Record<string, string>): Promise<T> {
    return this.#json('GET', path, { query });
  }

  create<T>(path: string, body: unknown): Promise<T> {
    return this.#json('POST', path, { body });
  }

  /** Sends a strategic merge patch, as a kubelet does: lists with a merge key keep the items of other writers. */
  patch<T>(path: string, body: unknown): Promise<T> {
    return this.#json('PATCH', path, { body, contentType: 'application/strategic-merge-patch+json' });
  }

  delete<T>(path: string, options: object): Promise<T> {
    return this.#json('DELETE', path, { body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options } });
  }

  /** Streams an answer, such as a log that is followed. */
  async stream(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<Readable> {
    const answer = await this.#send('GET', path, { query, signal });
    if (answer.status !== 200) throw await refusal(`GET ${path}`, answer);
    return answer.body;
  }

  /** Calls `onEvent` for each event, in order; resolves when the server ends the watch. */
  async watch(
    path: string,
    query: Record<string, string>,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const response = await this.stream(path, { ...query, watch: 'true' }, signal);
    try {
      // readline throws the stream's errors, so a broken connection does not look like an orderly end.
      for await (const line of createInterface(response)) if (line !== '') onEvent(JSON.parse(line) as WatchEvent);
    } finally {
      response.destroy();
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#agent?.destroy();
  }

  async #json<T>(method: string, path: string, sent: Sent): Promise<T> {
    const answer = await this.#send(method, path, sent);
    if (answer.status >= 300) throw await refusal(`${method} ${path}`, answer);
    return JSON.parse(await textOf(answer.body)) as T;
  }

  async #send(method: string, path: string, sent: Sent): Promise<Answer> {
    const { query, body: given, contentType = 'application/json', signal } = sent;
    const url = new URL(this.#server + path);
    for (const [key, value] of Object.entries(query ?? {})) url.searchParams.set(key, value);
    const body = given === undefined ? undefined : JSON.stringify(given);
    const headers = {
      accept: 'application/json',
      'user-agent': 'pitlane',
      // Node sets no length for the body of a DELETE, and the server would read it as the next request.
      ...(body !== undefined && { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) }),
    };
    this.#count(method, path);
    if (this.#ask !== undefined) return this.#ask({ url: url.href, method, headers, body, signal });
    const options = await this.#options(url);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const credentials = options.headers as OutgoingHttpHeaders | undefined;
    send(url, { ...options, method, signal, headers: { ...credentials, ...headers } })
      .on('response', (response) => resolve({ status: response.statusCode ?? 0, body: response }))
      .on('error', reject)
      .end(body);
    return promise;
  }

  async #options(url: URL): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    this.#agent ??=
      url.protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, maxSockets, ca, cert, key, rejectUnauthorized, servername })
        : new HttpAgent({ keepAlive: true, maxSockets });
    return { ...options, agent: this.#agent };
  }

  #count(method: string, path: string): void {
    const segments = path.split('/').slice(path.startsWith('/api/') ? 3 : 4);
    const [resource = '', , subresource] =
      segments[0] === 'namespaces' && segments.length > 2 ? segments.slice(2) : segments;
    const kind = `${method} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
    this.sent.set(kind, (this.sent.get(kind) ?? 0) + 1);
  }
}

function fromFile(path: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(path);
  return kubeConfig;
}

async function refusal(request: string, { status, body }: Answer): Promise<KubeApiError> {
  const text = await textOf(body);
  return new KubeApiError(request, status, text.startsWith('{') ? JSON.parse(text) : { message: text.trim() });
}

export function isNotFound(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 404;
}

/** True when an object of that name exists already. */
export function isTaken(error: unknown): boolean {
  return error instanceof KubeApiError && error.status === 409;
}
