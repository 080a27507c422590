import { expect, test } from 'vitest';
import { Workspace } from './workspace.ts';

const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'x' } }];
const open = () => new Workspace(['C0OPS00000'], () => Date.UTC(2026, 10, 24, 3, 12, 7));

test('a response_url works five times', () => {
  const workspace = open();
  const path = workspace.responsePath('C0PRIVATE0', 'U0ADA00000');
  const statuses = [1, 2, 3, 4, 5, 6].map(() => workspace.respond(path, { text: 'x', blocks }).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
  expect(workspace.messages).toHaveLength(5);
});

test('the bot cannot post in a channel that it has not joined', () => {
  expect(open().call('chat.postMessage', { channel: 'C0PRIVATE0', text: 'x' })).toEqual({
    ok: false,
    error: 'not_in_channel',
  });
});

test('refuses a message that exceeds a limit with the error of Slack', () => {
  const long = [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }];
  expect(open().call('chat.postMessage', { channel: 'C0OPS00000', text: 'x', blocks: long })).toMatchObject({
    ok: false,
    error: 'invalid_blocks',
  });
});

test('replace_original replaces the message with the button', () => {
  const workspace = open();
  workspace.respond(workspace.responsePath('C0OPS00000', 'U0ADA00000'), { text: 'Confirm?', blocks });
  const [before] = workspace.messages;
  const pressed = workspace.responsePath('C0OPS00000', 'U0ADA00000', before?.ts);
  workspace.respond(pressed, { text: 'Confirmed', replace_original: true, blocks });
  expect(workspace.messages).toMatchObject([{ ts: before?.ts, text: 'Confirmed', to: 'U0ADA00000', edits: 1 }]);
});
