import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { recordEvents } from './events.ts';
import { fakeApi, ok } from './fake/api.fixture.ts';

afterEach(() => nock.cleanAll());

const EVENT = {
  namespace: 'dockercoins',
  regarding: { kind: 'Pod', name: 'rng-b85tm', uid: 'u1' },
  reason: 'Drained',
  action: 'drain',
  at: Date.parse('2026-11-24T03:12:07Z'),
  id: 'op-1',
};

async function noteOf(note: string): Promise<string> {
  const api = fakeApi(() => ok({}));
  await recordEvents(api.connection, [{ ...EVENT, note }]);
  const { note: sent } = { note: '', ...(api.requests[0]?.body as object) };
  return sent;
}

test.each<[name: string, note: string, want: string]>([
  ['a short note is unchanged', 'Because: 5xx', 'Because: 5xx'],
  ['a note of 1,024 bytes is unchanged', 'a'.repeat(1024), 'a'.repeat(1024)],
  ['a long note is cut by bytes, not by characters', 'é'.repeat(1000), 'é'.repeat(512)],
  ['a character that is cut in half is removed', `a${'é'.repeat(1000)}`, `a${'é'.repeat(511)}`],
])('%s', async (_, note, want) => {
  expect(await noteOf(note)).toBe(want);
});
