import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN_IT, RESTORE_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { ChangeOutcome } from './outcome.ts';
import { fewestReady, isDrained, leftOut, Process, putBackByHand } from './process.fixture.ts';

const rng = new RngOnEmbedded();

const SERVICE: JournalEntry['subject'] = { kind: 'service', service: { kind: 'Service', name: 'rng', uid: 'u' } };

let names: string[];
let pods: string[];
let dead: Process;
beforeEach(async () => {
  names = (await rng.list()).members.map(({ pod }) => pod.name);
  pods = names.slice(0, 3);
  dead = new Process(rng);
});

/** A process that dies as soon as it has the answer to that many writes. */
function dieAfter(writes: number): void {
  dead.answered = () => {
    if (dead.writes.length === writes) dead.die();
  };
}

const next = (): Process => new Process(rng, { writes: dead.writes });

describe('a drain of three pods whose process dies', () => {
  test.each([
    ['first', 1],
    ['second', 2],
    ['last', 3],
  ])('after the %s write is continued by the tick to its end, and no pod is written twice', async (_, writes) => {
    const fewest = fewestReady(rng);
    dieAfter(writes);
    const told = await dead.untilDead({ ...DRAIN_IT, pods, because: '5xx' });
    expect(told.ended).toEqual([]);
    const process = next();
    const { report, told: later } = await process.tick();
    expect(report.trouble).toEqual([]);
    expect(later.ended).toMatchObject([{ kind: 'done', notes: [] }]);
    expect([...new Set([...told.evidence, ...later.evidence])].sort()).toEqual([...pods].sort());
    expect(dead.writes).toEqual(pods);
    expect(pods.map((name) => isDrained(rng, name))).toEqual([true, true, true]);
    expect(fewest()).toBe(3);
    expect(process.entries).toMatchObject([{ ended: { kind: 'done' } }]);
    expect((await process.tick()).told.ended).toEqual([]);
  });

  test('before the first write is continued by the tick from the beginning', async () => {
    dead.answered = ({ place, verb }) => {
      if (place.resource.plural === 'configmaps' && verb === 'update') dead.die();
    };
    await dead.untilDead({ ...DRAIN_IT, pods });
    expect(dead.writes).toEqual([]);
    const { told } = await next().tick();
    expect(told.ended).toMatchObject([{ kind: 'done' }]);
    expect(dead.writes).toEqual(pods);
  });

  test('does not drain a pod again that was restored by hand, and continues with the others', async () => {
    dead.answered = ({ verb, place, body }) => {
      if (verb === 'update' && place.resource.plural === 'configmaps' && JSON.stringify(body).includes('written'))
        dead.die();
    };
    await dead.untilDead({ ...DRAIN_IT, pods });
    const [first = '', ...others] = pods;
    expect(dead.writes).toEqual([first]);
    putBackByHand(rng, first);
    const { told } = await next().tick();
    expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
    expect(leftOut(told.ended[0] as ChangeOutcome)).toEqual([`TakenBack ${first}`]);
    expect(isDrained(rng, first)).toBe(false);
    expect(dead.writes).toEqual([first, ...others]);
  });

  test('is not continued on a pod that was left out when it was confirmed', async () => {
    const [first = '', second = '', third = ''] = names;
    await dead.carryOut({ ...DRAIN_IT, pods: [second] });
    dead.writes.length = 0;
    dieAfter(1);
    await dead.untilDead({ ...DRAIN_IT, pods });
    expect(dead.entries.at(-1)?.leftOut).toEqual([rng.pod(second)?.metadata.uid]);
    // The reason to leave it out is gone.
    putBackByHand(rng, second, [third]);
    await until('the surplus is gone', async () => (await rng.list()).counts['in rotation'] === 4);
    const { told } = await next().tick();
    expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
    expect(leftOut(told.ended[0] as ChangeOutcome)).toEqual([`LeftOutBefore ${second}`]);
    expect([first, second, third].map((name) => isDrained(rng, name))).toEqual([true, false, true]);
  });

  test('ends as it stands if it was cancelled meanwhile', async () => {
    dieAfter(1);
    await dead.untilDead({ ...DRAIN_IT, pods });
    const process = next();
    const asker = { by: 'U0GRACE000', role: 'operator', requestId: 'stop' } as const;
    // It is still held: its process would end it.
    const told = await process.propose({ command: 'cancel', service: 'rng' }, asker);
    expect(told).toMatchObject({ kind: 'cancelled' });
    const { told: later } = await process.tick();
    expect(later.ended).toMatchObject([{ kind: 'cancelled', entry: { ended: { kind: 'cancelled' } } }]);
    expect(dead.writes).toEqual(pods.slice(0, 1));
  });

  test('is continued on the same pods when the request is delivered again, though its selector means others by now', async () => {
    const request = { ...DRAIN_IT, selector: 'app=rng' };
    dead = new Process(rng, { maxDrained: 9 });
    dieAfter(1);
    await dead.untilDead(request, { requestId: 'one' });
    const process = new Process(rng, { maxDrained: 9, writes: dead.writes });
    await process.waitUntilLeft();
    const { outcome } = await process.carryOut(request, { requestId: 'one' });
    expect(outcome.kind).toBe('done');
    expect([...dead.writes].sort()).toEqual([...names].sort());
    expect(process.entries).toMatchObject([{ subject: { by: '-l app=rng' }, ended: { kind: 'done' } }]);
  });
});

describe('a restore of three pods whose process dies', () => {
  test.each([1, 6])(
    'after %i writes is done by another delivery that has observed the cluster before them',
    async (writes) => {
      await dead.carryOut({ ...DRAIN_IT, pods });
      dead.writes.length = 0;
      dieAfter(writes);
      const process = next();
      const request = { ...RESTORE_IT, pods };
      let hasAsked = false;
      const work = process.pitlane.carryOut(
        request,
        { by: 'U042', role: 'admin', requestId: 'one' },
        {
          deadline: Date.now() + 300_000,
          async decide({ why }) {
            if (!hasAsked) {
              await dead.untilDead(request, { requestId: 'one' });
              await process.waitUntilLeft();
            }
            hasAsked = true;
            return why === 'changed' ? { kind: 'leave' } : { kind: 'carryOut', confirmed: 'any' };
          },
        },
      );
      expect((await during(work)).kind).toBe('done');
      expect(pods.map((name) => isDrained(rng, name))).toEqual([false, false, false]);
      expect(process.entries.at(-1)).toMatchObject({ ended: { kind: 'done' } });
    },
  );

  test.each([
    ['first pod is back', 1],
    ['second pod is back', 2],
    ['last pod is back', 3],
    ['first pod has no marks', 4],
    ['last pod has no marks', 6],
  ])('once the %s is continued by the tick to its end', async (_, writes) => {
    await dead.carryOut({ ...DRAIN_IT, pods });
    dead.writes.length = 0;
    dieAfter(writes);
    await dead.untilDead({ ...RESTORE_IT, pods });
    const { told } = await next().tick();
    expect(told.ended).toMatchObject([{ kind: 'done' }]);
    expect(leftOut(told.ended[0] as ChangeOutcome)).toEqual([]);
    expect(dead.writes.slice(0, 3)).toEqual(pods);
    expect(dead.writes.slice(3).sort()).toEqual([...pods].sort());
    expect(pods.map((name) => isDrained(rng, name))).toEqual([false, false, false]);
    await rng.untilInRotation(4);
  });
});

describe('a finish of three pods whose process dies', () => {
  test.each([1, 3])('after %i deletions is continued by the tick to its end', async (writes) => {
    await dead.carryOut({ ...DRAIN_IT, pods });
    dead.writes.length = 0;
    dieAfter(writes);
    const told = await dead.untilDead({ command: 'finish', service: 'rng', pods, dryRun: false, force: false });
    expect([...told.evidence].sort()).toEqual([...pods].sort());
    const { told: later } = await next().tick();
    expect(later.ended).toMatchObject([{ kind: 'done' }]);
    expect(pods.map((name) => rng.pod(name))).toEqual([undefined, undefined, undefined]);
  });
});

describe('an entry of the journal that is edited by hand', () => {
  test.each([
    ['drain', 'refusal'],
    ['extend', 'refusal'],
    ['finish', 'refusal'],
    // Without marks, a pod counts as restored.
    ['restore', 'done'],
  ])('does not %s a pod of another service', async (command, kind) => {
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'hasher-0', namespace: rng.namespace, labels: { app: 'hasher' } },
      spec: { containers: [{ name: 'hasher', image: 'hasher' }] },
    });
    const process = next();
    process.writeEntries([entryOf('hasher-0', { request: { ...DRAIN_IT, command }, written: ['anything'] })]);
    const { told } = await process.tick();
    expect(told.ended).toMatchObject([{ kind }]);
    expect(dead.writes).toEqual([]);
  });

  test.each<[string, Partial<JournalEntry>]>([
    ['more pods than an operation may have', { subject: many(300) }],
    ['a service as the subject of an operation on pods', { subject: SERVICE }],
  ])('is kept, and not acted on, with %s', async (_, change) => {
    const process = next();
    process.writeEntries([entryOf(pods[0] ?? '', change)]);
    const { report, told } = await process.tick();
    expect(report.trouble).toHaveLength(1);
    expect(told.ended).toEqual([]);
    expect(process.entries).toHaveLength(1);
    expect(dead.writes).toEqual([]);
  });
});

describe('the journal of operations that take an admin', () => {
  const FORCED = { ...DRAIN_IT, force: true };
  const BELOW = { minReady: '100%' } as const;

  test('has a forced operation, and the tick resumes it with the rights of an admin', async () => {
    dead = new Process(rng, BELOW);
    dieAfter(1);
    await dead.untilDead({ ...FORCED, pods: pods.slice(0, 2) });
    expect(dead.adminEntries).toMatchObject([{ role: 'admin', request: { force: true } }]);
    expect(dead.entries).toMatchObject([{ role: 'admin', request: { force: true } }]);
    const process = new Process(rng, { ...BELOW, writes: dead.writes });
    const { told } = await process.tick();
    expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
    expect(dead.writes).toEqual(pods.slice(0, 2));
    expect(process.roles).toContain('admin');
    expect(process.adminEntries).toEqual([]);
  });

  test('decides: an entry of the normal journal alone is resumed without force', async () => {
    const process = new Process(rng, BELOW);
    const forged = entryOf(pods[0] ?? '', { role: 'admin', request: { ...FORCED } });
    process.writeEntries([forged]);
    const { told } = await process.tick();
    expect(told.ended).toMatchObject([
      { kind: 'refusal', checks: expect.arrayContaining([expect.objectContaining({ code: 'BelowMinimum' })]) },
    ]);
    expect(process.writes).toEqual([]);
    expect(new Set(process.roles)).toEqual(new Set(['operator']));
  });

  test.each<[string, (entry: JournalEntry) => Partial<JournalEntry>]>([
    ['other pods', () => ({ subject: subjectOf(names[3] ?? '') })],
    ['another request', ({ request }) => ({ request: { ...request, forSeconds: 60 } })],
    ['another person', () => ({ by: 'U0MALLORY0' })],
    ['another confirmation', () => ({ confirmed: 'x' })],
    ['more accepted warnings', () => ({ accepted: ['NoRoom'] })],
  ])('decides: with %s in the normal journal, nothing is overridden', async (_, change) => {
    dead = new Process(rng, BELOW);
    // Before the first write.
    dead.answered = ({ place, verb }) => {
      if (place.name === undefined && place.resource.plural === 'leases' && verb === 'create') dead.die();
    };
    await dead.untilDead({ ...FORCED, pods: pods.slice(0, 1) });
    const [entry] = dead.entries as [JournalEntry];
    const process = new Process(rng, BELOW);
    process.writeEntries([{ ...entry, ...change(entry) }]);
    const { told } = await process.tick();
    expect(told.ended).toHaveLength(1);
    expect(told.ended[0]?.kind).not.toBe('done');
    expect(process.writes).toEqual([]);
    expect(new Set(process.roles)).toEqual(new Set(['operator']));
  });

  test('decides anew: an entry that is edited after the tick has compared it is not resumed as the admin asked', async () => {
    dead = new Process(rng, BELOW);
    dead.answered = ({ place, verb }) => {
      if (place.name === undefined && place.resource.plural === 'leases' && verb === 'create') dead.die();
    };
    await dead.untilDead({ ...FORCED, pods: pods.slice(0, 1) });
    const [entry] = dead.entries as [JournalEntry];
    const process = new Process(rng, BELOW);
    process.answered = ({ place, verb }) => {
      if (place.resource.plural !== 'configmaps' || verb !== 'get' || place.name?.endsWith('.admin')) return;
      process.answered = () => {};
      process.writeEntries([{ ...entry, subject: subjectOf(names[3] ?? '') }]);
    };
    await process.tick();
    expect(process.writes).toEqual([]);
    process.answered = () => {};
    const { told } = await process.tick();
    expect(told.ended).toHaveLength(1);
    expect(told.ended[0]?.kind).not.toBe('done');
    expect(process.writes).toEqual([]);
  });

  test('decides: with writes in the normal journal that were never made, a new warning needs its own confirmation', async () => {
    dead = new Process(rng, BELOW);
    dead.answered = ({ place, verb }) => {
      if (place.name === undefined && place.resource.plural === 'leases' && verb === 'create') dead.die();
    };
    await dead.untilDead({ ...FORCED, pods: pods.slice(0, 1) });
    const [entry] = dead.entries as [JournalEntry];
    const process = new Process(rng, BELOW);
    rng.cluster.setIntercept(({ path }) => (path.endsWith('/replicationcontrollers') ? { status: 403 } : 'pass'));
    process.writeEntries([{ ...entry, written: ['anything'] }]);
    const { told } = await process.tick();
    expect(told.ended).toMatchObject([{ kind: 'proposal', why: 'changed' }]);
    expect(process.writes).toEqual([]);
  });

  test('decides: a gate on that it does not have is ended by the tick, and nothing is written', async () => {
    const { uid = '' } = rng.cluster.api.get('services', rng.namespace, 'rng')?.metadata ?? {};
    const request = { command: 'gate on', service: 'rng', dryRun: false, force: false };
    const subject = { kind: 'service', service: { kind: 'Service', name: 'rng', uid } } as const;
    const process = new Process(rng);
    process.writeEntries([entryOf(pods[0] ?? '', { role: 'admin', request, subject })]);
    const { told } = await process.tick();
    expect(told.ended).toMatchObject([{ kind: 'failed', code: 'NotConfirmed', stands: [] }]);
    expect([process.writes, new Set(process.roles)]).toEqual([[], new Set(['operator'])]);
    expect(process.entries).toMatchObject([{ ended: { kind: 'failed' } }]);
    expect((await process.tick()).told.ended).toEqual([]);
  });

  test('has no operation of an operator', async () => {
    await dead.carryOut({ ...DRAIN_IT, pods }, { role: 'operator' });
    expect(dead.entries).toMatchObject([{ role: 'operator', request: { force: false } }]);
    expect(dead.hasAdminJournal).toBe(false);
  });

  test('has no operation of an admin without force', async () => {
    await dead.carryOut({ ...DRAIN_IT, pods });
    expect(dead.hasAdminJournal).toBe(false);
  });

  test('loses a forced operation when it ends', async () => {
    dead = new Process(rng, BELOW);
    const { outcome } = await dead.carryOut({ ...FORCED, pods: pods.slice(0, 1) });
    expect(outcome.kind).toBe('done');
    expect(dead.hasAdminJournal).toBe(true);
    expect(dead.adminEntries).toEqual([]);
  });
});

function many(number: number): JournalEntry['subject'] {
  return {
    kind: 'pods',
    pods: Array.from({ length: number }, (_, index) => ({ name: `rng-${index}`, uid: `u-${index}` })),
  };
}

function subjectOf(name: string): JournalEntry['subject'] {
  return { kind: 'pods', pods: [{ name, uid: rng.pod(name)?.metadata.uid ?? '' }] };
}

function entryOf(name: string, more: Partial<JournalEntry>): JournalEntry {
  return {
    v: 2,
    id: '0123456789',
    request: DRAIN_IT,
    subject: subjectOf(name),
    role: 'operator',
    by: 'U042',
    at: Date.now(),
    holder: 'dead',
    heldUntil: 0,
    ...more,
  };
}
