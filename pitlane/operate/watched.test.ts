import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import { type Call, type Connection, connectionTo } from '../cluster/connection.ts';
import { Forbidden, Unavailable } from '../cluster/errors.ts';
import type { ReadRequest } from '../command/request.ts';
import type { Listed, Outcome } from './outcome.ts';
import { createPitlane } from './pitlane.ts';

const rng = new RngOnEmbedded();
const LIST: ReadRequest = { command: 'list', service: 'rng', all: true };
const DRAINED: ReadRequest = { command: 'drained', service: 'rng' };

type Through = (connection: Connection) => Connection;

/** Watches the answer to a request, and keeps what was shown. */
class Watcher {
  readonly seen: Outcome[] = [];
  readonly troubles: string[] = [];
  readonly ended: Promise<Outcome | undefined>;
  readonly #stop = new AbortController();

  constructor(request: ReadRequest, through: Through = (connection) => connection, service = 'rng') {
    const pitlane = createPitlane({
      now: Date.now,
      connect: () => through(rng.recorded(connectionTo(rng.cluster.kubeConfigInProcess))),
      service: () => ({ ...rng.scope, service }),
    });
    const asker = { by: 'ada', role: 'viewer' as const, requestId: '' };
    const listener = {
      seen: (outcome: Outcome) => void this.seen.push(outcome),
      trouble: (text: string) => void this.troubles.push(text),
    };
    this.ended = pitlane.watch(request, asker, listener, this.#stop.signal);
  }

  /** The states in the last list, sorted. */
  get states(): readonly string[] {
    const last = this.seen.at(-1) as Listed | undefined;
    return (last?.members ?? []).map(({ state }) => state).sort();
  }

  async stop(): Promise<Outcome | undefined> {
    this.#stop.abort();
    return during(this.ended);
  }
}

async function drainOne(): Promise<void> {
  const { outcome } = await rng.carryOut({ ...DRAIN_IT, pods: [await rng.somePod()] });
  expect(outcome.kind).toBe('done');
}

const AFTER = ['drained', 'in rotation', 'in rotation', 'in rotation', 'in rotation'];

describe('a watched list', () => {
  test('is shown at once, and again after changes, until the signal', async () => {
    const watcher = new Watcher(LIST);
    await until('the first list', () => watcher.seen.length > 0);
    expect(watcher.states).toEqual(AFTER.slice(1));
    await drainOne();
    await until('the drained pod', () => watcher.states.join() === AFTER.join());
    expect(await watcher.stop()).toBeUndefined();
    expect(watcher.troubles).toEqual([]);
  });

  test('goes on after its watches break', async () => {
    let opened = 0;
    const breaking: Through = (connection) => ({
      ...connection,
      async open(call) {
        opened += 1;
        const lines = await connection.open(call);
        return opened > 2 ? lines : broken(lines, call);
      },
    });
    const watcher = new Watcher(LIST, breaking);
    await until('both watches were opened again', () => opened >= 4);
    await drainOne();
    await until('the drained pod', () => watcher.states.join() === AFTER.join());
    expect(await watcher.stop()).toBeUndefined();
  });

  test('looks again and again, where pods may not be watched', async () => {
    const forbidding: Through = (connection) => ({
      ...connection,
      async open(call) {
        throw new Forbidden(call, { verb: 'watch', resource: 'pods', namespace: rng.namespace }, { status: 403 });
      },
    });
    const watcher = new Watcher(LIST, forbidding);
    await until('the first list', () => watcher.seen.length > 0);
    await drainOne();
    await until('the drained pod', () => watcher.states.join() === AFTER.join());
    expect(watcher.troubles).toHaveLength(2);
    expect(await watcher.stop()).toBeUndefined();
  });

  test('tells of a cluster that does not answer for a while, and recovers', async () => {
    let isDown = false;
    const flaky: Through = (connection) => {
      const check = (call: Call) => {
        if (isDown) throw new Unavailable(call, 'connection refused', {});
      };
      return {
        ...connection,
        async send(call) {
          check(call);
          return connection.send(call);
        },
      };
    };
    const watcher = new Watcher(LIST, flaky);
    await until('the first list', () => watcher.seen.length > 0);
    isDown = true;
    await drainOne();
    await until('the trouble', () => watcher.troubles.length > 0);
    isDown = false;
    await until('the drained pod', () => watcher.states.join() === AFTER.join());
    expect(await watcher.stop()).toBeUndefined();
  });

  test('of a Service that does not exist is an answer, and nothing is watched', async () => {
    const watcher = new Watcher(LIST, undefined, 'rgn');
    expect(await during(watcher.ended)).toMatchObject({ kind: 'notUnderstood', code: 'ServiceMissing' });
    expect(rng.calls.filter((call) => call.startsWith('watch'))).toEqual([]);
  });
});

test('watched drained pods appear', async () => {
  const watcher = new Watcher(DRAINED);
  await until('the first list', () => watcher.seen.length > 0);
  expect(watcher.seen[0]).toMatchObject({ kind: 'drainedList', drained: [] });
  await drainOne();
  await until('the drained pod', () => (watcher.seen.at(-1) as { drained: readonly unknown[] }).drained.length === 1);
  expect(await watcher.stop()).toBeUndefined();
});

async function* broken(lines: AsyncIterable<string>, call: Call): AsyncGenerator<string> {
  for await (const line of lines) {
    yield line;
    throw new Unavailable(call, 'connection reset', {});
  }
}
