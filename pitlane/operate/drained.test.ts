import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during } from '../../test/virtual-time.ts';
import { type Connection, connectionTo } from '../cluster/connection.ts';
import { CannotConnect, Forbidden } from '../cluster/errors.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../config/config.ts';
import type { House } from './house.ts';
import type { DrainedList } from './outcome.ts';
import { createPitlane } from './pitlane.ts';

const rng = new RngOnEmbedded();

/** A pod by hand, as an earlier pitlane may have left it. */
function leave(name: string, labels: Record<string, string>, annotations: Record<string, string> = {}): void {
  const { namespace } = rng;
  const spec = { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] };
  rng.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels, annotations }, spec });
}

function record(at: string, service = 'rng'): Record<string, string> {
  const text = {
    v: 1,
    id: '1',
    service,
    labels: {},
    was: 'in rotation',
    annotations: {},
    by: 'U042',
    at,
    then: 'remind',
  };
  return { 'pitlane.dev/drain': JSON.stringify(text) };
}

function disabledAt(at: string, more: object = {}): Record<string, string> {
  const record = { v: 1, id: '1', service: 'rng', by: 'U042', because: '5xx', at, ...more };
  return { 'pitlane.dev/disabled': JSON.stringify(record) };
}

const lists: string[] = [];

async function ask(
  keys: Readonly<Record<string, Partial<ServiceConfig>>>,
  { service = '', ...more }: Partial<Omit<House, 'service'>> & { service?: string } = {},
): Promise<DrainedList> {
  const services = Object.entries(keys).map(([key, config]) => ({
    key,
    cluster: 'lab',
    namespace: rng.namespace,
    service: key,
    policy: DEFAULT_POLICY,
    ...config,
  }));
  lists.length = 0;
  const connection: Connection = connectionTo(rng.cluster.kubeConfigInProcess);
  const pitlane = createPitlane({
    service: (key) => services.find((one) => one.key === key),
    keys: services.map(({ key }) => key),
    now: Date.now,
    connect: (cluster) => ({
      ...connection,
      send: (call) => {
        lists.push(`${cluster} ${call.place.namespace === rng.namespace ? 'ns' : call.place.namespace}`);
        return connection.send(call);
      },
    }),
    ...more,
  });
  const asker = { by: 'U042', role: 'viewer', requestId: 'drained' } as const;
  const outcome = await during(pitlane.propose({ command: 'drained', service }, asker));
  if (outcome.kind !== 'drainedList') throw new Error(`no list: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe('drained', () => {
  test('shows the drained and disabled pods and canaries of all services, the oldest first', async () => {
    leave('canary', { 'pitlane.dev/canary': 'web' });
    leave('old', { 'pitlane.dev/drained-from': 'web' }, record('2026-01-01T00:00:00Z', 'web'));
    leave('off', { app: 'rng' }, disabledAt('2026-01-01T12:00:00Z'));
    leave('newer', { 'pitlane.dev/drained-from': 'rng' }, record('2026-01-02T00:00:00Z'));
    const { drained, notes } = await ask({ rng: {}, web: {} });
    expect(drained.map(({ key, pod, record }) => [key, pod.name, record?.at])).toEqual([
      ['web', 'old', '2026-01-01T00:00:00Z'],
      ['rng', 'off', undefined],
      ['rng', 'newer', '2026-01-02T00:00:00Z'],
      ['web', 'canary', undefined],
    ]);
    expect(drained[1]?.disabled).toMatchObject({ by: 'U042', because: '5xx' });
    expect(drained[0]).toMatchObject({ cluster: 'lab', namespace: rng.namespace });
    expect(notes).toEqual([]);
    expect(lists).toEqual(['lab ns']);
  });

  test('shows nothing if nothing is drained', async () => {
    expect(await ask({ rng: {} })).toMatchObject({ drained: [], notes: [] });
  });

  test('shows the pods of the named service if no services are configured', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const { drained } = await ask({ rng: {} }, { service: 'rng', keys: [] });
    expect(drained.map(({ pod }) => pod.name)).toEqual([name]);
    expect(await ask({ rng: {} }, { service: '', keys: [] })).toMatchObject({ drained: [], notes: [] });
  });

  test('notes each namespace that it can not read', async () => {
    const name = await rng.somePod();
    await rng.carryOut({ ...DRAIN_IT, pods: [name] });
    const connection = connectionTo(rng.cluster.kubeConfigInProcess);
    const missing = { verb: 'list', resource: 'pods', namespace: 'secret' };
    const { drained, notes } = await ask(
      { rng: {}, web: { namespace: 'secret' }, db: { cluster: 'prod', namespace: 'far' } },
      {
        connect: (cluster) => {
          if (cluster === 'prod') throw new CannotConnect('The cluster prod is not there.');
          return {
            ...connection,
            send: (call) =>
              call.place.namespace === 'secret'
                ? Promise.reject(new Forbidden(call, missing, { status: 403 }))
                : connection.send(call),
          };
        },
      },
    );
    expect(drained.map(({ pod }) => pod.name)).toEqual([name]);
    expect(notes).toEqual([
      expect.stringMatching(/secret of cluster lab .* \(403\)/),
      expect.stringMatching(/far of cluster prod .*The cluster prod is not there/),
    ]);
  });

  test('notes records that it can not read, and services that are not configured', async () => {
    leave('scribbled', { 'pitlane.dev/drained-from': 'rng' }, { 'pitlane.dev/drain': 'hello' });
    leave('bare', { 'pitlane.dev/drained-from': 'rng' });
    leave('stranger', { 'pitlane.dev/drained-from': 'redis' }, record('2026-01-01T00:00:00Z', 'redis'));
    const { drained, notes } = await ask({ rng: {} });
    expect(drained.map(({ pod, record }) => [pod.name, record])).toEqual([
      ['bare', undefined],
      ['scribbled', undefined],
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/^bare of rng /),
      expect.stringMatching(/^scribbled of rng /),
      expect.stringMatching(`^stranger in ${rng.namespace} of cluster lab .*redis`),
    ]);
  });

  test('reads a few namespaces at a time, and gives up all of them at the deadline', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`s${index}`, { namespace: `n${index}` }]),
    );
    const connection = connectionTo(rng.cluster.kubeConfigInProcess);
    let [now, open, most] = [Date.now(), 0, 0];
    const { notes } = await ask(many, {
      now: () => now,
      connect: () => ({
        ...connection,
        async send(call) {
          open += 1;
          most = Math.max(most, open);
          const answer = await connection.send<never>(call);
          open -= 1;
          now += 2_000;
          return answer;
        },
      }),
    });
    expect(most).toBeLessThanOrEqual(16);
    expect(notes.length).toBeGreaterThan(5);
    expect(notes.at(-1)).toContain('n29 of cluster lab');
  });
});
