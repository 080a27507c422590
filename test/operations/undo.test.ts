import { describe, expect, test } from 'vitest';
import { mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import { OPS, SECRET } from '../bad-days/rng-in-slack.ts';
import { GoldenFile } from '../golden.ts';
import { RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const JSON_TYPE = 'application/json';
const golden = new GoldenFile(import.meta.url);
/** Of operations and of requests: different in each run. */
const ID = /\b[0-9a-f]{10}\b/g;

/** Without ids and times, and without the pod that the ReplicaSet chooses. */
function lasting(text: string): string {
  return text
    .replace(ID, 'ID')
    .replace(/deletes .*\.$/gm, 'deletes one pod.')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC/g, 'TIME')
    .replace(/\d\d:\d\d:\d\d UTC/g, 'CLOCK')
    .replace(/\([\d.]+ m?s\)/g, '(TIME)')
    .replace(/(after|within) [\d.]+ m?s/g, '$1 TIME');
}

function report() {
  const message = rng.slack.workspace.messages.findLast(
    ({ to, blocks }) => to === undefined && render(blocks).pressables.length > 0,
  );
  if (message === undefined) throw new Error('no report has a button');
  return message;
}

function buttonsOf(report: string): readonly unknown[] {
  const message = rng.slack.workspace.messages.find(({ ts }) => ts === report);
  return render(message?.blocks ?? []).pressables;
}

const isDrained = (name: string) => rng.marks(name).annotations['pitlane.dev/drain'] !== undefined;

describe('the Undo button', () => {
  test('of a pod with a warning shows the plan first; Confirm carries it out', async () => {
    await rng.type('/rng drain rng-a because 5xx');
    rng.edit('rng-a', { labels: { app: 'debug' } });
    const drained = report();
    const asked = await rng.pressOn(drained, 1);
    expect(asked.states).toEqual(['you proposal']);
    expect(isDrained('rng-a')).toBe(true);
    golden.expect(lasting(asked.text));
    golden.expect(lasting((await rng.press(1)).text));
    const again = await rng.pressOn(drained, 1);
    expect(again.states).toContain('you repeated');
    expect(again.wrote).toEqual([]);
    expect(buttonsOf(drained.ts)).toEqual([]);
  });

  test('of a change that is undone in another way says so, and disappears', async () => {
    await rng.type('/rng drain rng-a');
    const drained = report();
    await rng.type('/rng restore rng-a');
    const { states, wrote } = await rng.pressOn(drained, 1);
    expect({ states, wrote }).toEqual({ states: ['ops done', 'you refusal'], wrote: [] });
    expect(buttonsOf(drained.ts)).toEqual([]);
  });

  test('of a pod without a warning is carried out once the dialog is confirmed, and disappears', async () => {
    await rng.type('/rng drain rng-a');
    const drained = report();
    const undone = await rng.pressOn(drained, 1);
    expect(undone.states.filter((state) => state.startsWith('ops'))).toEqual(['ops done', 'ops done']);
    expect(isDrained('rng-a')).toBe(false);
    expect(buttonsOf(drained.ts)).toEqual([]);
    expect((await rng.pressOn(drained, 1)).wrote).toEqual([]);
  });

  test('of a drain for a reason names the reason in its dialog, and asks no second time', async () => {
    await rng.type('/rng drain rng-a because 5xx');
    const drained = report();
    golden.expect(lasting(rng.read(drained).text.split('\n').slice(-2).join('\n')));
    const undone = await rng.pressOn(drained, 1);
    expect(undone.states.filter((state) => state.startsWith('ops'))).toEqual(['ops done', 'ops done']);
    expect(isDrained('rng-a')).toBe(false);
  });

  test('of several pods is one button', async () => {
    await rng.type('/rng drain rng-a rng-b');
    expect(['rng-a', 'rng-b'].map(isDrained)).toEqual([true, true]);
    await rng.pressOn(report(), 1);
    expect(['rng-a', 'rng-b'].map(isDrained)).toEqual([false, false]);
  });

  test('is not for viewers', async () => {
    await rng.type('/rng drain rng-a');
    const { states, wrote } = await rng.pressOn(report(), 1, 'U0CAY00000');
    expect({ states, wrote }).toEqual({ states: ['you denied'], wrote: [] });
  });
});

describe('typed', () => {
  test('undo asks, names what it undoes, and appears in the history', async () => {
    await rng.type('/rng drain rng-a because 5xx');
    const asked = await rng.type('/rng undo');
    expect(asked.states).toEqual(['you proposal']);
    await rng.press(1);
    const history = await rng.type('/rng history');
    expect(history.states).toEqual(['you history']);
    golden.expect(lasting(history.text));
    const [undone = '', drained = ''] = [...history.text.matchAll(/([0-9a-f]{10})$/gm)].map(([, id]) => id ?? '');
    const twice = await rng.type(`/rng undo ${drained}`);
    expect(twice.states).toEqual(['you refusal']);
    golden.expect(lasting(twice.text));
    expect((await rng.type(`/rng undo ${undone} --dry-run`)).states).toEqual(['you dryRun']);
  });

  test('undo as a mention asks', async () => {
    await rng.type('/rng drain rng-a');
    const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };
    const body = mentionBody(rng.withRealNames('rng undo rng-a'), place, 'Ev0UNDO', Date.now());
    const { states } = await rng.deliver(signedRequest(SECRET, body, Date.now(), JSON_TYPE));
    expect(states).toEqual(['you proposal']);
  });
});

test('a runbook undoes by id, with a confirmation, and reads the history', async () => {
  const drained = await rng.runbook({ command: 'drain', pod: 'rng-a', because: '5xx', requestId: 'drain-1' });
  expect(drained).toMatchObject({ ok: true, outcome: 'done' });
  const undo = { command: 'undo', operation: drained.operation?.id, requestId: 'undo-1' };
  const asked = await rng.runbook(undo);
  expect(asked).toMatchObject({ ok: false, outcome: 'proposal' });
  expect(asked.checks?.map(({ code }) => code)).toContain('Undoes');
  const done = await rng.runbook({ ...undo, confirm: asked.fingerprint });
  expect(done).toMatchObject({ ok: true, outcome: 'done', operation: { undoes: { id: drained.operation?.id } } });
  expect(isDrained('rng-a')).toBe(false);
  expect(await rng.runbook({ ...undo, requestId: 'undo-2' })).toMatchObject({
    ok: false,
    outcome: 'refusal',
    checks: [{ code: 'AlreadyUndone' }],
  });
  const { changes } = await rng.runbook({ command: 'history' });
  expect(changes).toMatchObject([
    { command: 'restore', outcome: 'done', undoes: drained.operation?.id, undoneBy: null },
    { command: 'drain', outcome: 'done', because: '5xx', undoneBy: done.operation?.id, pods: [{ name: 'rng-a' }] },
  ]);
});

test('the command line asks before it undoes, and --yes is the answer', async () => {
  await rng.cli('rng', 'drain', 'rng-a', '--because', '5xx', '--no-evidence');
  const asked = await rng.cli('rng', 'undo');
  expect(asked.code).toBe(3);
  expect(isDrained('rng-a')).toBe(true);
  const { code, printed } = await rng.cli('rng', 'undo', '--yes');
  expect(code).toBe(0);
  // The order of the steps before is the cluster's.
  golden.expect(lasting(printed.slice(printed.indexOf('Restored rng-a'))));
  const history = await rng.cli('rng', 'history');
  expect(history.code).toBe(0);
  expect(history.printed.match(ID)).toHaveLength(4);
});
