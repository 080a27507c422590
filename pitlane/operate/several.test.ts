import { beforeEach, describe, expect, test } from 'vitest';
import { DRAIN_IT, RESTORE_IT, RngOnEmbedded, titles } from '../../test/rng-on-embedded.ts';
import { until } from '../../test/virtual-time.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ChangeOutcome } from './outcome.ts';
import { fewestReady, isDrained, leftOut, Process, putBackByHand } from './process.fixture.ts';

const rng = new RngOnEmbedded();
const FINISH_IT: ChangeRequest = { command: 'finish', service: 'rng', dryRun: false, force: false };

let names: string[];
let pitlane: Process;
beforeEach(async () => {
  names = (await rng.list()).members.map(({ pod }) => pod.name);
  pitlane = new Process(rng);
});

const sorted = (pods: readonly string[]) => [...pods].sort();

describe('drain of several pods', () => {
  test('takes them out in turns, and reports one operation', async () => {
    const pods = names.slice(0, 3);
    const fewest = fewestReady(rng);
    const { outcome, events, told } = await pitlane.carryOut({ ...DRAIN_IT, pods, because: '5xx' });
    expect(outcome).toMatchObject({ kind: 'done', notes: [], operation: { subject: { kind: 'pods' } } });
    expect(titles(events)).toEqual(pods.map((name) => `remove label app=rng from ${name}`));
    expect(events.filter(({ kind }) => kind === 'planned')).toHaveLength(1);
    expect(told.begun).toHaveLength(1);
    expect(told.begun[0]?.phases).toHaveLength(3);
    expect(told.ended).toEqual([outcome]);
    expect([...told.evidence].sort()).toEqual(sorted(pods));
    expect(pods.map((name) => isDrained(rng, name))).toEqual([true, true, true]);
    expect((await rng.list()).counts).toEqual({ 'in rotation': 4, drained: 3 });
    expect(pitlane.writes.sort()).toEqual(sorted(pods));
    // 3 of 4 must stay.
    expect(fewest()).toBe(3);
    expect(pitlane.entries).toMatchObject([
      { ended: { kind: 'done' }, written: pods.map((name) => `drain ${rng.pod(name)?.metadata.uid}`) },
    ]);
  });

  test('takes out as many at once as the minimum allows', async () => {
    pitlane = new Process(rng, { minReady: 2 });
    const pods = names.slice(0, 3);
    const fewest = fewestReady(rng);
    const { outcome, told } = await pitlane.carryOut({ ...DRAIN_IT, pods });
    expect(outcome.kind).toBe('done');
    expect(told.begun[0]?.phases.map(({ writes }) => writes.length)).toEqual([2, 1]);
    expect(fewest()).toBe(2);
  });

  test('observes the cluster once for a turn, also for more pods', async () => {
    const looks = async (pods: readonly string[], minReady: number) => {
      const process = new Process(rng, { minReady });
      const calls: string[] = [];
      process.answered = ({ verb, place }) => {
        // Evidence reads the node of each pod, which may be the same.
        if ((verb === 'get' || verb === 'list') && place.resource.plural !== 'nodes')
          calls.push(`${place.resource.plural}${place.name ? ` ${place.name}` : ''}`);
      };
      expect((await process.carryOut({ ...DRAIN_IT, pods })).outcome.kind).toBe('done');
      return calls;
    };
    const [first = '', ...others] = names;
    const one = await looks([first], 1);
    const three = await looks(others, 1);
    expect(three.filter((call) => call === 'services')).toEqual(['services']);
    // The evidence of each has its own events. Quotas count, and the first drain has created the journal and the lease.
    const more = ['configmaps pitlane-rng', 'events', 'leases pitlane', 'resourcequotas'];
    expect(three.sort()).toEqual([...one, ...more].sort());
  });

  test('finds them by a selector', async () => {
    for (const name of names.slice(1, 3))
      rng.cluster.api.mergePatch('pods', rng.namespace, name, { metadata: { labels: { track: 'canary' } } });
    const { outcome } = await pitlane.carryOut({ ...DRAIN_IT, selector: 'track=canary' });
    expect(outcome).toMatchObject({ kind: 'done', operation: { subject: { by: '-l track=canary' } } });
    expect(names.filter((name) => isDrained(rng, name))).toEqual(names.slice(1, 3));
  });

  test('finds them by a node', async () => {
    const byNode = Map.groupBy(names, (name) => rng.pod(name)?.spec.nodeName as string);
    // Four pods on three nodes.
    const [node = '', there = []] = [...byNode].find(([, pods]) => pods.length > 1) ?? [];
    const { outcome } = await pitlane.carryOut({ ...DRAIN_IT, node });
    expect(outcome).toMatchObject({ kind: 'done', operation: { subject: { by: `--node ${node}` } } });
    expect(names.filter((name) => isDrained(rng, name))).toEqual(there);
  });

  test('leaves out a pod that is refused, says so, and drains the others', async () => {
    const [first = '', second = '', third = ''] = names;
    await pitlane.carryOut({ ...DRAIN_IT, pods: [second] });
    pitlane.writes.length = 0;
    const request = { ...DRAIN_IT, pods: [first, second, third] };
    const asked = await pitlane.carryOut(request, { confirmed: 'not yet' });
    expect(asked.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    expect(pitlane.writes).toEqual([]);
    const { outcome, told } = await pitlane.carryOut(request);
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`AlreadyDrained ${second}`]);
    expect(leftOut(told.ended[0] as ChangeOutcome)).toEqual([`AlreadyDrained ${second}`]);
    expect(pitlane.writes.sort()).toEqual(sorted([first, third]));
  });

  test('is refused if every pod is, with a check for each', async () => {
    const pods = names.slice(0, 2);
    await pitlane.carryOut({ ...DRAIN_IT, pods });
    const { outcome, told } = await pitlane.carryOut({ ...DRAIN_IT, pods });
    expect(outcome).toMatchObject({
      kind: 'refusal',
      checks: pods.map((pod) => ({ code: 'AlreadyDrained', level: 'refusal', pod })),
    });
    expect(told).toMatchObject({ begun: [], ended: [outcome] });
  });

  test('continues with the others if a pod disappears', async () => {
    const pods = names.slice(0, 3);
    const [, gone = ''] = pods;
    const { outcome } = await pitlane.carryOut(
      { ...DRAIN_IT, pods },
      {
        onEvent: ({ kind }) => {
          if (kind === 'wrote' && rng.pod(gone))
            rng.cluster.api.delete('pods', rng.namespace, gone, { gracePeriodSeconds: 0 });
        },
      },
    );
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`PodGone ${gone}`]);
    expect(pitlane.writes.sort()).toEqual(sorted(pods.filter((name) => name !== gone)));
  });

  test('continues with the others if a drained pod disappears before its turn is proven', async () => {
    const pods = names.slice(0, 2);
    const [gone = '', other = ''] = pods;
    const { outcome } = await pitlane.carryOut(
      { ...DRAIN_IT, pods },
      {
        onEvent: (event) => {
          if (event.kind === 'wrote' && event.title.endsWith(gone))
            rng.cluster.api.delete('pods', rng.namespace, gone, { gracePeriodSeconds: 0 });
        },
      },
    );
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`PodGone ${gone}`]);
    expect(isDrained(rng, other)).toBe(true);
  });

  test('does not drain a pod again that is restored by hand, and continues with the others', async () => {
    const pods = names.slice(0, 3);
    const [first = ''] = pods;
    const { outcome } = await pitlane.carryOut(
      { ...DRAIN_IT, pods },
      {
        onEvent: (event) => {
          if (event.kind === 'wrote' && event.title.endsWith(first)) putBackByHand(rng, first, pods);
        },
      },
    );
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`TakenBack ${first}`]);
    expect(pods.map((name) => isDrained(rng, name))).toEqual([false, true, true]);
    expect(pitlane.writes.sort()).toEqual(sorted(pods));
  });

  test('leaves out a pod that another operation restores meanwhile, and continues with the others', async () => {
    const pods = names.slice(0, 3);
    const [first = ''] = pods;
    let restoring: ReturnType<Process['carryOut']> | undefined;
    // The first turn is not proven before the restore.
    rng.startMs = 1_000;
    const { outcome } = await pitlane.carryOut(
      { ...DRAIN_IT, pods },
      {
        deadline: Date.now() + 300_000,
        onEvent: (event) => {
          if (event.kind === 'wrote' && event.title.endsWith(first))
            restoring ??= pitlane.carryOut({ ...RESTORE_IT, pods: [first] });
        },
      },
    );
    expect((await restoring)?.outcome.kind).toBe('done');
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`TakenBack ${first}`]);
    expect(pods.map((name) => isDrained(rng, name))).toEqual([false, true, true]);
  });

  test.each([
    ['', false, 3],
    [', one of them forced,', true, 2],
  ])(
    'and another drain%s of an overlapping set write to no pod twice, and keep the minimum',
    async (_, force, least) => {
      const fewest = fewestReady(rng);
      const deadline = Date.now() + 300_000;
      const both = await Promise.all([
        pitlane.carryOut({ ...DRAIN_IT, pods: names.slice(0, 2), force }, { deadline }),
        pitlane.carryOut({ ...DRAIN_IT, pods: names.slice(1, 3) }, { deadline }),
      ]);
      // The second one is refused if all of its pods have to stay at that moment.
      const kinds = both.map(({ outcome }) => outcome.kind).sort();
      expect([
        ['done', 'done'],
        ['done', 'refusal'],
      ]).toContainEqual(kinds);
      expect([...pitlane.writes].sort()).toEqual(sorted(names.filter((name) => isDrained(rng, name))));
      expect(fewest()).toBeGreaterThanOrEqual(least);
    },
  );

  test('ends as it stands when it is cancelled, and reports the drained pods', async () => {
    const pods = names.slice(0, 3);
    // The replacement is not ready before the next look into the journal.
    rng.startMs = 30_000;
    const { outcome, told } = await pitlane.carryOut(
      { ...DRAIN_IT, pods },
      {
        onEvent: (event) => {
          if (event.kind !== 'wrote') return;
          const asker = { by: 'U0GRACE000', role: 'operator', requestId: 'stop' } as const;
          void pitlane.pitlane.propose({ command: 'cancel', service: 'rng' }, asker);
        },
      },
    );
    expect(outcome).toMatchObject({
      kind: 'cancelled',
      entry: { ended: { kind: 'cancelled' }, cancel: { by: 'U0GRACE000' } },
    });
    expect(told.ended).toEqual([outcome]);
    expect(pods.map((name) => isDrained(rng, name))).toEqual([true, false, false]);
    const undo = outcome.kind === 'cancelled' ? outcome.undo.join('\n') : '';
    expect(pods.map((name) => undo.includes(name))).toEqual([true, false, false]);
  });
});

describe('several drained pods', () => {
  let pods: string[];
  beforeEach(async () => {
    pods = names.slice(0, 3);
    await pitlane.carryOut({ ...DRAIN_IT, pods });
    pitlane.writes.length = 0;
  });

  test('are restored one after the other, without the surplus', async () => {
    const fewest = fewestReady(rng);
    const { outcome, events, told } = await pitlane.carryOut({ ...RESTORE_IT, pods });
    expect(outcome).toMatchObject({ kind: 'done', notes: [] });
    expect(leftOut(outcome)).toEqual([]);
    expect(titles(events)).toHaveLength(6);
    expect(told.begun).toHaveLength(1);
    expect(pods.map((name) => isDrained(rng, name))).toEqual([false, false, false]);
    await rng.untilInRotation(4);
    expect((await rng.list()).members.map(({ pod }) => pod.name)).toEqual(expect.arrayContaining(pods));
    expect(fewest()).toBe(4);
  });

  test('are restored without a pod that is not drained, which stays left out to the end', async () => {
    const [first = '', second = '', third = ''] = pods;
    await pitlane.carryOut({ ...RESTORE_IT, pods: [second] });
    const { outcome } = await pitlane.carryOut({ ...RESTORE_IT, pods });
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`NotDrained ${second}`]);
    expect([first, third].map((name) => isDrained(rng, name))).toEqual([false, false]);
    expect(outcome.kind === 'done' && outcome.proof.some(({ milestone }) => milestone.title.includes(second))).toBe(
      false,
    );
  });

  test.each([
    ['once the first pod is back', 1],
    ['once the last pod is back', 3],
    ['once the first pod has no marks', 4],
  ])('are all restored by the next delivery of a request whose process dies %s', async (_, writes) => {
    const request = { ...RESTORE_IT, pods };
    pitlane.answered = () => {
      if (pitlane.writes.length === writes) pitlane.die();
    };
    await pitlane.untilDead(request, { requestId: 'one' });
    const process = new Process(rng, { writes: pitlane.writes });
    await process.waitUntilLeft();
    const { outcome } = await process.carryOut(request, { requestId: 'one' });
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([]);
    expect(pods.map((name) => isDrained(rng, name))).toEqual([false, false, false]);
    expect(process.writes.slice(0, 3)).toEqual(pods);
    expect(process.writes.slice(3).sort()).toEqual(sorted(pods));
  });

  test('are finished with the evidence of each', async () => {
    const { outcome, told } = await pitlane.carryOut({ ...FINISH_IT, pods });
    expect(outcome.kind).toBe('done');
    expect([...told.evidence].sort()).toEqual(sorted(pods));
    expect(pitlane.writes.sort()).toEqual(sorted(pods));
    await until('the pods are gone', () => pods.every((name) => rng.pod(name) === undefined));
  });

  test('stay if their evidence can not be kept; the others are finished', async () => {
    const [kept = ''] = pods;
    const told: ChangeOutcome[] = [];
    const { outcome } = await pitlane.carryOut(
      { ...FINISH_IT, pods },
      {
        reporter: {
          keep: ({ pod }) => (pod.name === kept ? Promise.reject(new Error('the disk is full')) : Promise.resolve()),
          ended: async (ended) => {
            told.push(ended);
          },
        },
      },
    );
    expect(outcome.kind).toBe('done');
    expect(leftOut(outcome)).toEqual([`EvidenceNotKept ${kept}`]);
    expect(told).toEqual([outcome]);
    expect(pitlane.writes.sort()).toEqual(sorted(pods.slice(1)));
    expect(rng.pod(kept)?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('all stay if no evidence can be kept', async () => {
    const { outcome } = await pitlane.carryOut(
      { ...FINISH_IT, pods },
      { reporter: { keep: () => Promise.reject(new Error('the disk is full')) } },
    );
    expect(outcome).toMatchObject({ kind: 'failed', stands: [], undo: [] });
    expect(pitlane.writes).toEqual([]);
  });
});
