import { expect, test } from 'vitest';
import { flaskLine, pythonTime, sinatraLine } from './access-log.ts';

const served = {
  at: Date.parse('2026-11-24T03:12:07.042Z'),
  client: '10.244.1.7',
  method: 'GET',
  path: '/32',
  status: 200,
};

test('rng logs requests as Flask does', () => {
  expect(flaskLine(served)).toBe('10.244.1.7 - - [24/Nov/2026 03:12:07] "GET /32 HTTP/1.1" 200 -');
});

test('hasher logs requests as Sinatra does', () => {
  expect(sinatraLine({ ...served, method: 'POST', path: '/' }, 64)).toBe(
    '10.244.1.7 - - [24/Nov/2026:03:12:07 +0000] "POST / HTTP/1.1" 200 64',
  );
});

test('errors have the time format of Python', () => {
  expect(pythonTime(served.at)).toBe('2026-11-24 03:12:07,042');
});
