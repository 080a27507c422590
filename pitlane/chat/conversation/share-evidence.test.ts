import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { messageFaults } from '../../../sandbox/slack/limits.ts';
import { type FakeSlack, startFakeSlack } from '../../../sandbox/slack/server.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import { inVirtualTime } from '../../../test/contract/in-virtual-time.ts';
import type { Evidence } from '../../evidence/evidence.ts';
import type { Message } from '../blocks/blocks.ts';
import { stateOfMessage } from '../blocks/state.ts';
import { slackApi } from '../slack/api.ts';
import { evidenceFile, inlineEvidence, sharedView } from '../views/evidence-view.ts';
import { type Audience, shareEvidence } from './share-evidence.ts';

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
  findings: [
    { code: 'ReadinessDiffers', text: 'Not ready; 3 of 3 other rng pods are ready.' },
    { code: 'AloneOnNode', text: 'The only rng pod on node node-3.' },
    { code: 'LogErrors', text: '42 × in rng, last at 03:12:07 UTC: ERROR <redis> is gone' },
  ],
  notes: ['The log of container proxy did not come in time.'],
};

// The client waits before it repeats a call.
inVirtualTime();

let slack: FakeSlack;
beforeAll(async () => {
  slack = await startFakeSlack({ token: 'xoxb-1', joined: [OPS] });
});
afterAll(() => slack.close());
beforeEach(() => {
  slack.workspace.messages.splice(0);
  slack.workspace.withheld.clear();
});

function share(to: Omit<Audience, 'slack'>, deadline = Date.now() + 300_000) {
  const { apiUrl } = slack;
  return shareEvidence(EVIDENCE, {
    slack: slackApi({ token: () => 'xoxb-1', apiUrl, deadline, now: Date.now }),
    ...to,
  });
}

/** Where each message is. */
const places = () => slack.workspace.messages.map(({ channel, thread }) => [channel, thread]);
const textOf = (message: Message | undefined) => (message === undefined ? '' : render(message.blocks).lines.join('\n'));

describe('posts evidence as a file', () => {
  test('in the thread of the report', async () => {
    const shared = await share({ report: REPORT, person: ADA });
    expect(shared).toEqual({
      kind: 'shared',
      isFile: true,
      place: { kind: 'thread', channel: OPS, thread: REPORT.ts },
    });
    expect(places()).toEqual([[OPS, REPORT.ts]]);
    expect(slack.workspace.messages[0]?.files).toEqual([evidenceFile(EVIDENCE)]);
  });

  test.each([
    [
      'else in the thread of the request',
      { person: { ...ADA, thread: '1764000000.000009' } },
      OPS,
      '1764000000.000009',
    ],
    ['else in the channel of the request', { report: { channel: PRIVATE }, person: ADA }, OPS, undefined],
    ['else in direct messages', { person: { ...ADA, channel: PRIVATE } }, 'D0ADA00000', undefined],
    ['in the channel of the report if no person asked', { report: { channel: OPS } }, OPS, undefined],
  ])('%s', async (_, to, channel, thread) => {
    expect(await share(to)).toMatchObject({ kind: 'shared', isFile: true });
    expect(places()).toEqual([[channel, thread]]);
    expect(slack.workspace.messages[0]?.files).toHaveLength(1);
  });

  test('and tells if there is no place for it', async () => {
    expect(await share({ report: { channel: PRIVATE } })).toMatchObject({ kind: 'notShared' });
    expect(await share({ report: REPORT }, Date.now() - 1)).toMatchObject({ kind: 'notShared' });
    expect(places()).toEqual([]);
  });
});

test('each sentence about the place reads as in the golden file', async () => {
  const shared = [
    await share({ report: REPORT, person: ADA }),
    await share({ person: ADA }),
    await share({ person: { ...ADA, channel: PRIVATE } }),
    await share({ report: { channel: PRIVATE } }),
    await share({ report: REPORT }, Date.now() - 1),
    await share({}),
  ];
  slack.workspace.withheld.add('files:write');
  shared.push(await share({ report: REPORT, person: ADA }));
  const texts = [
    slack.workspace.messages[0]?.text,
    ...shared.map((each) => sharedView(EVIDENCE, each)).map((view) => `${stateOfMessage(view)}: ${textOf(view)}`),
  ];
  await expect(`${texts.join('\n')}\n`).toMatchFileSnapshot('golden/evidence-shared.golden.txt');
});

test.each([
  ['ampersands', '&'.repeat(5_000)],
  ['backticks', '```\n`` `'.repeat(1_000)],
  ['mentions', '<!channel> <@U0ADA00000>\n'.repeat(500)],
  ['half an emoji', '🐢'.repeat(3_000)],
  ['nothing', ''],
])('evidence of %s makes a message that Slack accepts, without mentions', (_, text) => {
  const files = [
    { name: 'summary.txt', text, isCut: false },
    { name: 'logs/rng.log', text, isCut: false },
  ];
  const said = inlineEvidence({ ...EVIDENCE, files, notes: Array(10).fill(text.slice(0, 1_000)) }, 'why');
  expect(messageFaults(said)).toEqual([]);
  expect(JSON.stringify(said)).not.toMatch(/<[!@]/);
});

describe('posts a message with the summary and the end of the log', () => {
  test('if the scope for files is missing', async () => {
    slack.workspace.withheld.add('files:write');
    const shared = await share({ report: REPORT, person: ADA });
    expect(shared).toMatchObject({ isFile: false, place: { kind: 'thread' } });
    expect(places()).toEqual([[OPS, REPORT.ts]]);
    const lines = textOf(slack.workspace.messages[0]).split('\n');
    const text = [...lines.slice(0, 8), '    …', ...lines.slice(-3), ''].join('\n');
    await expect(text).toMatchFileSnapshot('golden/evidence-inline.golden.txt');
  });

  test('if there is no conversation for a file', async () => {
    slack.workspace.withheld.add('im:write');
    expect(await share({ person: { ...ADA, channel: PRIVATE } })).toMatchObject({ isFile: false });
    expect(places()).toEqual([['D0ADA00000', undefined]]);
    expect(textOf(slack.workspace.messages[0])).toContain('im:write');
  });

  test('if the upload fails', async () => {
    for (let attempt = 0; attempt < 4; attempt += 1) slack.next('files.getUploadURLExternal', { status: 503 });
    expect(await share({ report: REPORT })).toMatchObject({ isFile: false });
    expect(textOf(slack.workspace.messages[0])).toContain('status 503');
  });
});
