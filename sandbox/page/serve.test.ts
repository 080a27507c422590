import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from '../open.ts';
import { type Page, servePage } from './serve.ts';

let sandbox: Sandbox;
let page: Page;
let url: URL;
let cookie: string;
beforeAll(async () => {
  sandbox = await openSandbox(7);
  page = await servePage(sandbox.playground);
  url = new URL(page.url);
  const { headers } = await send(url.pathname + url.search);
  cookie = String(headers['set-cookie']).split(';')[0] ?? '';
});
afterAll(async () => {
  await page.close();
  await sandbox.close();
});

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** With node:http, since fetch sets the host itself. */
async function send(path: string, { method = 'GET', headers = {}, body = '' }: Sent = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request({ host: url.hostname, port: url.port, path, method, headers }, resolve);
  sent.on('error', reject).end(body);
  const response = await promise;
  let read = '';
  for await (const chunk of response) {
    read += String(chunk);
    // A stream of events does not end.
    if (read.endsWith('\n\n')) break;
  }
  return { status: response.statusCode, headers: response.headers, body: read };
}

const act = (action: unknown, headers: Record<string, string> = { origin: url.origin }) =>
  send('/do', { method: 'POST', headers: { cookie, ...headers }, body: JSON.stringify(action) });

test('the page is served on loopback, with a token that browsers keep in a cookie', async () => {
  expect(url.hostname).toBe('127.0.0.1');
  const { status, headers } = await send(url.pathname + url.search);
  expect(status).toBe(200);
  expect(String(headers['set-cookie'])).toMatch(/^pitlane-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/);
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
  expect((await send('/', { headers: { cookie } })).status).toBe(200);
});

describe('without the token nothing is served', () => {
  test.each(['/', '/?token=guess', '/page.js', '/page.css', '/live', '/pod/rng', '/file/1/0'])('%s', async (path) => {
    expect((await send(path)).status).toBe(403);
    expect((await send(path, { headers: { cookie: cookie.replace(/=.*/, '=guess') } })).status).toBe(403);
  });
  test('POST /do', async () => {
    const headers = { origin: url.origin };
    expect((await send('/do', { method: 'POST', headers, body: '{}' })).status).toBe(403);
  });
});

test('a name that leads to this machine is not its host', async () => {
  const headers = { cookie, host: `rebound.example:${url.port}` };
  expect((await send('/live', { headers })).status).toBe(421);
  expect((await send('/live', { headers: { cookie, host: `localhost:${url.port}` } })).status).toBe(200);
});

test('another origin can do nothing, even with the token', async () => {
  const action = { do: 'loseNode', node: 'node-1', isLost: true };
  expect((await act(action, { origin: 'http://127.0.0.1:1' })).status).toBe(403);
  expect((await act(action, { origin: 'null' })).status).toBe(403);
  expect((await act(action, {})).status).toBe(403);
  expect((await send('/live', { headers: { cookie, origin: 'http://rebound.example' } })).status).toBe(403);
});

test('what the page does not send is answered with a status and without an effect', async () => {
  const post = (body: string) => send('/do', { method: 'POST', headers: { cookie, origin: url.origin }, body });
  expect((await post('{')).status).toBe(400);
  expect((await post(`"${'x'.repeat(70_000)}"`)).status).toBe(413);
  expect((await act({ do: 'type', as: 'U0', text: '/rng list' })).body).toBe('{"refused":"Unknown person."}');
  expect((await send('/%', { headers: { cookie } })).status).toBe(400);
  expect((await send('/else', { headers: { cookie } })).status).toBe(404);
  expect((await send('/', { method: 'PUT', headers: { cookie } })).status).toBe(405);
});

test('the stream begins with everything that the page shows', async () => {
  const { headers, body } = await send('/live', { headers: { cookie } });
  expect(headers['content-type']).toBe('text/event-stream');
  expect(body).toMatch(/^event: all\ndata: \[\[/);
  for (const group of ['meta', 'service', 'nodes', 'pods', 'tour']) expect(body).toContain(`["${group}/`);
});

test('faults that cannot be are refused with the reason', async () => {
  expect((await act({ do: 'faultPod', pod: 'uid', fault: '' })).body).toBe('{"refused":"The pod is gone."}');
  const [pod] = sandbox.playground.cluster.api.list('pods', 'dockercoins');
  const { body } = await act({ do: 'faultPod', pod: pod?.metadata.uid, fault: 'tired' });
  expect(body).toContain('"refused"');
  expect((await act({ do: 'loseNode', node: 'node-9', isLost: true })).body).toContain('"refused"');
});
