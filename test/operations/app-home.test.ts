import { describe, expect, test } from 'vitest';
import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { scheduleOf } from '../../pitlane/rotation/schedule.ts';
import { homeBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import { OPS, RngInSlack, SECRET } from '../bad-days/rng-in-slack.ts';
import { GoldenFile } from '../golden.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const ADA = 'U0ADA00000';

const EVERY_MORNING = scheduleOf(
  { cron: '0 9 * * 1-5', tz: 'Europe/Zurich', does: 'enable', forSeconds: 28_800, selector: 'track=canary' },
  'peak hours',
);

/** The Home tab as the person sees it. */
function home(user: string) {
  const view = rng.slack.workspace.homes.get(user);
  const blocks = (view?.blocks ?? []) as never[];
  const { lines, pressables } = render(blocks);
  const text = rng
    .withAliases(lines.join('\n'))
    .replace(/(Mon|Tue|Wed|Thu|Fri) \d{4}-\d\d-\d\d \d\d:\d\d/g, 'MORNING')
    .replace(/\b\d+s( ago)?$/gm, 'AGE$1')
    .replace(/\b(\d+s|\d+m|WHILE|AGE) ago/g, 'WHILE ago');
  return { state: stateOfMessage({ blocks }), text, pressables };
}

async function open(user = ADA) {
  const said = await rng.said(() => rng.person(user).openHome());
  expect(said.text).toBe('');
  return home(user);
}

describe('the Home tab', () => {
  test('shows what is drained and scheduled in all services', async () => {
    await rng.type('/rng drain rng-a for 30m because 5xx on <!channel>');
    rng.config = { policy: { ...rng.policy, schedules: [EVERY_MORNING] } };
    const { state, text } = await open();
    expect(state).toBe('home');
    golden.expect(text);
  });

  test('says so if there is nothing to show', async () => {
    golden.expect((await open()).text);
  });

  test('is read again by its button', async () => {
    const { pressables } = await open();
    await rng.type('/rng drain rng-a');
    const [refresh] = pressables;
    if (refresh === undefined) throw new Error('no button');
    const said = await rng.said(() => rng.person().pressAtHome(refresh));
    expect(said.text).toBe('');
    expect(home(ADA).text).toContain('1 drained pod');
  });

  test('tells a person without a role who has one', async () => {
    const { state, text } = await open('U0EVE00000');
    expect(state).toBe('denied');
    golden.expect(text);
  });

  test('of a cluster that does not answer says so, and shows what the configuration knows', async () => {
    rng.config = { policy: { ...rng.policy, schedules: [EVERY_MORNING] } };
    rng.failAll(() => true, 'drop');
    const { state, text } = await open();
    expect(state).toBe('home');
    golden.expect(text);
  });

  test('tells of schedules that can not be read, and shows the rest', async () => {
    await rng.type('/rng drain rng-a');
    rng.failAll(({ path }) => path.includes('configmaps'), { status: 403 });
    const { text } = await open();
    expect(text).toContain('1 drained pod');
    expect(text).toContain('The schedules of rng that were added by command could not be read.');
  });

  test('of a mistake in the configuration shows the mistake', async () => {
    rng.house = () => {
      throw new Error('boom');
    };
    expect((await open()).state).toBe('internalError');
  });

  test('is not read when the tab of the messages is opened', async () => {
    rng.slack.workspace.homes.clear();
    const at = { user: ADA, team: 'T0SANDBOX0', channel: OPS };
    const body = homeBody(at, 'Ev0MESSAGES', rng.now(), 'messages');
    expect((await rng.deliver(signedRequest(SECRET, body, Date.now(), 'application/json'))).status).toBe(200);
    expect(rng.slack.workspace.homes.size).toBe(0);
  });
});
