import { describe, expect, test } from 'vitest';
import { DRAIN, DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { GoldenFile } from '../golden.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);

async function drain(pod: string): Promise<void> {
  expect((await rng.type(`/rng drain ${pod} because 5xx`)).states).toEqual(['ops done']);
}

async function drainWithRecord(record: string | null): Promise<void> {
  await drain('rng-a');
  rng.edit('rng-a', { annotations: { [DRAIN]: record } });
}

describe('refuses without a write', () => {
  test.each<[state: string, what: string, line: string, given: () => unknown]>([
    ['refusal', 'to drain a drained pod', '/rng drain rng-a', () => drain('rng-a')],
    ['refusal', 'to force a drain of a drained pod', '/rng drain rng-a --force', () => drain('rng-a')],
    ['refusal', 'to restore a pod that is not drained', '/rng restore rng-a', () => {}],
    ['notUnderstood', 'to restore while no pod is drained', '/rng restore', () => {}],
    ['refusal', 'to drain a terminating pod', '/rng drain rng-a', () => rng.delete('rng-a', true)],
    [
      'refusal',
      'to restore a terminating pod',
      '/rng restore rng-a',
      async () => {
        await drain('rng-a');
        rng.delete('rng-a', true);
      },
    ],
    ['notUnderstood', 'to drain a pod that is gone', '/rng drain rng-a', () => rng.delete('rng-a')],
    [
      'notUnderstood',
      'to drain a pod of another service',
      '/rng drain hasher-1',
      () => rng.createPod('hasher-1', { app: 'hasher' }),
    ],
    ['refusal', 'to restore a pod to another service', '/hasher restore rng-a', () => drain('rng-a')],
    ['refusal', 'to drain a drained pod from another service', '/hasher drain rng-a', () => drain('rng-a')],
    ['refusal', 'to go below the minimum', '/rng drain rng-a', () => rng.makeUnready('rng-b')],
    [
      'refusal',
      'to drain more pods than allowed',
      '/rng drain rng-b',
      async () => {
        rng.config = { policy: { ...rng.policy, maxDrained: 1 } };
        await drain('rng-a');
      },
    ],
    [
      'refusal',
      'to restore a pod that is not ready',
      '/rng restore rng-a',
      async () => {
        await rng.makeUnready('rng-a');
        await drain('rng-a');
      },
    ],
    ['refusal', 'to restore a pod without its record', '/rng restore rng-a', () => drainWithRecord(null)],
    ['refusal', 'to drain a drained pod without its record', '/rng drain rng-a', () => drainWithRecord(null)],
    [
      'refusal',
      'to restore a pod with an unreadable record',
      '/rng restore rng-a',
      () => drainWithRecord('see <!channel>'),
    ],
    [
      'notUnderstood',
      'to drain from a service without a selector',
      '/rng drain rng-a',
      () => rng.patch('services', 'rng', { spec: { selector: null } }),
    ],
  ])('%s: %s', async (state, _, line, given) => {
    await given();
    const before = rng.marks('rng-a');
    const { states, wrote, text } = await rng.type(line);
    expect({ states, wrote }).toEqual({ states: [`you ${state}`], wrote: [] });
    // Which names are nearest differs from run to run.
    golden.expect(text.replace(/one of: .*/, 'one of: …'));
    expect(rng.marks('rng-a')).toEqual(before);
  });
});

describe('offers the candidates where several pods match', () => {
  test('and drains the chosen one with the rest of the command', async () => {
    const asked = await rng.type('/rng drain rng- because 5xx');
    expect(asked).toMatchObject({ states: ['you choice'], wrote: [] });
    golden.expect(asked.text);
    expect(await rng.press(3)).toMatchObject({ states: ['ops done'], wrote: ['PATCH rng-c 200'] });
    expect(rng.changedPods()).toEqual(['rng-c']);
    expect(JSON.parse(rng.marks('rng-c').annotations[DRAIN] ?? '')).toMatchObject({ because: '5xx' });
  });

  test('and drains nothing when the chosen pod is gone', async () => {
    await rng.type('/rng drain for 30m because 5xx');
    rng.delete('rng-b');
    expect(await rng.press(2)).toMatchObject({ states: ['you notUnderstood'], wrote: [] });
  });
});

test('drains a pod that is not ready', async () => {
  await rng.makeUnready('rng-a');
  expect(await rng.type('/rng drain rng-a')).toMatchObject({ states: ['ops done'], wrote: ['PATCH rng-a 200'] });
  expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng' });
});

test('ends each report with the command and the kubectl lines that undo it', async () => {
  for (const command of ['drain', 'restore']) {
    const { ops } = await rng.type(`/rng ${command} rng-a`);
    const lines = ops.split('\n');
    golden.expect(...lines.slice(lines.findIndex((line) => line.startsWith('Undo: '))));
  }
});

describe('a runbook', () => {
  test.each([
    ['drain', 'a part of a name', 'rng-', 'invalidInput'],
    ['restore', 'a pod that is not drained', 'rng-a', 'refusal'],
    ['drain', 'a pod that the minimum needs', 'rng-a', 'refusal'],
  ])('can not %s %s', async (command, _, pod, outcome) => {
    rng.config = { policy: { ...rng.policy, minReady: 4 } };
    const answer = await rng.runbook({ command, pod });
    expect(answer).toMatchObject({ ok: false, outcome });
    golden.expect(answer.message);
    expect(rng.changedPods()).toEqual([]);
  });
});

describe('the command line', () => {
  test.each([
    [0, ['drain', 'rng-a'], ['rng-a']],
    [2, ['drain', 'rng-'], []],
    [3, ['restore', 'rng-a'], []],
    [3, ['drain', 'rng-bare'], []],
  ])('ends with %d after %j', async (code, args, changed) => {
    rng.createPod('rng-bare', { app: 'rng' });
    await rng.untilInRotation(5);
    const { code: ended, printed } = await rng.cli('rng', ...args);
    expect(ended).toBe(code);
    expect(rng.changedPods()).toEqual(changed);
    // How a change goes differs from run to run.
    if (code !== 0) golden.expect(printed);
  });
});
