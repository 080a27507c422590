import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { recordEvents } from './events.ts';
import { fakeApi, ok } from './fake/api.ts';

afterEach(() => nock.cleanAll());

const HAPPENING = {
  namespace: 'dockercoins',
  regarding: { kind: 'Pod', name: 'rng-b85tm', uid: 'u1' },
  reason: 'Drained',
  action: 'drain',
  at: Date.parse('2026-11-24T03:12:07Z'),
  id: 'op-1',
};

async function noteOf(note: string): Promise<string> {
  const api = fakeApi(() => ok({}));
  await recordEvents(api.connection, [{ ...HAPPENING, note }]);
  const { note: sent } = { note: '', ...(api.requests[0]?.body as object) };
  return sent;
}

test.each<[name: string, note: string, want: string]>([
  ['a short note stays as it is', 'Because: 5xx', 'Because: 5xx'],
  ['exactly 1,024 bytes are taken', 'a'.repeat(1024), 'a'.repeat(1024)],
  ['the longest note is counted in bytes, not in characters', 'é'.repeat(1000), 'é'.repeat(512)],
  ['no half character is left at the end', `a${'é'.repeat(1000)}`, `a${'é'.repeat(511)}`],
])('%s', async (_, note, want) => {
  expect(await noteOf(note)).toBe(want);
});
