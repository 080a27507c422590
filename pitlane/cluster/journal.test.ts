import nock from 'nock';
import { afterEach, expect, test } from 'vitest';
import { EMPTY_JOURNAL, type JournalEntry } from '../journal/entry.ts';
import { begin, changed } from '../journal/journal.ts';
import { fakeApi, ok, status } from './fake/api.fixture.ts';
import { adminJournalOf, changeJournal, readJournals, readKeptJournal } from './journal.ts';

afterEach(() => nock.cleanAll());

const WHERE = { namespace: 'dockercoins', service: 'rng' };
const PATIENCE = { now: () => 0, deadline: 10_000, sleep: async () => {} };
const ENTRY: JournalEntry = {
  v: 2,
  id: 'id-1',
  request: { command: 'restore', service: 'rng', dryRun: false, force: false },
  subject: { kind: 'pods', pods: [{ name: 'rng-x', uid: 'u-1' }] },
  role: 'operator',
  by: 'U0ADA00000',
  at: 1,
  holder: 'h',
  heldUntil: 0,
};

/** A cluster with this ConfigMap, as it is written. */
function cluster(data: Record<string, string>, name = 'pitlane-rng') {
  let kept = { metadata: { name, uid: 'u', resourceVersion: '7', labels: { team: 'a' } }, data };
  const api = fakeApi(({ method, body }) => {
    if (method === 'PUT') kept = body as typeof kept;
    return ok(kept);
  });
  return { ...api, kept: () => kept };
}

test('keeps an unreadable text under another key and starts a new journal', async () => {
  const { connection, kept } = cluster({ operations: 'see me', notes: 'mine' });
  const { journal } = await changeJournal(connection, WHERE, (before) => begin(before, ENTRY, 2), PATIENCE);
  expect(journal.operations).toEqual([ENTRY]);
  const { operations, drains, disabled, canaries, gates, schedules, history, notes, ...others } = kept().data;
  expect(JSON.parse(operations ?? '')).toEqual({ v: 2, items: [ENTRY] });
  expect(JSON.parse(history ?? '')).toEqual({ v: 2, items: [] });
  expect([notes, Object.values(others)]).toEqual(['mine', ['see me']]);
  await changeJournal(connection, WHERE, (before) => changed(before, 'id-1', { heldUntil: 9 }), PATIENCE);
  expect(Object.values(kept().data)).toEqual(expect.arrayContaining(['see me', 'mine']));
});

test('keeps items of another version byte for byte', async () => {
  const newer = JSON.stringify({ v: 3, id: 'id-9', z: 1, a: [{ 'b c': null }] });
  const { connection, kept } = cluster({
    operations: `{"v":3,"items":[${newer}]}`,
    drains: `{"v":2,"items":[${newer}]}`,
  });
  await changeJournal(connection, WHERE, (before) => begin(before, ENTRY, 2), PATIENCE);
  expect(kept().data.operations).toContain(newer);
  expect(kept().data.drains).toContain(newer);
});

test('does not write a text that this version could not read again', async () => {
  const { connection, requests } = cluster({});
  const wrong = { ...ENTRY, by: '' };
  const work = changeJournal(connection, WHERE, (before) => ({ ...before, operations: [wrong] }), PATIENCE);
  await expect(work).rejects.toThrow('could not read it again');
  expect(requests.map(({ method }) => method)).toEqual(['GET']);
});

test('gives the journal of admin operations its own name', async () => {
  const { connection, lines } = fakeApi(() => status(404, 'not found'));
  expect((await readKeptJournal(connection, adminJournalOf(WHERE))).journal).toEqual(EMPTY_JOURNAL);
  expect(lines()).toEqual(['GET /api/v1/namespaces/dockercoins/configmaps/pitlane-rng.admin']);
});

test('reads the journals of each service by name, and the rule only where a gate has one', async () => {
  const gate = { label: 'enabled=yes', via: 'admission', newPods: 'in', id: 'op-1', by: 'bob', at: 1 };
  const objects: Record<string, object> = {
    'pitlane-rng': { operations: JSON.stringify({ v: 2, items: [ENTRY] }) },
    'pitlane-rng.admin': {},
    'pitlane-web': { gates: JSON.stringify({ v: 2, items: [gate] }) },
    'pitlane-web.gate': { gate: 'enabled=yes' },
    settings: { password: 'hunter2' },
  };
  const { connection, lines } = fakeApi(({ path }) => {
    const name = path.split('/').at(-1) ?? '';
    const data = objects[name];
    return data === undefined ? status(404, 'not found') : ok({ metadata: { name, uid: name }, data });
  });
  const read = await readJournals(connection, 'dockercoins', ['rng', 'web', 'rng-admin']);
  expect(
    read.map(({ service, journal, admin, rule }) => [
      service,
      journal?.journal.operations.length,
      admin?.journal.operations.length,
      rule?.data,
    ]),
  ).toEqual([
    ['rng', 1, 0, undefined],
    ['web', 0, undefined, { gate: 'enabled=yes' }],
    ['rng-admin', undefined, undefined, undefined],
  ]);
  expect(lines().filter((line) => !/\/configmaps\/pitlane-(rng|web|rng-admin)(\.admin)?$/.test(line))).toEqual([
    'GET /api/v1/namespaces/dockercoins/configmaps/pitlane-web.gate',
  ]);
});
