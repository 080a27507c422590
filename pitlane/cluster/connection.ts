import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { HttpMethod, type RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { ServerConfiguration } from '@kubernetes/client-node/dist/gen/servers.js';
import { redact } from '../evidence/redact.ts';
import { type CallSite, CannotConnect, ClusterError, Stopped, Unauthorized, type Verb } from './errors.ts';
import { type Http, type HttpAnswer, nodeHttp, textOf } from './http.ts';
import { linesOf } from './lines.ts';
import { pathOf } from './resource.ts';
import { errorForNoResponse, errorForResponse } from './response-error.ts';

/** One request to the Kubernetes API. */
export interface Call extends CallSite {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Absent: whole objects. */
  readonly form?: 'table' | 'metadata';
  /** Sent as JSON; a patch is a JSON Patch. */
  readonly body?: unknown;
  /** The API server validates and admits the request, but stores nothing. */
  readonly dryRun?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Answer<T> {
  readonly body: T;
  /** The Warning headers of the API server and its policies. */
  readonly warnings: readonly string[];
}

/** A connection to one cluster. Every request to Kubernetes goes through `send` or `open`, one attempt each. */
export interface Connection {
  /** The name of the context or cluster, for messages. */
  readonly name: string;
  send<T>(call: Call): Promise<Answer<T>>;
  /** Streams the lines of an answer: watches and logs. The timeout limits the silence between two lines. */
  open(call: Call): Promise<AsyncIterable<string>>;
  /** The same connection, impersonating an identity. */
  as(identity: Identity): Connection;
  readonly usage: Usage;
}

/** The identity that every request impersonates. The extra fields appear in the cluster's audit log. */
export interface Identity {
  readonly user: string;
  readonly group?: string;
  readonly extra?: Readonly<Record<string, string>>;
}

interface Usage {
  requests: number;
  /** Size of the answers after decompression: bytes of streams, characters of other answers. */
  received: number;
}

/** The timeout of a call that sets none. */
export const DEFAULT_TIMEOUT_MS = 10_000;

const METHODS: Readonly<Record<Verb, HttpMethod>> = {
  get: HttpMethod.GET,
  list: HttpMethod.GET,
  watch: HttpMethod.GET,
  create: HttpMethod.POST,
  update: HttpMethod.PUT,
  patch: HttpMethod.PATCH,
  delete: HttpMethod.DELETE,
};

const ACCEPT = {
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  metadata: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
} as const;

/** The part of KubeConfig that `connectionTo` uses. */
type Credentials = Pick<KubeConfig, 'getCurrentCluster' | 'applySecurityAuthentication' | 'getCurrentContext'> &
  Partial<Pick<KubeConfig, 'createDispatcherOptions'>> & {
    /** After a 401: gets other credentials for the next request. `refused`: its Authorization. False: there are no others. */
    renew?(refused: string | undefined): boolean;
    /** Absent: Node's client. */
    readonly http?: Http;
  };

/** client-node makes a dispatcher of undici for each request. Node's client gets its options instead. */
function transportOf(credentials: Credentials) {
  let way: Parameters<typeof nodeHttp>[0];
  const own: Credentials = Object.assign(Object.create(credentials), {
    createDispatcherOptions(...given: Parameters<KubeConfig['createDispatcherOptions']>) {
      const options = credentials.createDispatcherOptions?.(...given);
      if (options?.type === 'agent') way = { tls: options.connect };
      else if (options && options.type !== 'none') way = { tls: options.requestTls, proxy: options.uri };
      return { type: 'none' };
    },
  });
  return { credentials: own, open: () => credentials.http ?? nodeHttp(way) };
}

/** Connects to the current context of a KubeConfig. */
export function connectionTo(credentials: Credentials): Connection {
  const { credentials: kubeConfig, open: openHttp } = transportOf(credentials);
  const server = kubeConfig.getCurrentCluster()?.server.replace(/\/+$/, '');
  if (server === undefined) {
    throw new CannotConnect(`The kubeconfig has no cluster for context ${kubeConfig.getCurrentContext()}.`);
  }
  const configuration = new ServerConfiguration(server, {});
  const usage: Usage = { requests: 0, received: 0 };
  let http: Http | undefined;

  async function requestFor(call: Call): Promise<RequestContext> {
    const context = configuration.makeRequestContext(`${pathOf(call.place)}${queryOf(call)}`, METHODS[call.verb]);
    await authenticate(kubeConfig, context);
    return context;
  }

  async function attempt(
    call: Call,
    context: RequestContext,
    identity: Identity | undefined,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    // Reused, and with it the TLS connection: client-node would make a new one for every request.
    http ??= openHttp();
    const headers = Object.fromEntries(
      // The identity takes the place of the one that the kubeconfig impersonates.
      Object.entries(context.getHeaders()).filter(([name]) => identity === undefined || !/^impersonate-/i.test(name)),
    );
    headers.Accept = call.form === undefined ? 'application/json' : ACCEPT[call.form];
    headers['User-Agent'] = 'pitlane';
    Object.assign(headers, Object.fromEntries(identityHeaders(identity)));
    if (call.body !== undefined) {
      headers['Content-Type'] = call.verb === 'patch' ? 'application/json-patch+json' : 'application/json';
    }
    usage.requests += 1;
    const answer = await http({
      url: context.getUrl(),
      method: context.getHttpMethod(),
      headers,
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal,
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    const body = await textOf(answer);
    usage.received += body.length;
    const error = errorForResponse(call, answer.status, answer.headers, body);
    // The client certificate of the reused connection may be outdated.
    if (error instanceof Unauthorized) http = undefined;
    throw error;
  }

  /** Again, once, if the credentials were refused and others can be had: the server did nothing for the first request. */
  async function authenticated<A>(call: Call, way: (context: RequestContext) => Promise<A>): Promise<A> {
    const context = await requestFor(call);
    try {
      return await way(context);
    } catch (error) {
      const isRefused = error instanceof Unauthorized && kubeConfig.renew?.(context.getHeaders().Authorization);
      if (!isRefused) throw error;
      return way(await requestFor(call));
    }
  }

  function connectionAs(identity: Identity | undefined): Connection {
    return {
      name: kubeConfig.getCurrentContext(),
      usage,
      as: connectionAs,

      // The timeout starts after the authentication: a plugin may ask a person to log in.
      send: <T>(call: Call): Promise<Answer<T>> =>
        authenticated(call, async (context) => {
          const timeoutMs = call.timeoutMs ?? DEFAULT_TIMEOUT_MS;
          const timeout = AbortSignal.timeout(timeoutMs);
          const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
          try {
            const answer = await attempt(call, context, identity, signal);
            const text = await textOf(answer);
            usage.received += text.length;
            return { body: JSON.parse(text) as T, warnings: warningsOf(answer.headers.warning) };
          } catch (error) {
            throw explain(error, call, timeoutMs);
          }
        }),

      open: (call: Call): Promise<AsyncIterable<string>> =>
        authenticated(call, async (context) => {
          const silence = silenceLimit(call.timeoutMs ?? DEFAULT_TIMEOUT_MS);
          const signal = call.signal === undefined ? silence.signal : AbortSignal.any([call.signal, silence.signal]);
          try {
            const answer = await attempt(call, context, identity, signal);
            return linesOf(answer.body, {
              onChunk: (bytes) => {
                usage.received += bytes;
                silence.restart();
              },
              onEnd: silence.clear,
              explain: (error) => explain(error, call, silence.limitMs),
            });
          } catch (error) {
            silence.clear();
            throw explain(error, call, silence.limitMs);
          }
        }),
    };
  }

  return connectionAs(undefined);
}

async function authenticate(kubeConfig: Credentials, context: RequestContext): Promise<void> {
  try {
    await kubeConfig.applySecurityAuthentication(context);
  } catch (cause) {
    if (cause instanceof CannotConnect) throw cause;
    // For example, a failed credential plugin, a missing certificate file, or http: instead of https:.
    const why = cause instanceof Error ? cause.message : 'no reason given';
    throw new CannotConnect(`Can't use the credentials for ${kubeConfig.getCurrentContext()}: ${why}.`, { cause });
  }
}

/** Turns an error of Node's client into an error of this module. */
function explain(error: unknown, call: Call, timeoutMs: number): unknown {
  if (error instanceof ClusterError || error instanceof CannotConnect) return error;
  return call.signal?.aborted ? new Stopped(call, { cause: error }) : errorForNoResponse(call, error, timeoutMs);
}

function silenceLimit(limitMs: number) {
  const controller = new AbortController();
  const expire = () => controller.abort(new DOMException('no data within the time limit', 'TimeoutError'));
  const timer = setTimeout(expire, limitMs);
  return {
    limitMs,
    signal: controller.signal,
    restart: () => void timer.refresh(),
    clear: () => clearTimeout(timer),
  };
}

function queryOf(call: Call): string {
  const query = new URLSearchParams();
  const watch = call.verb === 'watch' || undefined;
  const dryRun = call.dryRun ? 'All' : undefined;
  for (const [name, value] of Object.entries({ ...call.query, watch, dryRun }))
    if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

function identityHeaders(identity: Identity | undefined): readonly (readonly [name: string, value: string])[] {
  if (identity === undefined) return [];
  const { user, group, extra = {} } = identity;
  return [
    ['Impersonate-User', user],
    ...(group === undefined ? [] : [['Impersonate-Group', group] as const]),
    ...Object.entries(extra).map(
      ([key, value]) => [`Impersonate-Extra-${encodeURIComponent(key.toLowerCase())}`, value] as const,
    ),
  ];
}

/** Reads `299 - "text"`, joined by commas (RFC 7234, 5.5). */
function warningsOf(header: string | string[] | undefined): string[] {
  return [...String(header ?? '').matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    redact(text.replace(/\\(.)/g, '$1')),
  );
}
