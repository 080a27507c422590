import { beforeEach, describe, expect, test } from 'vitest';
import { DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { denied, FAULTS, giveUpSoonAt, isWatch, SLOW, saysDenied, type Verdict } from './faults.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();

beforeEach(() => {
  rng.isHurried = true;
});

test.each(FAULTS.filter(([, verdict]) => verdict !== SLOW))(
  'an API server that %s at the write: nothing is changed',
  async (_, verdict, says) => {
    giveUpSoonAt(verdict, rng);
    rng.breakDown(rng.isPodPatch, verdict);
    const { you, ops, wrote } = await rng.type('/rng drain rng-a');
    const said = says.replace('TRIED', 'patch Pod rng-a in namespace ns');
    expect({ you, ops }).toEqual({
      you: '',
      ops: `Draining rng-a failed\n${said}\nNothing was changed.\n  reference R`,
    });
    expect(wrote.length).toBeGreaterThan(0);
    expect(rng.touched()).toEqual([]);
  },
);

describe('a write without an answer', () => {
  test('that was applied is not written again', async () => {
    rng.disturb(rng.isPodPatch, 'lose-answer');
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(wrote).toEqual(['PATCH rng-a 0']);
  });

  test('that was not applied is written again', async () => {
    rng.disturb(rng.isPodPatch, 'drop', 'drop');
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(wrote).toEqual(['PATCH rng-a 0', 'PATCH rng-a 0', 'PATCH rng-a 200']);
  });

  test.each([
    ['that was applied', 'lose-answer', ['rng-a']],
    ['that was not', 'drop', []],
  ] as const)('%s, and nobody can look: what may stand is said, with the way back', async (_, first, touched) => {
    let isAway = false;
    let wrote = false;
    rng.intercept((request) => {
      if (rng.isPodPatch(request) && !wrote) {
        wrote = true;
        isAway = true;
        return first;
      }
      return isAway ? 'drop' : 'pass';
    });
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops.split('\n').slice(0, 4)).toEqual([
      'Draining rng-a failed',
      "Can't patch Pod rng-a in namespace ns: connection reset.",
      '• Pitlane was told to take the label app=rng off rng-a: whether that was done is not known, look at rng-a before you go on.',
      'Undo by hand:',
    ]);
    expect(ops).toContain('kubectl -n ns label pod rng-a app=rng pitlane.dev/drained-from-');
    expect(rng.touched()).toEqual(touched);
  });
});

describe('once it is written', () => {
  beforeEach(() => {
    // Waiting for the proof takes real time: this leaves a few tenths of a second of it.
    rng.isHurried = false;
    rng.workerMs = 10_500;
  });

  test('watches that are cut are resumed', async () => {
    rng.workerMs = 60_000;
    rng.disturb(isWatch, 'drop', 'drop', 'drop', { status: 410 });
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n✓ rng-a is no longer listed\n/);
  });

  test.each([
    ['can not watch', isWatch, { status: 500 } as Verdict, /HTTP 500/],
    ['can not be reached', () => rng.touched().length > 0, 'drop' as Verdict, /connection reset/],
  ])('a cluster that %s: what was not seen is not claimed', async (_, fits, verdict, trouble) => {
    rng.breakDown(fits, verdict);
    const { ops, wrote } = await rng.type('/rng drain rng-a');
    const [heading, explanation, ...lines] = ops.split('\n');
    expect([heading, explanation]).toEqual([
      'Draining rng-a is not proven yet',
      'Everything is written, but 4 of 4 milestones were not seen in time. Pitlane goes on by itself within two minutes and edits this message; how it goes: /rng operations',
    ]);
    expect(lines.slice(0, 4)).toEqual([
      '… rng-a is no longer listed: nothing was seen since the write',
      '… ReplicaSet rng-rs has let go of it: nothing was seen since the write',
      '… its replacement is created: nothing was seen since the write',
      '… its replacement is in rotation: nothing was seen since the write',
    ]);
    expect(lines[4]).toMatch(/^⚠ Can't watch .* in namespace ns: /);
    expect(lines[4]).toMatch(trouble);
    expect(lines).toContain('Undo: /rng restore rng-a or by hand:');
    expect(wrote).toEqual(['PATCH rng-a 200']);
    expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng' });
  });

  test('no right to watch: what stands is said, and how to undo it', async () => {
    rng.workerMs = 60_000;
    rng.breakDown(isWatch, denied(rng, 'watch', 'pods'));
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops.split('\n').slice(0, 4)).toEqual([
      'Draining rng-a failed',
      saysDenied('watch pods'),
      '• Pitlane was told to take the label app=rng off rng-a, and did.',
      'Undo by hand:',
    ]);
  });

  test('a restore that loses the cluster half way says what stands', async () => {
    rng.workerMs = 60_000;
    await rng.type('/rng drain rng-a');
    rng.workerMs = 10_500;
    rng.breakDown(isWatch, 'drop');
    const { ops, wrote } = await rng.type('/rng restore rng-a');
    expect(ops.split('\n').slice(0, 2)).toEqual([
      'Restoring rng-a is not proven yet',
      "It is half done, for 4 of 4 milestones were not seen in time. Still to do: take pitlane's marks off rng-a. Pitlane goes on by itself within two minutes and edits this message; how it goes: /rng operations",
    ]);
    // A drain would be refused while the restore is half done.
    expect(ops).toContain('\nUndo by hand:\n');
    expect(wrote).toEqual(['PATCH rng-a 200']);
    rng.intercept(() => 'pass');
    rng.workerMs = 60_000;
    expect((await rng.type('/rng restore rng-a')).ops).toMatch(/^Restored rng-a\n/);
    expect(rng.touched()).not.toContain('rng-a');
  });

  test('no right to write Events is a remark under what is done', async () => {
    rng.workerMs = 60_000;
    rng.breakDown(
      ({ path, method }) => method === 'POST' && path.endsWith('/events'),
      denied(rng, 'create', 'events', 'events.k8s.io'),
    );
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(ops).toContain(
      '• No Kubernetes Event was written: User pitlane is not allowed to create events.events.k8s.io in namespace ns (403).',
    );
  });
});
