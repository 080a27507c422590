import { expect, test } from 'vitest';
import { DRAIN, DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();

const RECORD = {
  v: 1,
  id: '0123456789',
  service: 'rng',
  labels: { app: 'rng' },
  was: 'in rotation',
  annotations: {},
  by: 'U0ADA00000',
  at: '2026-01-01T00:00:00Z',
  then: 'remind',
};

/** Everyone who may create or edit pods in the namespace can write anything into the annotation. */
test.each<[string, object]>([
  ['an invalid id', { id: 'a b' }],
  ['an id of 1 kB', { id: 'x'.repeat(1_000) }],
  ['an empty name', { by: '' }],
  ['a name of 1 kB', { by: 'x'.repeat(1_000) }],
  ['an invalid channel', { report: { channel: 7 } }],
  ['a channel of 200 kB', { report: { channel: 'C'.repeat(200_000) } }],
  ['a number as its reason', { because: 7 }],
  ['a number as its end', { until: 7 }],
  ['an unknown action at its end', { then: 'explode' }],
  ['an owner without a name', { owner: { uid: 7 } }],
])('a record with %s disturbs nothing else', async (_, more) => {
  rng.createPod('forged', { [DRAINED_FROM]: 'rng' }, { [DRAIN]: JSON.stringify({ ...RECORD, ...more }) });
  expect((await rng.tick(MINUTE_MS)).answer.trouble).toEqual([]);
  expect((await rng.type('/rng drain rng-a')).states).toEqual(['ops done']);
  for (const line of ['/rng list', '/pitlane drained', '/rng inspect forged']) {
    expect((await rng.type(line)).you).toContain('forged');
  }
  expect(rng.logged.filter(({ event }) => event === 'failed')).toEqual([]);
});
