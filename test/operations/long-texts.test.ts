import { expect, test } from 'vitest';
import { CANARY, DRAIN, DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();

const LONG = 'x'.repeat(20_000);
const ACT = { v: 1, id: '0123456789', by: 'U0ADA00000', at: '2026-01-01T00:00:00Z' };
const DRAINED = {
  ...ACT,
  service: 'rng',
  labels: { app: 'rng' },
  was: 'in rotation',
  annotations: {},
  then: 'remind',
};
/** Each field as long as the reader accepts it. */
const LONGEST_CANARY = {
  ...ACT,
  from: 'Deployment rng',
  until: '2026-01-02T00:00:00Z',
  because: 'x'.repeat(500),
  env: Array.from({ length: 15 }, (_, index) => `V${index}=${'x'.repeat(1_000)}`),
  args: ['x'.repeat(1_000)],
};

const owners = (kind: string, name: string) => [
  { apiVersion: 'example.com/v1', kind, name, uid: 'u-1', controller: true },
];

/** Pods that a client with the right to create and edit pods can make. */
const FORGED: readonly [what: string, metadata: object][] = [
  [
    'a reason of 20 kB',
    { labels: { [DRAINED_FROM]: 'rng' }, annotations: { [DRAIN]: JSON.stringify({ ...DRAINED, because: LONG }) } },
  ],
  ['a record of 20 kB that is none', { labels: { [DRAINED_FROM]: 'rng' }, annotations: { [DRAIN]: LONG } }],
  [
    'the longest record of a canary',
    { labels: { [CANARY]: 'rng' }, annotations: { [CANARY]: JSON.stringify(LONGEST_CANARY) } },
  ],
  ['an owner of 20 kB', { labels: { app: 'rng' }, ownerReferences: owners('Thing', LONG) }],
  ['a kind of owner of 20 kB', { labels: { app: 'rng' }, ownerReferences: owners(LONG, 'thing') }],
  [
    'a thousand labels',
    {
      labels: {
        [DRAINED_FROM]: 'rng',
        ...Object.fromEntries(
          Array.from({ length: 1_000 }, (_, index) => [`example.com/label-${index}`, 'x'.repeat(60)]),
        ),
      },
      annotations: { [DRAIN]: JSON.stringify(DRAINED) },
    },
  ],
];

test.each(FORGED)('one pod with %s takes no other pod from the lists', async (_, metadata) => {
  await rng.type('/rng drain rng-b because 5xx');
  rng.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a-forged', namespace: rng.namespace, ...metadata },
    spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
  });
  const list = (await rng.type('/rng list')).you;
  for (const name of ['a-forged', 'rng-a', 'rng-b', 'rng-c', 'rng-d']) expect(list).toContain(name);
  const drained = (await rng.type('/pitlane drained')).you;
  for (const words of ['rng-b', '5xx']) expect(drained).toContain(words);
  expect((await rng.type('/rng inspect a-forged')).you).toContain('a-forged');
  expect((await rng.type('/rng drain rng-a --dry-run')).you).toContain('rng-a');
  for (const text of [list, drained]) expect(text.length).toBeLessThan(13_000);
  expect(rng.logged.filter(({ event }) => event === 'failed')).toEqual([]);
});

test('one operation with a message of 20 kB takes no other from the lists of the journal', async () => {
  await rng.type('/rng drain rng-a because 5xx');
  await rng.type('/rng drain rng-b because oom');
  const [first, ...others] = rng.journal.operations;
  const forged = { ...first, id: 'forged', ended: { kind: 'failed', at: rng.now(), message: LONG } };
  rng.editJournal({ operations: JSON.stringify({ v: 2, items: [first, ...others, forged] }) });
  for (const line of ['/rng operations', '/rng history']) {
    const shown = (await rng.type(line)).you;
    for (const name of ['rng-a', 'rng-b']) expect(shown).toContain(name);
    expect(shown.length).toBeLessThan(13_000);
  }
});
