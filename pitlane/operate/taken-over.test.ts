import { describe, expect, test } from 'vitest';
import { DRAIN_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { EMPTY_JOURNAL, type JournalEntry } from '../journal/entry.ts';
import { journalData } from '../journal/text.ts';
import type { Subject } from '../rotation/plan.ts';
import type { Reporter } from './asker.ts';
import type { ChangeOutcome } from './outcome.ts';

const rng = new RngOnEmbedded({ hasTick: true });
const MINUTE_MS = 60_000;
const ID = '0123456789';
const REPORT = { channel: 'C0OPS00000', ts: '1.2' };

type Asked = Parameters<NonNullable<Parameters<typeof rng.cluster.setIntercept>[0]>>[0];

const isJournal = ({ method, path }: Asked): boolean => method !== 'GET' && path.includes('/configmaps');
const isLease = ({ path }: Asked): boolean => path.includes('/leases');
const isPodWrite = ({ method, path, query }: Asked): boolean =>
  method === 'PATCH' && /\/pods\/[^/]+$/.test(path) && !query.has('dryRun');

function subjectOf(name: string): Subject {
  return { kind: 'pods', pods: [{ name, uid: rng.pod(name)?.metadata.uid ?? '' }] };
}

/** An operation that a process has begun and left; what else stands in the journal comes after it. */
async function left(more: Partial<JournalEntry> = {}, others: readonly JournalEntry[] = []): Promise<JournalEntry> {
  const pod = await rng.somePod();
  const entry: JournalEntry = {
    v: 2,
    id: ID,
    request: DRAIN_IT,
    subject: subjectOf(pod),
    role: 'operator',
    by: 'U042',
    at: Date.now() - 2 * MINUTE_MS,
    report: REPORT,
    holder: `${ID}/dead`,
    heldUntil: 0,
    ...more,
  };
  rng.create('configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'pitlane-rng', namespace: rng.namespace, labels: { 'pitlane.dev/service': 'rng' } },
    data: journalData({ ...EMPTY_JOURNAL, operations: [entry, ...others] }),
  });
  return entry;
}

function operations(): readonly JournalEntry[] {
  const data = rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')?.data as Record<string, string>;
  return (JSON.parse(data.operations ?? '') as { items: JournalEntry[] }).items;
}

function kept(): JournalEntry | undefined {
  return operations().at(-1);
}

/** Keeps what is told at last. */
function listener(): Required<Pick<Reporter, 'begun' | 'ended'>> & { readonly told: ChangeOutcome[] } {
  const told: ChangeOutcome[] = [];
  return {
    told,
    begun: async () => REPORT,
    ended: async (outcome) => {
      told.push(outcome);
    },
  };
}

describe('a process that takes an operation over', () => {
  test('continues if the answer to its first write to the journal is lost', async () => {
    const entry = await left();
    let isLost = false;
    rng.cluster.setIntercept((request) => {
      if (isLost || !isJournal(request)) return 'pass';
      isLost = true;
      return 'lose-answer';
    });
    const outcome = await rng.pitlane.resume('rng', entry, false, { deadline: Date.now() + 10_000 });
    expect(outcome.kind).toBe('done');
    expect(kept()?.ended?.kind).toBe('done');
  });

  test('reports nothing before it has observed the cluster, and leaves the operation to the next one', async () => {
    const entry = await left();
    const reporter = listener();
    rng.cluster.setIntercept((request) => (isLease(request) ? { status: 403 } : 'pass'));
    const outcome = await rng.pitlane.resume('rng', entry, false, { deadline: Date.now() + 10_000, reporter });
    expect(outcome).toMatchObject({ kind: 'failed', code: 'Forbidden', stands: [expect.any(String)] });
    expect(reporter.told).toEqual([]);
    expect(kept()).toMatchObject({ id: ID, heldUntil: 0 });
    rng.cluster.setIntercept(undefined);
    await rng.pitlane.resume('rng', entry, false, { deadline: Date.now() + 10_000, reporter });
    expect(reporter.told.map(({ kind }) => kind)).toEqual(['done']);
  });

  test('gives up after half an hour of that, and reports that the state is unknown', async () => {
    const entry = await left({ at: Date.now() - 31 * MINUTE_MS });
    const reporter = listener();
    rng.cluster.setIntercept((request) => (isLease(request) ? { status: 403 } : 'pass'));
    await rng.pitlane.resume('rng', entry, false, { deadline: Date.now() + 10_000, reporter });
    expect(reporter.told).toMatchObject([{ kind: 'failed', code: 'Forbidden', stands: [expect.any(String)] }]);
    expect(kept()?.ended?.kind).toBe('failed');
  });
});

describe('a process that can not read the journal while it waits', () => {
  const isLook = ({ method, path }: Asked): boolean => method === 'GET' && path.includes('/configmaps/');
  const isWatch = ({ query }: Asked): boolean => query.get('watch') === 'true';

  test.each([
    ['is told that it may not', { status: 403 }],
    ['gets no answer', 'hang'],
  ] as const)('ends in time if it %s, and leaves the rest to the tick', async (_, verdict) => {
    const pod = await rng.somePod();
    let isWritten = false;
    rng.cluster.setIntercept((request) => {
      isWritten ||= isPodWrite(request);
      if (isWatch(request)) return 'hang';
      return isWritten && isLook(request) ? verdict : 'pass';
    });
    const reporter = listener();
    await rng.carryOut({ ...DRAIN_IT, pods: [pod] }, { reporter });
    expect(reporter.told).toMatchObject([{ kind: 'unfinished', goesOn: true }]);
    expect(kept()).toMatchObject({ heldUntil: 0, written: [`drain ${rng.pod(pod)?.metadata.uid}`] });
    expect(kept()?.ended).toBeUndefined();
  });
});

test('a process that was silent for too long does not end an operation that another one has taken over', async () => {
  const pod = await rng.somePod();
  rng.cluster.setIntercept((request) => (isPodWrite(request) ? { status: 403 } : 'pass'));
  const another = { holder: 'another', heldUntil: Date.now() + MINUTE_MS };
  const reporter: Reporter = {
    begun: async () => REPORT,
    async ended() {
      const items = operations().map((entry) => ({ ...entry, ...another }));
      const data = { operations: JSON.stringify({ v: 1, items }) };
      rng.cluster.api.mergePatch('configmaps', rng.namespace, 'pitlane-rng', { data } as never);
    },
  };
  await rng.carryOut({ ...DRAIN_IT, pods: [pod] }, { reporter });
  expect(kept()).toMatchObject(another);
  expect(kept()?.ended).toBeUndefined();
});

test('a superseded operation ends, and the newer one on the same pod is not touched', async () => {
  const name = await rng.somePod();
  const at = Date.now();
  const newer: JournalEntry = {
    v: 2,
    id: '9876543210',
    request: { command: 'finish', service: 'rng', dryRun: false, force: false },
    subject: subjectOf(name),
    role: 'operator',
    by: 'U0BOB00000',
    at,
    holder: '9876543210/alive',
    heldUntil: at + MINUTE_MS,
  };
  // Its process was told, and died before it could end it.
  const entry = await left({ cancel: { by: newer.by, at, instead: newer.id } }, [newer]);
  const outcome = await rng.pitlane.resume('rng', entry, false, { deadline: Date.now() + 10_000 });
  expect(outcome.kind).toBe('cancelled');
  expect(operations().find(({ id }) => id === newer.id)).toEqual(newer);
  expect(operations().find(({ id }) => id === ID)?.ended?.kind).toBe('superseded');
});

describe('an operation without effect', () => {
  test('stays without effect if its process dies before the report, which the next one makes', async () => {
    const pod = await rng.somePod();
    rng.cluster.setIntercept((request) => (isPodWrite(request) ? { status: 403 } : 'pass'));
    const dead: Reporter = {
      begun: async () => REPORT,
      ended: () => Promise.reject(new Error('dead')),
    };
    const drain = { ...DRAIN_IT, pods: [pod] };
    await expect(rng.carryOut(drain, { reporter: dead })).rejects.toThrow('dead');
    rng.cluster.setIntercept(undefined);
    const entry = kept();
    expect(entry).toMatchObject({ decided: { kind: 'failed' }, heldUntil: 0 });
    const reporter = listener();
    await rng.pitlane.resume('rng', entry as JournalEntry, false, { deadline: Date.now() + 10_000, reporter });
    expect(reporter.told).toMatchObject([{ kind: 'failed', message: entry?.decided?.message, stands: [] }]);
    expect(rng.pod(pod)?.metadata.labels).toMatchObject({ app: 'rng' });
    expect(kept()?.ended?.kind).toBe('failed');
  });

  test('is tried again, and reported so, if the journal can not be written', async () => {
    const pod = await rng.somePod();
    let writes = 0;
    rng.cluster.setIntercept((request) => {
      if (!isJournal(request)) return 'pass';
      writes += 1;
      return writes === 1 ? 'pass' : { status: 403 };
    });
    const reporter = listener();
    await rng.carryOut({ ...DRAIN_IT, pods: [pod] }, { reporter });
    expect(reporter.told).toMatchObject([
      { kind: 'failed', code: 'Forbidden', message: expect.stringMatching(/two minutes/) },
    ]);
    expect(kept()?.ended).toBeUndefined();
  });
});
