import { setTimeout as wait } from 'node:timers/promises';
import { faultAnnotation } from '@pitlane/embedded-cluster/kubelet/fault';
import { beforeEach, describe, expect, test } from 'vitest';
import { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import type { ChangeRequest } from '../command/request.ts';
import { DISABLED } from '../rotation/marks.ts';
import { fewestReady, leftOut, Process } from './process.fixture.ts';

const rng = new RngOnEmbedded();
const DISABLE: ChangeRequest = { command: 'disable', service: 'rng', dryRun: false, force: false };
const ENABLE: ChangeRequest = { ...DISABLE, command: 'enable' };

let names: string[];
let process: Process;
// As the chapter does by hand: labels first, then the selector.
beforeEach(async () => {
  names = (await rng.list()).members.map(({ pod }) => pod.name);
  for (const name of names) rng.patch('pods', name, { metadata: { labels: { enabled: 'yes' } } });
  rng.patch('services', 'rng', { spec: { selector: { app: 'rng', enabled: 'yes' } } });
  await until('all are in rotation', () => rng.inRotation().length === 4);
  process = new Process(rng, { minReady: 1 });
});

const isOff = (name: string) => {
  const { labels, annotations } = rng.pod(name)?.metadata ?? {};
  return labels?.enabled === undefined && annotations?.[DISABLED] !== undefined;
};
const owners = () => names.map((name) => rng.pod(name)?.metadata.ownerReferences?.[0]?.uid);
const podCount = () => rng.cluster.api.list('pods', rng.namespace).length;

describe('disable of several pods', () => {
  test('takes them out side by side, keeps their owner and starts no replacement', async () => {
    const before = owners();
    const pods = names.slice(0, 3);
    const { outcome, told } = await process.carryOut({ ...DISABLE, pods });
    expect(outcome).toMatchObject({ kind: 'done', notes: [] });
    expect(told.begun[0]?.phases.map(({ writes }) => writes.length)).toEqual([3]);
    expect([names.map(isOff), owners(), podCount()]).toEqual([[true, true, true, false], before, 4]);
    expect(rng.inRotation()).toEqual(names.slice(3));
    expect(told.evidence).toEqual([]);
    expect((await process.carryOut({ ...ENABLE, pods })).outcome.kind).toBe('done');
    expect([names.map(isOff), rng.inRotation().length]).toEqual([[false, false, false, false], 4]);
    expect(process.writes).toHaveLength(6);
  });

  test('finds them by a node and by a selector, and enables those that are disabled', async () => {
    const byNode = Map.groupBy(names, (name) => rng.pod(name)?.spec.nodeName as string);
    const [[node = '', there = []] = []] = [...byNode];
    expect((await process.carryOut({ ...DISABLE, node })).outcome.kind).toBe('done');
    expect(names.filter(isOff)).toEqual(there);
    expect((await process.carryOut({ ...ENABLE, selector: 'app=rng' })).outcome.kind).toBe('done');
    expect(names.filter(isOff)).toEqual([]);
  });

  test('is ended by the tick for each pod', async () => {
    const pods = names.slice(0, 3);
    await process.carryOut({ ...DISABLE, pods, forSeconds: 60 });
    await during(wait(61_000));
    const { report, told } = await process.tick();
    expect(told.ended.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect([names.filter(isOff), report.trouble]).toEqual([[], []]);
  });

  test('leaves out what the minimum needs, after a confirmation', async () => {
    process = new Process(rng);
    const fewest = fewestReady(rng);
    const asked = await process.carryOut({ ...DISABLE, pods: names }, { confirmed: 'not yet' });
    expect(asked.outcome).toMatchObject({ kind: 'proposal', why: 'needsConfirmation' });
    const { outcome } = await process.carryOut({ ...DISABLE, pods: names });
    expect(leftOut(outcome)).toEqual(names.slice(1).map((name) => `BelowMinimum ${name}`));
    expect([names.filter(isOff), fewest()]).toEqual([names.slice(0, 1), 3]);
  });

  test('sends one patch, its dry run and no read for each further pod', async () => {
    const calls = async (pods: readonly string[]) => {
      let number = 0;
      process.answered = ({ verb, place }) => {
        number += place.resource.plural === 'pods' && (verb === 'get' || verb === 'patch') ? 1 : 0;
      };
      await process.carryOut({ ...DISABLE, pods });
      return number;
    };
    const one = await calls(names.slice(0, 1));
    expect((await calls(names.slice(1, 3))) - one).toBe(2);
  });

  test.each([1, 2, 3])(
    'is continued by the tick if its process dies after %d writes, and no pod is written twice',
    async (writes) => {
      const pods = names.slice(0, 3);
      process.answered = () => {
        if (process.writes.length >= writes) process.die();
      };
      await process.untilDead({ ...DISABLE, pods });
      const next = new Process(rng, { minReady: 1, writes: process.writes });
      const { report, told } = await next.tick();
      expect([report.trouble, told.ended.map(({ kind }) => kind)]).toEqual([[], ['done']]);
      expect([names.filter(isOff), [...process.writes].sort()]).toEqual([pods, [...pods].sort()]);
    },
  );

  test('is continued by the tick as an enable', async () => {
    const pods = names.slice(0, 3);
    await process.carryOut({ ...DISABLE, pods });
    process.writes.length = 0;
    process.answered = () => {
      if (process.writes.length > 0) process.die();
    };
    await process.untilDead({ ...ENABLE, pods });
    const next = new Process(rng, { minReady: 1, writes: process.writes });
    const { told } = await next.tick();
    expect(told.ended.map(({ kind }) => kind)).toEqual(['done']);
    expect([names.filter(isOff), [...process.writes].sort()]).toEqual([[], [...pods].sort()]);
  });

  test('does not disable a pod again that was enabled by hand meanwhile', async () => {
    const pods = names.slice(0, 2);
    process.answered = ({ verb, place, body }) => {
      if (verb === 'update' && place.resource.plural === 'configmaps' && JSON.stringify(body).includes('written'))
        process.die();
    };
    await process.untilDead({ ...DISABLE, pods });
    const [first = ''] = pods;
    rng.patch('pods', first, { metadata: { labels: { enabled: 'yes' }, annotations: { [DISABLED]: null } } });
    const { told } = await new Process(rng, { minReady: 1 }).tick();
    expect(told.ended.flatMap(leftOut)).toEqual([`TakenBack ${first}`]);
    expect(isOff(first)).toBe(false);
  });

  test('ends at once when another client puts the label back, and its mark goes', async () => {
    const [pod = ''] = names;
    // The endpoints arrive after the label.
    rng.cluster.setIntercept(({ path, query }) =>
      path.endsWith('/endpointslices') && query.has('watch')
        ? query.has('sendInitialEvents')
          ? { status: 422 }
          : 'hang'
        : 'pass',
    );
    const { outcome } = await process.carryOut(
      { ...DISABLE, pods: [pod] },
      {
        onEvent: ({ kind }) => kind === 'wrote' && rng.patch('pods', pod, { metadata: { labels: { enabled: 'yes' } } }),
      },
    );
    expect(outcome).toMatchObject({ kind: 'failed', code: 'LabelPutBack', undo: [] });
    expect([isOff(pod), rng.pod(pod)?.metadata.annotations?.[DISABLED]]).toEqual([false, undefined]);
  });

  test('is enabled at its end although its process died', async () => {
    const [pod = ''] = names;
    process.answered = ({ verb, place, dryRun }) => {
      if (verb === 'patch' && !dryRun && place.resource.plural === 'pods') process.die();
    };
    await process.untilDead({ ...DISABLE, pods: [pod], forSeconds: 60 });
    const next = new Process(rng, { minReady: 1 });
    await next.tick();
    expect(isOff(pod)).toBe(true);
    await next.tick();
    expect(isOff(pod)).toBe(false);
  });
});

describe('a pod that is not ready', () => {
  test('is enabled as soon as it has the label', async () => {
    const [pod = ''] = names;
    await process.carryOut({ ...DISABLE, pods: [pod] });
    rng.patch('pods', pod, { metadata: { annotations: { [faultAnnotation]: 'not-ready' } } });
    const isReady = () =>
      rng
        .pod(pod)
        ?.status?.conditions?.some(
          ({ type, status }: { type: string; status: string }) => type === 'Ready' && status === 'True',
        );
    await until('it is not ready', () => isReady() === false);
    const { outcome } = await process.carryOut({ ...ENABLE, pods: [pod] });
    expect([outcome.kind, isOff(pod)]).toEqual(['done', false]);
  });
});
