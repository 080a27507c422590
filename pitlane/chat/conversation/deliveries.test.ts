import { describe, expect, test } from 'vitest';
import { render } from '../../../sandbox/slack/terminal.ts';
import { DRAIN, NOW, OPERATION, PLAN, POD } from '../../../test/builders/outcomes.ts';
import type { Block } from '../blocks/blocks.ts';
import { actButtons, confirmButtons, forceButton } from '../blocks/buttons.ts';
import type { Job } from '../job.ts';
import { readAction, readCommand, readMention } from './deliveries.ts';

const COMMAND = { user_id: 'U0ADA00000', team_id: 'T0', channel_id: 'C0OPS00000', response_url: '', trigger_id: '1' };
const MENTION = { event_id: 'Ev1', event_time: NOW / 1000 - 300 };
const PRESS = {
  user: { id: 'U0ADA00000' },
  trigger_id: '1',
  actions: [{ action_id: 'pitlane.confirm', value: '{"v":9}' }],
};

test('each delivery that is not carried out is answered as in the golden file', async () => {
  const jobs: readonly (Job | undefined)[] = [
    readCommand({ ...COMMAND, command: '/pitlane', text: 'drain because slow' }),
    readMention({ ...MENTION, event: { text: '<@U1> rng drain b85tm', user: 'U0ADA00000', channel: 'C1' } }, NOW),
    readAction(PRESS),
  ];
  const texts = jobs.map((job) => {
    if (job?.kind !== 'tell' || job.outcome.kind !== 'notUnderstood') throw new Error('it is carried out');
    const { message, instead } = job.outcome;
    return [message, ...instead.map((line) => `  ${line}`)].join('\n');
  });
  await expect(`${texts.join('\n')}\n`).toMatchFileSnapshot('golden/not-carried-out.golden.txt');
});

test.each([
  'rng drain b85tm because a &amp; "b"',
  'drain rng b85tm because a &amp; "b"',
  'drain --dry-run=false rng b85tm because a &amp; "b"',
])('reads the service before and after the command: %s', (text) => {
  const event = { text: `<@U1> ${text}`, user: 'U0ADA00000', channel: 'C1', ts: String(NOW / 1000) };
  const request = {
    command: 'drain',
    service: 'rng',
    pods: ['b85tm'],
    because: 'a & "b"',
    dryRun: false,
    force: false,
  };
  expect(readCommand({ ...COMMAND, command: '/pitlane', text })).toMatchObject({
    kind: 'request',
    request,
    asker: { address: '/pitlane rng' },
  });
  expect(readMention({ event_id: 'Ev1', event_time: NOW / 1000, event }, NOW)).toMatchObject({
    kind: 'request',
    request,
    asker: { address: '@pitlane rng' },
  });
});

describe('a pressed button', () => {
  const asked = { at: NOW, requestId: 'refused', address: '/rng' };
  const forced = forceButton({ kind: 'refusal', operation: OPERATION, checks: [], isForceable: true }, asked, '');
  const proposed = confirmButtons(PLAN, asked);
  const extend = actButtons('rng', POD, '/rng');

  /** The first button of the block, pressed; `reminder`: the `ts` of its message, as Slack returns it. */
  function pressed(block: Block | undefined, trigger: string, reminder?: string): Job {
    const [button] = render(block === undefined ? [] : [block]).pressables;
    return readAction({
      ...PRESS,
      trigger_id: trigger,
      actions: [{ action_id: button?.actionId ?? '', value: button?.value ?? '' }],
      ...(reminder !== undefined && { message: { ts: reminder, blocks: [] } }),
    });
  }

  test('requests what it carries, for the pod that it shows', () => {
    expect(pressed(forced, '1')).toMatchObject({ kind: 'force', request: { ...DRAIN, force: true }, pod: POD });
    expect(pressed(proposed, '1')).toMatchObject({ kind: 'confirm', request: DRAIN, pod: POD });
    expect(pressed(extend, '1')).toMatchObject({ kind: 'act', request: { command: 'extend' }, pod: POD });
  });

  test('has one request id however often it is pressed', () => {
    const id = (block: Block | undefined, trigger: string, reminder?: string) =>
      pressed(block, trigger, reminder).asker.requestId;
    expect(id(proposed, '1')).toBe('refused');
    expect(id(forced, '2')).toBe(id(forced, '1'));
    expect(id(forced, '1')).not.toBe('refused');
    expect(id(extend, '2', '1.1')).toBe(id(extend, '1', '1.1'));
    expect(id(extend, '1', '1.2')).not.toBe(id(extend, '1', '1.1'));
  });

  test('has another request id for each press if Slack does not return the reminder', () => {
    expect(pressed(extend, '1').asker.requestId).toBe('1');
    expect(pressed(extend, '2').asker.requestId).toBe('2');
  });
});

describe('a mention', () => {
  const seconds = NOW / 1000;
  const mention = (text: string, change: Partial<Parameters<typeof readMention>[0]['event']> = {}) =>
    readMention(
      {
        event_id: 'Ev1',
        event_time: seconds,
        authorizations: [{ user_id: 'U0BOT' }],
        event: { text, user: 'U0ADA00000', channel: 'C1', ts: `${seconds}.000100`, ...change },
      },
      NOW,
    );

  test.each([
    ['edited', { edited: { user: 'U0ADA00000', ts: `${seconds}.000000` } }],
    ['posted long before its event', { ts: `${seconds - 7_200}.000100` }],
  ])('that was %s is not carried out', (_, change) => {
    expect(mention('<@U0BOT> rng drain b85tm because 5xx', change)).toMatchObject({
      kind: 'tell',
      outcome: { kind: 'notUnderstood', instead: ['@pitlane rng drain b85tm because 5xx'] },
    });
  });

  test.each([
    '<@U0BOT> rng drain b85tm',
    'hey <@U0BOT>: rng drain b85tm',
    '<@U0BOT|pitlane>, rng drain b85tm',
    '<@U0BOT> `rng drain b85tm`',
    '<@U0BOT>\n```rng drain b85tm```',
    '<@U0BOT> – RNG drain b85tm',
  ])('is read as people write it: %s', (text) => {
    expect(mention(text)).toMatchObject({
      kind: 'request',
      request: { command: 'drain', service: 'rng', pods: ['b85tm'] },
    });
  });
});

describe('the name of the person', () => {
  const text = 'drain b85tm';
  test.each([
    ['is kept beside the id', 'ada.lovelace', 'ada.lovelace'],
    ['is left out if it is too long', 'x'.repeat(81), undefined],
    ['is left out if it has control characters', 'ada\u001b[2J', undefined],
    ['is left out if there is none', undefined, undefined],
  ])('%s', (_, name, want) => {
    const typed = readCommand({ ...COMMAND, command: '/rng', text, ...(name !== undefined && { user_name: name }) });
    const pressed = readAction({ ...PRESS, user: { id: 'U0ADA00000', ...(name !== undefined && { username: name }) } });
    expect([typed, pressed].map(({ asker }) => asker.name)).toEqual([want, want]);
  });
});
