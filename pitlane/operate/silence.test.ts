import { describe, expect, test } from 'vitest';
import { GoldenFile } from '../../test/golden.ts';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { pass, until } from '../../test/virtual-time.ts';
import type { Call, Connection } from '../cluster/connection.ts';
import { Forbidden, Stopped } from '../cluster/errors.ts';
import type { LogSilence, Outcome } from './outcome.ts';
import { silenceLines } from './silence-text.ts';

/** The logs of these containers can't be read. */
let unreadable: (call: Call) => 'forbidden' | 'hangs' | undefined = () => undefined;

class RngWithLogs extends RngOnEmbedded {
  override recorded(connection: Connection): Connection {
    const recorded = super.recorded(connection);
    return {
      ...recorded,
      async open(call) {
        const how = call.query?.timestamps === true ? unreadable(call) : undefined;
        if (how === undefined) return recorded.open(call);
        const missing = { verb: 'get', resource: 'pods/log', namespace: 'NS' } as const;
        if (how === 'forbidden') throw new Forbidden(call, missing, { status: 403 });
        return new Promise((_, reject) => {
          call.signal?.addEventListener('abort', () => reject(new Stopped(call, {})), { once: true });
        });
      },
    };
  }
}

const rng = new RngWithLogs();
const golden = new GoldenFile(import.meta.url);

const WRITES = Array.from({ length: 2_000 }, () => 'echo GET /32; sleep 0.1').join('; ');

/** A pod of the service with these containers, by their commands. */
async function createPod(name: string, commands: Readonly<Record<string, string>>): Promise<void> {
  const containers = Object.entries(commands).map(([container, command]) => ({
    name: container,
    image: 'busybox:1.36',
    command: ['sh', '-c', command],
  }));
  const metadata = { name, namespace: rng.namespace, labels: { app: 'rng' } };
  rng.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
  await until(`${name} in rotation`, async () =>
    (await rng.list()).members.some(({ pod, state }) => pod.name === name && state === 'in rotation'),
  );
}

async function drain(pods: readonly string[], more: Parameters<typeof rng.carryOut>[1] = {}): Promise<Outcome> {
  unreadable = () => undefined;
  return (await rng.carryOut({ ...DRAIN_IT, pods }, { confirmed: 'any', ...more })).outcome;
}

function silenceIn(outcome: Outcome): readonly LogSilence[] | undefined {
  if (outcome.kind !== 'done' && outcome.kind !== 'unfinished') throw new Error(JSON.stringify(outcome));
  return outcome.silence;
}

describe('the report of a drain', () => {
  test('says for how long the log of the pod has been silent, and reads it only once if the wait was short', async () => {
    await createPod('quiet', { app: 'echo started; sleep infinity' });
    await pass(60_000);
    const outcome = await drain(['quiet']);
    expect(outcome.kind).toBe('done');
    expect(silenceIn(outcome)).toEqual([
      {
        pod: 'quiet',
        uid: rng.pod('quiet')?.metadata.uid,
        container: 'app',
        silentMs: expect.any(Number),
        isWriting: false,
      },
    ]);
    expect(silenceIn(outcome)?.[0]?.silentMs).toBeGreaterThanOrEqual(60_000);
    expect(rng.calls.filter((call) => call.endsWith('/quiet/log'))).toHaveLength(1);
  });

  test.each<[string, Readonly<Record<string, string>>, number]>([
    [
      'of a pod with a container that has written none',
      { app: 'echo started; sleep infinity', mute: 'sleep infinity' },
      0,
    ],
    ['once the wait has taken long', { app: 'echo started; sleep infinity' }, 4_000],
  ])('reads the log again %s', async (_, commands, startMs) => {
    await createPod('read-twice', commands);
    await pass(60_000);
    const [owned = ''] = rng.inRotation().filter((name) => name.startsWith('rng-'));
    rng.startMs = startMs;
    expect((await drain(['read-twice', owned])).kind).toBe('done');
    const logs = rng.calls.filter((call) => call.endsWith('/read-twice/log'));
    expect(logs).toHaveLength(2 * Object.keys(commands).length);
  });

  test('says that a pod still writes, of several containers the one that wrote last', async () => {
    await createPod('busy', { app: 'echo started; sleep infinity', proxy: WRITES });
    const [owned = ''] = (await rng.list()).members
      .map(({ pod }) => pod.name)
      .filter((name) => name.startsWith('rng-'));
    // The proof waits for the replacement of the other pod.
    rng.startMs = 2_000;
    const silence = silenceIn(await drain(['busy', owned])) ?? [];
    expect(silence.map(({ pod, isWriting }) => [pod, isWriting])).toEqual([
      ['busy', true],
      [owned, false],
    ]);
    expect(silence[0]).toMatchObject({ container: 'proxy' });
    expect(silence[0]?.silentMs).toBeLessThan(200);
  });

  test('has no such line for a pod that has written none', async () => {
    await createPod('mute', { app: 'sleep infinity' });
    const outcome = await drain(['mute']);
    expect(outcome.kind).toBe('done');
    expect(silenceIn(outcome)).toBeUndefined();
  });

  test.each(['forbidden', 'hangs'] as const)('is done without it where a log can not be read (%s)', async (how) => {
    await createPod('half', { app: 'echo started; sleep infinity', proxy: WRITES });
    const running = drain(['half']);
    unreadable = ({ query }) => (query?.container === 'proxy' ? how : undefined);
    const outcome = await running;
    expect(outcome.kind).toBe('done');
    expect(silenceIn(outcome)).toBeUndefined();
  });

  test('names each pod, if it is not proven in time only those that were written', async () => {
    // The new pods never start, so the second turn does not begin.
    rng.startMs = 3_600_000;
    const names = (await rng.list()).members.map(({ pod }) => pod.name).filter((name) => name.startsWith('rng-'));
    const outcome = await drain(names.slice(0, 3));
    expect(outcome.kind).toBe('unfinished');
    const drained = (await rng.list({ selector: 'pitlane.dev/drained-from' })).members.map(({ pod }) => pod.name);
    expect([1, 2]).toContain(drained.length);
    expect(silenceIn(outcome)?.map(({ pod }) => pod)).toEqual(
      names.slice(0, 3).filter((name) => drained.includes(name)),
    );
  });

  test('of a disable says it too, also of a pod that was disabled before', async () => {
    await createPod('quiet', { app: 'echo started; sleep infinity' });
    const names = (await rng.list()).members.map(({ pod }) => pod.name);
    for (const name of names) rng.patch('pods', name, { metadata: { labels: { enabled: 'yes' } } });
    rng.patch('services', 'rng', { spec: { selector: { app: 'rng', enabled: 'yes' } } });
    await pass(60_000);
    const disable = (more: object) =>
      rng.carryOut({ ...DRAIN_IT, command: 'disable', pods: ['quiet'], ...more }, { confirmed: 'any' });
    for (const forSeconds of [undefined, 600]) {
      const { outcome } = await disable(forSeconds === undefined ? {} : { forSeconds });
      expect(silenceIn(outcome)).toMatchObject([{ pod: 'quiet', container: 'app', isWriting: false }]);
      expect(silenceIn(outcome)?.[0]?.silentMs).toBeGreaterThanOrEqual(60_000);
    }
  });

  test('of a restore has none', async () => {
    const name = await rng.somePod();
    await drain([name]);
    const { outcome } = await rng.carryOut({ ...DRAIN_IT, command: 'restore', pods: [name] }, { confirmed: 'any' });
    expect(outcome.kind).toBe('done');
    expect(silenceIn(outcome)).toBeUndefined();
  });
});

describe('as lines', () => {
  const of = (pods: number, isWriting: (index: number) => boolean): readonly LogSilence[] =>
    Array.from({ length: pods }, (_, index) => ({
      pod: `rng-${index}`,
      uid: `uid-${index}`,
      container: 'rng',
      silentMs: isWriting(index) ? 400 : 42_000 + index * 60_000,
      isWriting: isWriting(index),
    }));

  test.each([
    ['of one pod', of(1, () => false)],
    ['of some pods', of(10, (index) => index % 2 === 0)],
    ['of many pods that are silent', of(30, () => false)],
    ['of many pods, some of which still write', of(30, (index) => index % 4 === 0)],
    ['of no pod', []],
  ])('%s', (_, silence) => {
    golden.expect(...silenceLines(silence));
  });
});
