import { describe, expect, test } from 'vitest';
import { DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();

/** Somebody does this just before pitlane's first write to a pod arrives. */
function atTheWrite(act: () => void): void {
  let isDone = false;
  rng.intercept((request) => {
    if (rng.isPodPatch(request) && !isDone) {
      isDone = true;
      act();
    }
    return 'pass';
  });
}

describe('between the look and the write', () => {
  test('the pod goes: nothing is written, and the message in the channel says so', async () => {
    atTheWrite(() => rng.delete('rng-a'));
    expect(await rng.type('/rng drain rng-a')).toEqual({
      you: '',
      ops: "Can't drain rng-a. Nothing was changed.\n✗ rng-a is gone.\nInstead: /rng list",
      wrote: ['PATCH rng-a 404'],
    });
  });

  test('a label that the plan relies on is changed: nothing is written over it', async () => {
    atTheWrite(() => rng.edit('rng-a', { labels: { app: 'debug' } }));
    expect(await rng.type('/rng drain rng-a')).toEqual({
      you: '',
      ops: "Can't drain rng-a. Nothing was changed.\n✗ rng-a is no pod of rng, which selects app=rng.\nInstead: /rng list",
      wrote: ['PATCH rng-a 422'],
    });
    expect(rng.marks('rng-a')).toEqual({ labels: { app: 'debug' }, annotations: {} });
  });

  test('somebody else drains it: who, and the record stays theirs', async () => {
    rng.isHurried = true;
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
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    expect(ops).toBe(
      "Can't drain rng-a. Nothing was changed.\n✗ rng-a is already drained from rng: by bob at TIME.\nInstead: /rng restore rng-a",
    );
    expect(wrote).toEqual(['PATCH rng-a 422']);
    expect(rng.marks('rng-a').annotations).toEqual({ 'pitlane.dev/drain': record });
  });

  test('another label is put on: drained, and the label stays', async () => {
    atTheWrite(() => rng.edit('rng-a', { labels: { incident: '42' } }));
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(wrote).toEqual(['PATCH rng-a 200']);
    expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng', incident: '42' });
  });

  test.each([409, 422])('the server says %d once: pitlane looks again and goes on', async (status) => {
    rng.isHurried = true;
    rng.disturb(rng.isPodPatch, { status });
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(wrote).toEqual([`PATCH rng-a ${status}`, 'PATCH rng-a 200']);
  });

  test('it changes all the time: given up, and nothing was changed', async () => {
    rng.isHurried = true;
    rng.breakDown(rng.isPodPatch, { status: 409 });
    expect(await rng.type('/rng drain rng-a')).toEqual({
      you: '',
      ops: 'Draining rng-a failed\nPod rng-a in namespace ns was modified by another client (409). That happened 6 times in a row.\nNothing was changed.\n  reference R',
      wrote: Array.from({ length: 6 }, () => 'PATCH rng-a 409'),
    });
    expect(rng.touched()).toEqual([]);
  });

  test('the Service goes', async () => {
    rng.isHurried = true;
    let isGone = false;
    rng.intercept((request) => {
      if (!rng.isPodPatch(request) || isGone) return 'pass';
      isGone = true;
      rng.cluster.api.delete('services', rng.namespace, 'rng');
      return { status: 409 };
    });
    expect(await rng.type('/rng drain rng-a')).toEqual({
      you: '',
      ops: 'Draining rng-a failed\nThere is no Service rng in namespace ns, expected hasher.\nNothing was changed.\n  reference R',
      wrote: ['PATCH rng-a 409'],
    });
    expect(rng.touched()).toEqual([]);
  });
});

describe('while the proof is waited for', () => {
  test('the drained pod is deleted: what stands is said', async () => {
    rng.intercept((request) => {
      // Written, and gone before anything could be seen of it.
      if (request.query.get('watch') === 'true' && rng.pod('rng-a')) rng.delete('rng-a');
      return 'pass';
    });
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    expect(ops.split('\n').slice(0, 3)).toEqual([
      'Draining rng-a failed',
      'rng-a is gone.',
      '• Pitlane was told to take the label app=rng off rng-a, and did.',
    ]);
    expect(wrote).toEqual(['PATCH rng-a 200']);
  });

  test('the replacement does not come in time: what is proven, and what is not', async () => {
    rng.startMs = 60_000;
    rng.workerMs = 10_500;
    const { ops } = await rng.type('/rng drain rng-a');
    const lines = ops.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'Draining rng-a is not proven yet',
      'Everything is written, but 1 of 4 milestones was not seen in time. Pitlane goes on by itself within two minutes and edits this message; how it goes: /rng operations',
      '✓ rng-a is no longer listed',
      '✓ ReplicaSet rng-rs has let go of it',
    ]);
    expect(lines[5]).toMatch(/^… rng-new(, on node-\d)?(: ContainerCreating|, not scheduled yet.*)$/);
    expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng' });
  });
});

describe('two drains at once', () => {
  test('never take the service below its minimum together: one is done, the other refused with the numbers', async () => {
    rng.startMs = 60_000;
    rng.workerMs = 9_500;
    const said = await rng.said(async () => {
      const drains = [
        rng.person('U0ADA00000').type(rng.line('/rng drain rng-a')),
        rng.person('U0BOB00000').type(rng.line('/rng drain rng-b')),
      ];
      await Promise.all(drains);
      return undefined;
    });
    // The one that comes too late is refused at its proposal, or after its message in the channel has begun.
    const [refused, drained] = `${said.ops}\n---\n${said.you}`
      .split('\n---\n')
      .filter((text) => text !== '')
      .sort();
    expect(refused).toMatch(
      /^Can't drain rng-[ab]\. Nothing was changed\.\n✗ rng has 3 pods in rotation and must keep 3 of 4: scale it up first\.\nInstead: kubectl -n ns scale deployment rng --replicas=5\n/,
    );
    expect(drained).toMatch(/^Draining rng-[ab] is not proven yet\nEverything is written/);
    expect(said.wrote).toEqual([expect.stringMatching(/^PATCH rng-[ab] 200$/)]);
    expect(rng.touched()).toHaveLength(1);
  });

  test('another operation holds the service, and does not let go in time', async () => {
    rng.isHurried = true;
    rng.workerMs = 12_000;
    rng.create('leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'pitlane-rng', namespace: rng.namespace },
      spec: {
        holderIdentity: 'op-bob/1',
        leaseDurationSeconds: 15,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    });
    expect(await rng.type('/rng drain rng-a')).toEqual({
      you: '',
      ops: 'Draining rng-a failed\nAnother operation (op-bob) is changing rng and has not finished in time.\nNothing was changed.\n  reference R',
      wrote: [],
    });
    expect(rng.touched()).toEqual([]);
  });
});

describe('between the proposal and Confirm', () => {
  /** A pod that nothing replaces is drained only by somebody who confirms it. */
  async function propose(): Promise<void> {
    rng.createPod('rng-bare', { app: 'rng' });
    await rng.untilInRotation(5);
    const { you, wrote } = await rng.type('/rng drain rng-bare');
    expect(you).toMatch(
      /^Drain rng-bare\? Nothing was changed yet\.\n⚠ rng-bare has no controller: nothing replaces it\.\n/,
    );
    expect(wrote).toEqual([]);
  }

  test('nothing happens: it is drained, and the buttons are gone', async () => {
    await propose();
    const { you, ops, wrote } = await rng.press(1);
    expect(you).toBe('Confirmed: drain rng-bare.');
    expect(ops).toMatch(/^Drained rng-bare\n/);
    expect(wrote).toEqual(['PATCH rng-bare 200']);
  });

  test('the pod goes', async () => {
    await propose();
    rng.delete('rng-bare');
    expect(await rng.press(1)).toEqual({
      you: 'No pod of rng is called rng-bare, or begins or ends so.\nInstead: /rng list',
      ops: '',
      wrote: [],
    });
  });

  test('another pod of that name comes', async () => {
    await propose();
    rng.delete('rng-bare');
    rng.createPod('rng-bare', { app: 'rng' });
    expect(await rng.press(1)).toEqual({
      you: 'The pod that you chose is gone; rng-bare is another one by now. Nothing was changed.',
      ops: '',
      wrote: [],
    });
  });

  test('the plan becomes another one: it is shown anew, with buttons', async () => {
    await propose();
    rng.edit('rng-bare', { labels: { tier: 'web' } });
    rng.create('networkpolicies', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'only-rng', namespace: rng.namespace },
      spec: { podSelector: { matchLabels: { app: 'rng' } }, policyTypes: ['Ingress'] },
    });
    const { you, ops, wrote } = await rng.press(1);
    expect({ ops, wrote }).toEqual({ ops: '', wrote: [] });
    expect(you).toMatch(
      /^Drain rng-bare\? The plan has changed since it was shown, so nothing was done\. The new one:\n/,
    );
    expect(you).toContain('\n[1] Confirm drain\n[2] Cancel\n');
  });
});

test('a restore meets labels that somebody has put on meanwhile, and asks before it overwrites them', async () => {
  await rng.type('/rng drain rng-a');
  rng.edit('rng-a', { labels: { app: 'debug' } });
  const { you, wrote } = await rng.type('/rng restore rng-a');
  expect(you).toMatch(
    /^Restore rng-a\? Nothing was changed yet\.\n⚠ rng-a has app=debug since the drain: it is overwritten with app=rng\.\n/,
  );
  expect(wrote).toEqual([]);
});

test('a runbook meets a pod that went meanwhile', async () => {
  atTheWrite(() => rng.delete('rng-a'));
  expect(await rng.runbook({ command: 'drain', pod: 'rng-a' })).toMatchObject({
    ok: false,
    outcome: 'refusal',
    message: 'rng-a is gone.',
  });
});

test('the command line ends with 3 where the pod went meanwhile, and with 1 where it changes all the time', async () => {
  atTheWrite(() => rng.delete('rng-a'));
  expect(await rng.cli('rng', 'drain', 'rng-a')).toMatchObject({
    code: 3,
    printed: expect.stringContaining('refused  rng-a is gone.'),
  });
  rng.breakDown(rng.isPodPatch, { status: 409 });
  expect(await rng.cli('rng', 'drain', 'rng-b')).toMatchObject({
    code: 1,
    printed: expect.stringMatching(/That happened 6 times in a row\.\nNothing was changed\.$/),
  });
});
