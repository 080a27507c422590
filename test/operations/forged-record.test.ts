import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN, DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { GoldenFile } from '../golden.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);

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

const OPS = 'C0OPS00000';
const ELSEWHERE = 'C0ELSE0000';
const STRANGER = 'U0STRANGER';
/** What the attacker wants: soon, by another person's name, and with the evidence in a channel of their choice. */
const WISHES = {
  by: STRANGER,
  until: '2026-01-01T01:00:00Z',
  then: 'finish',
  report: { channel: ELSEWHERE, ts: '1.2' },
};

/** Everything that was sent to the stranger or the other channel, or mentions the stranger. */
const leaked = () =>
  rng.slack.workspace.messages.filter(
    ({ channel, text, blocks }) =>
      channel === ELSEWHERE ||
      channel.includes('STRANGER') ||
      JSON.stringify([text, blocks]).includes(`<@${STRANGER}>`),
  );

describe('a mark without an operation in the journal', () => {
  beforeEach(() => {
    rng.slack.workspace.call('conversations.join', { channel: ELSEWHERE });
    rng.createPod('forged', { [DRAINED_FROM]: 'rng' }, { [DRAIN]: JSON.stringify({ ...RECORD, ...WISHES }) });
    rng.then('finish');
  });

  test("is only asked about, in the service's channel, and mentions no person", async () => {
    rng.config = { ...rng.config, channel: OPS };
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual(['ops: reminder']);
    golden.expect(text);
    expect(leaked()).toEqual([]);
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops (edited): reminderReplaced', 'ops: reminder']);
    expect(rng.pod('forged')).toBeDefined();
    expect(rng.journal.drains).toMatchObject([{ isUnproven: true }]);
  });

  test('is told to no person where the service has no channel', async () => {
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    expect(rng.pod('forged')).toBeDefined();
  });

  test("is closed in the service's channel, and mentions no person", async () => {
    rng.config = { ...rng.config, channel: OPS };
    await rng.ticked(MINUTE_MS);
    rng.delete('forged');
    expect((await rng.ticked(MINUTE_MS)).news).toEqual(['ops (edited): recordClosed', 'ops: recordClosed']);
    expect(leaked()).toEqual([]);
  });
});

describe('a person who ends a drain that the journal does not know', () => {
  beforeEach(() => rng.createPod('forged', { [DRAINED_FROM]: 'rng' }, { [DRAIN]: JSON.stringify(RECORD) }));

  test.each(['restore', 'finish'])('is told so before it is done: %s', async (command) => {
    const { states, text } = await rng.type(`/rng ${command} forged`);
    expect(states).toEqual(['you proposal']);
    golden.expect(text);
    expect((await rng.type(`/rng ${command} forged --dry-run`)).text).toContain('The journal has no drain');
    expect(rng.pod('forged')).toBeDefined();
  });

  test('is not told so of a drain in the journal', async () => {
    await rng.type('/rng drain rng-a');
    expect((await rng.type('/rng finish rng-a')).text).not.toContain('The journal has no drain');
    expect((await rng.type('/rng restore rng-a')).states).toEqual(['ops done']);
  });

  test('is told so after the journal was lost', async () => {
    await rng.type('/rng drain rng-a');
    rng.cluster.api.delete('configmaps', rng.namespace, 'pitlane-rng');
    expect((await rng.type('/rng restore rng-a')).states).toEqual(['you proposal']);
  });
});

describe('the maximum of drained pods', () => {
  const forge = (name: string) => rng.createPod(name, { [DRAINED_FROM]: 'rng' }, { [DRAIN]: JSON.stringify(RECORD) });

  test('is not reached by marks that the journal does not know: a drain asks', async () => {
    rng.config = { ...rng.config, policy: { ...rng.policy, minReady: 1 } };
    for (const name of ['forged-1', 'forged-2', 'forged-3']) forge(name);
    const { states, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['you proposal']);
    golden.expect(text);
  });

  test('is reached by drains in the journal, whatever else is marked', async () => {
    rng.config = { ...rng.config, policy: { ...rng.policy, minReady: 1, maxDrained: 1 } };
    await rng.type('/rng drain rng-a');
    forge('forged-1');
    expect((await rng.type('/rng drain rng-b')).states).toEqual(['you refusal']);
  });
});

describe('the edited mark of a drain', () => {
  test('does not decide when the pod is finished, by whom and where', async () => {
    rng.then('finish');
    await rng.type('/rng drain rng-a because 5xx');
    const own = JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '');
    rng.edit('rng-a', { annotations: { [DRAIN]: JSON.stringify({ ...own, ...WISHES }) } });
    await rng.tickIdle(MINUTE_MS);
    expect(rng.pod('rng-a')).toBeDefined();
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops, thread of done: done', 'ops, thread of done: file']);
    expect(leaked()).toEqual([]);
  });

  test.each<[string, 'remind' | 'restore']>([
    ['is not finished where the configuration says remind', 'remind'],
    ['is not finished where the configuration says restore', 'restore'],
  ])('%s', async (_, then) => {
    rng.then(then);
    await rng.type('/rng drain rng-a because 5xx');
    const own = JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '');
    rng.edit('rng-a', { annotations: { [DRAIN]: JSON.stringify({ ...own, then: 'finish' }) } });
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops, thread of done: reminder']);
    expect(rng.pod('rng-a')).toBeDefined();
  });

  test('of another id is not finished', async () => {
    rng.then('finish');
    await rng.type('/rng drain rng-a because 5xx');
    const own = JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '');
    rng.edit('rng-a', { annotations: { [DRAIN]: JSON.stringify({ ...own, id: 'op-9' }) } });
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops, thread of done: reminder']);
    expect(rng.pod('rng-a')).toBeDefined();
  });
});

describe('with a forged journal too', () => {
  /** As `rng.then('finish')` leaves it: a drain of the bare pod, at its end. */
  function forge(more: object = {}): void {
    const { name = '', uid = '' } = rng.pod('forged')?.metadata ?? {};
    const at = rng.now() - 2 * HOUR_MS;
    const note = { pod: { name, uid }, id: RECORD.id, by: STRANGER, at, until: at + HOUR_MS, ...more };
    rng.cluster.api.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'pitlane-rng',
        namespace: rng.namespace,
        labels: { 'app.kubernetes.io/managed-by': 'pitlane', 'pitlane.dev/service': 'rng' },
      },
      data: { drains: JSON.stringify({ v: 2, items: [note] }) },
    });
  }

  test('a bare pod that serves another Service is not finished unasked', async () => {
    rng.then('finish');
    rng.config = { ...rng.config, channel: OPS };
    rng.cluster.api.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'payments', namespace: rng.namespace },
      spec: { selector: { app: 'payments' }, ports: [{ port: 80 }] },
    });
    const record = { ...RECORD, by: STRANGER, until: WISHES.until, then: 'finish' };
    rng.createPod('forged', { [DRAINED_FROM]: 'rng', app: 'payments' }, { [DRAIN]: JSON.stringify(record) });
    forge();
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual(['ops: reminder']);
    expect(text).toContain('Service payments');
    expect(rng.pod('forged')).toBeDefined();
  });

  test('a person without a role gets no direct message', async () => {
    const record = { ...RECORD, by: STRANGER, until: WISHES.until };
    rng.createPod('forged', { [DRAINED_FROM]: 'rng' }, { [DRAIN]: JSON.stringify(record) });
    forge();
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    expect(leaked()).toEqual([]);
    expect(rng.logged).toContainEqual(expect.objectContaining({ event: 'announce' }));
  });

  test("a channel where the service's commands do not work gets no message", async () => {
    rng.config = { channel: OPS, onlyChannels: [OPS] };
    const record = { ...RECORD, until: WISHES.until };
    rng.createPod('forged', { [DRAINED_FROM]: 'rng' }, { [DRAIN]: JSON.stringify(record) });
    forge({ report: WISHES.report });
    expect((await rng.ticked(MINUTE_MS)).news).toEqual(['ops: reminder']);
    expect(leaked().filter(({ channel }) => channel === ELSEWHERE)).toEqual([]);
  });
});

test("the service's channel hears of a pod that was finished elsewhere", async () => {
  rng.then('finish');
  await rng.type('/rng drain rng-a because 5xx', 'C0ELSE0000');
  rng.config = { ...rng.config, channel: OPS };
  const { news } = await rng.ticked(HOUR_MS);
  expect(rng.pod('rng-a')).toBeUndefined();
  expect(news).toContain('ops: done');
});
