import { afterEach, describe, expect, test } from 'vitest';
import { denied } from './faults.ts';
import { OPS, RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const ELSEWHERE = 'C0ELSE0000';
const STRANGE = 'C0STRANGE0';
const isLog = ({ path }: { path: string }) => /\/log(\?|$)/.test(path);

afterEach(() => {
  rng.slack.workspace.withheld.clear();
  rng.slack.workspace.joined.delete(ELSEWHERE);
});

describe('a drain', () => {
  test('puts the evidence into the thread of its report', async () => {
    const { you, ops } = await rng.type('/rng drain rng-a because it answers 5xx');
    expect([you, ops.split('\n')[0]]).toEqual(['', 'Drained rng-a']);
    expect(rng.files()).toEqual([
      {
        channel: OPS,
        isInThread: true,
        name: 'rng-a-evidence.txt',
        text: expect.stringContaining('\n===== logs/rng.log =====\n'),
      },
    ]);
    const [{ text = '' } = {}] = rng.files();
    expect(text).toMatch(/^===== summary\.txt =====\nEvidence of pod rng-a, taken TIME\n/);
    expect(text).toMatch(/^Reason +it answers 5xx$/m);
    expect(rng.logged.map((fields) => JSON.stringify(fields)).join('\n')).not.toContain('Evidence of');
  });

  test('is done where nobody may read logs, and the evidence says what is missing', async () => {
    rng.breakDown(isLog, denied(rng, 'get', 'pods/log'));
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    const [{ text = '' } = {}] = rng.files();
    expect(text).toContain('Missing:\n  The logs could not be had. Pitlane may not get pods/log in namespace ns.');
    expect(text).not.toContain('logs/rng.log');
  });

  test('is done where logs never come', async () => {
    rng.breakDown(isLog, 'drop');
    const { ops } = await rng.type('/rng drain rng-a');
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(rng.files()[0]?.text).toMatch(/The log of container rng could not be had\. Can't get the log of Pod/);
  });
});

describe('evidence', () => {
  test('of a drained pod goes into the thread of its drain, wherever it is asked for', async () => {
    rng.slack.workspace.joined.add(ELSEWHERE);
    await rng.type('/rng drain rng-a');
    const { you, ops } = await rng.type('/rng evidence rng-a', ELSEWHERE);
    expect({ you, ops }).toEqual({ you: `The evidence of rng-a is in a thread in #${OPS}.`, ops: '' });
    expect(rng.files().map(({ channel, isInThread }) => [channel, isInThread])).toEqual([
      [OPS, true],
      [OPS, true],
    ]);
  });

  test('of another pod goes into the channel where it is asked for', async () => {
    const { you, ops, wrote } = await rng.type('/rng evidence rng-b');
    expect({ you, ops, wrote }).toEqual({
      you: `The evidence of rng-b is in #${OPS}.`,
      ops: expect.stringMatching(
        /^Evidence of rng-b: summary, pod, events, 1 log\.\n {2}\[file rng-b-evidence\.txt, \d+ KB\]$/,
      ),
      wrote: [],
    });
    expect(rng.touched()).toEqual([]);
  });

  test('goes to the asker alone where the bot is a stranger', async () => {
    const { you } = await rng.type('/rng evidence rng-b', STRANGE);
    expect(you).toBe('The evidence of rng-b is in your direct messages with pitlane.');
    expect(rng.files().map(({ channel }) => channel)).toEqual(['D0ADA00000']);
  });

  test('is a message where the app may not upload files', async () => {
    rng.slack.workspace.withheld.add('files:write');
    const { you, ops } = await rng.type('/rng evidence rng-b');
    expect(you).toBe(`The evidence of rng-b is in #${OPS}, as a message.`);
    expect(ops).toMatch(/^Evidence of rng-b\n {4}Evidence of pod rng-b, taken TIME\n/);
    expect(ops).toMatch(/^logs\/rng\.log, the last lines$/m);
    expect(ops.split('\n').at(-1)).toBe('  As a file it would be whole: give the Slack app the scope files:write.');
  });

  test('of no pod in particular: the pods to choose from, and the picked one is looked at', async () => {
    const { you } = await rng.type('/rng evidence');
    expect(you).toMatch(/^Which pod of rng\?\nPod to take evidence of:\n\[1\] rng-a/);
    expect((await rng.press(2)).you).toContain(`The evidence of rng-b is in #${OPS}.`);
  });

  test('of a pod that goes meanwhile there is none', async () => {
    rng.intercept(({ path }) => {
      if (path.endsWith(rng.line(`/${rng.namespace}/pods/rng-a`)) && rng.pod('rng-a') !== undefined)
        rng.delete('rng-a');
      return 'pass';
    });
    const { you, ops } = await rng.type('/rng evidence rng-a');
    expect({ you, ops }).toEqual({ you: 'rng-a is gone.\nInstead: /rng list', ops: '' });
  });
});

describe('finish', () => {
  test('keeps the evidence before the pod is gone', async () => {
    await rng.type('/rng drain rng-a');
    const { ops } = await rng.type('/rng finish rng-a');
    expect(ops).toMatch(/^Finished rng-a\n/);
    expect(rng.files().map(({ name, isInThread }) => [name, isInThread])).toEqual([
      ['rng-a-evidence.txt', true],
      ['rng-a-evidence.txt', true],
    ]);
    expect(rng.pod('rng-a')).toBeUndefined();
  });
});

describe('drained', () => {
  test.each(['/pitlane drained', '/rng drained'])('%s shows the drained pods of all services', async (line) => {
    expect((await rng.type(line)).you).toBe('No pod is drained.');
    await rng.type('/rng drain rng-a because 5xx');
    const { you, wrote } = await rng.type(line);
    expect(you).toMatch(
      /^1 drained pod\n▸ rng-a rng · node-\d · \d+s\n {6}drained by @U0ADA00000 \d+s ago because 5xx, until /,
    );
    expect(wrote).toEqual([]);
  });

  test('a namespace that can not be looked at is a sentence, not a failure', async () => {
    rng.breakDown(({ path }) => path.endsWith('/pods'), denied(rng, 'list', 'pods'));
    const { you } = await rng.type('/pitlane drained');
    expect(you).toMatch(
      /^No drained pod was found where pitlane could look\.\nNamespace ns of cluster test could not be looked at\. .*is not allowed to list pods/,
    );
  });
});

describe('a runbook', () => {
  test('gets the files of the evidence', async () => {
    const { files = [], ...answer } = await rng.runbook({ command: 'evidence', pod: 'rng-a' });
    expect(answer).toEqual({
      ok: true,
      outcome: 'evidence',
      message: '4 files of evidence of rng-a.',
      notes: [],
    });
    expect(files.map(({ name, isCut }) => [name, isCut])).toEqual([
      ['summary.txt', false],
      ['pod.json', false],
      ['events.txt', false],
      ['logs/rng.log', false],
    ]);
  });

  test('gets what is drained as data', async () => {
    await rng.type('/rng drain rng-a because 5xx');
    expect(await rng.runbook({ command: 'drained' })).toMatchObject({
      ok: true,
      outcome: 'drainedList',
      message: '1 drained pod or canary.',
      drained: [{ service: 'rng', name: 'rng-a', kind: 'drained', overdue: false, drained: { because: '5xx' } }],
      notes: [],
    });
  });

  test('gives full names', async () => {
    const answer = await rng.runbook({ command: 'evidence', pod: 'rng' });
    expect(answer).toMatchObject({ ok: false, outcome: 'choice' });
  });
});
