import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN_IT, RESTORE_IT, RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { PastChange } from '../journal/entry.ts';
import { overwrites } from '../operations/table.ts';
import type { ChangeOutcome } from './outcome.ts';
import { isDrained, leftOut, Process, putBackByHand } from './process.fixture.ts';

const rng = new RngOnEmbedded();
const UNDO: ChangeRequest = { command: 'undo', service: 'rng', dryRun: false, force: false };
const FINISH_IT: ChangeRequest = { ...UNDO, command: 'finish' };

let names: string[];
let pitlane: Process;
beforeEach(async () => {
  names = (await rng.list()).members.map(({ pod }) => pod.name);
  pitlane = new Process(rng);
});

async function drain(...pods: string[]): Promise<string> {
  const { outcome } = await pitlane.carryOut({ ...DRAIN_IT, pods, because: '5xx' });
  return idOf(outcome);
}

function idOf(outcome: ChangeOutcome): string {
  if (outcome.kind !== 'done') throw new Error(`not done: ${JSON.stringify(outcome)}`);
  return outcome.operation.id;
}

async function changes(): Promise<readonly PastChange[]> {
  const outcome = await pitlane.propose(
    { command: 'history', service: 'rng', last: 50 },
    { by: 'U0GRACE000', role: 'viewer', requestId: 'history' },
  );
  return outcome.kind === 'history' ? outcome.changes : [];
}

const podsOf = ({ subject }: PastChange) => (subject.kind === 'pods' ? subject.pods.map(({ name }) => name) : []);
const codes = (outcome: ChangeOutcome) => ('checks' in outcome ? outcome.checks.map(({ code }) => code) : []);

describe('undo', () => {
  test('restores the drained pod, once it is confirmed, and links the drain', async () => {
    const [name = ''] = names;
    const id = await drain(name);
    const asked = await pitlane.carryOut(UNDO, { confirmed: 'not yet' });
    expect(asked.outcome).toMatchObject({
      kind: 'proposal',
      why: 'needsConfirmation',
      plan: { operation: { request: { command: 'restore', undoes: { id, what: `drain of ${name}`, by: 'U042' } } } },
    });
    expect(asked.outcome.kind === 'proposal' && asked.outcome.plan.checks[0]).toMatchObject({ code: 'Undoes' });
    expect(isDrained(rng, name)).toBe(true);
    const { outcome, told } = await pitlane.carryOut(UNDO);
    expect(outcome).toMatchObject({ kind: 'done', operation: { request: { command: 'restore', undoes: { id } } } });
    expect(told.ended).toEqual([outcome]);
    expect(isDrained(rng, name)).toBe(false);
  });

  test('has a dry run', async () => {
    const [name = ''] = names;
    const id = await drain(name);
    const { outcome } = await pitlane.carryOut({ ...UNDO, dryRun: true });
    expect(outcome).toMatchObject({
      kind: 'proposal',
      why: 'dryRun',
      plan: { operation: { request: { undoes: { id } } } },
    });
    expect(isDrained(rng, name)).toBe(true);
  });

  test('restores of several pods those that were changed, not the one that was left out', async () => {
    const [first = '', second = '', third = ''] = names;
    await drain(second);
    const id = await drain(first, second, third);
    const { outcome } = await pitlane.carryOut({ ...UNDO, operation: id });
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([]);
    expect([first, second, third].map((name) => isDrained(rng, name))).toEqual([false, true, false]);
  });

  test('leaves out a pod that was restored by hand meanwhile', async () => {
    const [first = '', second = ''] = names;
    await drain(first, second);
    putBackByHand(rng, first, [second]);
    await rng.untilInRotation(4);
    const { outcome } = await pitlane.carryOut(UNDO);
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`NotDrained ${first}`]);
    expect(isDrained(rng, second)).toBe(false);
  });

  test('leaves alone a pod that another operation has changed since, and says which', async () => {
    const [first = '', second = ''] = names;
    const id = await drain(first, second);
    const since = idOf((await pitlane.carryOut({ ...RESTORE_IT, pods: [first] })).outcome);
    await drain(first);
    const { outcome } = await pitlane.carryOut({ ...UNDO, operation: id });
    expect(outcome).toMatchObject({
      kind: 'done',
      operation: {
        request: { undoes: { id, except: expect.stringContaining(first) } },
        subject: { pods: [{ name: second }] },
      },
    });
    expect([first, second].map((name) => isDrained(rng, name))).toEqual([true, false]);
    const { outcome: nothing } = await pitlane.carryOut({ ...UNDO, operation: since });
    expect(nothing).toMatchObject({ kind: 'refusal', checks: [{ code: 'ChangedSince' }] });
  });

  test('is refused if the pods are gone, by name', async () => {
    const [name = ''] = names;
    await drain(name);
    rng.cluster.api.delete('pods', rng.namespace, name, { gracePeriodSeconds: 0 });
    const { outcome } = await pitlane.carryOut(UNDO);
    const trial = await pitlane.carryOut({ ...UNDO, dryRun: true });
    expect([outcome, trial.outcome].map(codes)).toEqual([['PodGone'], ['PodGone']]);
    expect(outcome).toMatchObject({ kind: 'refusal', checks: [{ message: `${name} no longer exists.` }] });
  });

  test('of the same operation twice is refused, and names the first undo', async () => {
    const [name = ''] = names;
    const id = await drain(name);
    const undone = idOf((await pitlane.carryOut({ ...UNDO, operation: id })).outcome);
    const { outcome, told } = await pitlane.carryOut({ ...UNDO, operation: id });
    expect(outcome).toMatchObject({
      kind: 'refusal',
      operation: { id, request: { command: 'undo' } },
      checks: [{ code: 'AlreadyUndone', instead: `undo ${undone}` }],
    });
    expect(told.ended).toEqual([outcome]);
  });

  test('of an undo drains the pod again', async () => {
    const [name = ''] = names;
    const id = await drain(name);
    await pitlane.carryOut(UNDO);
    const { outcome } = await pitlane.carryOut(UNDO);
    expect(outcome).toMatchObject({ kind: 'done', operation: { request: { command: 'drain' } } });
    expect(isDrained(rng, name)).toBe(true);
    expect((await changes()).map(({ request }) => [request.command, request.undoes !== undefined])).toEqual([
      ['drain', true],
      ['restore', true],
      ['drain', false],
    ]);
    expect((await changes()).at(-1)?.id).toBe(id);
  });

  test('is carried out once for each request, whichever change is the last one by then', async () => {
    const [name = ''] = names;
    await drain(name);
    const first = await pitlane.carryOut(UNDO, { requestId: 'one' });
    const second = await pitlane.carryOut(UNDO, { requestId: 'one' });
    expect([first.outcome.kind, second.outcome.kind]).toEqual(['done', 'repeated']);
    expect(isDrained(rng, name)).toBe(false);
  });

  test('is resumed by the tick where its process dies', async () => {
    const [name = ''] = names;
    const id = await drain(name);
    pitlane.writes.length = 0;
    pitlane.answered = () => {
      if (pitlane.writes.length === 1) pitlane.die();
    };
    await pitlane.untilDead(UNDO);
    pitlane = new Process(rng);
    const { told } = await pitlane.tick();
    expect(told.ended).toMatchObject([{ kind: 'done', operation: { request: { undoes: { id } } } }]);
    expect(isDrained(rng, name)).toBe(false);
  });

  test.each([
    ['extend', { ...UNDO, command: 'extend', forSeconds: 3_600 }],
    ['finish', FINISH_IT],
  ])('of %s is refused, and says why', async (command, request) => {
    const [name = ''] = names;
    await drain(name);
    await pitlane.carryOut({ ...request, pods: [name] });
    const { outcome } = await pitlane.carryOut(UNDO);
    expect(outcome).toMatchObject({
      kind: 'refusal',
      isForceable: false,
      checks: [{ code: 'CannotBeUndone', message: expect.stringContaining(`${command} of ${name}`) }],
    });
  });

  test('finds the last change of a pod by a part of its name', async () => {
    const [first = '', second = ''] = names;
    const id = await drain(first);
    await drain(second);
    const { outcome } = await pitlane.carryOut({ ...UNDO, operation: first.slice(-5) });
    expect(outcome).toMatchObject({ kind: 'done', operation: { request: { undoes: { id } } } });
  });

  test.each([
    ['without any change', undefined, 'NoOperations'],
    ['with a word that matches nothing', 'nosuch', 'OperationUnknown'],
  ])('%s explains what it knows', async (_, operation, code) => {
    const { outcome } = await pitlane.carryOut({ ...UNDO, ...(operation !== undefined && { operation }) });
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code, instead: ['history'] });
  });

  test('of an operation in progress proposes to cancel it', async () => {
    const [name = ''] = names;
    pitlane.answered = () => {
      if (pitlane.writes.length === 1) pitlane.die();
    };
    await pitlane.untilDead({ ...DRAIN_IT, pods: [name] });
    const [entry] = pitlane.entries;
    for (const operation of [undefined, entry?.id, name]) {
      const process = new Process(rng);
      const { outcome } = await process.carryOut({ ...UNDO, ...(operation !== undefined && { operation }) });
      expect(outcome).toMatchObject({
        kind: 'notUnderstood',
        code: 'OperationInProgress',
        instead: [`cancel ${entry?.id}`],
      });
    }
  });

  test('by a viewer is denied', async () => {
    await drain(names[0] ?? '');
    const { outcome } = await pitlane.carryOut(UNDO, { role: 'viewer' });
    expect(outcome).toMatchObject({ kind: 'denied', needed: 'operator' });
  });

  test("of an admin's operation by an operator is denied", async () => {
    const [name = ''] = names;
    await pitlane.carryOut({ ...DRAIN_IT, pods: [name], force: true });
    const { outcome } = await pitlane.carryOut(UNDO, { role: 'operator' });
    expect(outcome).toMatchObject({ kind: 'denied', needed: 'admin', request: { command: 'undo' } });
    expect(isDrained(rng, name)).toBe(true);
    expect((await pitlane.carryOut(UNDO, { role: 'admin' })).outcome.kind).toBe('done');
  });

  test('reaches the cluster with no more rights than the opposite operation needs', async () => {
    await drain(names[0] ?? '');
    pitlane.roles.length = 0;
    await pitlane.carryOut(UNDO);
    expect([...new Set(pitlane.roles)]).toEqual(['operator']);
  });
});

describe('history', () => {
  test('shows each change with its pods, those left out, the reason and the person', async () => {
    const [first = '', second = ''] = names;
    await drain(first);
    await drain(first, second);
    const [last, before] = await changes();
    expect(last).toMatchObject({
      by: 'U042',
      request: { because: '5xx' },
      leftOut: [{ name: first }],
      ended: { kind: 'done' },
    });
    expect([last, before].map((change) => change && podsOf(change))).toEqual([[second], [first]]);
  });

  test('shows neither dry runs, refusals nor changes that had no effect', async () => {
    const [first = '', second = ''] = names;
    await drain(first);
    await pitlane.carryOut({ ...DRAIN_IT, pods: [second], dryRun: true });
    await pitlane.carryOut({ ...DRAIN_IT, pods: [first] });
    await pitlane.carryOut({ ...DRAIN_IT, pods: [second] }, { deadline: Date.now() - 1 });
    expect(await changes()).toHaveLength(1);
  });

  test('shows of a cancelled operation the pods that it has written', async () => {
    const pods = names.slice(0, 3);
    rng.startMs = 30_000;
    const { outcome } = await pitlane.carryOut(
      { ...DRAIN_IT, pods },
      {
        onEvent: (event) => {
          if (event.kind !== 'wrote') return;
          const asker = { by: 'U0GRACE000', role: 'operator', requestId: 'stop' } as const;
          void pitlane.pitlane.propose({ command: 'cancel', service: 'rng' }, asker);
        },
      },
    );
    expect(outcome.kind).toBe('cancelled');
    const [change] = await changes();
    expect(change?.ended.kind).toBe('cancelled');
    expect(change && podsOf(change)).toEqual(pods.slice(0, 1));
    expect((await pitlane.carryOut(UNDO)).outcome.kind).toBe('done');
    expect(pods.map((name) => isDrained(rng, name))).toEqual([false, false, false]);
  });
});

describe('undo of a start of canaries', () => {
  const START = { ...UNDO, command: 'canary start', count: 2, out: false } as ChangeRequest;
  const canaries = () => rng.inRotation().filter((name) => name.startsWith('rng-canary-'));

  test('stops those that are left, and asks', async () => {
    const id = idOf((await pitlane.carryOut(START)).outcome);
    const [first = '', second = ''] = canaries();
    idOf((await pitlane.carryOut({ ...UNDO, command: 'canary stop', pods: [first] })).outcome);
    const asked = await pitlane.carryOut({ ...UNDO, operation: id }, { confirmed: 'not yet' });
    expect(asked.outcome).toMatchObject({ kind: 'proposal', plan: { operation: { request: { undoes: { id } } } } });
    expect(asked.outcome.kind === 'proposal' && asked.outcome.plan.checks.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['Undoes', 'DeletedForGood']),
    );
    expect(canaries()).toEqual([second]);
    const { outcome } = await pitlane.carryOut({ ...UNDO, operation: id });
    expect(outcome).toMatchObject({ kind: 'done', operation: { request: { command: 'canary stop' } } });
    expect([canaries(), rng.inRotation().length]).toEqual([[], 4]);
    const again = await pitlane.carryOut({ ...UNDO, operation: id });
    expect([again.outcome.kind, codes(again.outcome)]).toEqual(['refusal', ['AlreadyUndone']]);
  });

  test('says so where all were deleted by hand', async () => {
    await pitlane.carryOut(START);
    for (const name of canaries()) rng.cluster.api.delete('pods', rng.namespace, name);
    const { outcome } = await pitlane.carryOut(UNDO);
    expect([outcome.kind, codes(outcome)]).toEqual(['refusal', ['NothingLeft']]);
  });

  test('does not hinder the undo of an earlier change of the service, nor the reverse', () => {
    expect(['canary start', 'gate on', 'switch'].map(overwrites)).toEqual([false, true, true]);
  });
});

describe('a change that finds everything as asked', () => {
  test('is no line of the history, and undo takes the one before', async () => {
    const [name = ''] = names;
    const id = await drain(name);
    const { outcome } = await pitlane.carryOut({ ...UNDO, command: 'gate off' });
    expect(outcome).toMatchObject({ kind: 'done', plan: { phases: [{ writes: [] }] } });
    expect((await changes()).map((change) => change.id)).toEqual([id]);
  });
});
