import { expect, test } from 'vitest';
import { proxyFor } from './proxy.ts';

const PROXY = 'http://corporate-proxy:3128';
const API = 'https://api.lab.internal:6443';

test.each([
  [API, { HTTPS_PROXY: PROXY }, PROXY],
  [API, { https_proxy: 'corporate-proxy:3128' }, PROXY],
  [API, { HTTPS_PROXY: 'socks5://corporate-proxy' }, 'socks5://corporate-proxy'],
  [API, { HTTP_PROXY: PROXY }, undefined],
  ['http://api.lab.internal', { HTTP_PROXY: PROXY }, PROXY],
  ['https://127.0.0.1:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://[::1]:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['https://localhost:6443', { HTTPS_PROXY: PROXY }, undefined],
  ['api.lab.internal', { HTTPS_PROXY: PROXY }, undefined],
])('%s with %o uses the proxy %s', (server, env, proxy) => {
  expect(proxyFor(server, env)).toBe(proxy);
});

test.each([
  ['*', API, true],
  ['other, LAB.internal', API, true],
  ['.lab.internal', API, true],
  ['*.lab.internal', API, true],
  ['.api.lab.internal', API, false],
  ['b.internal', API, false],
  ['api.lab.internal:6443', API, true],
  ['api.lab.internal:443', API, false],
  ['10.0.0.0/8', 'https://10.1.2.3', true],
  ['10.0.0.0/8', 'https://11.1.2.3', false],
  ['10.1.2.3:443', 'https://10.1.2.3', true],
  ['1.2.3', 'https://10.1.2.3', false],
  ['fd00::/8', 'https://[fd00::1]:6443', true],
  ['10.0.0.0/99', 'https://10.1.2.3', false],
])('NO_PROXY=%s and %s: bypass %s', (exceptions, server, isBypassed) => {
  const env = { HTTPS_PROXY: PROXY, NO_PROXY: exceptions };
  expect(proxyFor(server, env) === undefined).toBe(isBypassed);
});
