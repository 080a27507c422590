import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { nodeHttp, textOf } from './http.ts';

let server: Server | undefined;

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
}

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

const never = new AbortController().signal;
const get = (url: string, signal = never) => nodeHttp()({ url, method: 'GET', headers: {}, signal });

test('decompresses what the server compressed', async () => {
  const text = 'ä'.repeat(200_000);
  const url = await serve((request, response) => {
    expect(request.headers['accept-encoding']).toBe('gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text));
  });
  expect(await textOf(await get(url))).toBe(text);
});

test.each([
  ['a compressed answer that breaks', { 'content-encoding': 'gzip' }, gzipSync('x'.repeat(100_000)).subarray(0, 50)],
  ['an answer that breaks', {}, Buffer.from('half')],
])('fails for %s', async (_, headers, part) => {
  const url = await serve((__, response) => {
    response.writeHead(200, headers);
    response.write(part, () => response.destroy());
  });
  const answer = await get(url);
  await expect(textOf(answer)).rejects.toThrow();
});

test('an abort ends a stream with its reason, read or not', async () => {
  const url = await serve((_, response) => void response.writeHead(200).write('line\n'));
  const abort = new AbortController();
  const [read, unread] = [await get(url, abort.signal), await get(url, abort.signal)];
  const text = textOf(read);
  abort.abort(new DOMException('no data', 'TimeoutError'));
  await expect(text).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(textOf(unread)).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('sends the length of a body, and the next request on the same connection', async () => {
  const sockets = new Set<number | undefined>();
  const url = await serve(({ headers, socket }, response) => {
    sockets.add(socket.remotePort);
    response.end(headers['content-length']);
  });
  const http = nodeHttp();
  const post = { url, method: 'POST', headers: {}, body: '"ä"', signal: never };
  expect(await textOf(await http(post))).toBe('4');
  expect(await textOf(await http(post))).toBe('4');
  expect(sockets.size).toBe(1);
});
