import { describe, expect, test } from 'vitest';
import { DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { GoldenFile } from '../golden.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);

/** Changes the cluster just before Pitlane's first write to a pod arrives. */
function atTheWrite(change: () => void): void {
  let isDone = false;
  rng.intercept((request) => {
    if (rng.isPodPatch(request) && !isDone) {
      isDone = true;
      change();
    }
    return 'pass';
  });
}

describe('between the look and the write', () => {
  test('writes nothing to a pod that is deleted', async () => {
    atTheWrite(() => rng.delete('rng-a'));
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops refusal'], wrote: ['PATCH rng-a 404'] });
    golden.expect(text);
  });

  test('does not overwrite a label that the plan relies on', async () => {
    atTheWrite(() => rng.edit('rng-a', { labels: { app: 'debug' } }));
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops refusal'], wrote: ['PATCH rng-a 422'] });
    golden.expect(text);
    expect(rng.marks('rng-a')).toEqual({ labels: { app: 'debug' }, annotations: {} });
  });

  test('leaves the record of another drain as it is, and tells whose it is', async () => {
    const record = JSON.stringify({
      v: 1,
      id: 'op-bob',
      service: 'rng',
      labels: { app: 'rng' },
      was: 'in rotation',
      annotations: {},
      by: 'bob',
      at: '2026-11-24T03:12:07Z',
      then: 'remind',
    });
    atTheWrite(() =>
      rng.edit('rng-a', { labels: { app: null, [DRAINED_FROM]: 'rng' }, annotations: { 'pitlane.dev/drain': record } }),
    );
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops refusal'], wrote: ['PATCH rng-a 422'] });
    golden.expect(text);
    expect(rng.marks('rng-a').annotations).toEqual({ 'pitlane.dev/drain': record });
  });

  test('keeps a label that is added', async () => {
    atTheWrite(() => rng.edit('rng-a', { labels: { incident: '42' } }));
    expect(await rng.type('/rng drain rng-a')).toMatchObject({ states: ['ops done'], wrote: ['PATCH rng-a 200'] });
    expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng', incident: '42' });
  });

  test.each([409, 422])('plans again after one %d', async (status) => {
    rng.failFirst(rng.isPodPatch, { status });
    const { states, wrote } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops done'], wrote: [`PATCH rng-a ${status}`, 'PATCH rng-a 200'] });
  });

  test('gives up on a pod that changes all the time', async () => {
    rng.failAll(rng.isPodPatch, { status: 409 });
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops nothingChanged']);
    expect(wrote).toEqual(Array.from({ length: 6 }, () => 'PATCH rng-a 409'));
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });

  test('changes nothing once the Service is deleted', async () => {
    let isGone = false;
    rng.intercept((request) => {
      if (!rng.isPodPatch(request) || isGone) return 'pass';
      isGone = true;
      rng.cluster.api.delete('services', rng.namespace, 'rng');
      return { status: 409 };
    });
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops nothingChanged'], wrote: ['PATCH rng-a 409'] });
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });
});

describe('while it waits for the proof', () => {
  test('fails when the drained pod is deleted', async () => {
    rng.intercept((request) => {
      // Its Events are written beside the wait.
      if (request.method === 'POST' && request.path.endsWith('/events') && rng.pod('rng-a')) rng.delete('rng-a');
      return 'pass';
    });
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops failed'], wrote: ['PATCH rng-a 200'] });
    golden.expect(text);
  });

  test('tells what is proven and what is not when the replacement does not come in time', async () => {
    rng.startMs = 120_000;
    const { states, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops goesOn']);
    golden.expect(text);
  });
});

describe('two operations on one service', () => {
  test('never go below its minimum together', async () => {
    rng.startMs = 120_000;
    const said = await rng.said(async () => {
      const drains = [
        rng.person().type(rng.withRealNames('/rng drain rng-a')),
        rng.person('U0BOB00000').type(rng.withRealNames('/rng drain rng-b')),
      ];
      await Promise.all(drains);
      return undefined;
    });
    // The later one is refused at its proposal, or after its message in the channel has begun.
    const [first, second] = [...said.states].sort();
    expect(first).toBe('ops goesOn');
    expect(second).toMatch(/^(ops|you) refusal$/);
    expect(said.wrote).toEqual([expect.stringMatching(/^PATCH rng-[ab] 200$/)]);
    expect(rng.changedPods()).toHaveLength(1);
  });

  test('do not wait for each other longer than their time', async () => {
    rng.workerMs = 12_000;
    rng.create('leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'pitlane', namespace: rng.namespace },
      spec: {
        holderIdentity: 'op-bob/1',
        leaseDurationSeconds: 15,
        renewTime: new Date(rng.now()).toISOString().replace('Z', '000Z'),
      },
    });
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops nothingChanged'], wrote: [] });
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });
});

describe('between the proposal and Confirm', () => {
  /** A pod that nothing replaces is drained only after a confirmation. */
  async function propose(): Promise<void> {
    rng.createPod('rng-bare', { app: 'rng' });
    await rng.untilInRotation(5);
    expect(await rng.type('/rng drain rng-bare')).toMatchObject({ states: ['you proposal'], wrote: [] });
  }

  test('drains the pod, and the buttons are gone', async () => {
    await propose();
    const { states, you, wrote } = await rng.press(1);
    expect(states.toSorted()).toEqual(['ops done', 'you confirmed']);
    expect(wrote).toEqual(['PATCH rng-bare 200']);
    golden.expect(you);
  });

  test('does nothing once the pod is deleted', async () => {
    await propose();
    rng.delete('rng-bare');
    const { states, wrote, text } = await rng.press(1);
    expect({ states, wrote }).toEqual({ states: ['you notUnderstood'], wrote: [] });
    golden.expect(text);
  });

  test('does nothing to another pod of that name', async () => {
    await propose();
    rng.delete('rng-bare');
    rng.createPod('rng-bare', { app: 'rng' });
    const { states, wrote, text } = await rng.press(1);
    expect({ states, wrote }).toEqual({ states: ['you podGone'], wrote: [] });
    golden.expect(text);
  });

  test('proposes again when the plan has changed', async () => {
    await propose();
    rng.edit('rng-bare', { labels: { tier: 'web' } });
    rng.create('networkpolicies', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'only-rng', namespace: rng.namespace },
      spec: { podSelector: { matchLabels: { app: 'rng' } }, policyTypes: ['Ingress'] },
    });
    const { states, wrote, text } = await rng.press(1);
    expect({ states, wrote }).toEqual({ states: ['you proposal'], wrote: [] });
    golden.expect(text);
  });
});

test('a restore asks before it overwrites a label that was put on after the drain', async () => {
  await rng.type('/rng drain rng-a');
  rng.edit('rng-a', { labels: { app: 'debug' } });
  const { states, wrote, text } = await rng.type('/rng restore rng-a');
  expect({ states, wrote }).toEqual({ states: ['you proposal'], wrote: [] });
  golden.expect(...text.split('\n').slice(0, 3));
});

test('refuses a runbook whose pod is deleted at the write', async () => {
  atTheWrite(() => rng.delete('rng-a'));
  expect(await rng.runbook({ command: 'drain', pod: 'rng-a' })).toMatchObject({ ok: false, outcome: 'refusal' });
});

test('the command line ends with 3 for a pod that is deleted at the write', async () => {
  atTheWrite(() => rng.delete('rng-a'));
  expect(await rng.cli('rng', 'drain', 'rng-a')).toMatchObject({ code: 3 });
});

test('the command line ends with 1 for a pod that changes all the time', async () => {
  rng.failAll(rng.isPodPatch, { status: 409 });
  expect(await rng.cli('rng', 'drain', 'rng-b')).toMatchObject({ code: 1 });
  expect(rng.changedPods()).toEqual([]);
});
