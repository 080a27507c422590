import { describe, expect, test } from 'vitest';
import { DRAIN } from '../../pitlane/rotation/marks.ts';
import { mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { OPS, RngInSlack, SECRET } from './rng-in-slack.ts';

const rng = new RngInSlack();
const COMMANDS =
  'the commands are list, drain, restore, extend, finish, drained, evidence, operations, cancel, inspect, logs and help.';
const NO_POD_NAME = 'is no pod name: they consist of lower-case letters, digits, "-" and ".".';
const LONG = 'x'.repeat(10_000);

describe('what can not be read is told to the asker, with what to type instead', () => {
  test.each([
    ['an unknown command', '/rng drian rng-a', `There is no command "drian": ${COMMANDS}\nInstead: /rng drain rng-a`],
    [
      'one of another tool',
      '/rng cordon rng-a',
      `There is no command "cordon": ${COMMANDS}\nInstead: /rng drain rng-a`,
    ],
    ['one like no other', '/rng frobnicate', `There is no command "frobnicate": ${COMMANDS}\nInstead: /rng help`],
    [
      'too many words',
      '/rng drain rng-a “5xx on checkout”',
      'drain takes one pod at a time and does not understand "5xx on checkout" after rng-a.\nInstead: /rng drain rng-a because 5xx on checkout',
    ],
    [
      'an unknown flag',
      '/rng drain rng-a —forec',
      'There is no flag "—forec", expected --force.\nInstead: /rng help drain',
    ],
    [
      'a duration without a unit',
      '/rng drain rng-a for 3x',
      '"3x" is not a duration: write numbers with d, h, m or s, such as 30m or 1h30m.\nInstead: /rng drain rng-a for 3m',
    ],
    [
      'a reason without words',
      '/rng drain rng-a because',
      '"because" needs a reason after it, such as because 5xx on checkout.\nInstead: /rng help drain',
    ],
    [
      'a selector that ends too soon',
      '/rng list -l “app in (rng”',
      'The selector "app in (rng" can\'t be read at character 12: the selector ends, expected "," or ")".\nInstead: /rng help list',
    ],
    [
      'a selector with a wrong operator',
      '/rng list -l app=>x',
      'The selector "app=>x" can\'t be read at character 5: found ">", expected a name.\nInstead: /rng help list',
    ],
    ['a pod name with markup', '/rng drain <!channel>', `"<!channel>" ${NO_POD_NAME}\nInstead: /rng list`],
    ['a pod name with an ampersand', '/rng drain a&b', `"a&b" ${NO_POD_NAME}\nInstead: /rng list`],
    ['an entity, typed as one', '/rng drain a&lt;b', `"a&lt;b" ${NO_POD_NAME}\nInstead: /rng list`],
    [
      'too little of a name',
      '/rng drain ab',
      '"ab" is too short for a pod: give at least 3 characters from the beginning or end of its name.\nInstead: /rng list',
    ],
    [
      'a container with markup',
      '/rng logs rng-a -c <b>',
      '"<b>" is no container name: they consist of at most 63 lower-case letters, digits and "-".\nInstead: /rng help logs',
    ],
    [
      '10 kB of a pod',
      `/rng drain ${LONG}`,
      'The command has 10006 characters, expected at most 4000.\nInstead: /rng help',
    ],
    [
      '10 kB of a selector',
      `/rng list -l ${LONG}`,
      'The command has 10008 characters, expected at most 4000.\nInstead: /rng help',
    ],
    [
      '10 kB of a service',
      `/pitlane ${LONG} list`,
      `No service is configured as "${'x'.repeat(39)}…", expected hasher, rgn or rng.`,
    ],
    [
      '3 kB of a reason',
      `/rng drain rng-a because ${'y'.repeat(3_000)}`,
      `The reason has 3000 characters, expected at most 500.\nInstead: /rng drain rng-a because ${'y'.repeat(60)}…`,
    ],
    [
      'a service that nobody configured',
      '/xyz list',
      'No service is configured as "xyz", expected hasher, rgn or rng.',
    ],
    ['a service like another', '/pitlane rngg list', 'No service is configured as "rngg", expected rng or rgn.'],
    [
      'a service with markup',
      '/pitlane <!channel> list',
      'No service is configured as "<!channel>", expected hasher, rgn or rng.',
    ],
    [
      'a configured service that the cluster does not have',
      '/rgn list',
      'There is no Service rgn in namespace ns, expected rng.',
    ],
    ['the same for a change', '/rgn drain rng-a', 'There is no Service rgn in namespace ns, expected rng.'],
  ])('%s', async (_, line, you) => {
    expect(await rng.type(line)).toEqual({ you, ops: '', wrote: [] });
    expect(rng.touched()).toEqual([]);
  });

  test.each(['/rng', '/rng   ', '/rng help', '/pitlane', '/pitlane help'])(
    '"%s" is answered with help',
    async (line) => {
      const { you, ops, wrote } = await rng.type(line);
      expect({ ops, wrote }).toEqual({ ops: '', wrote: [] });
      const prefix = line.startsWith('/rng') ? '/rng' : '/pitlane SERVICE';
      expect(you.replace(/\s+/g, ' ')).toContain(
        `${prefix} drain [pod] [for 30m] [because text] [--dry-run] [--force] Take a pod`,
      );
    },
  );

  test('10 kB that Slack delivers too late', async () => {
    const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };
    const body = mentionBody(`rng drain ${LONG}`, place, 'Ev0LATE', Date.now() - 300_000);
    expect(await rng.deliver(signedRequest(SECRET, body, Date.now(), 'application/json'))).toEqual({
      status: 200,
      you: 'Slack delivered this 5 minutes late, so nothing was done.',
      ops: '',
      wrote: [],
    });
  });
});

describe('a phone is understood', () => {
  test('—force and curly quotes', async () => {
    rng.config = { policy: { ...rng.policy, minReady: 4 } };
    const { you, ops, wrote } = await rng.type('/rng drain rng-a —force because “it’s slow”');
    expect({ you, wrote }).toEqual({ you: '', wrote: ['PATCH rng-a 200'] });
    expect(ops).toMatch(/^Drained rng-a\n/);
    expect(ops).toContain('because it’s slow · overridden: rng has 4 pods in rotation and must keep 4 of 4');
    expect(JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '')).toMatchObject({ because: 'it’s slow' });
  });

  test('—dry–run changes nothing', async () => {
    const { you, ops, wrote } = await rng.type('/rng drain rng-a —dry–run');
    expect({ ops, wrote }).toEqual({ ops: '', wrote: ['PATCH rng-a?dryRun=All 200'] });
    expect(you).toMatch(/^Dry run: drain rng-a\. Nothing was changed\.\n/);
    expect(rng.touched()).toEqual([]);
  });

  test('a selector in curly quotes, and capitals', async () => {
    const { you } = await rng.type('/pitlane RNG List -l “app in (rng)”');
    expect(you).toMatch(/^rng: 4 in rotation\n4 of them match app in \(rng\)\n/);
  });
});

test('what looks like markup in a reason is kept and shown as it was typed', async () => {
  const because = '<!channel> a&b &lt; *bold* <http://x|y>';
  const { ops } = await rng.type(`/rng drain rng-a because ${because}`);
  expect(ops).toContain(`asked by @U0ADA00000 · because ${because}\n`);
  expect(JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '')).toMatchObject({ because });
  expect((await rng.type('/rng list')).you).toContain(`because ${because}, until`);
  expect((await rng.type('/rng drain rng-a')).you).toContain(`because ${because}.\n`);
});

describe('the same through the other doors', () => {
  test.each([
    [
      'an unknown pod',
      { command: 'inspect', pod: 'nosuchpod' },
      'No pod of rng is called nosuchpod, or begins or ends so.',
    ],
    [
      'an unknown service',
      { command: 'list', service: 'rgn' },
      'There is no Service rgn in namespace ns, expected rng.',
    ],
    [
      'one that is not configured',
      { command: 'list', service: 'x' },
      'No service is configured as "x", expected hasher, rgn or rng.',
    ],
  ])('a runbook: %s', async (_, event, message) => {
    expect(await rng.runbook(event)).toMatchObject({ ok: false, outcome: 'notUnderstood', message });
  });

  test.each([
    [0, ['rng', 'list', '-l', 'app=none'], /^rng in ns: 4 in rotation/],
    [0, ['rng', 'drain', 'rng-a', '--dry-run'], /rng-a/],
    [2, ['rng', 'drian', 'rng-a'], /^There is no command "drian": .*\n {2}pitlane --namespace ns rng drain rng-a$/],
    [
      2,
      ['rng', 'list', '-l', 'app=>x'],
      /^The selector "app=>x" can't be read at character 5: found ">", expected a name\./,
    ],
    [2, ['rng', 'drain', 'nosuch'], /^No pod of rng is called nosuch, or begins or ends so\.\n {2}pitlane .*rng list$/],
    [2, ['rgn', 'list'], /^There is no Service rgn in namespace ns, expected rng\.$/],
    [2, ['rgn', 'drain', 'rng-a'], /^There is no Service rgn in namespace ns, expected rng\.$/],
  ])('the command line ends with %d: %j', async (code, args, printed) => {
    expect(await rng.cli(...args)).toEqual({ code, printed: expect.stringMatching(printed) });
    expect(rng.touched()).toEqual([]);
  });
});
