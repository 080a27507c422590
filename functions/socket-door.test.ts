import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stateOfMessage } from '../pitlane/chat/blocks/state.ts';
import { slackApi } from '../pitlane/chat/slack/api.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { actionBody, commandBody, mentionBody } from '../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../sandbox/slack/server.ts';
import { type SocketMode, startSocketMode } from '../sandbox/slack/socket-mode.ts';
import { render } from '../sandbox/slack/terminal.ts';
import { admins } from '../test/admins.ts';
import { fakePitlane } from '../test/builders/fake-pitlane.ts';
import type { LogFields } from './log.ts';
import { openSocketDoor, type SocketDoor, type SocketDoorOptions } from './socket-door.ts';

const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };
const APP_TOKEN = 'xapp-1-sandbox';
const BOT_TOKEN = 'xoxb-sandbox';
/** For what must not happen in a test. */
const NEVER_MS = 3_600_000;

let slack: FakeSlack;
let socket: SocketMode;
let door: SocketDoor;
let logged: LogFields[];
let connections: boolean[];
/** The ids of the requests that reached the use case. */
let asked: string[];
let ticks: number;
/** What the use case waits for. */
let work: Promise<unknown>;

beforeEach(async () => {
  slack = await startFakeSlack({ token: BOT_TOKEN, appToken: APP_TOKEN, joined: [ADA.channel] });
  socket = await startSocketMode(slack);
  [logged, connections, asked, ticks, work] = [[], [], [], 0, Promise.resolve()];
});

afterEach(async () => {
  await door?.stop(0);
  await socket.close();
  await slack.close();
});

const pitlane = fakePitlane({
  propose: async (request, asker) => {
    asked.push(asker.requestId);
    await work;
    return { kind: 'notUnderstood', message: `This is the answer to ${request.command}.`, instead: [] };
  },
  tick: async () => {
    ticks += 1;
    return { namespaces: 0, did: [], trouble: [] };
  },
});

async function open(more: Partial<SocketDoorOptions> = {}): Promise<void> {
  const api = (deadline: number) => slackApi({ token: () => BOT_TOKEN, apiUrl: slack.apiUrl, deadline, now: Date.now });
  door = await openSocketDoor({
    appToken: APP_TOKEN,
    apiUrl: slack.apiUrl,
    house: () => ({ pitlane, access: admins(ADA.user), service: () => undefined }),
    slack: api,
    people: peopleIn({ slack: api, now: Date.now }),
    log: (_, fields) => logged.push(fields),
    now: Date.now,
    tickMs: NEVER_MS,
    onConnection: (isConnected) => connections.push(isConnected),
    ...more,
  });
}

const command = (line: string, trigger = slack.workspace.triggerId()) =>
  Object.fromEntries(new URLSearchParams(commandBody(line, ADA, trigger, slack.responseUrl(ADA.channel, ADA.user))));

/** Waits until the person reads so many messages. */
async function messages(count: number) {
  const { workspace } = slack;
  await new Promise<void>((resolve) => {
    const look = () => workspace.messages.length >= count && resolve();
    workspace.onChange(look);
    look();
  });
  return workspace.messages.map(({ blocks }) => render(blocks).lines.join('\n'));
}

describe('by Socket Mode', () => {
  test('a command is acknowledged before its work is done, and answered', async () => {
    let finish = () => {};
    work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await open();
    const { payload } = await socket.deliver('slash_commands', command('/rng list'));
    expect(payload ?? {}).toEqual({});
    expect(slack.workspace.messages).toEqual([]);
    finish();
    expect(await messages(1)).toEqual(['This is the answer to list.']);
  });

  test('a command that needs no cluster is answered with the acknowledgement', async () => {
    await open();
    const { payload } = await socket.deliver('slash_commands', command('/rng dran x'));
    expect(stateOfMessage(payload as never)).toBe('notUnderstood');
    expect(asked).toEqual([]);
  });

  test('a mention, and a button of another version, are acknowledged and answered', async () => {
    await open();
    const mention = JSON.parse(mentionBody('rng list', ADA, 'Ev0001', Date.now()));
    expect((await socket.deliver('events_api', mention)).payload ?? {}).toEqual({});
    await messages(1);
    const pressed = { actionId: 'pitlane.confirm', blockId: '', value: '{}', isOption: false };
    const url = slack.responseUrl(ADA.channel, ADA.user);
    const body = new URLSearchParams(actionBody(pressed, ADA, slack.workspace.triggerId(), url, '1.1'));
    await socket.deliver('interactive', JSON.parse(body.get('payload') ?? ''));
    expect((await messages(2))[1]).toContain('another version of Pitlane');
  });

  test('an event that Slack delivers again reaches the worker once, and a command again under the same id', async () => {
    await open();
    const mention = JSON.parse(mentionBody('rng list', ADA, 'Ev0001', Date.now()));
    for (const _ of [1, 2]) await socket.deliver('events_api', mention);
    const trigger = slack.workspace.triggerId();
    for (const _ of [1, 2]) await socket.deliver('slash_commands', command('/rng list', trigger));
    await messages(3);
    expect(asked).toEqual(['Ev0001', trigger, trigger]);
  });

  test('a token that Slack refuses is an error at the start', async () => {
    await expect(open({ appToken: 'xapp-wrong' })).rejects.toThrow(/invalid_auth/);
  });
});

test('the tick runs in the same process, and says when it has run', async () => {
  await new Promise<void>((resolve, reject) => {
    open({ tickMs: 1, onTick: () => ticks >= 2 && resolve() }).catch(reject);
  });
  expect(ticks).toBeGreaterThanOrEqual(2);
});

describe('at the end', () => {
  test('requests in progress are finished, and no other is taken', async () => {
    let finish = () => {};
    work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await open();
    await socket.deliver('slash_commands', command('/rng list'));
    const stopped = door.stop(NEVER_MS);
    finish();
    expect(await stopped).toEqual([]);
    expect(await messages(1)).toHaveLength(1);
    expect(connections.at(-1)).toBe(false);
  });

  test('requests that take too long are named, for the tick to continue', async () => {
    work = new Promise(() => {});
    await open();
    await socket.deliver('slash_commands', command('/rng list'));
    expect(await door.stop(1)).toEqual(['rng list']);
  });
});
