import { expect, test } from 'vitest';
import { RngInSlack } from '../bad-days/rng-in-slack.ts';
import { installGatePolicy } from '../gate-policy.ts';

const rng = new RngInSlack();
const ID = 'U0ADA00000';
const DRAIN = 'pitlane.dev/drain';

test('a terminal shows the name of a person who asked in Slack, and Slack the person', async () => {
  await rng.type('/rng drain rng-a because 5xx');
  expect(JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '')).toMatchObject({ by: ID, byName: 'ada' });
  const shown = await Promise.all([
    rng.cli('rng', 'list'),
    rng.cli('rng', 'drained'),
    rng.cli('rng', 'operations'),
    rng.cli('rng', 'history'),
    rng.cli('rng', 'drain', 'rng-a'),
    rng.cli('rng', 'restore', 'rng-a', '--dry-run'),
    rng.cli('rng', 'finish', 'rng-a', '--dry-run'),
  ]);
  const named = shown.map(({ printed }) => [/\bada\b/.test(printed), printed.includes(ID)]);
  expect(named, shown.map(({ printed }) => printed).join('\n')).toEqual(shown.map(() => [true, false]));
  const { text } = await rng.type('/rng finish rng-a');
  expect(text).toMatch(new RegExp(`@${ID} drained rng-a`));
});

test('gates, schedules and extensions keep the name too', async () => {
  await installGatePolicy(rng);
  await rng.type('/rng gate on');
  await rng.type('/rng schedule add "0 9 * * 1-5" enable rng-a for 8h');
  await rng.press(1);
  await rng.type('/rng drain rng-b for 30m');
  await rng.type('/rng extend rng-b for 1h');
  const shown = await Promise.all([
    rng.cli('rng', 'gate'),
    rng.cli('rng', 'schedule', 'list'),
    rng.cli('rng', 'gate', 'on', '--dry-run'),
    rng.cli('rng', 'schedule', 'add', '0 9 * * 1-5', 'enable', 'rng-a', 'for', '8h', '--dry-run'),
  ]);
  const named = shown.map(({ printed }) => [/\bada\b/.test(printed), printed.includes(ID)]);
  expect(named, shown.map(({ printed }) => printed).join('\n')).toEqual(shown.map(() => [true, false]));
  expect(JSON.parse(rng.marks('rng-b').annotations[DRAIN] ?? '').extended).toMatchObject({ by: ID, byName: 'ada' });
});

test('a record without a name, as of a mention or an earlier version, shows the id', async () => {
  await rng.type('/rng drain rng-a');
  const { byName: _, ...record } = JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '');
  rng.edit('rng-a', { annotations: { [DRAIN]: JSON.stringify(record) } });
  expect((await rng.cli('rng', 'list')).printed).toContain(`by ${ID}`);
});

test('a record of a terminal names the user of the cluster', async () => {
  await rng.cli('rng', 'drain', 'rng-a', '--no-evidence');
  const record = JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '');
  expect([record.by, record.byName]).toEqual(['kubernetes-admin', undefined]);
});
