import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { selfSigned } from '../../test/self-signed.ts';
import { type Connection, connectionTo } from './connection.ts';
import { Stopped } from './errors.ts';
import { PODS } from './resource.ts';

// Real servers and proxies. Only the proxies know where the API servers are.
const API = selfSigned('api.test');
const OF_PROXY = selfSigned('localhost');
const LOGIN = 'ada:p@ss:word';
const place = { resource: PODS };

let asked: string[] = [];
let sockets: Duplex[] = [];
const servers: (Server | NetServer)[] = [];
let [tlsPort, plainPort] = [0, 0];
let proxies: Readonly<Record<'http' | 'https' | 'socks5' | 'silent' | 'hanging', number>>;

async function listen(server: Server | NetServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const answer = (request: IncomingMessage, response: ServerResponse) => {
  asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
  if (request.url?.includes('watch')) response.write('{}\n');
  else response.end('{"items":[]}');
};

/** An HTTP proxy with a login: tunnels, and plain HTTP. */
function httpProxy(server: Server): Server {
  const isLoggedIn = ({ headers }: IncomingMessage) =>
    headers['proxy-authorization'] === `Basic ${Buffer.from(LOGIN).toString('base64')}`;
  server.on('connect', (request, client: Duplex) => {
    asked.push(`CONNECT ${request.url} ${request.headers.host}`);
    if (!isLoggedIn(request)) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const api = connect(tlsPort, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
    return api.pipe(client).pipe(api);
  });
  return server.on('request', (request, response) => {
    asked.push(`FORWARD ${request.url} ${request.headers.host}`);
    if (!isLoggedIn(request)) response.writeHead(407).end();
    else answer(request, response);
  });
}

/** A SOCKS 5 proxy with a login (RFC 1928 and RFC 1929). */
async function socksProxy(client: Socket): Promise<void> {
  const bytes = client.iterator();
  let rest: number[] = [];
  const take = async (size: number): Promise<Buffer> => {
    while (rest.length < size) rest.push(...(await bytes.next()).value);
    const taken = Buffer.from(rest.slice(0, size));
    rest = rest.slice(size);
    return taken;
  };
  const say = (...values: readonly number[]) => client.write(Buffer.from(values));
  const text = async () => String(await take((await take(1)).readUInt8()));
  const [, count = 0] = await take(2);
  const ways = [...(await take(count))];
  if (!ways.includes(2)) return void say(5, 0xff);
  say(5, 2);
  await take(1);
  const isLoggedIn = `${await text()}:${await text()}` === LOGIN;
  say(1, isLoggedIn ? 0 : 1);
  if (!isLoggedIn) return void client.end();
  expect([...(await take(4))]).toEqual([5, 1, 0, 3]);
  const host = await text();
  const port = (await take(2)).readUInt16BE();
  asked.push(`SOCKS ${host}:${port}`);
  if (host === 'absent.test') return void say(5, 4, 0, 1, 0, 0, 0, 0, 0, 0);
  say(5, 0, 0, 3, 4, 0x74, 0x65, 0x73, 0x74, 0, 0);
  const api = connect(port === 80 ? plainPort : tlsPort, '127.0.0.1');
  api.pipe(client);
  for await (const chunk of bytes) api.write(chunk);
}

beforeAll(async () => {
  tlsPort = await listen(createTlsServer(API, answer));
  plainPort = await listen(createHttpServer(answer));
  proxies = {
    http: await listen(httpProxy(createHttpServer())),
    https: await listen(httpProxy(createTlsServer(OF_PROXY))),
    socks5: await listen(createServer((client) => void socksProxy(client).catch(() => client.destroy()))),
    hanging: await listen(createServer()),
    silent: await listen(createServer((client) => client.once('data', () => client.end()))),
  };
  setDefaultCACertificates([...getCACertificates(), OF_PROXY.cert]);
});
beforeEach(() => {
  asked = [];
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});
afterAll(() => {
  for (const server of servers) server.close();
});

function through(proxyUrl: string, server = 'https://api.test', ca = API.cert): Connection {
  const kubeConfig = new KubeConfig();
  const caData = Buffer.from(ca).toString('base64');
  const skipTLSVerify = server.startsWith('http:');
  kubeConfig.loadFromClusterAndUser(
    { name: 'lab', server, caData, proxyUrl, skipTLSVerify },
    { name: 'ada', token: 't' },
  );
  return connectionTo(kubeConfig);
}

const address = (
  scheme: 'http' | 'https' | 'socks5',
  login = `${encodeURIComponent('ada')}:${encodeURIComponent('p@ss:word')}@`,
) => `${scheme}://${login}localhost:${proxies[scheme]}`;
const list = (connection: Connection) => connection.send<{ items: unknown[] }>({ verb: 'list', place });
const failure = (connection: Connection, timeoutMs = 10_000) =>
  connection.send({ verb: 'list', place, timeoutMs }).then(
    () => 'no error',
    (error: Error) => error.message,
  );

test.each([
  ['http', 'CONNECT api.test:443 api.test:443'],
  ['https', 'CONNECT api.test:443 api.test:443'],
  ['socks5', 'SOCKS api.test:443'],
] as const)(
  'reaches an API server through a %s proxy by TLS to the server, over one connection',
  async (scheme, want) => {
    const connection = through(address(scheme));
    expect((await list(connection)).body).toEqual({ items: [] });
    expect((await list(connection)).body).toEqual({ items: [] });
    const request = 'GET /api/v1/pods Bearer t';
    expect(asked).toEqual([want, request, request]);
  },
);

test('an HTTP proxy forwards plain HTTP, and a SOCKS proxy tunnels it', async () => {
  await list(through(address('http'), 'http://api.test'));
  await list(through(address('socks5'), 'http://api.test'));
  const url = 'http://api.test/api/v1/pods';
  const request = 'GET /api/v1/pods Bearer t';
  expect(asked).toEqual([`FORWARD ${url} api.test`, `GET ${url} Bearer t`, 'SOCKS api.test:80', request]);
});

test.each(['http', 'socks5'] as const)(
  'a %s proxy does not weaken TLS: the server needs a certificate of the CA',
  async (scheme) => {
    const url = address(scheme);
    expect(await failure(through(url, 'https://api.test', OF_PROXY.cert))).toContain(
      'certificate is not signed by the CA',
    );
    expect(await failure(through(url, 'https://other.test'))).toContain('certificate is for another host name');
    expect(asked.filter((line) => line.startsWith('GET'))).toEqual([]);
  },
);

test('explains what a proxy refuses', async () => {
  const silent = `localhost:${proxies.silent}`;
  const errors = {
    'no login': await failure(through(address('http', ''))),
    'no login, forwarded': await failure(through(address('http', ''), 'http://api.test')),
    'no login, SOCKS': await failure(through(address('socks5', ''))),
    'wrong password, SOCKS': await failure(through(address('socks5', 'ada:wrong@'))),
    'unknown host, SOCKS': await failure(through(address('socks5'), 'https://absent.test')),
    'closes the connection': await failure(through(`http://${silent}`)),
    'closes the connection, SOCKS': await failure(through(`socks5://${silent}`)),
    'never answers': await failure(through(`http://localhost:${proxies.hanging}`), 100),
    'refuses the connection': await failure(through('http://127.0.0.1:1')),
    'refuses the connection, SOCKS': await failure(through('socks5h://127.0.0.1:1')),
  };
  const text = Object.entries(errors).map(([name, error]) => `${name}: ${error}\n`);
  await expect(text.join('')).toMatchFileSnapshot('golden/proxies.golden.txt');
});

test('a watch through a proxy is aborted', async () => {
  const controller = new AbortController();
  const open = through(address('http')).open({ verb: 'watch', place, signal: controller.signal });
  const lines = (await open)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('{}');
  controller.abort();
  await expect(lines.next()).rejects.toBeInstanceOf(Stopped);
});
