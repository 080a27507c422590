import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import type { Connection } from './connection.ts';
import { Rejected, Stopped } from './errors.ts';
import { fakeApi } from './fake/api.fixture.ts';
import { readLastLineAt, readLog, readLogEnd } from './logs.ts';

afterEach(() => nock.cleanAll());

const SOURCE = { namespace: 'dockercoins', pod: 'rng-b85tm', container: 'rng', previous: false, tail: 100 };
const PATH = 'GET /api/v1/namespaces/dockercoins/pods/rng-b85tm/log';

test('reads the last lines of one container, with a limit in bytes', async () => {
  const { connection, lines } = fakeApi(() => ({ lines: ['one', 'two'], then: 'end' }));
  expect(await readLog(connection, { ...SOURCE, previous: true })).toEqual({ text: 'one\ntwo', isCut: false });
  expect(lines()).toEqual([`${PATH}?container=rng&limitBytes=16777216&previous=true&tailLines=100`]);
});

test('keeps the end of a long log', async () => {
  const long = Array.from({ length: 700 }, (_, index) => `${index} `.padEnd(1023, '.'));
  const { connection } = fakeApi(() => ({ lines: long, then: 'end' }));
  const { text, isCut } = await readLog(connection, SOURCE);
  expect(isCut).toBe(true);
  expect(text.length).toBeLessThanOrEqual(512 * 1024);
  expect(text.split('\n').at(-1)).toBe(long.at(-1));
  expect(text.split('\n')[0]).toBe(long.at(-512));
});

test('cuts a log that is one long line', async () => {
  const { connection } = fakeApi(() => ({ lines: [`begin${'x'.repeat(600 * 1024)}end`], then: 'end' }));
  const { text, isCut } = await readLog(connection, SOURCE);
  expect([text.length, text.slice(-3), isCut]).toEqual([512 * 1024, 'end', true]);
});

const bounds = { maxBytes: 2_000, maxBytesRead: 1024 * 1024, signal: new AbortController().signal };

test('keeps whole lines from the end, counted in bytes', async () => {
  const { connection, lines } = fakeApi(() => ({ lines: Array(5).fill('ü'.repeat(300)), then: 'end' }));
  const { text, isCut } = await readLogEnd(connection, SOURCE, bounds);
  expect([text, isCut]).toEqual([`${'ü'.repeat(300)}\n`.repeat(3), true]);
  expect(lines()).toEqual([`${PATH}?container=rng&limitBytes=1048576&tailLines=100`]);
});

test('returns a short log whole, and what arrived of an interrupted one', async () => {
  const short = fakeApi(() => ({ lines: ['one', 'two'], then: 'end' }));
  expect(await readLogEnd(short.connection, SOURCE, bounds)).toEqual({ text: 'one\ntwo\n', isCut: false });
  // Not through nock: undici fails when nock aborts such an answer.
  const endless: Connection = {
    ...short.connection,
    async open(call) {
      async function* lines() {
        yield* ['one', 'two'];
        throw new Stopped(call, {});
      }
      return lines();
    },
  };
  expect(await readLogEnd(endless, SOURCE, bounds)).toMatchObject({
    text: 'one\ntwo\n',
    isCut: true,
    interruptedBy: { isRetryable: false },
  });
});

test('marks a log that reaches the transfer limit as cut', async () => {
  const { connection } = fakeApi(() => ({ lines: ['x'.repeat(100)], then: 'end' }));
  expect(await readLogEnd(connection, SOURCE, { ...bounds, maxBytesRead: 100 })).toMatchObject({ isCut: true });
});

const { signal } = new AbortController();

test('reads the time of the last line, and no more of it', async () => {
  const line = '2026-11-24T03:12:07.042000001Z GET /32';
  const { connection, lines } = fakeApi(() => ({ lines: [line], then: 'end' }));
  expect(await readLastLineAt(connection, SOURCE, signal)).toBe(Date.UTC(2026, 10, 24, 3, 12, 7, 42));
  expect(lines()).toEqual([`${PATH}?container=rng&limitBytes=64&tailLines=1&timestamps=true`]);
});

test('knows no last line of an empty log, nor of a container that has not started', async () => {
  const empty = fakeApi(() => ({ lines: [], then: 'end' }));
  expect(await readLastLineAt(empty.connection, SOURCE, signal)).toBeUndefined();
  const waiting: Connection = {
    ...empty.connection,
    open: async (call) => {
      throw new Rejected(call, ['container "rng" is waiting to start'], { status: 400 });
    },
  };
  expect(await readLastLineAt(waiting, SOURCE, signal)).toBeUndefined();
});

test('fails where the kubelet writes a message instead of the log', async () => {
  const message = 'unable to retrieve container logs for containerd://5f0c1f3e';
  const { connection } = fakeApi(() => ({ lines: [message], then: 'end' }));
  await expect(readLastLineAt(connection, SOURCE, signal)).rejects.toThrow(message);
});
