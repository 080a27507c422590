import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, RngAndTheClock } from './rng-and-the-clock.ts';

const rng = new RngAndTheClock();
const BAD = { command: 'finish', service: 'rng', dryRun: false, force: true };

/** Somebody who may edit ConfigMaps, and no more of pitlane than an operator, writes operations into the journal. */
describe('an operation that somebody has made up', () => {
  beforeEach(async () => {
    await rng.type('/rng drain rng-a');
    rng.news();
  });

  test('with force: what only an admin may is refused', async () => {
    rng.config = { policy: { ...rng.policy, minReady: 4 } };
    rng.leave({ ...BAD, command: 'drain' }, 'rng-b');
    await rng.tick();
    expect(rng.journal.operations.at(-1)?.ended).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('must keep 4'),
    });
    expect(rng.changedPods()).toEqual(['rng-a']);
  });

  test('to finish a pod that was never drained: refused', async () => {
    rng.leave(BAD, 'rng-b');
    await rng.tick();
    expect(rng.pod('rng-b')).toBeDefined();
    expect(rng.journal.operations.at(-1)?.ended).toMatchObject({ kind: 'refused' });
  });

  test('confirmed in advance: not more than an operator could have confirmed', async () => {
    rng.leave(BAD, 'rng-b', 'U0ADA00000', { confirmed: 'any' });
    await rng.tick();
    expect(rng.pod('rng-b')).toBeDefined();
  });

  test('of another service: it is of the one whose journal it stands in', async () => {
    rng.leave({ ...BAD, command: 'restore', service: 'hasher' }, 'rng-a');
    await rng.tick();
    expect(rng.news()[0]).toMatch(/^D0ADA00000: Restored rng-a\n/);
  });

  test('as a dry run: it is carried out, or never would end', async () => {
    rng.leave({ ...BAD, command: 'restore', dryRun: true }, 'rng-a');
    await rng.tick();
    expect(rng.news()[0]).toMatch(/^D0ADA00000: Restored rng-a\n/);
    expect(rng.journal.operations.at(-1)?.ended).toMatchObject({ kind: 'done' });
  });

  test('as somebody who mentions everybody: no one is called', async () => {
    rng.leave({ ...BAD, command: 'restore' }, 'rng-a', '<!channel>');
    rng.config = { channel: 'C0OPS00000' };
    await rng.tick();
    expect(rng.news()[0]).toContain('asked by <!channel>');
    expect(JSON.stringify(rng.slack.workspace.messages)).not.toContain('<!channel>');
  });
});

describe('what pitlane does not write', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no JSON', { operations: 'see me' }, 'operations is not what pitlane writes there'],
    ['of version 2', { drains: '{"v":2,"pods":{}}' }, 'drains is of version 2'],
    ['an item that is none', { operations: '{"v":1,"items":[{}]}' }, 'operations has an item (number 1 of 1)'],
  ])('%s: it is left alone and reported, and other services are looked after', async (_, data, why) => {
    rng.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'pitlane-rng',
        namespace: rng.namespace,
        labels: { 'app.kubernetes.io/managed-by': 'pitlane', 'pitlane.dev/service': 'rng' },
      },
      data,
    });
    const before = rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng');
    const { answer } = await rng.tick(MINUTE_MS);
    expect(answer).toMatchObject({ ok: false, did: [] });
    expect(answer.trouble).toEqual([expect.stringMatching(/^test\/ns rng: What ConfigMap pitlane-rng keeps under /)]);
    expect(answer.trouble[0]).toContain(why);
    expect(rng.logged.map(({ event, why: where }) => [event, rng.withAliases(where ?? '')])).toEqual([
      ['trouble', 'test/ns rng'],
    ]);
    // A person reads the same, with what to do.
    const { ops, you } = await rng.type('/rng drain rng-a');
    expect(ops + you).toContain('It is left alone, and pitlane changes nothing in the service until it is put right');
    expect(ops + you).toContain('kubectl -n ns edit configmap pitlane-rng');
    expect(rng.changedPods()).toEqual([]);
    expect(rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')).toEqual(before);
  });

  test('in the journal of one service keeps no other from being looked after', async () => {
    await rng.type('/rng drain rng-a');
    rng.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'pitlane-hasher',
        namespace: rng.namespace,
        labels: { 'app.kubernetes.io/managed-by': 'pitlane', 'pitlane.dev/service': 'hasher' },
      },
      data: { operations: '{"v":7}' },
    });
    const { answer } = await rng.tick(HOUR_MS);
    expect(answer.did).toEqual(['test/ns rng: reminded of rng-a (1)']);
    expect(answer.trouble).toEqual([expect.stringMatching(/^test\/ns hasher: .* is of version 7/)]);
  });
});
