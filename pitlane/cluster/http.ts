import { Agent, type ClientRequestArgs, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { CannotConnect } from './errors.ts';
import { PROXY_REFUSED } from './response-error.ts';

interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The decompressed chunks. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends one request. Follows no redirect: the token would go wherever the server or a proxy before it says. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** TCP probes idle connections before load balancers drop them (60 s on AWS), as those of client-go do. */
const KEEP_ALIVE_MS = 30_000;
const SOCKS_PORT = 1080;

interface Way {
  readonly tls?: AgentOptions;
  /** The URL of a proxy. */
  readonly proxy?: string;
}

/** By Node's own client, over HTTP/1.1. undici alone takes longer to load than a whole list. */
export function nodeHttp(way: Way = {}): Http {
  let agent: Promise<Agent> | undefined;
  return async (sent) => {
    const isTls = !sent.url.startsWith('http:');
    const client = isTls ? await import('node:https') : { Agent, request };
    agent ??= agentFor(client.Agent, way, isTls);
    const answer = await answerTo(client.request, await agent, sent);
    const { statusCode: status = 0, headers } = answer;
    return { status, headers, body: chunksOf(await decompressed(answer), sent.signal) };
  };
}

type Opened = (error: Error | null, socket?: Duplex | null) => void;

async function agentFor(Client: typeof Agent, { tls, proxy }: Way, isTls: boolean): Promise<Agent> {
  const options = { ...tls, keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
  if (proxy === undefined) return new Client(options);
  const scheme = proxy.split(':', 1)[0] ?? '';
  if (scheme.startsWith('socks')) return throughSocks(new URL(proxy), new Client(options), isTls);
  if (!['http', 'https'].includes(scheme))
    throw new CannotConnect(`Unknown scheme ${scheme} of the proxy: expected http, https or socks5.`);
  // Without it, Node ignores proxyEnv and connects directly.
  if (!process.allowedNodeEnvironmentFlags.has('--use-env-proxy'))
    throw new CannotConnect(
      `Node ${process.version} can't connect through a proxy. Update it to 22.21, 24.5 or newer.`,
    );
  return new Client({ ...options, proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } });
}

/** The proxy resolves the server's name, as for kubectl. */
async function throughSocks(proxy: URL, agent: Agent, isTls: boolean): Promise<Agent> {
  const { SocksClient } = await import('socks');
  const [userId, password] = [proxy.username, proxy.password].map(decodeURIComponent);
  const login = userId ? { userId, password } : {};
  const type = proxy.protocol.startsWith('socks4') ? 4 : 5;
  const connect: (options: object) => Duplex | null | undefined = agent.createConnection.bind(agent);
  function createConnection(to: ClientRequestArgs, opened: Opened): void {
    SocksClient.createConnection({
      proxy: { host: proxy.hostname, port: Number(proxy.port) || SOCKS_PORT, type, ...login },
      command: 'connect',
      destination: { host: `${to.host}`, port: Number(to.port) },
    }).then(
      ({ socket }) => opened(null, isTls ? connect({ ...to, socket }) : socket),
      // A new error: the library's holds the password.
      ({ message }: Error) => opened(Object.assign(new Error(message), { code: PROXY_REFUSED })),
    );
  }
  return Object.assign(agent, { createConnection });
}

function answerTo(send: typeof request, agent: Agent, sent: HttpRequest): Promise<IncomingMessage> {
  const { url, method, signal, body } = sent;
  signal.throwIfAborted();
  const headers: Record<string, string | number> = { ...sent.headers, 'Accept-Encoding': 'gzip' };
  if (body !== undefined) headers['Content-Length'] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    // Node reports an abort only once there is a socket, and a silent proxy never gives one.
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    send(url, { agent, method, headers, signal })
      .on('error', (error) => reject(reasonOf(error, signal)))
      .on('response', resolve)
      // Through a proxy, the agent's options don't reach the socket.
      .on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
      .end(body);
  });
}

async function decompressed(answer: IncomingMessage): Promise<Readable> {
  if (answer.headers['content-encoding'] !== 'gzip') return answer;
  const [{ createGunzip }, { pipeline }] = await Promise.all([import('node:zlib'), import('node:stream')]);
  // The reader gets the error.
  return pipeline(answer, createGunzip(), () => undefined);
}

async function* chunksOf(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw reasonOf(error, signal);
  }
}

/** Node reports an aborted request as a broken connection. */
function reasonOf(error: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : error;
}

export async function textOf({ body }: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
