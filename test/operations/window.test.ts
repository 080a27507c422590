import { describe, expect, test } from 'vitest';
import { actionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import { OPS, RngInSlack, SECRET } from '../bad-days/rng-in-slack.ts';
import { GoldenFile } from '../golden.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const CAY = 'U0CAY00000';

const ageless = (text: string) => text.replace(/ · \d+s$/gm, ' · AGE');

const windows = () => rng.slack.workspace.windows;
function window() {
  const last = windows().at(-1);
  if (last === undefined) throw new Error('no window is open');
  return last;
}
const submit = (filled: Readonly<Record<string, string>>, user?: string, given = window()) =>
  rng.said(() => rng.person(user).submit(given, filled));
const record = (name = 'rng-a') => JSON.parse(rng.marks(name).annotations['pitlane.dev/drain'] ?? '{}');
const minutesOf = ({ at, until }: { at: string; until: string }) => (Date.parse(until) - Date.parse(at)) / 60_000;

/** Lists the pods, and picks rng-a to drain. */
async function pickFromList() {
  const listed = await rng.type('/rng list');
  return { listed, picked: await rng.press(1) };
}

describe('a pod that is picked from a list', () => {
  test('is drained once its window is submitted, with the reason and the time', async () => {
    windows().splice(0);
    const { listed, picked } = await pickFromList();
    expect(listed.states).toEqual(['you listed']);
    golden.expect(ageless(listed.you));
    expect({ states: picked.states, wrote: picked.wrote }).toEqual({ states: [], wrote: [] });
    const { view } = window();
    golden.expect(
      rng.withAliases([view.title.text, ...render(view.blocks as never).lines, `[${view.submit?.text}]`].join('\n')),
    );
    const { states, ops } = await submit({ because: '5xx on checkout', forSeconds: '30m' });
    expect(states).toEqual(['ops done']);
    expect(ops).toContain('because 5xx on checkout');
    expect(record()).toMatchObject({ because: '5xx on checkout', by: 'U0ADA00000' });
    expect(minutesOf(record())).toBe(30);
  });

  test('is drained with the default time and without a reason if the window is left empty', async () => {
    await pickFromList();
    expect((await submit({})).states).toEqual(['ops done']);
    expect(record().because).toBeUndefined();
    expect(minutesOf(record())).toBe(60);
  });

  test('is drained once, also if Slack delivers the window again', async () => {
    await pickFromList();
    const opened = window();
    await submit({ because: '5xx' });
    const again = await submit({ because: '5xx' }, undefined, opened);
    expect({ states: again.states, wrote: again.wrote }).toEqual({ states: [], wrote: [] });
  });

  test('is asked about like a typed command, if the plan has warnings', async () => {
    rng.createPod('rng-bare', { app: 'rng' });
    await rng.untilInRotation(5);
    await rng.type('/rng list');
    const { blocks = [] } = rng.slack.workspace.messages.at(-1) ?? {};
    const bare = render(blocks).pressables.findIndex(({ label }) => label.startsWith('rng-bare'));
    await rng.press(bare + 1);
    const { states, wrote } = await submit({ because: '5xx' });
    expect({ states, wrote }).toEqual({ states: ['you proposal'], wrote: [] });
  });

  test('keeps a reason that looks like a flag', async () => {
    await pickFromList();
    await submit({ because: '5xx --force' });
    expect(record().because).toBe('5xx --force');
  });
});

describe('a pod that is picked where none was named', () => {
  test('is asked about in a window, and the menu is answered', async () => {
    const { states } = await rng.type('/rng drain');
    expect(states).toEqual(['you choice']);
    const picked = await rng.press(1);
    expect({ states: picked.states, wrote: picked.wrote }).toEqual({ states: ['you asksWhy'], wrote: [] });
    golden.expect(picked.you);
    expect((await submit({ because: '5xx' })).states).toEqual(['ops done']);
  });

  test('needs no window if the reason was typed', async () => {
    await rng.type('/rng drain because 5xx');
    const before = windows().length;
    await rng.press(1);
    expect(windows()).toHaveLength(before);
    expect(record().because).toBe('5xx');
  });

  test('needs no window for a dry run, and none to restore', async () => {
    const before = windows().length;
    await rng.type('/rng drain --dry-run');
    expect((await rng.press(1)).states).toEqual(['you dryRun']);
    await rng.type('/rng drain rng-b');
    await rng.type('/rng restore');
    await rng.press(1);
    expect(windows()).toHaveLength(before);
    expect(record('rng-b')).toEqual({});
  });
});

describe('a window that can not be opened', () => {
  test('in time is left out: the pod is drained without a reason', async () => {
    rng.slack.workspace.opensWindows = false;
    try {
      const { picked } = await pickFromList();
      expect(picked.states).toEqual(['ops done']);
      expect(record().because).toBeUndefined();
    } finally {
      rng.slack.workspace.opensWindows = true;
    }
  });

  test('for all Pitlane knows drains nothing, as it may be there to be closed', async () => {
    rng.slack.next('views.open', 'lose-answer');
    const { picked } = await pickFromList();
    expect({ states: picked.states, wrote: picked.wrote }).toEqual({ states: ['you asksWhy'], wrote: [] });
  });
});

test('a press that is delivered twice opens one window and drains nothing', async () => {
  await rng.type('/rng list');
  const { blocks = [], ts = '' } = rng.slack.workspace.messages.at(-1) ?? {};
  const [pressed] = render(blocks).pressables;
  if (pressed === undefined) throw new Error('nothing to press');
  const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };
  const body = actionBody(
    pressed,
    place,
    rng.slack.workspace.triggerId(place.user),
    rng.slack.responseUrl(OPS, place.user),
    ts,
  );
  const before = windows().length;
  const first = await rng.deliver(signedRequest(SECRET, body, Date.now()));
  const second = await rng.deliver(signedRequest(SECRET, body, Date.now()));
  expect([first.states, second.states]).toEqual([[], ['you asksWhy']]);
  expect(windows()).toHaveLength(before + 1);
  expect(rng.changedPods()).toEqual([]);
});

describe('a window gives no right', () => {
  test('a viewer sees no menu to drain, and is denied with a window of another person', async () => {
    const listed = await rng.said(() => rng.person(CAY).type('/rng list'));
    expect(listed.you).not.toContain('Pod to drain');
    await pickFromList();
    const { states, wrote } = await submit({ because: '5xx' }, CAY);
    expect({ states, wrote }).toEqual({ states: ['you denied'], wrote: [] });
  });

  test('a pod of the same name is not drained in place of the picked one', async () => {
    await pickFromList();
    const opened = window();
    const metadata = JSON.parse(opened.view.private_metadata ?? '');
    const other = { ...JSON.parse(metadata.carried), pod: { name: 'rng-a', uid: 'another' } };
    const view = { ...opened.view, private_metadata: JSON.stringify({ ...metadata, carried: JSON.stringify(other) }) };
    const { states, wrote } = await submit({}, undefined, { ...opened, view });
    expect({ states, wrote }).toEqual({ states: ['you podGone'], wrote: [] });
  });

  test('it works only where the commands of the service do', async () => {
    await pickFromList();
    rng.config = { onlyChannels: ['C0OTHER000'] };
    const { states, wrote } = await submit({});
    expect({ states, wrote }).toEqual({ states: ['you wrongChannel'], wrote: [] });
  });

  test.each([
    ['no metadata', ''],
    ['another version', JSON.stringify({ carried: '{"v":1}', place: { channel: OPS } })],
    ['no place', JSON.stringify({ carried: '{"v":2}' })],
  ])('with %s, it stays open and says so', async (_, private_metadata) => {
    await pickFromList();
    const opened = window();
    const answer = await rng.person().submit({ ...opened, view: { ...opened.view, private_metadata } }, {});
    expect(answer).toEqual({
      response_action: 'errors',
      errors: { because: expect.stringContaining('another version') },
    });
    expect(rng.changedPods()).toEqual([]);
  });
});
