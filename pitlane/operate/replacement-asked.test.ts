import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { until } from '../../test/virtual-time.ts';
import type { Connection } from '../cluster/connection.ts';
import { connectionTo } from '../cluster/connection.ts';
import { Forbidden } from '../cluster/errors.ts';
import { DEFAULT_POLICY } from '../config/config.ts';
import { messagesOf } from '../rotation/effect.ts';
import type { Check, Plan } from '../rotation/plan.ts';
import type { ChangeOutcome } from './outcome.ts';
import { createPitlane } from './pitlane.ts';

const rng = new RngOnEmbedded();
const MINUTE_MS = 60_000;

let names: readonly string[];
beforeEach(() => {
  names = rng.inRotation();
});

const drain = (options = {}, pods = names.slice(0, 1)) =>
  rng.carryOut({ ...DRAIN_IT, pods }, { deadline: Date.now() + 10 * MINUTE_MS, ...options });

function quota(hard: Record<string, string>, spec: object = {}): void {
  rng.create('resourcequotas', {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'team', namespace: rng.namespace },
    spec: { hard, ...spec },
  });
}

const untilCounted = () =>
  until(
    'the quota is counted',
    () => rng.cluster.api.get('resourcequotas', rng.namespace, 'team')?.status?.used !== undefined,
  );

function warningsOf(outcome: unknown): readonly Check[] {
  const { checks = [] } = (outcome as { plan?: Plan }).plan ?? {};
  return checks.filter(({ level }) => level === 'warning');
}

describe('a drain whose replacement the API server refuses', () => {
  beforeEach(async () => {
    quota({ 'count/pods': '4' });
    await untilCounted();
  });

  test('asks first, in the words of the API server, and names the quota once', async () => {
    const { outcome } = await drain({ confirmed: 'not yet' });
    expect(outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    expect(warningsOf(outcome)).toEqual([
      { code: 'ReplacementRefused', level: 'warning', message: expect.stringContaining('exceeded quota: team') },
    ]);
  });

  test('is done without the replacement, and its report quotes the event of the owner', async () => {
    const { outcome } = await drain();
    const { kind, notes } = outcome as Extract<ChangeOutcome, { kind: 'done' }>;
    expect([kind, notes[0]]).toEqual(['done', expect.stringContaining('exceeded quota: team')]);
    expect(notes[0]).toMatch(/has 3 pods, wants 4\. Kubernetes says: Error creating: pods/);
  });
});

test('a full quota that is not about the pods is not mentioned', async () => {
  quota({ pods: '0' }, { scopes: ['Terminating'] });
  await untilCounted();
  const { outcome } = await drain({ confirmed: 'not yet' });
  expect(outcome.kind).toBe('done');
});

test('the last event of the scheduler is quoted when the replacement finds no node in time', async () => {
  for (const { metadata } of rng.cluster.api.list('nodes'))
    rng.cluster.api.mergePatch('nodes', undefined, metadata.name ?? '', { spec: { unschedulable: true } } as never);
  const { outcome } = await drain();
  for (const { metadata } of rng.cluster.api.list('nodes'))
    rng.cluster.api.mergePatch('nodes', undefined, metadata.name ?? '', { spec: { unschedulable: null } } as never);
  const { kind, notes } = outcome as Extract<ChangeOutcome, { kind: 'done' }>;
  expect(kind).toBe('done');
  expect(notes.join(' ')).toMatch(/not scheduled yet: Pending\. Kubernetes says: 0\/3 nodes are available/);
});

test('without the right to create pods, the plan says that the API server was not asked', async () => {
  const { namespace } = rng;
  const real = connectionTo(rng.cluster.kubeConfigInProcess);
  const connection: Connection = {
    ...real,
    send: (call) =>
      call.verb === 'create' && call.place.resource.plural === 'pods'
        ? Promise.reject(new Forbidden(call, { verb: 'create', resource: 'pods', namespace }, { status: 403 }))
        : real.send(call),
  };
  const service = { key: 'rng', cluster: 'test', namespace, service: 'rng', policy: DEFAULT_POLICY };
  const pitlane = createPitlane({ now: Date.now, connect: () => connection, service: () => service });
  const asker = { by: 'U042', role: 'operator', requestId: 'one' } as const;
  const outcome = await pitlane.propose({ ...DRAIN_IT, pods: names.slice(0, 1), dryRun: true }, asker);
  expect(warningsOf(outcome)).toEqual([]);
  const { effects } = (outcome as { plan: Plan }).plan;
  expect(messagesOf(effects).filter((text) => text.includes('was not asked'))).toEqual([
    expect.stringContaining('Pitlane is not allowed to create pods'),
  ]);
});
