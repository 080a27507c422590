import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { act } from './act.ts';
import { patchText } from './board.ts';
import { bundlePage } from './bundle.ts';
import type { Action } from './entries.ts';
import type { Playground } from './playground.ts';
import { readPod } from './read-pod.ts';
import { World } from './world.ts';

export interface Page {
  /** With the token that opens it. */
  readonly url: string;
  close(): Promise<void>;
}

const MOST_BYTES = 64 * 1024;
/** A page that does not read is disconnected; it connects again and gets everything. */
const MOST_UNSENT_BYTES = 8 * 1024 * 1024;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pitlane playground</title>
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body><div id="page"><h1>Pitlane playground</h1></div></body>
</html>
`;

/** Serves the page on loopback, to those who know its token. */
export async function servePage(playground: Playground): Promise<Page> {
  const world = new World(playground);
  const api = new KubeApi(playground.cluster.kubeConfig);
  const assets = bundlePage();
  // A failure is answered to the request that needs them.
  assets.catch(() => {});
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else answer(response, error instanceof SyntaxError || error instanceof URIError ? 400 : 500, String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  /** Cookies do not tell ports apart. */
  const cookie = `pitlane-${port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = '', origin } = request.headers;
    if (!hosts.includes(host)) return answer(response, 421, 'Unknown host.');
    const isPost = request.method === 'POST';
    // Browsers send an origin with each POST.
    if (origin === undefined ? isPost : origin !== `http://${host}`) return answer(response, 403, 'Unknown origin.');
    const { pathname, searchParams } = new URL(request.url ?? '/', `http://${host}`);
    const given = pathname === '/' ? searchParams.get('token') : null;
    if (!isSame(given ?? cookieOf(request, cookie), token))
      return answer(response, 403, 'Open the page with the URL that npm start printed.');
    if (isPost) {
      if (pathname !== '/do') return answer(response, 404, 'Not found.');
      const body = await bodyOf(request);
      if (body === undefined) return answer(response, 413, 'The request is too large.');
      const done = await act(world, JSON.parse(body) as Action);
      return answer(response, 200, JSON.stringify(done), 'application/json');
    }
    if (request.method !== 'GET') return answer(response, 405, 'Method not allowed.');
    const [, what = '', name = '', index = ''] = pathname.split('/').map(decodeURIComponent);
    switch (what) {
      case '':
        response.setHeader('set-cookie', `${cookie}=${token}; HttpOnly; SameSite=Strict; Path=/`);
        return answer(response, 200, HTML, 'text/html; charset=utf-8');
      case 'page.js':
        return answer(response, 200, (await assets).script, 'text/javascript; charset=utf-8');
      case 'page.css':
        return answer(response, 200, (await assets).style, 'text/css; charset=utf-8');
      case 'live':
        return live(response);
      case 'file': {
        const file = world.open(name, Number(index));
        return answer(response, file === undefined ? 404 : 200, file?.text ?? 'Not found.');
      }
      case 'pod':
        return answer(
          response,
          200,
          JSON.stringify(await readPod(api, playground.namespace, name)),
          'application/json',
        );
      default:
        return answer(response, 404, 'Not found.');
    }
  }

  function live(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    response.write(`event: all\ndata: ${patchText(world.board.all())}\n\n`);
    const end = world.onPatch((patch) => {
      if (response.writableLength > MOST_UNSENT_BYTES) response.destroy();
      else response.write(`data: ${patchText(patch)}\n\n`);
    });
    response.once('close', end);
  }

  return {
    url: `http://127.0.0.1:${port}/?token=${token}`,
    async close() {
      world.stop();
      api.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

function cookieOf({ headers }: IncomingMessage, name: string): string {
  const cookies = (headers.cookie ?? '').split('; ').map((each) => each.split('='));
  return cookies.find(([key]) => key === name)?.[1] ?? '';
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** Undefined if it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MOST_BYTES) chunks.push(chunk as Buffer);
  }
  if (bytes > MOST_BYTES) return undefined;
  return Buffer.concat(chunks).toString('utf8');
}
