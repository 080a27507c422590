import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { refreshButton } from '../pitlane/chat/blocks/buttons.ts';
import { reasonModal } from '../pitlane/chat/blocks/reason-modal.ts';
import type { Job } from '../pitlane/chat/job.ts';
import { readSignedJob } from '../pitlane/chat/signed-job.ts';
import { PostFailed } from '../pitlane/chat/slack/post.ts';
import { homeActionBody, homeBody, signedRequest, windowBody } from '../sandbox/slack/deliveries.ts';
import { render } from '../sandbox/slack/terminal.ts';
import { slackHandler } from './slack.ts';
import type { HttpEvent } from './slack-request.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };
const TRIGGER = '13345224609.738474920.8088930838d88f008e0';

let jobs: Job[];
let failing: Error | undefined;
let handler: ReturnType<typeof slackHandler>;

beforeEach(() => {
  jobs = [];
  failing = undefined;
  handler = slackHandler({
    signingSecrets: () => [SECRET],
    handOver: async (signed) => {
      if (failing) throw failing;
      const read = await readSignedJob(signed, () => [SECRET], NOW);
      if (read.kind === 'job') jobs.push(read.job);
    },
    log: () => {},
    now: () => NOW,
  });
});

async function send(event: HttpEvent) {
  const { statusCode: status, body = '' } = await handler(event, { awsRequestId: 'test' } as Context);
  return { status, body: body.startsWith('{') ? JSON.parse(body) : body };
}

describe('the Home tab', () => {
  const opened = (id = 'Ev0HOME') => signedRequest(SECRET, homeBody(ADA, id, NOW), NOW, 'application/json');

  test('is shown by the worker, once for each event', async () => {
    await send(opened());
    await send(opened());
    expect(jobs).toMatchObject([{ kind: 'home', asker: { userId: ADA.user, isDirectMessage: true } }]);
  });

  test('that is not handed over is answered with 500, so that Slack delivers the event again', async () => {
    failing = new PostFailed('no', false);
    expect(await send(opened())).toMatchObject({ status: 500 });
  });

  test('is refreshed by its button, which belongs to no channel', async () => {
    const [refresh] = render([refreshButton()]).pressables;
    if (refresh === undefined) throw new Error('no button');
    expect(await send(signedRequest(SECRET, homeActionBody(refresh, ADA, TRIGGER), NOW))).toMatchObject({
      status: 200,
    });
    expect(jobs).toMatchObject([{ kind: 'home', asker: { userId: ADA.user, requestId: TRIGGER } }]);
    failing = new PostFailed('no', false);
    expect(await send(signedRequest(SECRET, homeActionBody(refresh, ADA, TRIGGER), NOW))).toMatchObject({
      status: 500,
    });
  });
});

describe('a window', () => {
  const pod = { name: 'rng-7c5d9f8b6-b85tm', uid: '0c9f3c1e-5a0e-4a55-8c5e-7f4f0a9c1b22' };
  const request = { command: 'drain', service: 'rng', pods: [pod.name], dryRun: false, force: false };
  const asker = {
    userId: ADA.user,
    teamId: ADA.team,
    channel: ADA.channel,
    isDirectMessage: false,
    thread: '1796000000.000100',
    requestId: TRIGGER,
    address: '@pitlane rng',
  };
  const view = reasonModal({ kind: 'choose', request, pod, asker });
  if (view === undefined) throw new Error('no window');
  const submitted = (filled: Readonly<Record<string, string>>) =>
    signedRequest(SECRET, windowBody({ id: 'V0WINDOW', view }, filled, ADA, TRIGGER), NOW);

  test('is acknowledged without text and handed to the worker, as if the command was typed', async () => {
    expect(await send(submitted({ because: ' 5xx & "<timeouts>" ', forSeconds: '30m' }))).toMatchObject({
      status: 200,
      body: '',
    });
    const { userId, channel, thread, address } = asker;
    expect(jobs).toEqual([
      {
        kind: 'request',
        request: { ...request, forSeconds: 1800, because: '5xx & "<timeouts>"', allServices: false },
        pod,
        asker: {
          userId,
          name: 'ada',
          teamId: ADA.team,
          channel,
          isDirectMessage: false,
          thread,
          requestId: 'view V0WINDOW',
          address,
        },
      },
    ]);
  });

  test('that is not handed over stays open and says so', async () => {
    failing = new PostFailed('no', false);
    const { body } = await send(submitted({}));
    expect(body).toEqual({
      response_action: 'errors',
      errors: { because: expect.stringContaining('could not start its worker') },
    });
  });

  test('with another signature is refused', async () => {
    const { headers, ...event } = submitted({});
    const forged = { ...headers, 'x-slack-signature': `v0=${'0'.repeat(64)}` };
    expect(await send({ ...event, headers: forged })).toMatchObject({ status: 401 });
    expect(jobs).toEqual([]);
  });
});
