import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messageFaults } from '../../../sandbox/slack/limits.ts';
import { type FakeSlack, startFakeSlack } from '../../../sandbox/slack/server.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import type { Evidence } from '../../evidence/evidence.ts';
import { evidenceFile, inlineEvidence } from '../views/evidence-view.ts';
import { slackApi } from './api.ts';
import { type Audience, sharedView, shareEvidence } from './share-evidence.ts';

const OPS = 'C0OPS00000';
const PRIVATE = 'C0PRIVATE0';
const ADA = { userId: 'U0ADA00000', channel: OPS };
const REPORT = { channel: OPS, ts: '1764000000.000001' };
const EVIDENCE: Evidence = {
  kind: 'evidence',
  service: { key: 'rng', namespace: 'dockercoins' },
  pod: { name: 'rng-b85tm', uid: '1' },
  at: 0,
  files: [
    { name: 'summary.txt', text: 'Evidence of pod rng-b85tm\nState  Running & well\n', isCut: false },
    { name: 'pod.json', text: '{}\n', isCut: false },
    { name: 'events.txt', text: '', isCut: false },
    { name: 'logs/rng.log', text: `${'GET /32 200\n'.repeat(500)}the <last> line\n`, isCut: true },
  ],
  notes: ['The log of container proxy did not come in time.'],
};

let slack: FakeSlack;
beforeAll(async () => {
  slack = await startFakeSlack({ token: 'xoxb-1', joined: [OPS] });
});
afterAll(() => slack.close());
beforeEach(() => {
  slack.workspace.messages.splice(0);
  slack.workspace.withheld.clear();
});

function share(to: Omit<Audience, 'slack'>, deadline = Date.now() + 5_000) {
  const { apiUrl } = slack;
  return shareEvidence(EVIDENCE, {
    slack: slackApi({ token: () => 'xoxb-1', apiUrl, deadline, now: Date.now }),
    ...to,
  });
}

/** Where each message stands, and what is to be read. */
const seen = () =>
  slack.workspace.messages.map(({ channel, thread, blocks }) => [channel, thread, render(blocks).lines.join('\n')]);

const AS_FILE = `Evidence of rng-b85tm: summary, pod, events, 1 log.
The log of container proxy did not come in time.
  [file rng-b85tm-evidence.txt, 7 KB]`;

describe('where it goes', () => {
  test('into the thread of the report', async () => {
    const shared = await share({ report: REPORT, person: ADA });
    expect(shared).toEqual({
      kind: 'shared',
      isFile: true,
      place: { kind: 'thread', channel: OPS, thread: REPORT.ts },
    });
    expect(seen()).toEqual([[OPS, REPORT.ts, AS_FILE]]);
    expect(slack.workspace.messages[0]?.files).toEqual([evidenceFile(EVIDENCE)]);
    expect(sharedView(EVIDENCE, shared).text).toBe(`The evidence of \`rng-b85tm\` is in a thread in <#${OPS}>.`);
  });

  test('else into the thread where it was asked for', async () => {
    await share({ person: { ...ADA, thread: '1764000000.000009' } });
    expect(seen()).toEqual([[OPS, '1764000000.000009', AS_FILE]]);
  });

  test('else into the channel', async () => {
    const shared = await share({ report: { channel: PRIVATE }, person: ADA });
    expect(seen()).toEqual([[OPS, undefined, AS_FILE]]);
    expect(sharedView(EVIDENCE, shared).text).toBe(`The evidence of \`rng-b85tm\` is in <#${OPS}>.`);
  });

  test('else into direct messages, where the bot is no member of the channel', async () => {
    const shared = await share({ person: { ...ADA, channel: PRIVATE } });
    expect(seen()).toEqual([['D0ADA00000', undefined, AS_FILE]]);
    expect(sharedView(EVIDENCE, shared).text).toBe(
      'The evidence of `rng-b85tm` is in your direct messages with pitlane.',
    );
  });

  test('where nobody asks, it goes to the channel of the report', async () => {
    await share({ report: { channel: OPS } });
    expect(seen()).toEqual([[OPS, undefined, AS_FILE]]);
  });

  test('nowhere: that is said', async () => {
    const shared = await share({ report: { channel: PRIVATE } });
    expect(shared).toEqual({
      kind: 'notShared',
      why: 'The evidence of rng-b85tm could not be posted in Slack: Slack said not_in_channel.',
    });
    expect(seen()).toEqual([]);
    expect(await share({ report: REPORT }, Date.now() - 1)).toMatchObject({
      why: expect.stringContaining('not answer'),
    });
  });
});

test.each([
  ['ampersands', '&'.repeat(5_000)],
  ['backticks', '```\n`` `'.repeat(1_000)],
  ['calls to everybody', '<!channel> <@U0ADA00000>\n'.repeat(500)],
  ['half a turtle', '🐢'.repeat(3_000)],
  ['nothing', ''],
])('a message of %s is one that Slack takes, and pings nobody', (_, text) => {
  const files = [
    { name: 'summary.txt', text, isCut: false },
    { name: 'logs/rng.log', text, isCut: false },
  ];
  const said = inlineEvidence({ ...EVIDENCE, files, notes: Array(10).fill(text.slice(0, 1_000)) }, 'why');
  expect(messageFaults(said)).toEqual([]);
  expect(JSON.stringify(said)).not.toMatch(/<[!@]/);
});

describe('where Slack takes no file', () => {
  const AS_MESSAGE = [
    'Evidence of rng-b85tm',
    'The log of container proxy did not come in time.',
    '    Evidence of pod rng-b85tm',
    '    State  Running & well',
    'logs/rng.log, the last lines',
  ];

  test('without the scope, the summary and the end of the log come as a message', async () => {
    slack.workspace.withheld.add('files:write');
    const shared = await share({ report: REPORT, person: ADA });
    expect(shared).toMatchObject({ isFile: false, place: { kind: 'thread' } });
    const [[channel, thread, text = ''] = []] = seen();
    const lines = text.split('\n');
    expect([channel, thread]).toEqual([OPS, REPORT.ts]);
    expect(lines.slice(0, 5)).toEqual(AS_MESSAGE);
    expect(lines.slice(-2)).toEqual([
      '    the <last> line',
      '  As a file it would be whole: give the Slack app the scope files:write.',
    ]);
    expect(sharedView(EVIDENCE, shared).text).toContain(', as a message.');
  });

  test('without a conversation to put it in, the person gets a message', async () => {
    slack.workspace.withheld.add('im:write');
    await share({ person: { ...ADA, channel: PRIVATE } });
    const [[channel, , text = ''] = []] = seen();
    expect(channel).toBe('D0ADA00000');
    expect(text).toContain('invite pitlane to the channel, or give the Slack app the scope im:write.');
  });

  test('an upload that breaks off becomes a message', async () => {
    for (let attempt = 0; attempt < 4; attempt += 1) slack.next('files.getUploadURLExternal', { status: 503 });
    await share({ report: REPORT });
    const [[, , text = ''] = []] = seen();
    expect(text).toContain('Slack did not take one (status 503)');
  });
});
