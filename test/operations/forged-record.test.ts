import { expect, test } from 'vitest';
import { DRAIN, DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { MINUTE_MS, RngAndTheClock } from './rng-and-the-clock.ts';

const rng = new RngAndTheClock();

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

/** Whoever may create or edit pods in the namespace can write anything into the annotation. */
test.each<[string, object]>([
  ['an id that is none', { id: 'a b' }],
  ['an endless id', { id: 'x'.repeat(1_000) }],
  ['nobody who has drained it', { by: '' }],
  ['an endless name', { by: 'x'.repeat(1_000) }],
  ['a report nowhere', { report: { channel: 7 } }],
  ['an endless report', { report: { channel: 'C'.repeat(200_000) } }],
  ['a reason that is no text', { because: 7 }],
  ['an end that is no time', { until: 7 }],
  ['an end that nobody knows', { then: 'explode' }],
  ['an owner without a name', { owner: { uid: 7 } }],
])('a record with %s: the pod is left alone, and everything else goes on', async (_, more) => {
  rng.createPod('forged', { [DRAINED_FROM]: 'rng' });
  rng.edit('forged', { annotations: { [DRAIN]: JSON.stringify({ ...RECORD, ...more }) } });
  expect((await rng.tick(MINUTE_MS)).answer.trouble).toEqual([]);
  const { ops } = await rng.type('/rng drain rng-a');
  expect(ops).toContain('Drained rng-a');
  for (const line of ['/rng list', '/pitlane drained', '/rng inspect forged']) {
    expect((await rng.type(line)).you).toContain('forged');
  }
  expect(rng.logged.filter(({ event }) => event === 'failed')).toEqual([]);
});
