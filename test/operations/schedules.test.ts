import { beforeEach, describe, expect, test } from 'vitest';
import { scheduleData, scheduleKey, scheduleOf, type Timetable } from '../../pitlane/rotation/schedule.ts';
import { installGatePolicy } from '../gate-policy.ts';
import { GoldenFile } from '../golden.ts';
import { during } from '../virtual-time.ts';
import { HOUR_MS, IDLE_REQUESTS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const ADD = '/rng schedule add "0 9 * * 1-5" enable -l track=canary for 8h tz Europe/Zurich';
const OFFICE_HOURS: Timetable = {
  cron: '0 9 * * 1-5',
  tz: 'Europe/Zurich',
  does: 'enable',
  forSeconds: 28_800,
  selector: 'track=canary',
};
const ID = scheduleOf(OFFICE_HOURS, undefined).id;
const FAILED = 'ops: scheduleFailed';

/** Monday, in Zurich an hour later. */
const MONDAY = '2026-12-07';
const at = (time: string) => rng.skipTime(Date.parse(`${MONDAY}T${time}Z`) - rng.now());
const tickAt = (time: string) => {
  at(time);
  return rng.ticked();
};
const isEnabled = (name: string) => rng.marks(name).labels.enabled === 'yes';
const notes = () => rng.journal.schedules;
const confirmed = async (line: string) => {
  const { states } = await rng.type(line);
  return states.at(-1) === 'you proposal' ? (await rng.press(1)).states.at(-1) : states.at(-1);
};

async function gateOn(): Promise<void> {
  await installGatePolicy(rng);
  expect((await rng.type('/rng gate on')).states.at(-1)).toBe('ops done');
  for (const name of ['rng-c', 'rng-d']) rng.edit(name, { labels: { track: name === 'rng-d' ? 'canary' : 'stable' } });
}

describe('a schedule that was added by command', () => {
  let added = '';

  beforeEach(async () => {
    at('07:30:00');
    await gateOn();
    expect((await rng.type(ADD)).states).toEqual(['you proposal']);
    added = (await rng.press(1)).text;
    expect(Object.keys(rng.adminData).filter((key) => key.startsWith('schedule.'))).toEqual([`schedule.${ID}`]);
  });

  test('disables the pods outside of its time, once, and enables them in it', async () => {
    golden.expect(added);
    const night = await tickAt('07:31:00');
    expect([isEnabled('rng-d'), night.news]).toEqual([false, ['ops: done']]);
    golden.expect(night.text);
    await rng.tickIdle(MINUTE_MS);
    const morning = await tickAt('08:00:20');
    expect([isEnabled('rng-d'), morning.news]).toEqual([true, ['ops: done']]);
    golden.expect(morning.text);
    await rng.tickIdle(MINUTE_MS);
    await tickAt('16:00:10');
    expect(isEnabled('rng-d')).toBe(false);
    expect(notes()).toMatchObject([{ id: ID, since: Date.parse(`${MONDAY}T16:00:00Z`) }]);
    golden.expect((await rng.type('/rng schedule list')).you);
  });

  test('makes up for a time that no tick has seen', async () => {
    await tickAt('11:17:00');
    expect(isEnabled('rng-d')).toBe(true);
    await tickAt('18:44:00');
    expect(isEnabled('rng-d')).toBe(false);
  });

  test('leaves a pod alone that a person has changed, until the next edge', async () => {
    await tickAt('08:00:10');
    expect((await rng.type('/rng disable rng-d because 5xx')).states.at(-1)).toBe('ops done');
    await tickAt('08:30:00');
    await tickAt('08:31:00');
    expect(isEnabled('rng-d')).toBe(false);
    await tickAt('16:00:10');
    await rng.ticked(16 * HOUR_MS);
    expect(isEnabled('rng-d')).toBe(true);
  });

  test('keeps a pod disabled whose own time ends later', async () => {
    await tickAt('08:00:10');
    at('15:50:00');
    expect((await rng.type('/rng disable rng-d for 30m because load test')).states.at(-1)).toBe('ops done');
    await tickAt('16:00:10');
    const { did, news } = await tickAt('16:21:00');
    expect([isEnabled('rng-d'), did, news]).toEqual([
      false,
      [`test/ns rng: did not enable rng-d: schedule ${ID} disables it since then`],
      [],
    ]);
    await rng.ticked(16 * HOUR_MS);
    expect(isEnabled('rng-d')).toBe(true);
  });

  test('leaves a pod alone that was changed with kubectl', async () => {
    await tickAt('16:00:10');
    rng.edit('rng-d', { labels: { enabled: 'yes' } });
    await tickAt('16:10:00');
    await tickAt('16:20:00');
    expect(isEnabled('rng-d')).toBe(true);
  });

  test('a person who is faster than the first tick after the edge wins too', async () => {
    await tickAt('16:00:10');
    at(`23:00:00`);
    rng.skipTime(9 * HOUR_MS + 5_000);
    expect((await rng.type('/rng enable rng-d')).states.at(-1)).toBe('ops done');
    expect((await rng.type('/rng disable rng-d because 5xx')).states.at(-1)).toBe('ops done');
    await rng.ticked(20_000);
    expect(isEnabled('rng-d')).toBe(false);
  });

  test('is about pods that come later', async () => {
    await tickAt('16:00:10');
    rng.edit('rng-c', { labels: { track: 'canary' } });
    const { did } = await tickAt('16:02:00');
    expect([isEnabled('rng-c'), did.length]).toEqual([true, 1]);
    expect(did.join()).toContain('BelowMinimum');
  });

  test('obeys the minimum, says so once, and does it when that is possible', async () => {
    await tickAt('08:00:10');
    await rng.makeUnready('rng-a');
    const first = await tickAt('16:00:10');
    expect([first.news, isEnabled('rng-d')]).toEqual([[FAILED], true]);
    golden.expect(first.text);
    await rng.tickIdle(MINUTE_MS);
    await rng.tickIdle(4 * MINUTE_MS);
    expect(notes()).toMatchObject([{ told: ['refusal BelowMinimum'] }]);
  });

  test('disables as many pods as the minimum allows, and says once which stay', async () => {
    expect(await confirmed('/rng schedule add "0 10 * * *" disable -l app=rng')).toBe('ops done');
    const { news, did } = await tickAt('10:00:10');
    const disabled = () => ['rng-a', 'rng-b', 'rng-c', 'rng-d'].filter((name) => !isEnabled(name));
    expect([disabled().length, news]).toEqual([1, ['ops: done']]);
    expect(did).toHaveLength(1);
    const later = await rng.ticked(MINUTE_MS);
    expect([disabled().length, later.news]).toEqual([1, [FAILED]]);
    await rng.tickIdle(MINUTE_MS);
  });

  test('has a break by a second schedule, and goes on after it', async () => {
    await tickAt('08:00:10');
    expect(await confirmed('/rng schedule add "0 12 * * *" disable -l track=canary for 1h tz Europe/Zurich')).toBe(
      'ops done',
    );
    const seen = [];
    for (const time of ['10:59:00', '11:00:10', '11:01:00', '12:00:10', '12:01:00', '16:00:10']) {
      await tickAt(time);
      seen.push(isEnabled('rng-d'));
    }
    expect(seen).toEqual([true, false, false, true, true, false]);
  });

  test('is kept after the gate was removed and set up again', async () => {
    await tickAt('16:00:10');
    expect(await confirmed('/rng gate off')).toBe('ops done');
    expect((await rng.type('/rng gate on')).states.at(-1)).toBe('ops done');
    expect(isEnabled('rng-d')).toBe(true);
    await rng.ticked(MINUTE_MS);
    expect(isEnabled('rng-d')).toBe(false);
  });

  test('disables a straggler that the gate has labelled first', async () => {
    await tickAt('16:00:10');
    rng.edit('rng-c', { labels: { enabled: null, track: 'canary' } });
    rng.config = { policy: { ...rng.policy, minReady: 2 } };
    await rng.ticked(MINUTE_MS);
    expect(isEnabled('rng-c')).toBe(true);
    await rng.untilInRotation(3);
    await rng.ticked(MINUTE_MS);
    expect(isEnabled('rng-c')).toBe(false);
  });

  test('says nothing of a pod that goes between the look and the change', async () => {
    at('16:00:10');
    let isGone = false;
    rng.intercept(({ path }) => {
      if (!isGone && path.includes('/leases/')) rng.delete('rng-d');
      isGone ||= path.includes('/leases/');
      return 'pass';
    });
    const { did, news } = await rng.ticked();
    expect([isGone, did, news]).toEqual([true, [], []]);
  });

  test('is done once by two ticks at the same time', async () => {
    at('16:00:10');
    const [one, other] = await during(Promise.all([rng.tick(), rng.tick()]));
    const did = [...one.answer.did, ...other.answer.did].filter((sentence) => sentence.includes('disable'));
    expect([did.length, isEnabled('rng-d')]).toEqual([1, false]);
    await rng.tickIdle(MINUTE_MS);
  });

  test('sends no request between the edges that the gate does not need', async () => {
    await tickAt('16:00:10');
    await rng.ticked(MINUTE_MS);
    expect(await confirmed('/rng gate off')).toBe('ops done');
    // The gate is gone, which is seen when the pods are checked.
    const { news } = await tickAt('16:10:00');
    expect(news).toEqual([FAILED]);
    const before = rng.requests().length;
    await rng.tickIdle(MINUTE_MS);
    expect(rng.requests().length - before).toBe(IDLE_REQUESTS);
  });

  test('is removed, added again by undo, and its pods stay as they are', async () => {
    await tickAt('16:00:10');
    const removed = await rng.type(`/rng schedule remove ${ID}`);
    expect(removed.states.at(-1)).toBe('ops done');
    golden.expect(removed.text);
    await rng.ticked(MINUTE_MS);
    expect([notes(), isEnabled('rng-d')]).toEqual([[], false]);
    await rng.tickIdle(16 * HOUR_MS);
    expect(await confirmed('/rng undo')).toBe('ops done');
    await rng.ticked(MINUTE_MS);
    expect(isEnabled('rng-d')).toBe(true);
  });

  test('is not added twice', async () => {
    const again = await rng.type(ADD);
    expect(again.states).toEqual(['you refusal']);
    golden.expect(again.text);
  });
});

describe('a schedule in pitlane.yaml', () => {
  beforeEach(async () => {
    at('07:30:00');
    rng.config = {
      channel: 'C0OPS00000',
      policy: { ...rng.policy, schedules: [scheduleOf(OFFICE_HOURS, 'office hours')] },
    };
    for (const name of ['rng-a', 'rng-b', 'rng-c', 'rng-d']) rng.edit(name, { labels: { enabled: 'yes' } });
    rng.edit('rng-d', { labels: { track: 'canary' } });
    rng.patch('services', 'rng', { spec: { selector: { app: 'rng', enabled: 'yes' } } });
    await rng.untilInRotation(4);
  });

  test('is kept with a gate that was made by hand, and is idle with the requests of every tick', async () => {
    const { text, news } = await tickAt('07:31:00');
    // The other two services have the same schedule, and no gate.
    expect([isEnabled('rng-d'), [...news].sort()]).toEqual([false, ['ops: done', FAILED, FAILED]]);
    golden.expect(text);
    await tickAt('08:01:00');
    expect(isEnabled('rng-d')).toBe(true);
    await rng.ticked(MINUTE_MS);
    const before = rng.requests().length;
    await rng.tickIdle(MINUTE_MS);
    expect(rng.requests().length - before).toBe(IDLE_REQUESTS);
  });

  test('that contradicts one that was added is told, and neither is followed', async () => {
    const opposite = scheduleOf({ ...OFFICE_HOURS, does: 'disable' }, undefined, { by: 'ada', at: 1, operation: 'o' });
    rng.create('configmaps', {
      metadata: {
        name: 'pitlane-rng.admin',
        namespace: rng.namespace,
        labels: { 'app.kubernetes.io/managed-by': 'pitlane', 'pitlane.dev/service': 'rng' },
      },
      data: { [scheduleKey(opposite.id)]: scheduleData(opposite), 'schedule.000000': 'x' },
    });
    at('08:00:10');
    const { answer } = await rng.tick();
    const about = answer.did.filter((sentence) => sentence.includes(' rng: '));
    expect([isEnabled('rng-d'), about.length]).toEqual([true, 2]);
    expect(answer.trouble).toEqual([
      'test/ns rng: schedule.000000 is not a schedule that this version of Pitlane can read.',
    ]);
    golden.expect(...about, (await rng.type('/rng schedule list')).text);
    expect((await rng.tick(MINUTE_MS)).answer.did).toEqual([]);
  });

  test('can be removed only there', async () => {
    const { states, text } = await rng.type(`/rng schedule remove ${ID}`);
    expect(states).toEqual(['you refusal']);
    golden.expect(text);
  });
});

test.each([
  ['an hour that does not exist', '/rng schedule add "0 25 * * *" enable -l track=canary'],
  ['a day that is misspelt', '/rng schedule add "0 9 * * MONN-FRI" enable -l track=canary'],
  ['four fields', '/rng schedule add 0 9 * * enable -l track=canary'],
  ['a date that never comes', '/rng schedule add "0 0 31 2 *" enable -l track=canary'],
  ['a time zone that is misspelt', '/rng schedule add "0 9 * * *" enable -l track=canary tz Europe/Zurch'],
  ['a city alone', '/rng schedule add "0 9 * * *" enable -l track=canary tz zurich'],
  ['neither enable nor disable', '/rng schedule add "0 9 * * *" -l track=canary'],
  ['no cron expression', '/rng schedule add enable -l track=canary'],
  ['no pods', '/rng schedule add "0 9 * * *" enable'],
  ['a pod that does not exist', '/rng schedule add "0 9 * * *" disable rng-x'],
  ['an invalid selector', '/rng schedule add "0 9 * * *" disable -l "track in ("'],
  ['a selector that matches nothing', '/rng schedule add "0 9 * * *" disable -l track=none --dry-run'],
  ['an unknown id', '/rng schedule remove 000000'],
  ['no id', '/rng schedule remove'],
  ['an unknown second word', '/rng schedule ad "0 9 * * *" enable -l track=canary'],
])('%s is told', async (_, line) => {
  at('07:30:00');
  await gateOn();
  golden.expect((await rng.type(line)).text);
});

test('without a gate, it is refused', async () => {
  const { states, text } = await rng.type(ADD);
  expect(states).toEqual(['you refusal']);
  golden.expect(text);
});

test('two schedules that contradict each other are refused, and overlapping ones warned about', async () => {
  at('07:30:00');
  await gateOn();
  expect(await confirmed(ADD)).toBe('ops done');
  const opposite = await rng.type('/rng schedule add "0 9 * * *" disable -l track=canary tz Europe/Zurich');
  expect(opposite.states).toEqual(['you refusal']);
  const lunch = await rng.type('/rng schedule add "0 12 * * 1-5" disable -l track=canary for 1h tz Europe/Zurich');
  expect(lunch.states).toEqual(['you proposal']);
  golden.expect(`${opposite.text}\n${lunch.text}`);
});
