import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Watch } from './watch.ts';

/** One answer of the server. Refusals are answers and not errors, because the contract is about their codes and messages. */
export interface Answer<T> {
  status: number;
  body: T;
  headers: IncomingMessage['headers'];
}

/** The body of a refusal (meta/v1 Status). */
export interface Refusal {
  kind: 'Status';
  status: string;
  message: string;
  reason?: string;
  code: number;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    uid?: string;
    causes?: { field?: string; message?: string }[];
  };
}

export interface Sent {
  query?: Readonly<Record<string, string | number | boolean>>;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  /** Default: JSON; for a PATCH, JSON Patch if the body is a list, else merge patch. */
  contentType?: string;
  accept?: string;
  /** Besides these; they replace the credentials too. */
  headers?: Readonly<Record<string, string | string[]>>;
}

/** HTTP requests to the API server, without a client library. */
export class Http {
  readonly #server: string;
  readonly #kubeConfig: KubeConfig;
  #agent: HttpAgent | HttpsAgent | undefined;

  constructor(kubeConfig: KubeConfig) {
    const server = kubeConfig.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('the kubeconfig has no current cluster');
    this.#server = server.replace(/\/$/, '');
    this.#kubeConfig = kubeConfig;
  }

  async exchange<T = Refusal>(method: string, path: string, sent: Sent = {}): Promise<Answer<T>> {
    const response = await this.#send(method, path, sent);
    const text = await textOf(response);
    return {
      status: response.statusCode ?? 0,
      body: (text.startsWith('{') ? JSON.parse(text) : text) as T,
      headers: response.headers,
    };
  }

  /** For requests that have to succeed: a refusal is an error that names the request. */
  async granted<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    const { status, body } = await this.exchange<T>(method, path, sent);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Resolves once the server has begun to answer. */
  async watch<T>(path: string, query: Sent['query'] = {}, accept?: string): Promise<Watch<T>> {
    const sent = { query: { ...query, watch: true }, ...(accept === undefined ? {} : { accept }) };
    const response = await this.#send('GET', path, sent);
    if (response.statusCode !== 200) throw new Error(`WATCH ${path}: ${response.statusCode} ${await textOf(response)}`);
    return new Watch<T>(path, response);
  }

  close(): void {
    this.#agent?.destroy();
  }

  async #send(
    method: string,
    path: string,
    { query = {}, body, contentType, accept, headers: more }: Sent,
  ): Promise<IncomingMessage> {
    const url = new URL(this.#server + path);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value));
    const options = await this.#options(url);
    const headers: Record<string, string | number | string[]> = {
      ...(options.headers as Record<string, string>),
      accept: accept ?? 'application/json',
      'user-agent': 'pitlane-contract',
    };
    for (const [name, value] of Object.entries(more ?? {})) {
      for (const own of Object.keys(headers)) if (own.toLowerCase() === name) delete headers[own];
      headers[name] = value;
    }
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    if (text !== undefined) {
      headers['content-type'] = contentType ?? defaultType(method, body);
      headers['content-length'] = Buffer.byteLength(text);
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    send(url, { ...options, method, headers })
      .on('response', resolve)
      .on('error', reject)
      .end(text);
    return promise;
  }

  async #options(url: URL): Promise<RequestOptions> {
    const options: RequestOptions = {};
    await this.#kubeConfig.applyToHTTPSOptions(options);
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    this.#agent ??=
      url.protocol === 'https:'
        ? new HttpsAgent({ keepAlive: true, ca, cert, key, rejectUnauthorized, servername })
        : new HttpAgent({ keepAlive: true });
    return { ...options, agent: this.#agent };
  }
}

function defaultType(method: string, body: unknown): string {
  if (method !== 'PATCH') return 'application/json';
  return Array.isArray(body) ? 'application/json-patch+json' : 'application/merge-patch+json';
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}
