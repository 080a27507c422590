import { afterEach, describe, expect, test } from 'vitest';
import { GoldenFile } from '../golden.ts';
import { denied } from './faults.ts';
import { OPS, RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const ELSEWHERE = 'C0ELSE0000';
const STRANGE = 'C0STRANGE0';
const isLog = ({ path }: { path: string }) => /\/log(\?|$)/.test(path);

afterEach(() => {
  rng.slack.workspace.withheld.clear();
  rng.slack.workspace.joined.delete(ELSEWHERE);
});

describe('a drain', () => {
  test('puts the evidence into the thread of its report', async () => {
    expect((await rng.type('/rng drain rng-a because it answers 5xx')).states).toEqual(['ops done']);
    const [{ text = '', ...file } = {}, ...others] = rng.files();
    expect([file, others]).toEqual([{ channel: OPS, isInThread: true, name: 'rng-a-evidence.txt' }, []]);
    const parts = [...text.matchAll(/^===== (\S+) =====$/gm)].map(([, name]) => name);
    expect(parts).toEqual(['summary.txt', 'pod.json', 'events.txt', 'logs/rng.log']);
    expect(rng.logged.map((fields) => JSON.stringify(fields)).join('\n')).not.toContain('Evidence of');
  });

  test.each([
    ['may not be read', () => denied(rng, 'get', 'pods/log')],
    ['never come', () => 'drop' as const],
  ])('is done where logs %s, and the evidence says so', async (_, verdict) => {
    rng.failAll(isLog, verdict());
    expect((await rng.type('/rng drain rng-a')).states).toEqual(['ops done']);
    const [{ text = '' } = {}] = rng.files();
    expect(text).not.toContain('===== logs/');
    golden.expect(...(/^Not in here:\n( {2}.*\n)+/m.exec(text)?.[0] ?? '').trimEnd().split('\n'));
  });
});

describe('evidence', () => {
  test('of a drained pod goes into the thread of its drain, from any channel', async () => {
    rng.slack.workspace.joined.add(ELSEWHERE);
    await rng.type('/rng drain rng-a');
    const { states, text } = await rng.type('/rng evidence rng-a', ELSEWHERE);
    expect(states).toEqual(['you evidence']);
    golden.expect(text);
    expect(rng.files().map(({ channel, isInThread }) => [channel, isInThread])).toEqual([
      [OPS, true],
      [OPS, true],
    ]);
  });

  test('of another pod goes into the channel of the command', async () => {
    const { states, wrote, text } = await rng.type('/rng evidence rng-b');
    expect({ states, wrote }).toEqual({ states: ['ops file', 'you evidence'], wrote: [] });
    golden.expect(text.replace(/\d+ KB/, 'N KB'));
    expect(rng.changedPods()).toEqual([]);
  });

  test('goes to the caller alone where the bot is not a member', async () => {
    const { states, text } = await rng.type('/rng evidence rng-b', STRANGE);
    expect(states).toContain('you evidence');
    golden.expect(text.replace(/\d+ KB/, 'N KB'));
    expect(rng.files().map(({ channel }) => channel)).toEqual(['D0ADA00000']);
  });

  test('is a message where the app may not upload files', async () => {
    rng.slack.workspace.withheld.add('files:write');
    const { states, you, ops } = await rng.type('/rng evidence rng-b');
    expect(states).toContain('you evidence');
    const lines = ops.split('\n');
    golden.expect(you, ...lines.slice(0, 2), '…', ...lines.slice(-1));
    expect(rng.files()).toEqual([]);
  });

  test('without a pod offers the pods to choose from', async () => {
    const { states, text } = await rng.type('/rng evidence');
    expect(states).toEqual(['you choice']);
    golden.expect(text);
    expect((await rng.press(2)).states).toContain('you evidence');
  });

  test('of a pod that is deleted meanwhile is not there', async () => {
    rng.intercept(({ path }) => {
      if (path.endsWith(rng.withRealNames(`/${rng.namespace}/pods/rng-a`)) && rng.pod('rng-a') !== undefined)
        rng.delete('rng-a');
      return 'pass';
    });
    const { states, text } = await rng.type('/rng evidence rng-a');
    expect(states).toEqual(['you notUnderstood']);
    golden.expect(text);
  });
});

test('finish keeps the evidence before the pod is gone', async () => {
  await rng.type('/rng drain rng-a');
  expect((await rng.type('/rng finish rng-a')).states).toEqual(['you proposal']);
  expect(rng.pod('rng-a')).toBeDefined();
  expect((await rng.press(1)).states).toContain('ops done');
  expect(rng.files().map(({ name, isInThread }) => [name, isInThread])).toEqual([
    ['rng-a-evidence.txt', true],
    ['rng-a-evidence.txt', true],
  ]);
  expect(rng.pod('rng-a')).toBeUndefined();
});

describe('drained', () => {
  test.each(['/pitlane drained', '/rng drained'])('lists the drained pods of all services at %s', async (line) => {
    golden.expect((await rng.type(line)).text);
    await rng.type('/rng drain rng-a because 5xx');
    const { states, wrote, text } = await rng.type(line);
    expect({ states, wrote }).toEqual({ states: ['you drainedList'], wrote: [] });
    golden.expect(text);
  });

  test('names a namespace that can not be read', async () => {
    rng.failAll(({ path }) => path.endsWith('/pods'), denied(rng, 'list', 'pods'));
    const { states, text } = await rng.type('/pitlane drained');
    expect(states).toEqual(['you drainedList']);
    golden.expect(text);
  });
});

describe('a runbook', () => {
  test('gets the files of the evidence', async () => {
    const { files = [], message, ...answer } = await rng.runbook({ command: 'evidence', pod: 'rng-a' });
    expect(answer).toEqual({ ok: true, outcome: 'evidence', findings: [], notes: [] });
    golden.expect(message);
    expect(files.map(({ name, isCut }) => [name, isCut])).toEqual([
      ['summary.txt', false],
      ['pod.json', false],
      ['events.txt', false],
      ['logs/rng.log', false],
    ]);
  });

  test('gets the drained pods as data', async () => {
    await rng.type('/rng drain rng-a because 5xx');
    const { message, ...answer } = await rng.runbook({ command: 'drained' });
    expect(answer).toMatchObject({
      ok: true,
      outcome: 'drainedList',
      drained: [{ service: 'rng', name: 'rng-a', kind: 'drained', overdue: false, drained: { because: '5xx' } }],
      notes: [],
    });
    golden.expect(message);
  });

  test('has to give full names', async () => {
    expect(await rng.runbook({ command: 'evidence', pod: 'rng' })).toMatchObject({ ok: false, outcome: 'choice' });
  });
});
