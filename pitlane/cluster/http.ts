import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

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

/** Straight to the server by Node's own client, over HTTP/1.1. undici alone takes longer to load than a whole list. */
export function directHttp(tls: AgentOptions = {}): Http {
  let agent: Agent | undefined;
  return async (sent) => {
    const client = sent.url.startsWith('http:') ? { Agent, request } : await import('node:https');
    agent ??= new client.Agent({ ...tls, keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS });
    const answer = await answerTo(client.request, agent, sent);
    const { statusCode: status = 0, headers } = answer;
    return { status, headers, body: chunksOf(await decompressed(answer), sent.signal) };
  };
}

function answerTo(send: typeof request, agent: Agent, sent: HttpRequest): Promise<IncomingMessage> {
  const { url, method, signal, body } = sent;
  const headers: Record<string, string | number> = { ...sent.headers, 'Accept-Encoding': 'gzip' };
  if (body !== undefined) headers['Content-Length'] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    send(url, { agent, method, headers, signal })
      .on('error', (error) => reject(reasonOf(error, signal)))
      .on('response', resolve)
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

/** By undici: through a proxy, or however else the dispatcher connects. */
export function httpBy(dispatcher: Dispatcher): Http {
  return async ({ url, body: text, ...sent }) => {
    const { fetch } = await import('undici');
    const answer = await fetch(url, { ...sent, body: text ?? null, redirect: 'manual', dispatcher });
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: answer.body ?? nothing() };
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

export async function textOf({ body }: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
