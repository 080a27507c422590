import { beforeEach, describe, expect, test } from 'vitest';
import { GoldenFile } from '../golden.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const PODS = ['rng-a', 'rng-b', 'rng-c', 'rng-d'];
const REMINDER = 'ops, thread of done: reminder';
const DISABLED = 'pitlane.dev/disabled';

const gateOff = () => rng.patch('services', 'rng', { spec: { selector: { app: 'rng', enabled: null } } });
const isEnabled = (pod: string) => rng.marks(pod).labels.enabled === 'yes' && !rng.marks(pod).annotations[DISABLED];
const notes = () => rng.journal.disabled.map(({ pod }: { pod: { name: string } }) => rng.withAliases(pod.name));
const record = () => JSON.parse(rng.marks('rng-a').annotations[DISABLED] ?? '');

// As the chapter does by hand.
beforeEach(async () => {
  for (const pod of PODS) rng.edit(pod, { labels: { enabled: 'yes' } });
  rng.patch('services', 'rng', { spec: { selector: { app: 'rng', enabled: 'yes' } } });
  await rng.untilInRotation(4);
});

describe('in Slack', () => {
  test('disable takes a pod out without a replacement, and enable brings it back', async () => {
    const disabled = await rng.type('/rng disable rng-a because 5xx');
    golden.expect(disabled.text);
    expect([disabled.wrote, isEnabled('rng-a'), rng.inRotation().length]).toEqual([['PATCH rng-a 200'], false, 3]);
    const list = await rng.type('/rng list');
    const drained = await rng.type('/rng drained');
    const { printed } = await rng.cli('rng', 'list');
    golden.expect(list.text, drained.text);
    expect(printed).toMatch(/ DISABLED\n.* disabled .* by ada \S+ ago: 5xx\n/);
    const enabled = await rng.type('/rng enable rng-a');
    golden.expect(enabled.text);
    expect([enabled.states, isEnabled('rng-a'), rng.inRotation().length]).toEqual([['ops done'], true, 4]);
    expect((await rng.type('/rng disable rng-b rng-c')).states).toEqual(['you proposal']);
  });

  test('disable and enable ask for a pod', async () => {
    golden.expect((await rng.type('/rng enable')).text);
    await rng.type('/rng disable rng-a');
    golden.expect((await rng.type('/rng enable')).text, (await rng.type('/rng disable')).text);
  });

  test('a second disable says who did it, and with a time it changes the end', async () => {
    await rng.type('/rng disable rng-a because 5xx');
    expect(notes()).toEqual([]);
    golden.expect((await rng.type('/rng disable rng-a')).text);
    rng.skipTime(MINUTE_MS);
    const { text, states } = await rng.type('/rng disable rng-a for 30m');
    golden.expect(text);
    expect([states, notes(), record().because]).toEqual([['ops done'], ['rng-a'], '5xx']);
  });

  test('without a gate it says how to set one up', async () => {
    gateOff();
    golden.expect((await rng.type('/rng disable rng-a rng-b')).text, (await rng.type('/rng enable rng-a')).text);
  });
});

describe('a pod that is disabled for a time', () => {
  beforeEach(async () => {
    await rng.type('/rng disable rng-a for 1h because load test');
  });

  test('is enabled by the tick, which only reads the journals and marks until then', async () => {
    for (let minute = 0; minute < 3; minute += 1) {
      expect(await rng.idleRequests(MINUTE_MS)).toBe(1 + 2 * 3);
    }
    const { news, did, text } = await rng.ticked(HOUR_MS);
    golden.expect(text);
    expect([news, did.length]).toEqual([['ops, thread of done: done'], 1]);
    expect([isEnabled('rng-a'), notes()]).toEqual([true, []]);
    await rng.tickIdle(MINUTE_MS);
  });

  test('stays disabled for longer after extend', async () => {
    golden.expect(...(await rng.type('/rng extend rng-a 1h')).text.split('\n').slice(0, 5));
    await rng.tickIdle(HOUR_MS + MINUTE_MS);
    expect(isEnabled('rng-a')).toBe(false);
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops, thread of done: done']);
    expect(isEnabled('rng-a')).toBe(true);
  });

  test('is left alone once it was enabled', async () => {
    await rng.type('/rng enable rng-a');
    expect(notes()).toEqual([]);
    await rng.tickIdle(HOUR_MS + MINUTE_MS);
  });

  test('is forgotten without a message if it is gone, or its mark is', async () => {
    await rng.type('/rng disable rng-b for 1h --force');
    rng.edit('rng-a', { annotations: { [DISABLED]: null } });
    rng.delete('rng-b');
    const { news, did } = await rng.ticked(HOUR_MS + MINUTE_MS);
    expect(news).toEqual([]);
    golden.expect(...[...did].sort());
    expect(notes()).toEqual([]);
  });

  test('is closed with a message if the gate is gone', async () => {
    gateOff();
    const { news, text } = await rng.ticked(HOUR_MS + MINUTE_MS);
    expect(news).toEqual(['ops, thread of done: recordClosed']);
    golden.expect(text);
    await rng.tickIdle(HOUR_MS);
  });

  test('waits until it is restored if it is drained as well', async () => {
    const drain = await rng.type('/rng drain rng-a for 3h');
    // The replacement does not get the gate label.
    expect(drain.states).toEqual(['you proposal']);
    await rng.press(1);
    expect(rng.marks('rng-a').labels['pitlane.dev/drained-from']).toBe('rng');
    await rng.tickIdle(HOUR_MS + MINUTE_MS);
    await rng.type('/rng restore rng-a');
    expect(isEnabled('rng-a')).toBe(false);
    expect((await rng.ticked(MINUTE_MS)).did).toHaveLength(1);
    expect(isEnabled('rng-a')).toBe(true);
  });

  test.each([
    ['Extend 1h', 1, false],
    ['Enable', 2, true],
  ])('that can not be enabled is asked about, and the button %s answers', async (_, button, isBack) => {
    const serviceInRecord = (service: string) =>
      rng.edit('rng-a', { annotations: { [DISABLED]: JSON.stringify({ ...record(), service }) } });
    serviceInRecord('web');
    const { news, text } = await rng.ticked(HOUR_MS + MINUTE_MS);
    expect(news).toEqual([REMINDER]);
    golden.expect(text);
    await rng.tickIdle(MINUTE_MS);
    serviceInRecord('rng');
    await rng.press(button);
    expect(rng.news()).toEqual(['ops, thread of done (edited): reminderAnswered', 'ops, thread of done: done']);
    expect(isEnabled('rng-a')).toBe(isBack);
    expect((await rng.ticked(2 * HOUR_MS)).news).toEqual(isBack ? [] : ['ops, thread of done: done']);
    expect([isEnabled('rng-a'), notes()]).toEqual([true, []]);
  });
});
