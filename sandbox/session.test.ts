import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSandbox, type Sandbox } from './open.ts';
import { Session } from './session.ts';

let sandbox: Sandbox;
let session: Session;
let printed = '';
beforeAll(async () => {
  sandbox = await openSandbox(3);
  const write = (line: string) => {
    printed += `${line}\n`;
  };
  session = new Session({ sandbox, write, colours: false });
});
afterAll(() => sandbox.close());

async function enter(line: string) {
  printed = '';
  return { isOk: await session.enter(line), printed };
}

/** The number of the first button, option or file like this. */
function numberOf(text: string, printed: string): string {
  return new RegExp(`\\[(\\d+)\\] [^\\n]*${text}`).exec(printed)?.[1] ?? '';
}

test.each([
  ['accepts a mention', '@pitlane rng list', true, 'rng: 4 in rotation'],
  ['accepts a mention without a service', '@pitlane drained', true, 'No pod is drained or disabled.'],
  ['accepts a command without its slash', 'rng list', true, 'rng: 4 in rotation'],
  ['refuses a command without its service', 'list', false, 'Commands start with / or @pitlane: /rng list'],
  ['refuses a word in one sentence', 'hello', false, 'Slack would post this as a message.'],
  ['refuses a command that Slack does not know', '/rgn list', false, 'Unknown command /rgn. Did you mean "/rng"?'],
  ['explains itself', 'help', true, 'presses button 3'],
  ['shows the traffic', 'traffic', true, ' requests failed'],
  ['refuses an unknown person', 'as marvin', false, 'Unknown person "marvin". Expected you, ada or eve.'],
  ['refuses a number that was never shown', '4711', false, 'Unknown button 4711.'],
])('%s', async (_, line, isOk, answer) => {
  const entered = await enter(line);
  expect(entered).toEqual({ isOk, printed: expect.stringContaining(answer) });
  expect(entered.printed.split('\n').length).toBeLessThan(20);
});

test('clear prints nothing', async () => {
  expect(await enter('clear')).toEqual({ isOk: true, printed: '' });
});

test('a number names one button of one message, until that is gone', async () => {
  const asked = await enter('/rng inspect');
  const [, number = '', picked] = /\[(\d+)\] (\S+) /.exec(asked.printed) ?? [];
  expect(numberOf('rng-', (await enter('/rng list')).printed)).not.toBe(number);
  expect((await enter(number)).printed).toContain(`${picked} is in rotation and ready`);
  expect(await enter(number)).toEqual({ isOk: false, printed: expect.stringContaining(`Button ${number} is gone`) });
});

test('a picked pod is drained for the reason and the time that its window asks for', async () => {
  const list = await enter('/rng list');
  const [, option = '', picked = ''] = /\[(\d+)\] (\S+) /.exec(list.printed) ?? [];
  for (const goBack of ['n', '/rng drained', 'rng drained']) {
    expect((await enter(option)).printed).toContain('for 30m because');
    expect((await enter(goBack)).printed).not.toContain('Draining');
  }
  await enter(option);
  expect(await enter(`because ${'x'.repeat(600)}`)).toEqual({ isOk: false, printed: expect.stringContaining('500') });
  await enter(option);
  const drained = await enter('for 30m because 5xx');
  expect(drained.printed).toMatch(new RegExp(`because 5xx.*Drained ${picked}.*In 30 min, Pitlane reminds`, 's'));
  await enter(numberOf('Undo', drained.printed));
  expect((await enter('y')).printed).toContain(`Restored ${picked}`);
});

test('a window that is open on the page asks nothing at the prompt', async () => {
  const { windows } = sandbox.workspace;
  windows.push({ id: 'V1', user: sandbox.people.you.id, view: { type: 'modal', blocks: [] } as never });
  expect((await enter('/rng drained')).printed).not.toContain('n goes back');
  expect(windows.map(({ id }) => id)).toEqual(['V1']);
  sandbox.workspace.closeWindow('V1');
});

describe('with a drained pod', () => {
  let drained = '';
  beforeAll(async () => {
    drained = (await enter(`/rng drain ${sandbox.bad} because 5xx`)).printed;
  });

  test('a file opens by its number', async () => {
    const opened = await enter(numberOf('evidence', drained));
    expect(opened.printed).toContain(`Evidence of pod ${sandbox.bad}`);
    const [, path = ''] = /less (\S+)/.exec(opened.printed) ?? [];
    expect(await readFile(path, 'utf8')).toContain('===== events.txt =====');
  });

  test('another person has the rights of the own role, and does not see the messages for you alone', async () => {
    const option = numberOf('rng-', (await enter('/rng list')).printed);
    expect(await enter('as eve')).toEqual({ isOk: true, printed: '' });
    const denied = await enter(`/rng restore ${sandbox.bad}`);
    expect(denied).toEqual({
      isOk: false,
      printed: expect.stringMatching(/^Only eve sees this\n.*restore is for operators/s),
    });
    expect((await enter(option)).printed).toBe(`Only you can see button ${option}.\n`);
    await enter('as you');
  });

  test('a button that asks first presses nothing without a yes', async () => {
    const undo = numberOf('Undo', drained);
    for (const answer of ['n', '/rng list', '']) {
      expect((await enter(undo)).printed).toContain('Undo drain? Drained because 5xx');
      await enter(answer);
      expect((await enter('y')).printed).toContain('Slack would post this as a message.');
    }
    await enter(undo);
    expect(await enter('y')).toEqual({ isOk: true, printed: expect.stringContaining(`Restored ${sandbox.bad}`) });
  });
});
