import { beforeEach, describe, expect, test } from 'vitest';
import { GoldenFile } from '../golden.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const BAD = { command: 'finish', service: 'rng', dryRun: false, force: true };

/** Written by hand, with no more than the right to edit ConfigMaps. */
function createJournal(service: string, data: Record<string, string>): void {
  rng.create('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: `pitlane-${service}`,
      namespace: rng.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'pitlane', 'pitlane.dev/service': service },
    },
    data,
  });
}

describe('a forged operation', () => {
  beforeEach(async () => {
    await rng.type('/rng drain rng-a');
    rng.news();
  });

  test('does not force what only an admin may force', async () => {
    rng.config = { policy: { ...rng.policy, minReady: 4 } };
    rng.leave({ ...BAD, command: 'drain' }, 'rng-b');
    await rng.tick();
    expect(rng.journal.operations.at(-1)?.ended).toMatchObject({ kind: 'refused' });
    expect(rng.changedPods()).toEqual(['rng-a']);
  });

  test('does not finish a pod that was never drained', async () => {
    rng.leave(BAD, 'rng-b');
    await rng.tick();
    expect(rng.pod('rng-b')).toBeDefined();
    expect(rng.journal.operations.at(-1)?.ended).toMatchObject({ kind: 'refused' });
  });

  test('that is confirmed in advance does no more than an operator may confirm', async () => {
    rng.leave(BAD, 'rng-b', 'U0ADA00000', { confirmed: 'any' });
    await rng.tick();
    expect(rng.pod('rng-b')).toBeDefined();
  });

  test('that names another service is one of the service whose journal it is in', async () => {
    rng.leave({ ...BAD, command: 'restore', service: 'hasher' }, 'rng-a');
    await rng.tick();
    expect(rng.news()[0]).toBe('D0ADA00000: done');
    expect(rng.changedPods()).not.toContain('rng-a');
  });

  test('that is a dry run is carried out, because it would never end', async () => {
    rng.leave({ ...BAD, command: 'restore', dryRun: true }, 'rng-a');
    await rng.tick();
    expect(rng.news()[0]).toBe('D0ADA00000: done');
    expect(rng.journal.operations.at(-1)?.ended).toMatchObject({ kind: 'done' });
  });

  test('does not notify the people whom it names', async () => {
    rng.leave({ ...BAD, command: 'restore' }, 'rng-a', '<!channel>');
    rng.config = { channel: 'C0OPS00000' };
    await rng.tick();
    expect(rng.news()[0]).toBe('ops: done');
    expect(rng.newsText).toContain('<!channel>');
    expect(JSON.stringify(rng.slack.workspace.messages)).not.toContain('<!channel>');
  });
});

describe('an unreadable journal', () => {
  test.each<[string, Record<string, string>, string]>([
    ['is not JSON', { operations: 'see me' }, 'see me'],
    ['has another version', { drains: '{"v":2,"pods":{}}' }, '{"v":2,"pods":{}}'],
    ['has an unknown item', { operations: '{"v":1,"items":[{"see":"me"}]}' }, '{"see":"me"}'],
  ])('that %s is reported, left alone by the tick, and kept by the next operation', async (_, data, kept) => {
    createJournal('rng', data);
    const before = rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng');
    const { answer } = await rng.tick(MINUTE_MS);
    expect(answer).toMatchObject({ ok: false, did: [], trouble: [expect.stringMatching(/^test\/ns rng: /)] });
    expect(rng.logged.map(({ event, why }) => [event, rng.withAliases(why ?? '')])).toEqual([
      ['trouble', 'test/ns rng'],
    ]);
    golden.expect(...answer.trouble);
    expect(rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')).toEqual(before);

    const { states } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops done']);
    const after = rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng');
    expect(Object.values(after?.data ?? {}).join()).toContain(kept);
  });

  test('of one service does not keep the tick from another service', async () => {
    await rng.type('/rng drain rng-a');
    createJournal('hasher', { operations: '{"v":7}' });
    const { answer } = await rng.tick(HOUR_MS);
    expect(rng.reminders('rng-a')).toBe(1);
    expect(answer).toMatchObject({ ok: false, trouble: [expect.stringMatching(/^test\/ns hasher: /)] });
  });
});
